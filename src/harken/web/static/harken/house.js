// The moderators' queue by keyboard: j and k walk, a letter goes to an act, Enter does it; what comes next slides in.
// Without this every link and button leads to a page of its own.
import "./live.js";

const house = () => document.getElementById("house");
const page_of = (text) => new DOMParser().parseFromString(text, "text/html");
let busy = false;

function show(page, address) {
  for (const id of ["house", "said"]) {
    const [old, fresh] = [document.getElementById(id), page.getElementById(id)];
    if (old && fresh) old.replaceWith(document.importNode(fresh, true));
  }
  const [keys, now_keys] = [document.querySelector(".keys"), page.querySelector(".keys")];
  if (keys && now_keys) keys.replaceWith(document.importNode(now_keys, true)); else keys?.remove();
  const [tabs, now_tabs] = [document.querySelector(".tabs"), page.querySelector(".tabs")];
  if (tabs && now_tabs) tabs.replaceWith(document.importNode(now_tabs, true));
  const [old, fresh] = [document.getElementById("problem"), page.getElementById("problem")];
  if (!house()?.querySelector("#problem")) { old?.remove(); if (fresh && !fresh.closest("#house")) document.getElementById("said").after(document.importNode(fresh, true)); }
  history.replaceState(null, "", address);
  begin();
  (document.querySelector("#case [aria-invalid]") ?? document.getElementById("case"))?.focus({ preventScroll: true });
  document.querySelector("#pick [aria-current]")?.scrollIntoView({ block: "nearest" });
}

async function go(address, options) {
  if (busy) return;
  busy = true;
  try {
    const answer = await fetch(address, { credentials: "same-origin", ...options });
    const page = page_of(await answer.text());
    if (!page.getElementById("house")) { location.assign(answer.url); return; }
    const where = new URL(answer.url);
    if (where.pathname.endsWith("/decide/") || where.pathname.endsWith("/undo/")) where.pathname = page.getElementById("house").dataset.live.replace(/decide\/$|decisions\/.*$/, "");
    show(page, where.pathname + where.search);
  } catch {
    if (!options) location.assign(address);
    else document.getElementById("said").textContent = document.getElementById("said").dataset.lost ?? "…";
  } finally {
    busy = false;
  }
}

// ---- the reason follows the rule and the act until somebody has written one ----
function begin() {
  const form = document.querySelector("form.judge");
  if (!form) { count_down(); return; }
  for (const one of form.querySelectorAll("[data-all]")) one.hidden = false;
  const templates = JSON.parse(form.dataset.templates || "{}");
  const reason = form.elements.reason, rule = form.elements.rule;
  const is_ours = () => !reason.value.trim() || Object.values(templates).some((by_rule) => Object.values(by_rule).includes(reason.value));
  let act = "ask_edit";
  const propose = () => { if (rule && is_ours()) reason.value = templates[act]?.[rule.value] ?? reason.value; };
  rule?.addEventListener("change", propose);
  for (const button of form.querySelectorAll("button[name=act]")) button.addEventListener("focus", () => { act = button.value; propose(); });
  count_down();
}

let ticking = 0;
function count_down() {
  clearInterval(ticking);
  const button = document.querySelector("#said [data-seconds]");
  if (!button) return;
  let left = Number(button.dataset.seconds);
  ticking = setInterval(() => { left -= 1; if (left <= 0) { button.hidden = true; clearInterval(ticking); } }, 1000);
}

function walk(step) {
  const links = [...document.querySelectorAll("#pick a")];
  const at = links.findIndex((one) => one.hasAttribute("aria-current"));
  const next = links[at + step];
  if (next) go(next.getAttribute("href"));
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  const field = event.target.closest?.("textarea, select, input:not([type=checkbox], [type=radio])");
  if (field) { if (event.key === "Escape") { field.blur(); document.getElementById("case")?.focus(); } return; }
  const key = event.key.toLowerCase();
  const done = () => event.preventDefault();
  if (key === "j" || key === "arrowdown" && event.target.closest?.("#pick")) { done(); walk(1); return; }
  if (key === "k" || key === "arrowup" && event.target.closest?.("#pick")) { done(); walk(-1); return; }
  if (key === "r") { const reason = document.getElementById("reason"); if (reason) { done(); reason.focus(); reason.setSelectionRange(reason.value.length, reason.value.length); } return; }
  const rule = document.getElementById("rule");
  if (/^[1-9]$/.test(key) && rule && [...rule.options].some((one) => one.value === key)) { done(); rule.value = key; rule.dispatchEvent(new Event("change")); return; }
  const button = document.querySelector(`#said [data-key="${CSS.escape(key)}"], #house [data-key="${CSS.escape(key)}"]`);
  if (!button || button.hidden) return;
  done();
  if (button.closest("#said") || button.closest("[data-all]")) { button.click(); return; } // these hurt nobody
  button.closest("details")?.setAttribute("open", "");
  button.focus();
});

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("#pick a");
  if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.button) { event.preventDefault(); go(link.getAttribute("href")); }
  if (event.target.closest?.("[data-all] button")) for (const box of document.querySelectorAll("input[name=also]")) box.checked = true;
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("form[data-house]")) return;
  event.preventDefault();
  go(form.getAttribute("action"), { method: "POST", body: new FormData(form, event.submitter) });
});

// ---- who else looks, and what came: told by the live line; the open thing stays as it is, and so does what is typed ----
const WAIT = 250; // ms in which changes are collected into one request
const KEEP_LOOKING = 60_000; // ms between two signs that the open thing is looked at
const POLL = 10_000; // ms between two looks while the live line is down
let is_up = false, asked = null, renewed_at = Date.now();

// Where the open thing stands: `/community/house/` opens what comes first, and that may be another one now.
const here = () => document.querySelector("form.judge")?.getAttribute("action").replace(/decide\/$/, "") ?? location.pathname;

async function renew() {
  if (document.hidden || busy || !house()) return;
  renewed_at = Date.now();
  const address = here();
  try {
    const answer = await fetch(address, { credentials: "same-origin" });
    const page = page_of(await answer.text());
    if (busy || address !== here() || !page.getElementById("house")) return;
    const is_gone = answer.status === 409;
    for (const place of is_gone ? ["#pick", ".tabs"] : ["#pick", "#looker", ".tabs"]) {
      const [old, fresh] = [document.querySelector(place), page.querySelector(place)];
      if (old && fresh && old.innerHTML !== fresh.innerHTML && !old.contains(document.activeElement)) old.replaceWith(document.importNode(fresh, true));
    }
    const problem = page.getElementById("problem");
    if (is_gone && problem && !document.getElementById("problem")) document.getElementById("said").after(document.importNode(problem, true));
    if (!document.getElementById("case") && page.getElementById("case")) show(page, address);
  } catch { /* the next change asks again */ }
}

const later = (wait) => { clearTimeout(asked); asked = setTimeout(renew, wait); };
document.addEventListener("harken:change", (event) => { if (event.detail.kind === "house") later(WAIT); });
document.addEventListener("harken:stale", () => later(WAIT));
document.addEventListener("harken:line", (event) => { is_up = event.detail.is_up; });
document.addEventListener("visibilitychange", () => { if (!document.hidden) later(WAIT); });
setInterval(() => { if (Date.now() - renewed_at >= (is_up ? KEEP_LOOKING : POLL)) renew(); }, POLL / 2);

begin();
