// Acts on a conversation from anywhere: through its own forms when it is open, else by a plain post.
import { post } from "./fetching.js";
import { renew_list } from "./list.js";
import { say } from "./words.js";

const WAYS = {
  assign: { menu: "assign-menu", url: "assign/", fields: { agent: "me" } },
  snooze: { menu: "snooze-menu", url: "snooze/", fields: { until: "tomorrow" } },
  close: { menu: null, url: "close/", fields: {} },
  need: { menu: null, url: "need/", fields: {} },
  tag: { menu: "tag-menu" },
  why: { menu: "why-menu" },
};

export async function do_act(act, id) {
  const way = WAYS[act];
  if (!way) return;
  if (is_question(id)) { if (act === "assign") take_question(id); return; }
  if (document.getElementById("main")?.dataset.id === String(id)) {
    if (way.menu) { const menu = document.getElementById(way.menu); if (menu) { menu.open = !menu.open; return; } }
    const button = document.getElementById(`${act}-button`);
    if (button) { button.click(); return; }
  }
  if (!way.url) return;
  // a row that waits carries since when
  const needs = act === "need" ? { needs: document.getElementById(`c${id}`)?.dataset.since ? "no" : "yes" } : {};
  try {
    const answer = await post(`/desk/c/${id}/${way.url}`, { ...way.fields, ...needs, from: "list" });
    if (!answer.ok) throw new Error(String(answer.status));
    announce(say(["done", act, ...Object.values(needs)].join("_")));
  } catch {
    announce(say("not_done"));
  }
  renew_list(50);
}

// A question of the community stands in the list as t12; of the acts it knows one: who has it.
export const is_question = (id) => String(id).startsWith("t");

async function take_question(id) {
  try {
    const answer = await post(`/desk/t/${String(id).slice(1)}/take/`, { agent: "me" });
    if (!answer.ok) throw new Error(String(answer.status));
    announce(say("done_assign"));
  } catch {
    announce(say("not_done"));
  }
  renew_list(50);
}

export function announce(text) {
  const region = document.getElementById("announce");
  if (region) region.textContent = text;
}
