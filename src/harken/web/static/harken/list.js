// The list: rows change in place, new ones gather behind a button and never push, the open one stays where it is.
import { fragment } from "./fetching.js";
import { say } from "./words.js";
import { word_times } from "./times.js";

const UNTOUCHED = 10000; // ms after which a list that stands at its top may take in what is new by itself
const GATHER = 400; // ms in which changes are collected into one request

const list = () => document.getElementById("list");
const rows = () => list()?.querySelector("ol.rows");
const open_id = () => document.getElementById("main")?.dataset.id;
let gathered = null; // the newest fragment that is not shown yet
let touched = Date.now();
let asked = null;
let running = false;
let again = false;

function address() {
  return list()?.dataset.address ?? "/desk/list/";
}

// Ask for the list soon; many calls become one. A hidden page waits until it is looked at.
export function renew_list(wait = GATHER) {
  clearTimeout(asked);
  asked = setTimeout(renew_now, wait);
}

async function renew_now() {
  if (!rows() || document.hidden) { again = document.hidden; return; }
  if (running) { again = true; return; }
  running = true;
  const asked_of = address();
  try {
    const etag = list().dataset.etag;
    const answer = await fragment(asked_of, { target: "list", headers: etag ? { "If-None-Match": etag } : {} });
    if (answer && asked_of === address()) take_in(answer.root.querySelector("#list"), answer.etag);
  } catch (problem) {
    console.warn("list:", problem.message);
  } finally {
    running = false;
    if (again) { again = false; renew_list(); }
  }
}

function take_in(fresh, etag) {
  if (!fresh || !rows()) return;
  if (etag) list().dataset.etag = etag;
  for (const part of ["#list-wait", "#list-title"]) {
    const old = list().querySelector(part), renewed = fresh.querySelector(part);
    if (old && renewed && old.innerHTML !== renewed.innerHTML) { old.replaceWith(renewed); word_times(renewed); window.htmx?.process(renewed); }
  }
  const coming = new Map([...fresh.querySelectorAll("li.row")].map((row) => [row.dataset.id, row]));
  const standing = [...rows().querySelectorAll("li.row")];
  if (standing.length === 0 && coming.size) { show(fresh); return; }
  for (const row of standing) {
    const renewed = coming.get(row.dataset.id);
    if (renewed) update_in_place(row, renewed);
    else if (row.dataset.id === open_id()) dealt_with(row);
    else if (!is_beyond(row, coming)) leave(row);
  }
  append_below(coming);
  const new_ones = [...coming.keys()].filter((id) => !rows().querySelector(`#c${id}`));
  const order_differs = new_ones.length > 0 || [...coming.keys()].join() !== [...rows().querySelectorAll("li.row")].map((row) => row.dataset.id).join();
  gathered = order_differs ? fresh : null;
  offer(new_ones.length);
  mark_open();
}

const PAGE = 50; // rows of the first page; what stands below it may be there although the fresh page lacks it

// A row that stands below all that came may belong to a later page, loaded by "more" or pushed out by new ones.
function is_beyond(row, coming) {
  if (coming.size < PAGE) return false;
  for (let next = row.nextElementSibling; next; next = next.nextElementSibling) if (coming.has(next.dataset.id)) return false;
  return true;
}

// What comes after every row that stands here was on the next page before: it moves up from below and pushes nobody.
function append_below(coming) {
  const ids = [...coming.keys()], more = rows().querySelector("li.more");
  for (let at = ids.length - 1, below = null; at >= 0 && !rows().querySelector(`#c${ids[at]}`); at--) {
    const row = coming.get(ids[at]);
    rows().insertBefore(row, below ?? more);
    word_times(row);
    window.htmx?.process(row);
    below = row;
  }
}

// The open row stays although it needs nothing any more: its clock rests.
function dealt_with(row) {
  row.dataset.closed = "";
  row.classList.add("done");
  word_times(row);
}

function update_in_place(row, renewed) {
  if (row.dataset.v === renewed.dataset.v) return;
  const had_focus = row.contains(document.activeElement);
  renewed.classList.toggle("open", row.classList.contains("open"));
  row.replaceWith(renewed);
  window.htmx?.process(renewed);
  word_times(renewed);
  if (had_focus) renewed.querySelector("a")?.focus({ preventScroll: true });
}

// A row that no longer belongs here goes when nobody is about to press something beside it.
function leave(row) {
  if (list().matches(":hover") || list().contains(document.activeElement)) { row.classList.add("gone"); return; }
  row.remove();
}

function offer(count) {
  const bar = document.getElementById("newbar");
  if (!bar) return;
  bar.disabled = !gathered;
  bar.querySelector("span").textContent = count ? say(count === 1 ? "new_one" : "new_many", { n: count }) : gathered ? say("order_changed") : say("up_to_date");
}

// Shows what gathered: order and rows as the server has them now.
export function show_gathered() {
  if (gathered) show(gathered);
}

