/* Passkeys: a form with data-passkey asks the browser for one, then sends itself. Without this file, or where the browser knows no passkeys, the form stays hidden or says so; other means remain. */
"use strict";
(() => {
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (sign) => sign.charCodeAt(0));
  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const known = (list) => (list || []).map((one) => ({ ...one, id: bytes(one.id) }));
  const make = async (options) => {
    const made = await navigator.credentials.create({ publicKey: {
      ...options,
      challenge: bytes(options.challenge),
      user: { ...options.user, id: bytes(options.user.id) },
      excludeCredentials: known(options.excludeCredentials),
    } });
    return { ...about(made), response: { clientDataJSON: text(made.response.clientDataJSON), attestationObject: text(made.response.attestationObject) } };
  };
  const use = async (options) => {
    const found = await navigator.credentials.get({ publicKey: {
      ...options,
      challenge: bytes(options.challenge),
      allowCredentials: known(options.allowCredentials),
    } });
    const { clientDataJSON, authenticatorData, signature, userHandle } = found.response;
    return { ...about(found), response: {
      clientDataJSON: text(clientDataJSON),
      authenticatorData: text(authenticatorData),
      signature: text(signature),
      userHandle: userHandle ? text(userHandle) : null,
    } };
  };
  const about = (one) => ({ id: one.id, rawId: text(one.rawId), type: one.type, clientExtensionResults: one.getClientExtensionResults() });
  for (const form of document.querySelectorAll("[data-passkey]")) {
    const said = form.querySelector("[data-passkey-error]");
    const say = (words) => { said.textContent = words; said.hidden = false; };
    form.hidden = false;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      said.hidden = true;
      if (!window.PublicKeyCredential) {
        say("Ce navigateur ne connaît pas les clés d’accès : employez un autre moyen.");
        return;
      }
      try {
        const options = JSON.parse(form.dataset.options).publicKey;
        const answer = await (form.dataset.passkey === "create" ? make(options) : use(options));
        form.elements.credential.value = JSON.stringify(answer);
        form.submit();
      } catch (error) {
        say(error.name === "InvalidStateError"
          ? "Cette clé est déjà enregistrée."
          : "Aucune clé d’accès n’a répondu. Recommencez, ou employez un autre moyen.");
      }
    });
  }
})();
