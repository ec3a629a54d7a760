// The desk, put together. Each module does one thing; nothing here is needed to read, answer or close.
import { close_innermost_menu, close_menu_when_chosen, close_menus_when_left } from "./menus.js";
import { tick, word_times } from "./times.js";
import { start_list } from "./list.js";
import { start_conversation } from "./conversation.js";
import { start_keys } from "./keys.js";
import { start_palette } from "./palette.js";
import { start_line } from "./line.js";
import { start_rail } from "./rail.js";
import { hide_peek, start_peeking } from "./peeking.js";

close_menus_when_left();
close_menu_when_chosen();
start_line();
start_list();
start_rail();
start_conversation();
start_palette();
start_peeking();
start_keys({ close_innermost: () => hide_peek() || close_innermost_menu() });
tick();

// One form serves all acts on the open conversation: its buttons say where to post and what, as without a script.
document.addEventListener("htmx:configRequest", (event) => {
  const submitter = event.detail.triggeringEvent?.submitter;
  if (event.detail.elt.id !== "acts" || !submitter) return;
  event.detail.path = submitter.getAttribute("formaction") ?? event.detail.path;
  if (submitter.name) event.detail.parameters[submitter.name] = submitter.value;
});
document.addEventListener("htmx:load", (event) => word_times(event.target));