function show(fresh) {
  const box = rows(), renewed = fresh.querySelector("ol.rows");
  gathered = null;
  if (!box || !renewed) return;
  const focused = document.activeElement?.closest?.("li.row")?.dataset.id;
  const open = box.querySelector("li.row.open");
  box.replaceChildren(...renewed.children);
  if (open && !box.querySelector(`#c${open.dataset.id}`)) box.prepend(open);
  window.htmx?.process(box);
  mark_open();
  word_times(box);
  if (focused) box.querySelector(`#c${focused} a`)?.focus({ preventScroll: true });
  offer(0);
}

export function mark_open() {
  const id = open_id(), longest = document.getElementById("list-wait")?.dataset.id;
  for (const row of list()?.querySelectorAll("li.row > a.longest") ?? []) row.classList.toggle("longest", row.parentElement.dataset.id === longest);
  if (longest) list()?.querySelector(`#c${longest} > a`)?.classList.add("longest");
  for (const row of list()?.querySelectorAll("li.row.open") ?? []) row.classList.toggle("open", row.dataset.id === id);
  const row = id && list()?.querySelector(`#c${id}`);
  row?.classList.add("open");
  for (const link of list()?.querySelectorAll("li.row > a[aria-current]") ?? []) link.removeAttribute("aria-current");
  row?.querySelector("a")?.setAttribute("aria-current", "true");
}

// The row that acts are about: the focused one, else the open one.
export function row_in_hand() {
  return document.activeElement?.closest?.("li.row") ?? list()?.querySelector("li.row.open");
}

export function step(by) {
  const all = [...(list()?.querySelectorAll("li.row > a") ?? [])];
  if (!all.length) return;
  const here = all.findIndex((link) => link === document.activeElement);
  const from = here >= 0 ? here : all.findIndex((link) => link.parentElement.classList.contains("open"));
  const next = all[Math.max(0, Math.min(all.length - 1, from < 0 ? 0 : from + by))];
  next.focus();
  next.scrollIntoView({ block: "nearest" });
}

// Opens the row below the one just dealt with; on the phone goes back to the list when there is none.
export function open_next_to(id) {
  const row = list()?.querySelector(`#c${id}`);
  const next = row?.nextElementSibling?.matches("li.row") ? row.nextElementSibling : list()?.querySelector(`li.row:not(#c${id})`);
  next?.querySelector("a")?.click();
  return Boolean(next);
}

// Acts over the corner of the row under the pointer or focus: one set of buttons for all rows.
function start_acts() {
  const acts = document.getElementById("row-acts");
  if (!acts) return;
  const place = (row) => { if (row && !row.dataset.id?.startsWith("t") && acts.parentElement !== row) { row.append(acts); acts.hidden = false; } };
  document.addEventListener("pointerover", (event) => place(event.target.closest?.("ol.rows > li.row")));
  document.addEventListener("focusin", (event) => place(event.target.closest?.("ol.rows > li.row")));
  acts.addEventListener("click", async (event) => {
    const button = event.target.closest("button[data-act]"), row = acts.closest("li.row");
    if (!button || !row) return;
    const { do_act } = await import("./acting.js");
    do_act(button.dataset.act, row.dataset.id);
  });
}

export function start_list() {
  // an opened conversation keeps the list it was opened from in its address
  document.addEventListener("htmx:configRequest", (event) => {
    if (!event.detail.elt.closest?.("ol.rows, #list-wait") || event.detail.target?.id !== "pane") return;
    for (const [key, value] of new URLSearchParams(list()?.dataset.query ?? "")) event.detail.parameters[key] = value;
  });
  mark_open();
  offer(0);
  start_acts();
  document.addEventListener("click", (event) => { if (event.target.closest("#newbar")) { show_gathered(); rows()?.scrollTo({ top: 0 }); } });
  const touch = (event) => { if (list()?.contains(event.target)) touched = Date.now(); };
  for (const kind of ["pointermove", "wheel", "keydown", "focusin", "touchstart"]) document.addEventListener(kind, touch, { passive: true });
  setInterval(() => {
    if (gathered && Date.now() - touched > UNTOUCHED && (rows()?.scrollTop ?? 1) < 4) show_gathered();
  }, 1000);
  document.addEventListener("harken:change", (event) => { if (event.detail?.kind !== "presence") renew_list(); });
  document.addEventListener("harken:stale", () => renew_list(0));
  document.addEventListener("visibilitychange", () => { if (!document.hidden && again) { again = false; renew_list(0); } });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target?.id === "pane") mark_open();
    if (event.detail.target?.id === "list" || event.detail.elt?.id === "list") { gathered = null; offer(0); mark_open(); mark_view(); }
  });
}

// After a change of view: which place of the rail we are in, and the page's title.
function mark_view() {
  const view = list()?.dataset.view;
  for (const link of document.querySelectorAll(".views li a[data-view]")) {
    if (link.dataset.view === view) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  const desk = document.querySelector(".desk");
  if (desk && !list().contains(document.activeElement)) list().querySelector("h1")?.focus({ preventScroll: true });
  if (desk?.dataset.pane === "views") desk.dataset.pane = "list";
  if (list()?.dataset.title) document.title = list().dataset.title;
}
