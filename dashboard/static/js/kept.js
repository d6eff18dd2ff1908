// Check-ins answered while there was no network. They lie on this phone, bound to whose page it was, until the server
// has said that it has them. Each has a key of its own: sent twice it is stored once.

const PLACE = "kept-check-ins";

function read() {
  try { return JSON.parse(window.localStorage.getItem(PLACE)) ?? []; } catch { return []; }
}

function write(entries) {
  if (entries.length) window.localStorage.setItem(PLACE, JSON.stringify(entries));
  else window.localStorage.removeItem(PLACE);
}

function newKey() {
  return [...window.crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function keptBy(owner) { return read().filter((entry) => entry.owner === owner); }

export function keep(owner, fields) {
  const entry = { owner, fields, key: newKey(), answeredAt: new Date().toISOString() };
  write([...read(), entry]);
  return entry;
}

export function drop(key) { write(read().filter((entry) => entry.key !== key)); }

export function dropRefused(owner) { write(read().filter((entry) => entry.owner !== owner || !entry.refused)); }

export function dropAll() { write([]); }

// What the server said: its status, or 0 when it was not reached.
export async function send(entry, token, isFresh = false) {
  const body = new URLSearchParams(entry.fields);
  body.set("csrf_token", token);
  body.set("owner", entry.owner);
  body.set("once_key", entry.key);
  if (!isFresh) {
    body.set("answered_at", entry.answeredAt);
    body.set("sent_at", new Date().toISOString());
  }
  let status = 0;
  try {
    const headers = { "X-Nykter-Kept": "1" };
    const answer = await fetch("/me/check-ins", { method: "POST", body, headers, credentials: "same-origin", redirect: "manual" });
    status = answer.status || 401;
  } catch { return 0; }
  if (status === 201) drop(entry.key);
  return status;
}

// Sends what waits, oldest first, and stops where the server is not reached or asks for sign-in.
export async function sendAll(owner, token) {
  let sent = 0;
  for (const entry of keptBy(owner).filter((one) => !one.refused)) {
    const status = await send(entry, token);
    if (status === 201) { sent += 1; continue; }
    if (status === 0 || status === 401 || status === 403 || status >= 500) break;
    write(read().map((one) => (one.key === entry.key ? { ...one, refused: true } : one)));
  }
  return sent;
}
