// The open conversation: where reading begins, what changes under the reader, who else is here.
import { fragment, post, replace } from "./fetching.js";
import { is_composing, start_composer } from "./composer.js";
import { open_next_to, renew_list } from "./list.js";
import { now, word_times } from "./times.js";
import { say } from "./words.js";

const main = () => document.getElementById("main");
const thread = () => document.getElementById("thread");
const NEAR = 48; // px from the end that still count as "at the end"
const BEAT = 20000; // ms between two signs of presence

const at_end = (box) => box.scrollHeight - box.scrollTop - box.clientHeight < NEAR;

// Reading begins at the first unanswered message; without one, at the newest.
function begin_reading() {
  const box = thread();
  if (!box || box.dataset.begun) return;
  box.dataset.begun = "yes";
  const first = box.querySelector(".msg.unanswered");
  if (first) {
    // show what came just before it as well, as far as the pane allows
    box.scrollTop = Math.min(box.scrollHeight, Math.max(0, first.offsetTop - box.offsetTop - box.clientHeight / 3));
  } else {
    box.scrollTop = box.scrollHeight;
  }
}

export function focus_newest() {
  const all = thread()?.querySelectorAll(".msg.unanswered") ?? [];
  const newest = all[all.length - 1] ?? thread()?.querySelector(".msg:last-of-type");
  newest?.focus({ preventScroll: true });
}

let renewing = null;
export function renew_conversation(wait = 150) {
  clearTimeout(renewing);
  renewing = setTimeout(renew_now, wait);
}

// An act is on its way: its own answer renews the pane, and needs the form that it was sent from to be there still.
const is_acting = () => Boolean(document.querySelector("form.htmx-request"));

async function renew_now() {
  const pane = main();
  if (!pane?.dataset.id || document.hidden) return;
  if (is_acting()) { renew_conversation(); return; }
  const { id, etag = "" } = pane.dataset;
  try {
    const answer = await fragment(`/desk/c/${id}/now/`, { target: "now", headers: { "If-None-Match": etag } });
    if (!answer || main()?.dataset.id !== id) return;
    // an act was answered while this was under way: what came here may be older than that
    if (is_acting() || (pane.dataset.etag ?? "") !== etag) { renew_conversation(); return; }
    const is_whole = take_in(answer.root);
    pane.dataset.etag = is_whole ? answer.etag ?? "" : "";
  } catch (problem) {
    console.warn("conversation:", problem.message);
  }
}

// Where the reader stood before an act's answer put a new thread in place of the old one.
let stood = null;
function note_standing(event) {
  const box = thread();
  if (box && event.detail.target === box) stood = at_end(box) ? Infinity : box.scrollTop;
}

// What the act answered is what there is: its own news need not fetch it again and wipe out what was said.
function note_answer(event) {
  const etag = event.detail.xhr?.getResponseHeader("ETag"), pane = main();
  if (etag && pane?.dataset.id && etag.includes(`"${pane.dataset.id}.`)) pane.dataset.etag = etag;
}

// Says whether all of it was taken in: what is open or has the focus stays as it is until it is left.
function take_in(root) {
  let is_whole = true;
  const box = thread();
  const known = new Set([...(box?.querySelectorAll("[data-message]") ?? [])].map((one) => one.dataset.message));
  const fresh_thread = root.querySelector("#thread");
  if (box && fresh_thread) {
    const stay = at_end(box), top = box.scrollTop;
    const new_ones = [...fresh_thread.querySelectorAll(".msg[data-message]")].filter((one) => !known.has(one.dataset.message));
    const renewed = replace(box, fresh_thread);
    renewed.dataset.begun = "yes";
    renewed.scrollTop = stay ? renewed.scrollHeight : top;
    if (new_ones.length && !stay) tell_below(new_ones.length);
    if (!is_composing()) take_version(root);
  }
  for (const id of ["conv-head", "leaving", "person", "approval"]) {
    const old = document.getElementById(id);
    if (!old?.querySelector("details[open]") && !old?.contains(document.activeElement)) replace(old, root.querySelector(`#${id}`));
    else is_whole = false;
  }
  start_leaving();
  word_times(document.getElementById("pane"));
  return is_whole;
}

// What the reader has read: with a text begun it stays, so that a send is stopped when something came in between.
function take_version(root) {
  const fresh = root.querySelector("#read-version"), old = document.getElementById("read-version");
  if (fresh && old) old.value = fresh.value;
}

function tell_below(count) {
  const pill = document.getElementById("below");
  if (!pill) return;
  const total = Number(pill.dataset.count ?? 0) + count;
  pill.dataset.count = total;
  pill.querySelector("span").textContent = say("below", { n: total });
  pill.hidden = false;
}

