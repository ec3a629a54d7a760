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

// Closes the innermost open menu and gives focus back to what opened it; says whether there was one.
export function close_innermost_menu() {
  const open = [...document.querySelectorAll("details.menu[open]")].pop();
  if (!open) return false;
  open.open = false;
  open.querySelector("summary")?.focus();
  return true;
}
