// Passkeys: asks the server what to ask for, the browser for an answer, and the server what it thinks of it.
// Without this script, or where a browser knows no passkeys, the blocks stay hidden and the other ways remain.

const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (one) => one.charCodeAt(0));
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

async function post(url, body, token) {
  const headers = { "content-type": "application/json", accept: "application/json" };
  if (token) headers["x-csrf-token"] = token;
  const answer = await fetch(url, { method: "POST", headers, body: JSON.stringify(body), credentials: "same-origin" });
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json();
}

const listed = (one) => ({ ...one, id: bytes(one.id) });

async function ask(kind, options) {
  const publicKey = { ...options, challenge: bytes(options.challenge) };
  if (kind === "get") {
    publicKey.allowCredentials = (options.allowCredentials || []).map(listed);
    const found = await navigator.credentials.get({ publicKey });
    const { authenticatorData, clientDataJSON, signature, userHandle } = found.response;
    return answered(found, {
      authenticatorData: text(authenticatorData),
      clientDataJSON: text(clientDataJSON),
      signature: text(signature),
      userHandle: userHandle ? text(userHandle) : null,
    });
  }
  publicKey.user = { ...options.user, id: bytes(options.user.id) };
  publicKey.excludeCredentials = (options.excludeCredentials || []).map(listed);
  const made = await navigator.credentials.create({ publicKey });
  const { attestationObject, clientDataJSON } = made.response;
  return answered(made, { attestationObject: text(attestationObject), clientDataJSON: text(clientDataJSON) });
}

const answered = (one, response) => ({
  id: one.id, rawId: text(one.rawId), type: one.type, response,
  clientExtensionResults: one.getClientExtensionResults(),
});

for (const block of document.querySelectorAll("[data-passkey]")) {
  if (!window.PublicKeyCredential) continue;
  block.hidden = false;
  const button = block.querySelector("button");
  const problem = block.querySelector(".problem");
  button.addEventListener("click", async () => {
    const { passkey, options, answer, token } = block.dataset;
    problem.hidden = true;
    button.disabled = true;
    try {
      const proof = await ask(passkey, await post(options, {}, token));
      const { location } = await post(answer, proof, token);
      window.location.assign(location);
    } catch {
      problem.hidden = false;
      button.disabled = false;
    }
  });
}