// A reply that can still be taken back: the bar drains, and the page looks again when it has left.
let draining = null;
function start_leaving() {
  clearInterval(draining);
  const bars = [...document.querySelectorAll(".undo[data-until]")];
  if (!bars.length) return;
  const draw = () => {
    let is_over = true;
    for (const bar of bars) {
      const left = Number(bar.dataset.until) - now(), whole = Number(bar.dataset.whole) || 10;
      bar.querySelector("[data-seconds]").textContent = say("seconds", { s: Math.max(0, Math.min(whole, Math.ceil(left))) });
      bar.querySelector("rect")?.setAttribute("width", String(Math.max(0, Math.min(100, (left / whole) * 100))));
      if (left > 0) is_over = false;
    }
    if (is_over) { clearInterval(draining); renew_conversation(600); }
  };
  draw();
  draining = setInterval(draw, 250);
}

function show_who(html) {
  const line = document.getElementById("presence");
  if (line && line.innerHTML.trim() !== html.trim()) line.innerHTML = html;
}

async function see_who() {
  const pane = main();
  const answer = await fetch(`/desk/c/${pane.dataset.id}/presence/`, { credentials: "same-origin" });
  if (answer.ok && main() === pane) show_who(await answer.text());
}

async function beat() {
  const pane = main();
  if (!pane?.dataset.id || document.hidden) return;
  try {
    const answer = await post(`/desk/c/${pane.dataset.id}/presence/`, { doing: is_composing() ? "writing" : "reading" });
    if (!answer.ok || main() !== pane) return;
    show_who(await answer.text());
  } catch { /* the line is lost: line.js says so */ }
}

// Says that we have left, when another conversation is opened or the page goes away.
let present_at = null;
function note_place() {
  const id = main()?.dataset.id ?? null;
  if (present_at && present_at !== id) post(`/desk/c/${present_at}/presence/`, { doing: "leaving" }, { keepalive: true }).catch(() => {});
  present_at = id;
}
addEventListener("pagehide", () => { if (present_at) post(`/desk/c/${present_at}/presence/`, { doing: "leaving" }, { keepalive: true }).catch(() => {}); });

function opened() {
  note_place();
  const pane = main(), desk = document.querySelector(".desk");
  if (desk && pane?.dataset.id) desk.dataset.pane = "conversation"; // before anything is measured
  begin_reading();
  start_leaving();
  start_composer({ on_begin: beat });
  if (pane?.dataset.title) document.title = pane.dataset.title;
  beat();
}

export function start_conversation() {
  opened();
  setInterval(beat, BEAT);
  document.addEventListener("harken:change", (event) => {
    const { kind, id } = event.detail ?? {};
    if (kind === "presence" && String(id) === main()?.dataset.id) see_who();
    if (kind === "conversation" && String(id) === main()?.dataset.id) renew_conversation();
  });
  document.addEventListener("harken:stale", () => renew_conversation(0));
  document.addEventListener("visibilitychange", () => { if (!document.hidden) { renew_conversation(0); beat(); } });
  document.addEventListener("htmx:afterSettle", (event) => {
    const id = event.detail.target?.id;
    if (id === "pane") { opened(); if (!document.querySelector("#pane details[open]")) focus_newest(); }
  });
  // a menu was closed under which the head may have changed
  document.addEventListener("toggle", (event) => { if (event.target.matches?.("#pane details:not([open])") && main()?.dataset.etag === "") renew_conversation(); }, true);
  document.addEventListener("htmx:oobBeforeSwap", note_standing);
  document.addEventListener("htmx:afterRequest", note_answer);
  // the server says what became of an act: { id, act, next }
  document.body.addEventListener("harken:acted", (event) => {
    renew_list(50);
    const { id, act, next } = event.detail ?? {};
    const box = thread();
    if (box) box.dataset.begun = "yes";
    start_composer({ on_begin: beat });
    start_leaving();
    word_times(document.getElementById("pane"));
    if (box && (act === "reply" || stood !== null)) box.scrollTop = act === "reply" ? box.scrollHeight : Math.min(stood, box.scrollHeight);
    stood = null;
    if (next && open_next_to(String(id))) return;
    if (["send-now", "again", "approve"].includes(act)) renew_conversation(1500);
    if (act === "close") document.querySelector(`#c${id}`)?.nextElementSibling?.querySelector("a")?.focus();
  });
  document.addEventListener("click", (event) => {
    if (!event.target.closest("#below")) return;
    const pill = document.getElementById("below");
    pill.hidden = true;
    pill.dataset.count = 0;
    thread().scrollTop = thread().scrollHeight;
  });
  document.addEventListener("scroll", (event) => {
    if (event.target === thread() && at_end(thread())) { const pill = document.getElementById("below"); if (pill) { pill.hidden = true; pill.dataset.count = 0; } }
  }, { capture: true, passive: true });
}
