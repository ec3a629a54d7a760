// Passkeys: asks the browser to make one, or to sign with one. Without this a password signs in.
const to_bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (one) => one.charCodeAt(0));
const to_text = (bytes) => bytes && btoa(String.fromCharCode(...new Uint8Array(bytes))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

function read({ publicKey }) {
  const known = (list) => list?.map((one) => ({ ...one, id: to_bytes(one.id) }));
  return {
    ...publicKey,
    challenge: to_bytes(publicKey.challenge),
    ...(publicKey.user && { user: { ...publicKey.user, id: to_bytes(publicKey.user.id) } }),
    excludeCredentials: known(publicKey.excludeCredentials) ?? [],
    allowCredentials: known(publicKey.allowCredentials) ?? [],
  };
}

function written(key) {
  const { response } = key, out = { clientDataJSON: to_text(response.clientDataJSON) };
  for (const name of ["attestationObject", "authenticatorData", "signature", "userHandle"]) if (response[name]) out[name] = to_text(response[name]);
  return JSON.stringify({ id: key.id, rawId: to_text(key.rawId), type: key.type, response: out, clientExtensionResults: {} });
}

async function post(url, fields) {
  const answer = await fetch(url, { method: "POST", body: fields, credentials: "same-origin" });
  const found = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(found.problem ?? "");
  return found;
}

async function use(button) {
  const { form, dataset } = button, said = form.querySelector("[data-passkey-said]");
  if (dataset.passkey === "add" && !form.reportValidity()) return;
  button.disabled = true;
  said.hidden = true;
  try {
    const options = read(await post(dataset.begin, new FormData(form)));
    const key = dataset.passkey === "add"
      ? await navigator.credentials.create({ publicKey: options })
      : await navigator.credentials.get({ publicKey: options });
    const fields = new FormData(form);
    fields.delete("password");
    fields.set("answer", written(key));
    const { to } = await post(dataset.end, fields);
    location.assign(to);
  } catch (problem) {
    // what the server said; the browser's own words are for nobody
    said.textContent = problem.constructor === Error && problem.message ? problem.message : dataset.words;
    said.hidden = false;
  }
  button.disabled = false;
}

if (window.PublicKeyCredential) {
  for (const one of document.querySelectorAll("[data-passkey], [data-passkey-only]")) one.hidden = false;
  document.addEventListener("click", (event) => { const button = event.target.closest("[data-passkey]"); if (button) use(button); });
}
