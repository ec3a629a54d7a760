// While a question is typed: what may have been answered already, 250 ms after the last key, without stealing focus.
const PAUSE = 250; // ms
let timer = null, under_way = null, last = "";

async function look(form) {
  const place = document.getElementById("suggested");
  const title = form.elements.title.value.trim();
  if (title === last) return;
  last = title;
  under_way?.abort();
  if (title.length < 6) { place.replaceChildren(); return; }
  under_way = new AbortController();
  try {
    const asked = new URLSearchParams({ q: title, text: form.elements.text.value.slice(0, 500) });
    const answer = await fetch(`${form.dataset.suggest}?${asked}`, { signal: under_way.signal, credentials: "same-origin" });
    if (!answer.ok) return;
    place.innerHTML = await answer.text();
    // what was shown here need not be shown once more before it is sent
    if (!form.elements.sure) {
      const sure = document.createElement("input");
      Object.assign(sure, { type: "hidden", name: "sure", value: "1" });
      form.append(sure);
    }
  } catch { /* replaced by a younger question, or the line is lost: it is looked up again when it is sent */ }
}

// heard at the document: a preview puts another form in its place
document.addEventListener("input", ({ target }) => {
  if (target.name !== "title" || !target.form?.dataset.suggest) return;
  clearTimeout(timer);
  timer = setTimeout(() => look(target.form), PAUSE);
});
