// On each of the client's own pages: the cover, what is kept for when there is no network, and leaving nothing behind.
// Every form works without this script.

import { drop, dropAll, dropRefused, keep, keptBy, send, sendAll } from "./kept.js";

const PAGE = "own-page";
const OFFLINE = "/me/offline";
const owner = document.body.dataset.owner ?? "";
const isOffline = document.querySelector("[data-offline]") !== null;
const token = () => document.querySelector("[name=csrf_token]")?.value ?? "";

const hide = document.querySelector("a.hide");
hide?.addEventListener("click", (event) => {
  event.preventDefault();
  // At once, however slow the network is.
  document.title = "";
  document.body.replaceChildren();
  window.location.replace(hide.href);
});

const unsent = document.getElementById("unsent");
function tell() {
  const mine = keptBy(owner);
  const refused = mine.filter((entry) => entry.refused).length;
  const waiting = mine.length - refused;
  unsent.hidden = !mine.length;
  const words = refused ? unsent.dataset.refused : unsent.dataset.waiting;
  unsent.querySelector("span").replaceChildren(`${words} ${refused || waiting}`);
  unsent.querySelector("button").hidden = !refused;
}
unsent?.querySelector("button").addEventListener("click", () => { dropRefused(owner); tell(); });

async function deliver() {
  if (!owner || isOffline) return;
  const sent = await sendAll(owner, token());
  tell();
  if (sent) await renew(true);
}

// The page without network is fetched anew now and then; what it shows is planned times, numbers and the questions.
async function renew(isNeeded = false) {
  if (!owner || isOffline || !("caches" in window)) return;
  // Bound to whose it is: who signs in on the same phone must not find the page of who had it before.
  const [whose, last] = (window.sessionStorage.getItem(PAGE) ?? "").split(" ");
  if (!isNeeded && whose === owner && Date.now() - Number(last) < 600_000) return;
  if (whose && whose !== owner) await window.caches.delete(PAGE);
  try {
    const answer = await fetch(OFFLINE, { headers: { "X-Nykter-Refresh": "1" }, credentials: "same-origin" });
    if (!answer.ok) return;
    await (await window.caches.open(PAGE)).put(OFFLINE, answer);
    window.sessionStorage.setItem(PAGE, `${owner} ${Date.now()}`);
  } catch (error) { console.warn(error); }
}

const form = document.getElementById("check-in-form");
form?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const hidden = new Set(["csrf_token", "owner", "once_key", "drinking_day"]);
  const fields = [...new FormData(form)].filter(([name, value]) => value !== "" && !["csrf_token", "once_key"].includes(name));
  const isEmpty = fields.every(([name]) => hidden.has(name));
  document.getElementById("empty").hidden = !isEmpty;
  if (isEmpty) return;
  const button = form.querySelector("button.primary");
  button.disabled = true;
  const entry = keep(owner, fields);
  const status = isOffline && !navigator.onLine ? 0 : await send(entry, token(), true);
  if (status === 201) { window.location.assign("/me/?said=check_in_sent"); return; }
  if (status === 401) { window.location.assign("/login?next=/me/"); return; }
  if (status !== 0) {
    // The server says in its own words what was not right.
    drop(entry.key);
    form.submit();
    return;
  }
  const kept = document.getElementById("kept");
  form.hidden = true;
  kept.hidden = false;
  kept.focus();
  tell();
});

const signOut = document.getElementById("sign-out");
signOut?.addEventListener("submit", async (event) => {
  event.preventDefault();
  await Promise.race([sendAll(owner, token()), new Promise((done) => window.setTimeout(done, 5000))]);
  if (keptBy(owner).length && !window.confirm(signOut.dataset.unsent)) return;
  dropAll();
  window.sessionStorage.removeItem(PAGE);
  if ("caches" in window) await window.caches.delete(PAGE);
  signOut.submit();
});

// A network that comes back while somebody leaves or hides the page must not bring it back.
let isLeaving = false;
window.addEventListener("beforeunload", () => { isLeaving = true; });
window.addEventListener("pageshow", () => { isLeaving = false; });
window.addEventListener("online", () => {
  if (isLeaving) return;
  if (isOffline && form?.hidden !== false) window.location.reload(); else deliver();
});
tell();
deliver();
if (owner) navigator.serviceWorker?.register("/me/worker.js", { scope: "/me/" }).then(() => renew(), (error) => console.warn(error));
