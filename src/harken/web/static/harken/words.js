// The page's words for scripts, in the reader's language: <script type="application/json" id="words">.
const element = document.getElementById("words");
const words = element ? JSON.parse(element.textContent) : {};

// say("left", { t: "8" }) puts values into "{t} left"; a missing word shows its key, so that it is noticed.
export function say(key, values = {}) {
  return (words[key] ?? key).replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

// The page's language in the reader's own flavour (en-GB counts hours to 24), for dates and times.
const chosen = document.documentElement.lang || "en";
export const language = navigator.languages?.find((one) => one.split("-")[0] === chosen.split("-")[0]) ?? chosen;
