// What happens while a page is open, for who is signed in: the bell changes by itself, and a topic says quietly that
// there is more to read. Nothing moves under the reader; new posts come when they are asked for.
import "./live.js";

const WAIT = 250; // ms in which changes are collected into one request
const SPREAD = 2000; // ms over which the readers of a topic ask: all of them hear of it at once
const line = () => document.getElementById("fresh");
const later = (act) => { let asked = null; return (wait) => { clearTimeout(asked); asked = setTimeout(act, wait); }; };

// The element that an address answers with; null when there is none, or none to be had now.
async function part(address) {
  try {
    const answer = await fetch(address, { credentials: "same-origin", redirect: "error" });
    if (answer.status !== 200) return null;
    const holder = document.createElement("template");
    holder.innerHTML = await answer.text();
    return holder.content.firstElementChild;
  } catch {
    return null; // the next change asks again
  }
}

const renew_bell = later(async () => {
  const fresh = await part("/community/bell/"), bell = document.getElementById("bell");
  if (!fresh || !bell || bell.outerHTML === fresh.outerHTML) return;
  bell.className = fresh.className;
  bell.setAttribute("aria-label", fresh.getAttribute("aria-label"));
});

const ask_since = later(async () => {
  const here = line();
  if (!here || document.hidden) return;
  const { topic, last } = here.dataset;
  const fresh = await part(`/community/t/${topic}/since/?after=${last}`);
  if (here !== line() || here.dataset.last !== last) return;
  if (fresh?.textContent !== here.textContent) here.replaceChildren(...(fresh ? [fresh] : []));
});

// ---- the new posts, put where they belong

const is_post = (element) => /^p\d+$/.test(element.id);

function put(post) {
  const box = post.parentElement; // .answers, or the comments under a post
  let home = box.matches(".answers") ? document.querySelector("main .answers") : document.getElementById(post.parentElement.closest("article[id^=p]")?.id)?.querySelector(".comments");
  if (!home) {
    home = document.importNode(box, false);
    if (box.matches(".answers")) document.getElementById("answers")?.after(home);
    else document.getElementById(box.closest("article[id^=p]")?.id)?.append(home);
  }
  const mine = document.importNode(post, true);
  let before = post.previousElementSibling;
  while (before && !(before.id && home.querySelector(`#${before.id}`))) before = before.previousElementSibling;
  if (before) home.querySelector(`#${before.id}`).after(mine);
  else home.prepend(mine);
  return mine;
}

// What the reader's eyes rest on: it stays where it is on the screen.
function held() {
  const on = document.elementsFromPoint(innerWidth / 2, innerHeight / 2).find((one) => one.closest("main [id^=p]"));
  return on ?? document.querySelector("main h1");
}

async function load() {
  let page;
  try {
    const answer = await fetch(location.pathname + location.search, { credentials: "same-origin" });
    if (!answer.ok) throw new Error(String(answer.status));
    page = new DOMParser().parseFromString(await answer.text(), "text/html");
  } catch {
    location.reload();
    return;
  }
  const fresh = [...page.querySelectorAll("main [id^=p]")].filter((one) => is_post(one) && !document.getElementById(one.id));
  const whole = fresh.filter((one) => !fresh.includes(one.parentElement.closest("[id^=p]"))); // their comments come along
  const rest = held(), top = rest?.getBoundingClientRect().top;
  const put_here = whole.map((one) => put(one));
  const heading = page.getElementById("answers");
  if (heading) document.getElementById("answers")?.replaceChildren(...heading.childNodes);
  if (rest) scrollBy(0, rest.getBoundingClientRect().top - top);
  const now = page.getElementById("fresh");
  line().dataset.last = now?.dataset.last ?? line().dataset.last;
  line().replaceChildren();
  const first = put_here[0];
  if (!first) { const next = page.querySelector("a[rel=next]"); if (next) location.assign(next.href); return; } // on a further page
  first.tabIndex = -1;
  first.focus({ preventScroll: true });
  first.scrollIntoView({ block: "nearest" });
}

document.addEventListener("harken:change", (event) => {
  const { kind, id } = event.detail;
  if (kind === "notice") renew_bell(WAIT);
  if (kind === "topic" && String(id) === line()?.dataset.topic) ask_since(WAIT + Math.random() * SPREAD);
});
document.addEventListener("harken:stale", () => { renew_bell(WAIT); ask_since(WAIT); });
document.addEventListener("visibilitychange", () => { if (!document.hidden) ask_since(WAIT); });
document.addEventListener("click", (event) => { if (event.target.closest("#fresh-button")) load(); });
