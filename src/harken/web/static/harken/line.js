// The line to the server: says once, in place, when it is lost; asks again by itself while live updates are silent.
import { date_form, HOURS, say } from "./words.js";

const POLL = 20000; // ms between looks when no live line tells us of changes
let heard = 0;
let lost_since = null;

const live_is_up = () => Date.now() - heard < 40000;

// The dot beside the agent's name: whether changes reach this page by themselves at once.
export function show_line() {
  document.querySelector(".views .live-dot")?.classList.toggle("off", heard !== Infinity);
}

function stale() {
  document.dispatchEvent(new CustomEvent("harken:stale", { detail: { why: "poll" } }));
}

function tell() {
  const box = document.getElementById("lost");
  if (!box) return;
  box.hidden = lost_since === null;
  if (lost_since !== null) {
    const at = date_form(HOURS).format(lost_since);
    box.querySelector("strong").textContent = say("lost", { t: at });
  }
}

function lost() { lost_since ??= new Date(); tell(); }
function back() { if (lost_since !== null) { lost_since = null; tell(); stale(); } }

export function start_line() {
  document.addEventListener("harken:change", () => { heard = Date.now(); });
  // live.js tells whether its line is open: { is_up: true | false }
  document.addEventListener("harken:line", (event) => {
    heard = event.detail?.is_up ? Infinity : 0;
    show_line();
  });
  addEventListener("offline", lost);
  addEventListener("online", back);
  document.addEventListener("htmx:sendError", lost);
  document.addEventListener("htmx:afterRequest", (event) => { if (event.detail.successful) back(); });
  document.addEventListener("htmx:beforeSwap", (event) => {
    // a lost session answers 401 with the way to sign in, which htmx follows by itself
    if (event.detail.xhr.status === 404 && event.detail.target?.id === "pane") { event.detail.shouldSwap = true; event.detail.isError = false; }
  });
  document.addEventListener("click", (event) => { if (event.target.closest("#lost button")) { fetch("/desk/list/", { method: "HEAD" }).then(back, lost); } });
  setInterval(() => { if (!document.hidden && !live_is_up()) stale(); }, POLL);
}
