// What members do, in place: a form is sent, its page comes back, and only the parts it names are put into this one.
// Without this every form and link leads to a page of its own and back.

const page_of = (text) => new DOMParser().parseFromString(text, "text/html");

// Where one goes on in a form: what is wrong, else its first field, else its button.
function focus_in(form) {
  const field = form?.querySelector("[aria-invalid]") ?? form?.querySelector("textarea, input:not([type=hidden], [hidden])") ?? form?.querySelector("button");
  field?.focus();
}

// Open forms with something typed in them survive the renewal of what is around them.
function keep_open(old, fresh) {
  for (const form of old.querySelectorAll("form.act")) {
    const holder = form.closest("[id^=p]");
    const typed = [...form.querySelectorAll("textarea, input:not([type=hidden], [hidden])")].some((one) => one.value !== one.defaultValue);
    if (!typed || !holder || form.dataset.done) continue;
    const place = fresh.id === holder.id ? fresh : fresh.querySelector(`#${CSS.escape(holder.id)}`);
    place?.append(form);
  }
}

function renew(ids, page) {
  let found = 0;
  for (const id of ids) {
    const [old, fresh] = [document.getElementById(id), page.getElementById(id)];
    if (!old || !fresh) continue;
    const mine = document.importNode(fresh, true);
    const focused = old.contains(document.activeElement) ? document.activeElement.id : "";
    const writing = document.getElementById("answer");
    const kept = writing && old.contains(writing) && old !== writing.form && !writing.form.dataset.done ? writing.value : null;
    keep_open(old, mine);
    old.replaceWith(mine);
    if (kept !== null) { const now = document.getElementById("answer"); if (now) now.value = kept; }
    if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
    found += 1;
  }
  return found;
}

// The sign-in had ended: whatever was asked for, the sign-in page has come.
const is_signed_out = (answer) => answer.redirected && new URL(answer.url).pathname === "/sign-in/";

async function send(form, submitter) {
  const url = submitter?.getAttribute("formaction") ?? form.getAttribute("action");
  const fields = new FormData(form, submitter);
  const ids = (submitter?.dataset.renew ?? form.dataset.renew).split(" ");
  form.dataset.busy = "1";
  let answer;
  try {
    await keeping; // a draft on its way must not come after what it became
    answer = await fetch(url.split("#")[0], { method: "POST", body: fields, credentials: "same-origin" });
  } catch {
    delete form.dataset.busy;
    // the browser's own way says what is wrong with the line, and keeps the form to go back to
    if (submitter?.name) form.append(Object.assign(document.createElement("input"), { type: "hidden", name: submitter.name, value: submitter.value }));
    form.action = url;
    form.submit();
    return;
  }
  delete form.dataset.busy;
  if (is_signed_out(answer)) { form.dataset.done = "1"; location.assign(answer.url); return; } // the words are kept, and shown after the sign-in
  const page = page_of(await answer.text());
  if (!answer.ok) {
    const again = form.id && page.getElementById(form.id);
    if (again) { renew([form.id], page); focus_in(document.getElementById(form.id)); return; }
    const problem = page.getElementById("problem");
    if (problem) { document.getElementById("problem")?.remove(); form.before(document.importNode(problem, true)); return; }
    location.assign(answer.url);
    return;
  }
  if (submitter?.value !== "preview" && submitter?.value !== "draft") form.dataset.done = "1";
  // what was just said is what is new among the posts: an answer's address does not tell its anchor to a script
  const before = new Set([...document.querySelectorAll("main [id^=p]")].map((one) => one.id));
  if (!renew(ids, page)) { location.assign(answer.url); return; }
  const now = submitter?.id && document.getElementById(submitter.id);
  const region = document.getElementById("acts-said");
  // one goes on at what the form has to show, else at the button that was pressed
  if (!now && form.id) (document.querySelector(`#${form.id} :is(.preview, .notice)[tabindex]`) ?? document.querySelector(`#${form.id} button[value="${CSS.escape(submitter?.value ?? "")}"]`))?.focus();
  if (now && region) region.textContent = now.textContent.trim();
  if (!ids.includes("main") || !answer.redirected) return;
  const place = [...document.querySelectorAll("main [id^=p]")].find((one) => /^p\d+$/.test(one.id) && !before.has(one.id));
  history.replaceState(null, "", answer.url + (place ? `#${place.id}` : ""));
  document.title = page.title;
  if (place) { place.tabIndex = -1; place.focus({ preventScroll: true }); place.scrollIntoView({ block: "nearest" }); }
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  clearTimeout(waiting.get(form));
  waiting.delete(form);
  if (!form.matches("form[data-act]") && !event.submitter?.dataset.renew) return;
  event.preventDefault();
  if (!form.dataset.busy) send(form, event.submitter);
});

// Links to a form open it in place.
document.addEventListener("click", async (event) => {
  const link = event.target.closest("a[data-open], a[data-close]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  if ("close" in link.dataset) {
    const form = link.closest("form.act");
    if (!form?.dataset.opened) return;
    event.preventDefault();
    const by = document.querySelector(`a[data-open][href="${CSS.escape(form.dataset.opened)}"]`);
    form.remove();
    by?.focus();
    return;
  }
  event.preventDefault();
  const href = link.getAttribute("href");
  const open = document.querySelector(`form.act[data-opened="${CSS.escape(href)}"]`);
  if (open) { focus_in(open); return; }
  try {
    const answer = await fetch(href, { credentials: "same-origin" });
    const form = page_of(await answer.text()).querySelector("form.act");
    if (!answer.ok || !form) throw new Error(String(answer.status));
    const mine = document.importNode(form, true);
    mine.dataset.opened = href;
    (link.closest("form") ?? link).after(mine);
    focus_in(mine);
  } catch {
    location.assign(href);
  }
});

