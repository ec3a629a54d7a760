// Everything here is a comfort: each page works without it. Clocks and times are worded anew on the full minute.
const root = document.documentElement;
// the reader's own kind of the page's language, where the browser says one: times are written differently in each
const language = navigator.languages?.find((one) => one.split("-")[0] === root.lang) ?? (root.lang || "en");
// How far the server's clock is ahead. A page from the keep may be a minute old: less than that tells nothing of clocks.
const apart = Number(document.body.dataset.now || 0) * 1000 - Date.now();
const ahead = Math.abs(apart) > 90_000 ? apart : 0;
const now = () => (Date.now() + ahead) / 1000;
const SOON_SHARE = 0.75;
const SOON_SECONDS = 600;

// ---- theme: what the switch turns to where the system decides what is shown now
const lamp = document.querySelector("[data-theme-switch]");
if (lamp && !root.dataset.theme && matchMedia("(prefers-color-scheme: dark)").matches) lamp.value = "light";

// ---- clocks

function draw_clock(element, at) {
  const start = Number(element.dataset.start), due = Number(element.dataset.due);
  const left = due - at;
  const used = Math.min(1, Math.max(0, 1 - left / Math.max(1, due - start)));
  const level = left <= 0 ? "late" : used >= SOON_SHARE || left < SOON_SECONDS ? "soon" : "calm";
  const minutes = Math.floor(Math.abs(left) / 60);
  const was = element.dataset.level ?? ["calm", "soon", "late"].find((one) => element.className.includes(`-${one}`));
  if (was !== level) {
    const family = element.classList.contains("state") ? "state" : "clock";
    element.classList.remove(`${family}-${was}`);
    element.classList.add(`${family}-${level}`);
  }
  element.dataset.level = level;
  element.querySelector(".ring circle:last-child")?.setAttribute("stroke-dasharray", `${level === "late" ? 100 : Math.max(1, Math.round(used * 100))} 100`);
  // the server's words hold for the same minute: only what has moved on is worded here
  const words = JSON.parse(document.body.dataset.clockWords || "{}");
  const [n, unit] = minutes < 100 ? [minutes, "min"] : minutes < 2880 ? [Math.floor(minutes / 60), "h"] : [Math.floor(minutes / 1440), "days"];
  const said = words[`${unit}_${level === "late" ? "late" : "left"}`];
  if (!said) return;
  put(element.querySelector("[data-number]"), minutes < 1 ? "<1" : level === "late" ? `+${n}` : String(n));
  put(element.querySelector("[data-unit]"), said);
  put(element.querySelector("[data-sentence]"), minutes < 1 ? words[level === "late" ? "now_late" : "now_left"] : `${n} ${said}`);
}

// ---- times
// digits are those of the numbers on the page, hours are written as in the language: 9:52 PM, 09:52
const DIGITS = { numberingSystem: "latn" };
const date_form = (options) => new Intl.DateTimeFormat(language, { ...DIGITS, ...options });
const eight = date_form({ timeStyle: "short" }).format(new Date(2024, 0, 1, 8, 11));
const HOURS = { hour: eight.includes("08") ? "2-digit" : "numeric", minute: "2-digit" };
const relative = new Intl.RelativeTimeFormat(language, { ...DIGITS, numeric: "auto", style: "short" });
const of_day = date_form(HOURS);
const of_year = date_form({ day: "numeric", month: "short", ...HOURS });
const any_time = date_form({ day: "numeric", month: "short", year: "numeric" });
const month = date_form({ month: "long", year: "numeric" });
const whole = date_form({ dateStyle: "full", timeStyle: "short" });

function ago(date, at) {
  const seconds = at - date / 1000;
  if (seconds < 3600) return relative.format(-Math.max(0, Math.floor(seconds / 60)), "minute");
  if (seconds < 86400) return relative.format(-Math.floor(seconds / 3600), "hour");
  if (seconds < 30 * 86400) return relative.format(-Math.floor(seconds / 86400), "day");
  return any_time.format(date);
}

function moment(date, at) {
  const today = new Date(at * 1000);
  if (date.toDateString() === today.toDateString()) return of_day.format(date);
  return (date.getFullYear() === today.getFullYear() ? of_year : any_time).format(date);
}

function put(element, text) {
  if (element && element.textContent !== text) element.textContent = text;
}

export function word_times(within = document) {
  const at = now();
  for (const element of within.querySelectorAll("[data-due]")) draw_clock(element, at);
  for (const element of within.querySelectorAll("time[datetime]")) {
    const date = new Date(element.getAttribute("datetime"));
    if (element.hasAttribute("data-ago")) put(element, ago(date, at));
    else if (element.hasAttribute("data-day")) put(element, any_time.format(date));
    else if (element.hasAttribute("data-month")) put(element, month.format(date));
    else put(element, moment(date, at));
    if (!element.title) element.title = whole.format(date);
  }
}

function tick() {
  word_times();
  setTimeout(tick, 60000 - ((Date.now() + ahead) % 60000) + 20);
}
tick();
document.addEventListener("visibilitychange", () => { if (!document.hidden) word_times(); });
