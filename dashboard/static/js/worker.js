// The service worker of the client's own pages. TOLD (written above this by the server): the version and the files of the
// page without network. It answers only when the network does not, keeps no page itself, and reaches no page of staff.

const SHELL = `own-shell-${TOLD.version}`;
const PAGE = "own-page";
const OFFLINE = "/me/offline";
const AWAY = "/me/away";

self.addEventListener("install", (event) => {
  event.waitUntil((async () => {
    const shell = await caches.open(SHELL);
    await shell.addAll(TOLD.shell);
    for (const path of [OFFLINE, AWAY]) {
      // Without a login: numbers and an almanac, nothing about anybody.
      const answer = await fetch(path, { credentials: "omit" });
      if (answer.ok) await shell.put(path, answer);
    }
    await self.skipWaiting();
  })());
});

self.addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    const old = (await caches.keys()).filter((name) => name.startsWith("own-shell-") && name !== SHELL);
    await Promise.all(old.map((name) => caches.delete(name)));
    await self.clients.claim();
  })());
});

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== self.location.origin) return;
  if (event.request.mode === "navigate" && url.pathname.startsWith("/me/")) {
    event.respondWith(page(event, url.pathname));
  } else if (TOLD.shell.includes(url.pathname)) {
    event.respondWith(file(event.request));
  }
});

async function page(event, path) {
  try {
    const answer = await fetch(event.request);
    // Sent elsewhere: perhaps the login has ended. Then what was kept for it goes.
    if (answer.type === "opaqueredirect") event.waitUntil(renew());
    return answer;
  } catch {
    if (path === AWAY) return (await caches.match(AWAY)) ?? Response.error();
    const own = await (await caches.open(PAGE)).match(OFFLINE);
    return own ?? (await (await caches.open(SHELL)).match(OFFLINE)) ?? Response.error();
  }
}

async function file(request) {
  return (await (await caches.open(SHELL)).match(request)) ?? fetch(request);
}

async function renew() {
  const answer = await fetch(OFFLINE, { headers: { "X-Nykter-Refresh": "1" }, credentials: "same-origin" });
  if (answer.ok) await (await caches.open(PAGE)).put(OFFLINE, answer);
}
