// Writing an answer: the count as the network counts, a draft that is never lost, the mode that keeps the text.
import { post } from "./fetching.js";
import { language, say } from "./words.js";

const PAUSE = 500; // ms after the last key until the draft is saved
const form = () => document.getElementById("composer");
const field = () => form()?.querySelector("textarea");
const mode = () => form()?.querySelector("[name=mode]:checked")?.value ?? "note";
const kept_at = (id) => `harken-draft-${id}`;

let saving = null;
let began = false;

export const is_composing = () => Boolean(field()?.value.trim());

const graphemes = "Segmenter" in Intl ? new Intl.Segmenter(undefined, { granularity: "grapheme" }) : null;
const MEASURES = {
  characters: (text) => [...text].length,
  graphemes: (text) => (graphemes ? [...graphemes.segment(text)].length : [...text].length),
  bytes: (text) => new TextEncoder().encode(text).length,
  // links count 23 whatever their length, and of a name on another server only the part before it
  weighted: (text) => [...text.replace(/https?:\/\/[^\s]+/g, "x".repeat(23)).replace(/(@[\w.-]+)@[\w.-]+\w/g, "$1")].length,
};

function count() {
  const box = form(), shown = box?.querySelector(".count");
  if (!shown) return;
  const is_note = mode() === "note", limit = Number(box.dataset.limit);
  shown.hidden = is_note || !limit;
  if (is_note || !limit) { allow(box, true); return; }
  const length = (MEASURES[box.dataset.measure] ?? MEASURES.characters)(field().value);
  const over = length - limit;
  shown.classList.toggle("over", over > 0);
  shown.querySelector("[dir]").textContent = over > 0 ? say("over", { n: over, limit }) : `${length} / ${limit}`;
  const ring = shown.querySelector(".ring");
  ring.className = `ring s ${over > 0 ? "late" : length > limit * 0.9 ? "soon" : "calm"}`;
  ring.querySelector(".arc").style.strokeDasharray = `${Math.min(100, Math.round((length / limit) * 100))} 100`;
  const may_split = box.dataset.split === "yes";
  for (const label of box.querySelectorAll("[data-send]")) {
    label.textContent = over > 0 && may_split ? say("split", { n: Math.ceil(length / limit) }) : label.dataset.send;
  }
  const where = box.querySelector(".over-from");
  if (where) {
    where.hidden = over <= 0;
    if (over > 0) where.querySelector("q").textContent = `…${field().value.slice(-over).trimStart().slice(0, 60)}`;
  }
  allow(box, over <= 0 || may_split);
}

// What is wrong with the chosen files, by what this network takes: too many, or one too large.
function wrong_files(box) {
  const chosen = box.querySelector("input[type=file]");
  if (!chosen || mode() === "note") return { files: [], words: "" };
  const { most, bytes, videoBytes } = chosen.dataset, all = [...chosen.files];
  const large = all.filter((file) => file.size > Number(/^(video|audio)\//.test(file.type) ? videoBytes : bytes));
  if (large.length) {
    const room = Math.floor(Number(/^(video|audio)\//.test(large[0].type) ? videoBytes : bytes) / 104_857.6) / 10;
    return { files: large, words: say("file_large", { name: large[0].name, size: room.toLocaleString(language) }) };
  }
  if (all.length > Number(most)) return { files: all.slice(Number(most)), words: say("files_many", { n: most }) };
  return { files: [], words: "" };
}

function show_files(box) {
  const chosen = box.querySelector("input[type=file]");
  if (!chosen) return;
  const wrong = wrong_files(box);
  const tags = [...chosen.files].map((file) => {
    const tag = document.createElement("span");
    tag.className = wrong.files.includes(file) ? "tag late" : "tag";
    tag.textContent = file.name;
    return tag;
  });
  if (wrong.words) {
    const why = document.createElement("span");
    why.className = "why";
    why.setAttribute("role", "alert");
    why.textContent = wrong.words;
    tags.push(why);
  }
  box.querySelector(".attached").replaceChildren(...tags);
  count();
}

function allow(box, may) {
  may = may && !wrong_files(box).words;
  for (const button of box.querySelectorAll("button[type=submit]")) {
    if (may) button.removeAttribute("aria-disabled");
    else button.setAttribute("aria-disabled", "true");
  }
}

async function save() {
  const box = form();
  if (!box) return;
  const id = box.dataset.id, text = field().value, in_mode = mode();
  try {
    const answer = await post(`/desk/c/${id}/draft/`, { mode: in_mode, text }, { keepalive: true });
    if (!answer.ok) throw new Error(String(answer.status));
    localStorage.removeItem(kept_at(id));
    told("");
  } catch {
    localStorage.setItem(kept_at(id), JSON.stringify({ mode: in_mode, text }));
    told(say("draft_here"));
  }
}

function told(text) {
  const line = form()?.querySelector(".saved");
  if (line && line.textContent !== text) line.textContent = text;
}

export function choose_mode(wanted) {
  const radio = form()?.querySelector(`[name=mode][value=${wanted}]:not(:disabled)`);
  if (!radio) return false;
  radio.checked = true;
  changed_mode();
  return true;
}

function changed_mode() {
  const text = field();
  text.focus();
  text.setSelectionRange(text.value.length, text.value.length);
  text.setAttribute("aria-label", form().querySelector("[name=mode]:checked")?.closest("label")?.dataset.label ?? "");
  count();
  if (text.value.trim()) { clearTimeout(saving); saving = setTimeout(save, PAUSE); }
}

export function start_composer({ on_begin = () => {} } = {}) {
  const box = form();
  if (!box || box.dataset.started) return;
  box.dataset.started = "yes";
  began = is_composing();
  const text = field();
  const kept = localStorage.getItem(kept_at(box.dataset.id));
  if (kept && !text.value) {
    const { mode: in_mode, text: lost } = JSON.parse(kept);
    text.value = lost;
    const radio = box.querySelector(`[name=mode][value=${in_mode}]`);
    if (radio) radio.checked = true;
    told(say("draft_here"));
  }
  const then = box.querySelector("[name=then]");
  if (then) {
    then.checked = localStorage.getItem("harken-then-next") === "yes";
    then.addEventListener("change", () => localStorage.setItem("harken-then-next", then.checked ? "yes" : "no"));
  }
  text.addEventListener("input", () => {
    count();
    clearTimeout(saving);
    saving = setTimeout(save, PAUSE);
    if (!began && is_composing()) { began = true; on_begin(); }
  });
  box.addEventListener("change", (event) => { if (event.target.name === "mode") { changed_mode(); show_files(box); } });
  box.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      const visible = [...box.querySelectorAll("button[type=submit]")].find((button) => button.offsetParent && button.getAttribute("aria-disabled") !== "true");
      visible?.click();
    }
  });
  box.addEventListener("submit", (event) => {
    if (event.submitter?.getAttribute("aria-disabled") === "true") { event.preventDefault(); event.stopImmediatePropagation(); return; }
    clearTimeout(saving);
    localStorage.removeItem(kept_at(box.dataset.id));
  }, true);
  const files = box.querySelector("input[type=file]");
  files?.addEventListener("change", () => show_files(box));
  box.querySelector("[data-taller]")?.addEventListener("click", () => box.classList.toggle("tall"));
  count();
}

// Leaving the page: what was typed in the last half second is saved as well.
addEventListener("pagehide", () => { if (saving && form() && field()?.value) save(); });
