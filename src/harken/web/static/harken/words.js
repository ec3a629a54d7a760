// The page's words for scripts, in the reader's language: <script type="application/json" id="words">.
const element = document.getElementById("words");
const words = element ? JSON.parse(element.textContent) : {};

// say("left", { t: "8" }) puts values into "{t} left"; a missing word shows its key, so that it is noticed.
export function say(key, values = {}) {
  return (words[key] ?? key).replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

export const language = document.documentElement.lang || "en";
