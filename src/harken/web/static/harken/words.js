// The page's words for scripts, in the reader's language: <script type="application/json" id="words">.
const element = document.getElementById("words");
const words = element ? JSON.parse(element.textContent) : {};

// say("left", { t: "8" }) puts values into "{t} left"; a missing word shows its key, so that it is noticed.
export function say(key, values = {}) {
  return (words[key] ?? key).replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

// Whether the page brings this word; most pages beside the desk bring none.
export const knows = (key) => key in words;

// The page's language in the reader's own flavour (en-GB counts hours to 24), for dates and times.
const chosen = document.documentElement.lang || "en";
export const language = navigator.languages?.find((one) => one.split("-")[0] === chosen.split("-")[0]) ?? chosen;

// A form of dates and times in it. Digits are those of the numbers on the page, which come from the server.
export const date_form = (options) => new Intl.DateTimeFormat(language, { numberingSystem: "latn", ...options });
// Hours as one writes them there: 9:52 PM, 09:52, 9:52.
const eight = date_form({ timeStyle: "short" }).format(new Date(2024, 0, 1, 8, 11));
export const HOURS = { hour: eight.includes("08") ? "2-digit" : "numeric", minute: "2-digit" };
