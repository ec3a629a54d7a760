// Why this one stands here: on a row's ring or wait, after the pointer has rested there, or on W.
import { fragment } from "./fetching.js";
import { word_times } from "./times.js";

const REST = 400; // ms that the pointer rests before anything opens
const box = () => document.getElementById("peek");
let resting = null;
let shown = null;

export function hide_peek() {
  clearTimeout(resting);
  shown = null;
  if (!box() || box().hidden) return false;
  box().hidden = true;
  return true;
}

export async function peek(row) {
  const id = row?.dataset.id;
  if (!id || shown === id) return;
  shown = id;
  try {
    const answer = await fragment(`/desk/c/${id}/why/`, { target: "peek" });
    if (shown !== id || !answer?.root.firstElementChild) return;
    box().replaceChildren(...answer.root.children);
    word_times(box());
    place(row);
  } catch (problem) {
    console.warn("why:", problem.message);
  }
}

// Beside the row, towards the conversation, and inside the window.
function place(row) {
  const pop = box(), at = row.getBoundingClientRect(), is_rtl = document.documentElement.dir === "rtl";
  pop.hidden = false;
  const size = pop.getBoundingClientRect();
  const beside = is_rtl ? at.left - size.width - 8 : at.right + 8;
  pop.style.left = `${Math.max(8, Math.min(beside, innerWidth - size.width - 8))}px`;
  pop.style.top = `${Math.max(8, Math.min(at.top, innerHeight - size.height - 8))}px`;
}

export function start_peeking() {
  if (!box()) return;
  const spot = (target) => target.closest?.("ol.rows .ring, ol.rows .wait, #peek");
  document.addEventListener("pointerover", (event) => {
    if (event.pointerType === "touch") return;
    const found = spot(event.target);
    clearTimeout(resting);
    if (found?.closest("#peek")) return;
    if (!found) { resting = setTimeout(hide_peek, REST / 2); return; }
    const row = found.closest("li.row");
    resting = setTimeout(() => peek(row), REST);
  });
  document.addEventListener("pointerdown", (event) => { if (!event.target.closest?.("#peek")) hide_peek(); });
  document.addEventListener("scroll", hide_peek, { capture: true, passive: true });
}
