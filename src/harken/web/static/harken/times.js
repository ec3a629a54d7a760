// Times in words: waits, clocks and moments, from the server's time, renewed on the minute.
import { date_form, HOURS, knows, language, say } from "./words.js";

// How far the server's clock is ahead of ours, in milliseconds; set once from the page.
let ahead = 0;
const stamped = document.body?.dataset.now;
if (stamped) ahead = Number(stamped) * 1000 - Date.now();

export const now = () => (Date.now() + ahead) / 1000;

const SOON = 0.8; // share of the promised time from which a clock is "soon"

// 52 min · 3 h 12 · 2 d 4 h. `full` spells the minutes: 3 h 12 min.
export function span(seconds, full = false) {
  const minutes = Math.max(0, Math.floor(seconds / 60));
  if (minutes < 1) return say("under_minute");
  if (minutes < 60) return say("minutes", { m: minutes });
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return say(full ? "hours_minutes_full" : "hours_minutes", { h: hours, m: String(minutes % 60).padStart(full ? 1 : 2, "0") });
  return say("days_hours", { d: Math.floor(hours / 24), h: hours % 24 });
}

// How far off a promise is, "left" or "late": 8 left · 2 h 12 late · 3 d left. Within its minute no number is said.
function apart(side, seconds) {
  const minutes = Math.max(0, Math.floor(seconds / 60));
  if (minutes < 1) return say(`${side}_now`);
  if (minutes < 60) return say(side, { t: minutes });
  if (minutes < 24 * 60) return say(side, { t: say("hours_minutes", { h: Math.floor(minutes / 60), m: String(minutes % 60).padStart(2, "0") }) });
  return say(side, { t: say("days", { d: Math.floor(minutes / 1440) }) });
}

// calm, soon, late or none, and the share of the promised time used.
export function clock_of(start, due, at = now()) {
  if (!due) return { level: "none", used: 0 };
  const used = due > start ? (at - start) / (due - start) : 1;
  return { level: at >= due ? "late" : used >= SOON ? "soon" : "calm", used: Math.min(1, Math.max(0, used)) };
}

const LEVELS = ["calm", "soon", "late", "none"];
function set_level(element, level) {
  if (element.classList.contains(level)) return;
  element.classList.remove(...LEVELS);
  element.classList.add(level);
}

function draw_ring(element, level, used) {
  const arc = element?.querySelector(".arc");
  if (!arc) return;
  const dashes = level === "none" ? "0 100" : level === "late" ? "94 6" : `${Math.max(1, Math.round(used * 100))} 100`;
  if (arc.style.strokeDasharray !== dashes) arc.style.strokeDasharray = dashes;
}

// A thing with a clock: data-since (waits since), data-start and data-due (the promise), data-paused (its reason).
function word_clock(element, at) {
  const { since, start, due, paused, closed } = element.dataset;
  const { level, used } = clock_of(Number(start), Number(due), at);
  const shown = closed !== undefined ? "none" : paused && level !== "none" ? "calm" : level; // a pause is never late
  set_level(element.matches(".row") ? element.firstElementChild : element, element.matches(".head-wait") && shown === "none" ? "calm" : shown);
  draw_ring(element.querySelector(".ring") ?? element, shown, used);
  const wait = element.querySelector(".wait");
  if (wait && since) wait.textContent = span(at - Number(since));
  const left = element.querySelector(".left");
  if (left && due && shown !== "none") left.textContent = paused || apart(shown === "late" ? "late" : "left", Math.abs(at - Number(due)));
  const late = element.querySelector("[data-late]");
  if (late) late.textContent = shown === "late" ? ` · ${say("line_late", { t: span(at - Number(due)) })}` : "";
  const line = element.querySelector("[data-line]");
  if (line && due) {
    const promised = Math.max(60, Number(due) - Number(start));
    line.textContent = paused || (at >= Number(due)
      ? say("line_late", { t: span(at - Number(due)) })
      : say("line_left", { t: span(Number(due) - at), of: promised < 3600 * 2 ? Math.round(promised / 60) : span(promised) }));
  }
}

const same_day = date_form(HOURS);
const same_week = date_form({ weekday: "short", ...HOURS });
const same_year = date_form({ day: "numeric", month: "short", ...HOURS });
const any_time = date_form({ day: "numeric", month: "short", year: "numeric" });
const whole = date_form({ dateStyle: "full", timeStyle: "medium" });
const a_day = date_form({ weekday: "long", day: "numeric", month: "long" });
const near_day = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
const midnight = (date) => new Date(date.getFullYear(), date.getMonth(), date.getDate());

export function moment(date, at = new Date(now() * 1000)) {
  const days = Math.round((midnight(at) - midnight(date)) / 86400000);
  if (days === 0) return same_day.format(date);
  if (days > 0 && days < 6) return same_week.format(date);
  return (date.getFullYear() === at.getFullYear() ? same_year : any_time).format(date);
}

export function day(date, at = new Date(now() * 1000)) {
  const days = Math.round((midnight(at) - midnight(date)) / 86400000);
  const near = ["today", "yesterday"][days];
  if (near) return knows(near) ? say(near) : near_day.format(-days, "day"); // in the middle of a sentence elsewhere
  return (date.getFullYear() === at.getFullYear() ? a_day : any_time).format(date);
}

// Words every time inside `root`. Cheap to call again: nothing is written that is already so.
export function word_times(root = document) {
  const at = now();
  const date_of = (element) => new Date(element.getAttribute("datetime"));
  for (const element of root.querySelectorAll("[data-due]")) word_clock(element, at);
  if (root.matches?.("[data-due]")) word_clock(root, at);
  for (const element of root.querySelectorAll("time[data-moment]")) put(element, moment(date_of(element)));
  for (const element of root.querySelectorAll("time[data-day]")) put(element, day(date_of(element)));
  for (const element of root.querySelectorAll("time[data-ago]")) put(element, span(at - date_of(element) / 1000));
  for (const element of root.querySelectorAll("time[data-until]")) put(element, span(date_of(element) / 1000 - at));
  for (const element of root.querySelectorAll("[data-span]")) put(element, span(at - Number(element.dataset.span), true));
  for (const element of root.querySelectorAll("time[datetime]:not([title])")) element.title = whole.format(date_of(element));
}

function put(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

// Words all times now and then on each full minute of the server's clock.
export function tick(also = () => {}) {
  const run = () => { word_times(); also(); };
  run();
  const again = () => { run(); setTimeout(again, 60000 - ((Date.now() + ahead) % 60000) + 20); };
  setTimeout(again, 60000 - ((Date.now() + ahead) % 60000) + 20);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) run(); });
}

// The server words times too, for pages without scripts and for what it writes down: it learns the zone from here.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone && !document.cookie.includes(`harken_zone=${encodeURIComponent(zone)}`)) {
  document.cookie = `harken_zone=${encodeURIComponent(zone)}; path=/; max-age=31536000; samesite=lax${location.protocol === "https:" ? "; secure" : ""}`;
}
