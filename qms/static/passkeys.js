/* Passkeys: asks the browser to make a key or to sign with one, and sends its answer with an ordinary form.
   A form with data-passkey (the address that gives the challenge) is hidden until this runs in a browser that can do it.
   Every sentence stands in the page: data-cancelled, data-known, data-address, data-failed. */
"use strict";

(() => {
  const able = Boolean(window.isSecureContext && window.PublicKeyCredential && navigator.credentials);

  function bytes(text) {
    return Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));
  }

  function text(buffer) {
    const letters = Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join("");
    return btoa(letters).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  }

  function readKeys(keys) {
    return (keys || []).map((key) => ({ ...key, id: bytes(key.id) }));
  }

  async function askFor(form) {
    const response = await fetch(form.dataset.passkey, {
      method: "POST",
      headers: { "X-CSRFToken": form.elements.csrf_token.value, Accept: "application/json" },
      redirect: "error",
    });
    if (!response.ok) throw new Error(`status ${response.status}`);
    return response.json();
  }

  async function make(options) {
    const user = { ...options.user, id: bytes(options.user.id) };
    const excludeCredentials = readKeys(options.excludeCredentials);
    const publicKey = { ...options, challenge: bytes(options.challenge), user, excludeCredentials };
    const made = await navigator.credentials.create({ publicKey });
    return answer(made, {
      clientDataJSON: text(made.response.clientDataJSON),
      attestationObject: text(made.response.attestationObject),
      transports: made.response.getTransports ? made.response.getTransports() : [],
    });
  }

  async function sign(options) {
    const allowCredentials = readKeys(options.allowCredentials);
    const publicKey = { ...options, challenge: bytes(options.challenge), allowCredentials };
    const signed = await navigator.credentials.get({ publicKey });
    return answer(signed, {
      clientDataJSON: text(signed.response.clientDataJSON),
      authenticatorData: text(signed.response.authenticatorData),
      signature: text(signed.response.signature),
      userHandle: signed.response.userHandle ? text(signed.response.userHandle) : null,
    });
  }

  function answer(credential, response) {
    return JSON.stringify({ id: credential.id, rawId: text(credential.rawId), type: credential.type, response });
  }

  const SENTENCES = { NotAllowedError: "cancelled", AbortError: "cancelled", InvalidStateError: "known", SecurityError: "address" };

  async function run(form) {
    const note = form.querySelector("[data-passkey-note]");
    const button = form.querySelector("[type=submit]");
    note.hidden = true;
    button.setAttribute("aria-disabled", "true");
    try {
      const options = await askFor(form);
      form.elements.answer.value = await (options.user ? make(options) : sign(options));
      form.requestSubmit(button);
    } catch (error) {
      note.querySelector("span").textContent = form.dataset[SENTENCES[error.name] || "failed"];
      note.hidden = false;
    } finally {
      button.removeAttribute("aria-disabled");
    }
  }

  for (const form of document.querySelectorAll("form[data-passkey]")) {
    if (!able) continue;
    form.hidden = false;
    if ("passkeyFirst" in form.dataset) form.querySelector("[type=submit]").focus();
    form.addEventListener("submit", (event) => {
      if (form.elements.answer.value) return;
      event.preventDefault();
      if (!form.querySelector("[aria-disabled]")) run(form);
    });
  }
  for (const part of document.querySelectorAll("[data-without-passkeys]")) part.hidden = able;
  addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-passkey]")) form.elements.answer.value = ""; // an answer is good for once
  });
})();
