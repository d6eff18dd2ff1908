// Follows the server's events. The browser reconnects by itself; after each new connection the page catches up,
// because what happened in between was told to nobody.

export function follow(url, { onChange, onCatchUp, status }) {
  let source = null;
  let openedBefore = false;
  const show = (on) => {
    if (!status) return;
    status.classList.toggle("is-on", on);
    status.classList.toggle("is-off", !on);
    status.querySelector(".says").textContent = on ? status.dataset.on : status.dataset.off;
  };
  const open = () => {
    source = new EventSource(url);
    source.addEventListener("open", () => {
      show(true);
      if (openedBefore) onCatchUp();
      openedBefore = true;
    });
    source.addEventListener("change", (event) => onChange(JSON.parse(event.data)));
    source.addEventListener("resync", () => onCatchUp());
    source.addEventListener("error", () => {
      show(false);
      if (source.readyState === EventSource.CLOSED) {
        // The browser gives up after an answer that is not a stream (a restart, an expired sign-in): keep trying.
        // Asking for the page tells the two apart: when the sign-in has ended, `fetched` leaves for the sign-in form.
        source.close();
        window.setTimeout(() => fetched(window.location.href).catch(() => null).then(open), 3000);
      }
    });
  };
  // A browser allows few open connections to one host: a hidden page lets go of its own.
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) {
      source.close();
    } else if (source.readyState === EventSource.CLOSED) {
      open();
    }
  });
  window.addEventListener("pagehide", () => source.close());
  window.addEventListener("pageshow", (event) => { if (event.persisted) open(); });
  open();
}

// At most one call per `pause`; the first at once, and one more at the end when more was asked for meanwhile.
export function throttled(work, pause) {
  let running = false;
  let again = false;
  const run = async () => {
    if (running) { again = true; return; }
    running = true;
    do {
      again = false;
      try { await work(); } catch (error) { console.warn(error); }
      await new Promise((done) => window.setTimeout(done, pause));
    } while (again);
    running = false;
  };
  return run;
}

// `isRefresh`: nobody did anything, the page asks by itself. The server then neither counts it as use of the login
// nor as another look at the client.
export async function fetched(url, isRefresh = true) {
  const headers = isRefresh ? { "X-Nykter-Refresh": "1" } : {};
  const answer = await fetch(url, { headers, credentials: "same-origin" });
  if (answer.redirected && new URL(answer.url).pathname === "/login") { window.location.reload(); }
  if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
  return answer;
}
