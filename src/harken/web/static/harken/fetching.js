// Fetching fragments: one place for headers, for what a lost session or line looks like, and for swapping parts.
const token = () => document.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "";

// A fragment as an element list, or null when nothing changed (304). Throws when the answer is not one.
export async function fragment(url, { headers = {}, target = "" } = {}) {
  const answer = await fetch(url, { headers: { "HX-Request": "true", "HX-Target": target, ...headers }, credentials: "same-origin" });
  if (answer.status === 304) return null;
  if (answer.status === 401) { location.assign(answer.headers.get("HX-Redirect") ?? "/sign-in/"); return null; }
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}`);
  const holder = document.createElement("template");
  holder.innerHTML = await answer.text();
  return { root: holder.content, etag: answer.headers.get("ETag") };
}

// Posts fields; `keepalive` lets it finish when the page goes away.
export function post(url, fields, { keepalive = false } = {}) {
  return fetch(url, {
    method: "POST", keepalive, credentials: "same-origin",
    headers: { "X-CSRFToken": token(), "HX-Request": "true", "Content-Type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams(fields),
  });
}

// Makes `old` what `fresh` is, without taking it out of the page: answers under way still find it, scrolling stays.
export function replace(old, fresh) {
  if (!old || !fresh || old.isEqualNode(fresh)) return old;
  for (const { name } of [...old.attributes]) if (!fresh.hasAttribute(name) && name !== "style" && !name.startsWith("data-begun")) old.removeAttribute(name);
  for (const { name, value } of [...fresh.attributes]) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  old.replaceChildren(...fresh.childNodes);
  window.htmx?.process(old);
  return old;
}
