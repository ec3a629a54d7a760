// Keys of the desk. All can be switched off in the sheet that "?" opens; none is the only way.
import { choose_mode } from "./composer.js";
import { focus_newest } from "./conversation.js";
import { do_act, is_question } from "./acting.js";
import { row_in_hand, show_gathered, step } from "./list.js";
import { show_keys, show_palette } from "./palette.js";
import { peek } from "./peeking.js";

const OFF = "harken-keys-off";
export const keys_are_off = () => localStorage.getItem(OFF) === "yes";
export const switch_keys = (off) => localStorage.setItem(OFF, off ? "yes" : "no");

// The field that is being typed in. One that just went out of sight (a dialog was closed) keeps the focus until the
// browser paints again: a key pressed by then is not meant for it.
function in_field(element) {
  const field = element.closest("input:not([type=radio], [type=checkbox]), textarea, select, [contenteditable]");
  return field?.checkVisibility() ? field : null;
}
const open_id = () => document.getElementById("main")?.dataset.id;

// The conversation an act is about: the row in hand while the list has the focus, else the open one.
function target() {
  const focused = document.activeElement?.closest?.("li.row");
  return focused?.dataset.id ?? open_id() ?? row_in_hand()?.dataset.id;
}

// One step out: composer → conversation → list.
function step_out() {
  const active = document.activeElement;
  if (active?.closest("#composer")) { active.blur(); focus_newest(); return; }
  if (location.hash === "#person") { location.hash = "main"; return; }
  if (active?.closest("#pane") || active === document.body || !active?.checkVisibility()) {
    const row = document.querySelector("li.row.open > a") ?? document.querySelector("li.row > a");
    const desk = document.querySelector(".desk");
    if (desk) desk.dataset.pane = "list";
    row?.focus();
  }
}

const KEYS = {
  j: () => step(1),
  k: () => step(-1),
  r: () => choose_mode("public") || choose_mode("private"),
  p: () => choose_mode("private"),
  n: () => choose_mode("note"),
  a: () => do_act("assign", target()),
  e: () => do_act("close", target()),
  z: () => do_act("snooze", target()),
  t: () => do_act("tag", target()),
  x: () => do_act("need", target()),
  w: () => { if (is_question(target())) return; if (target() === open_id()) do_act("why", open_id()); else peek(document.getElementById(`c${target()}`)); },
  f: () => document.getElementById("next-button")?.click(),
  i: () => { location.hash = location.hash === "#person" ? "main" : "person"; },
  "/": () => (document.querySelector("#list [name=q]") ? document.querySelector("#list [name=q]").focus() : show_palette()),
  "?": () => show_keys(),
  Home: () => { show_gathered(); document.querySelector("ol.rows")?.scrollTo({ top: 0 }); document.querySelector("li.row > a")?.focus(); },
};

export function start_keys({ close_innermost }) {
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "k") { event.preventDefault(); show_palette(); return; }
    if ((event.ctrlKey || event.metaKey) && event.key === "z" && !in_field(event.target)?.value) {
      const undo = document.querySelector(".undo [data-undo]");
      if (undo) { event.preventDefault(); undo.click(); }
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || document.querySelector("dialog[open]")) return;
    if (event.key === "Escape") { if (!close_innermost()) step_out(); return; }
    if (keys_are_off() || in_field(event.target)) return;
    const act = KEYS[event.key] ?? KEYS[event.key.toLowerCase()];
    if (!act) return;
    event.preventDefault();
    act();
  });
}
