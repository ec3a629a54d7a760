// The rail's counts: renewed in place, without motion, at most every few seconds.
import { fragment, replace } from "./fetching.js";
import { show_line } from "./line.js";

const APART = 8000; // ms between two looks
const SETTLED = 3500; // ms after which the server counts anew: a look before that would see the old numbers
let next = null;
let last = 0;

const rail = () => document.querySelector("nav.views");

export function renew_rail() {
  if (next || !rail()) return;
  next = setTimeout(look, Math.max(SETTLED, APART - (Date.now() - last)));
}

async function look() {
  next = null;
  if (document.hidden) return;
  last = Date.now();
  const view = document.getElementById("list")?.dataset.view ?? "";
  try {
    const answer = await fragment(`/desk/rail/?view=${encodeURIComponent(view)}`, { target: "rail" });
    const fresh = answer?.root.querySelector("nav.views"), old = rail();
    // nobody's menu closes and nobody's focus jumps for a number
    if (!fresh || old.querySelector("details[open]") || old.contains(document.activeElement)) return;
    replace(old, fresh);
    show_line();
  } catch (problem) {
    console.warn("rail:", problem.message);
  }
}

export function start_rail() {
  document.addEventListener("harken:change", renew_rail);
  document.addEventListener("harken:stale", renew_rail);
  document.body.addEventListener("harken:acted", renew_rail);
}
