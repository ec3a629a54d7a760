// Search or do (Ctrl K), and the sheet of keys. Both are <dialog>: they keep the focus and give it back.
import { fragment } from "./fetching.js";
import { keys_are_off, switch_keys } from "./keys.js";

const dialog = () => document.getElementById("palette");
const input = () => dialog().querySelector("input");
const hits = () => [...dialog().querySelectorAll(".hit")];
let asking = null;
let latest = 0;

function choose(index) {
  const all = hits();
  if (!all.length) return;
  const at = (index + all.length) % all.length;
  all.forEach((hit, i) => hit.setAttribute("aria-selected", String(i === at)));
  input().setAttribute("aria-activedescendant", all[at].id);
  all[at].scrollIntoView({ block: "nearest" });
}

const chosen = () => hits().findIndex((hit) => hit.getAttribute("aria-selected") === "true");

async function ask() {
  const number = ++latest;
  const address = new URLSearchParams({ q: input().value, c: document.getElementById("main")?.dataset.id ?? "" });
  try {
    const answer = await fragment(`/desk/palette/?${address}`, { target: "hits" });
    if (number !== latest || !answer) return;
    dialog().querySelector("#hits").replaceChildren(...answer.root.children);
    hits().forEach((hit, i) => { hit.id = `hit-${i}`; hit.tabIndex = -1; });
    window.htmx?.process(dialog());
    choose(0);
  } catch (problem) {
    console.warn("palette:", problem.message);
  }
}

export function show_palette() {
  if (!dialog() || dialog().open) return;
  dialog().showModal();
  input().select();
  ask();
}

export function show_keys() {
  const sheet = document.getElementById("keys");
  if (!sheet || sheet.open) return;
  sheet.querySelector("[name=off]").checked = keys_are_off();
  sheet.showModal();
}

export function start_palette() {
  if (!dialog()) return;
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-open]");
    if (opener?.dataset.open === "palette") { event.preventDefault(); show_palette(); }
    if (opener?.dataset.open === "keys") { event.preventDefault(); show_keys(); }
    if (event.target.matches("dialog")) event.target.close(); // the ground beside it
    if (event.target.closest("dialog .hit")) setTimeout(() => dialog().close(), 0);
  });
  input().addEventListener("input", () => { clearTimeout(asking); asking = setTimeout(ask, 120); });
  dialog().addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown") { event.preventDefault(); choose(chosen() + 1); }
    if (event.key === "ArrowUp") { event.preventDefault(); choose(chosen() - 1); }
    if (event.key === "Enter") { event.preventDefault(); hits()[Math.max(0, chosen())]?.click(); }
  });
  document.getElementById("keys")?.querySelector("[name=off]")?.addEventListener("change", (event) => switch_keys(event.target.checked));
}
