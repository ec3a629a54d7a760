// Rows open beside the page without loading it again; the address still says what is open. Without this file
// the same links load the page with its rows.
const RESTING = new AbortController();
let asking = RESTING;
let came_from = null;

const drawer = () => document.getElementById("rows");
const opens_rows = (url) => url.origin === location.origin && url.pathname === location.pathname && url.searchParams.has("rows");

async function open_rows(url, { push = true } = {}) {
  asking.abort();
  asking = new AbortController();
  let answer;
  try {
    answer = await fetch(url, { headers: { "X-Part": "rows" }, signal: asking.signal });
  } catch (problem) {
    if (problem.name !== "AbortError") location.assign(url);
    return;
  }
  if (!answer.ok || answer.redirected) return void location.assign(url);
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("rows");
  if (!fresh) return void location.assign(url);
  drawer()?.remove();
  document.getElementById("main").append(fresh);
  if (push) history.pushState({ rows: true }, "", url);
  fresh.focus({ preventScroll: true });
}

function close_rows({ push = true } = {}) {
  const open = drawer();
  if (!open) return;
  asking.abort();
  if (push) history.pushState({}, "", open.dataset.close);
  open.remove();
  if (came_from?.isConnected) came_from.focus({ preventScroll: true });
  came_from = null;
}

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[href]");
  if (!link || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const address = typeof link.href === "string" ? link.href : link.href.baseVal; // svg links have another kind of href
  const url = new URL(address, location.href);
  if (link.matches("#rows .x")) {
    event.preventDefault();
    close_rows();
  } else if (opens_rows(url)) {
    event.preventDefault();
    if (!drawer()?.contains(link)) came_from = link;
    open_rows(url);
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.defaultPrevented) return;
  const menu = document.querySelector(".filters details[open]");
  if (menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
  } else close_rows();
});

addEventListener("popstate", () => {
  const url = new URL(location.href);
  if (opens_rows(url)) open_rows(url, { push: false });
  else close_rows({ push: false });
});

// Paper shows what a click would: tables and definitions are opened to be printed, then closed again.
let opened = [];
addEventListener("beforeprint", () => {
  opened = [...document.querySelectorAll(".foot details:not([open])")];
  for (const one of opened) one.open = true;
});
addEventListener("afterprint", () => {
  for (const one of opened) one.open = false;
});

if (drawer()) drawer().focus({ preventScroll: true });
