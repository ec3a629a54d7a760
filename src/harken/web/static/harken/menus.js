// Menus are <details>, so they open without a script; this closes them again: outside click, Escape, another menu.
export function close_menus_when_left() {
  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
  });
  document.addEventListener("toggle", (event) => {
    if (!event.target.matches?.("details.menu[open]")) return;
    for (const menu of document.querySelectorAll("details.menu[open]")) if (menu !== event.target && !menu.contains(event.target)) menu.open = false;
    const first = event.target.querySelector("input:not([type=hidden]), button, a, select");
    if (first && event.target.dataset.focus !== "no") first.focus({ preventScroll: true });
  }, true);
}

// A choice in a menu closes it at once; what its answer puts in place later leaves alone what was opened meanwhile.
export function close_menu_when_chosen() {
  document.addEventListener("htmx:beforeRequest", (event) => {
    const chosen = event.detail.requestConfig?.triggeringEvent?.submitter?.closest("details.menu[open]");
    if (chosen) chosen.open = false;
  });
  document.addEventListener("htmx:oobBeforeSwap", (event) => keep_open_menus(event.detail.target, event.detail.fragment));
}

// What is opened in `old`, and typed in it, is so in `fresh`, which takes its place.
function keep_open_menus(old, fresh) {
  for (const menu of old.querySelectorAll("details.menu[open][id]")) {
    const renewed = fresh.querySelector(`#${menu.id}`);
    if (!renewed) continue;
    renewed.open = true;
    for (const field of menu.querySelectorAll("input[id]:not([type=hidden])")) {
      const twin = renewed.querySelector(`#${field.id}`);
      if (twin) twin.value = field.value;
    }
  }
}

// Closes the innermost open menu and gives focus back to what opened it; says whether there was one.
export function close_innermost_menu() {
  const open = [...document.querySelectorAll("details.menu[open]")].pop();
  if (!open) return false;
  open.open = false;
  open.querySelector("summary")?.focus();
  return true;
}
