// Live updates for a page. Dispatches on document:
//   harken:change {kind, id, version}   something changed: fetch it, under this page's own permissions
//   harken:stale  {why}                 something may have been missed: fetch the whole view
//   harken:line   {is_up}               whether changes reach us
//   harken:ended                        the session is over
// One line a browser, in a shared worker; where there is none, each page that is looked at has its own.
import { open_line } from "./live-line.js";

const HERE = 20000; // ms between two signs that this tab is there
const SPREAD = 1500; // ms over which the tabs of all browsers fetch when a server comes back

const dispatch = (name, detail) => document.dispatchEvent(new CustomEvent(name, { detail }));

// What the page shows is complete up to this event; without it, it is fetched once when the line opens.
function mark() {
  const since = document.body.dataset.liveSince;
  return since ? Number(since) : -1;
}

let is_first = true;

function hear(message) {
  if (message.type === "line") dispatch("harken:line", { is_up: message.is_up });
  else if (message.type === "changes") for (const [kind, id, version] of message.changes) dispatch("harken:change", { kind, id, version });
  else if (message.type === "stale") setTimeout(() => dispatch("harken:stale", { why: message.why }), Math.random() * SPREAD);
  else if (message.type === "hello") {
    if (is_first && message.since > mark()) dispatch("harken:stale", { why: "opened" });
    is_first = false;
  } else if (message.type === "ended") {
    dispatch("harken:ended", {});
    dispatch("harken:stale", { why: "ended" }); // fetching leads to the sign-in
  }
}

function through_worker() {
  const here_too = new URL("./live-worker.js" + new URL(import.meta.url).search, import.meta.url);
  const worker = new SharedWorker(here_too, { type: "module", name: "harken-live-1" });
  const port = worker.port;
  let has_answered = false;
  port.onmessage = ({ data }) => { has_answered = true; hear(data); };
  port.postMessage("hello");
  const here = setInterval(() => port.postMessage("here"), HERE);
  addEventListener("pagehide", () => port.postMessage("bye"));
  addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    port.postMessage("hello");
    dispatch("harken:stale", { why: "shown" });
  });
  worker.onerror = () => { if (!has_answered) { clearInterval(here); alone(); } };
}

// Without a worker a line is open only while the page is looked at: browsers allow few lines to one server.
function alone() {
  let line = null;
  const look = () => {
    if (document.hidden) { line?.close(); line = null; } else if (!line) {
      if (!is_first) dispatch("harken:stale", { why: "shown" });
      line = open_line(hear);
    }
  };
  document.addEventListener("visibilitychange", look);
  addEventListener("pagehide", () => { line?.close(); line = null; });
  addEventListener("pageshow", look);
  look();
}

if (typeof EventSource === "function") {
  try {
    through_worker();
  } catch {
    alone();
  }
}