// What is being written is kept as it is written.
const waiting = new Map();
let keeping = Promise.resolve();
function keep(form, keepalive = false) {
  clearTimeout(waiting.get(form));
  waiting.delete(form);
  if (form.dataset.done) return;
  keeping = fetch(form.dataset.draft, { method: "POST", body: new FormData(form), credentials: "same-origin", keepalive }).then((answer) => {
    const place = form.querySelector("[data-kept]");
    if (place) place.textContent = answer.ok && !is_signed_out(answer) ? (place.dataset.words ?? "") : "";
  }, () => {});
}
document.addEventListener("input", (event) => {
  const form = event.target.form;
  if (!form?.dataset.draft) return;
  clearTimeout(waiting.get(form));
  waiting.set(form, setTimeout(() => keep(form), 1200));
});
addEventListener("pagehide", () => { for (const form of [...waiting.keys()]) keep(form, true); });

// The format bar puts Markdown around what is chosen.
const WAYS = {
  bold: (chosen) => [`**${chosen || "…"}**`],
  list: (chosen) => [(chosen || "…").split("\n").map((line, n) => `${n + 1}. ${line}`).join("\n"), true],
  quote: (chosen) => [(chosen || "…").split("\n").map((line) => `> ${line}`).join("\n"), true],
  link: (chosen) => [`[${chosen || "…"}](https://)`],
};
document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-put]");
  const field = button?.closest(".editor")?.querySelector("textarea");
  if (!field) return;
  const { selectionStart: from, selectionEnd: to, value } = field;
  const [text, own_line] = WAYS[button.dataset.put](value.slice(from, to));
  const before = own_line && from && value[from - 1] !== "\n" ? "\n" : "";
  field.setRangeText(before + text, from, to, "select");
  field.focus();
  field.dispatchEvent(new Event("input", { bubbles: true }));
});

// Pictures and files: chosen, pasted or dropped; each is sent at once, and its line put where one writes.
// bytes from which a picture is made smaller before it is sent: phones take ten times as many pixels as a page shows
const LARGE = { "image/jpeg": 2_000_000, "image/png": 8_000_000 };
const LONGEST_SIDE = 2560;
async function smaller(file) {
  if (!(file.size > LARGE[file.type])) return file;
  const picture = await createImageBitmap(file);
  const by = Math.min(1, LONGEST_SIDE / Math.max(picture.width, picture.height));
  const canvas = Object.assign(document.createElement("canvas"), { width: Math.round(picture.width * by), height: Math.round(picture.height * by) });
  const pen = canvas.getContext("2d");
  pen.fillStyle = "#fff"; // a JPEG sees through nothing
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
  const made = await new Promise((done) => { canvas.toBlob(done, "image/jpeg", 0.85); });
  return made && made.size < file.size ? new File([made], file.name.replace(/\.\w+$/, "") + ".jpg", { type: "image/jpeg" }) : file;
}
async function put_file(field, given) {
  const file = await smaller(given).catch(() => given);
  const fields = new FormData();
  fields.set("csrfmiddlewaretoken", field.form.elements.csrfmiddlewaretoken.value);
  fields.set("file", file, file.name || "picture.png");
  const url = field.closest(".editor").querySelector("[data-files]").dataset.files;
  const answer = await fetch(url, { method: "POST", body: fields, credentials: "same-origin", headers: { Accept: "application/json" } });
  const { line, problem } = await answer.json();
  if (!line) return problem;
  const at = field.selectionEnd;
  field.setRangeText(`${at && field.value[at - 1] !== "\n" ? "\n" : ""}${line}\n`, at, at, "end");
  field.dispatchEvent(new Event("input", { bubbles: true }));
  return "";
}
async function put_files(field, files) {
  const said = field.closest(".editor").querySelector(".files-said");
  const problems = [];
  for (const [number, file] of files.entries()) {
    said.dataset.busy = "1";
    said.textContent = `${said.dataset.sending} ${file.name} ${files.length > 1 ? `(${number + 1}/${files.length})` : ""}`;
    const problem = await put_file(field, file).catch(() => said.dataset.lost);
    if (problem) problems.push(files.length > 1 ? `${file.name}: ${problem}` : problem);
  }
  delete said.dataset.busy;
  said.textContent = problems.join("\n");
  field.focus();
}
document.addEventListener("click", (event) => { event.target.closest("[data-files]")?.nextElementSibling.click(); });
document.addEventListener("change", (event) => {
  const chosen = event.target;
  if (!chosen.matches?.(".editor-bar input[type=file]") || !chosen.files.length) return;
  put_files(chosen.closest(".editor").querySelector("textarea"), [...chosen.files]);
  chosen.value = "";
});
for (const kind of ["paste", "drop"]) document.addEventListener(kind, (event) => {
  const given = event.clipboardData ?? event.dataTransfer;
  // an office program puts a picture of the words beside the words
  if (!given?.files.length || (kind === "paste" && given.types.includes("text/plain")) || !event.target.matches?.(".editor textarea")) return;
  event.preventDefault();
  put_files(event.target, [...given.files]);
});
