// Shows the gateway's state as it changes. All words come from the server; nothing is decided here.
const byId = (id) => document.getElementById(id);
const token = document.querySelector('meta[name="nykter-token"]').content;
const language = byId("card").dataset.language;
let waitEndsAt = null;
let canStart = !byId("ask").hidden || !byId("not-yet").hidden;
let chimed = Number(byId("card").dataset.chime);
let speaker = null;

function setText(id, text) {
  const element = byId(id);
  if (element.textContent !== text) element.textContent = text;
}

function show(id, visible) {
  byId(id).hidden = !visible;
}

// A list that says the same is left alone, so that the keyboard's place in it stays.
const drawn = new Map();
function fillList(list, items, make) {
  const now = JSON.stringify(items);
  if (drawn.get(list) === now) return;
  drawn.set(list, now);
  list.replaceChildren(...items.map(make));
}

function noticeItem(text) {
  const item = document.createElement("li");
  item.textContent = text;
  return item;
}

function historyItem(row) {
  const item = document.createElement("li");
  for (const [name, text] of [["when", row.when], ["what", row.what], ["delivery", row.delivery]]) {
    const span = document.createElement("span");
    span.className = name;
    span.textContent = text;
    if (name === "delivery") span.dataset.arrived = row.arrived ? "yes" : "no";
    item.append(span, " ");
  }
  if (row.comment !== "") {
    const words = byId("card").dataset;
    const link = document.createElement("a");
    link.className = "comment-link";
    link.href = row.comment;
    link.textContent = words.comment;
    link.setAttribute("aria-label", `${words.commentOn} ${row.when} ${row.what}`);
    item.append(link);
  }
  return item;
}

function draw(state) {
  const view = state.view;
  const card = byId("card");
  card.dataset.tone = view.tone;
  card.dataset.phase = view.phase;
  setText("title", view.title);
  setText("body", view.body);
  setText("value", view.value);
  setText("unit", view.unit);
  show("value-box", view.value !== "");
  setText("permille", view.permille);
  show("permille", view.permille !== "");
  setText("count", view.count === null ? "" : String(view.count));
  setText("count-label", view.count_label);
  show("count-box", view.count !== null);
  setWait(view.wait_s);
  setText("wait-until", view.wait_until);
  setText("device", view.device);
  show("device", view.device !== "");
  if (view.chime > chimed) chime();
  chimed = view.chime;
  drawActions(view);
  setText("reminder", view.reminder);
  show("reminder", view.reminder !== "");
  setText("photo-words", view.photo);
  show("photo-box", view.photo !== "");
  byId("photo-run").value = view.photo_run;
  show("photo", view.photo_run !== "");
  fillList(byId("plan"), view.plan, noticeItem);
  fillList(byId("notices"), view.notices, noticeItem);
  fillList(byId("history"), view.rows, historyItem);
  show("no-history", view.rows.length === 0);
}

function drawActions(view) {
  const hadFocus = document.activeElement !== document.body;
  if (!view.can_start) show("not-yet", false);
  canStart = view.can_start;
  show("ask", view.can_start && byId("not-yet").hidden);
  show("stop", view.can_cancel);
  show("cannot", !view.can_cancel);
  if (view.can_cancel && byId("told")) show("told", false);
  // A button that vanishes must not take the keyboard's place on the page with it.
  const active = document.activeElement;
  if (hadFocus && (active === document.body || active.closest("[hidden]"))) byId("content").focus();
}

function setWait(seconds) {
  waitEndsAt = seconds === null ? null : performance.now() + seconds * 1000;
  show("wait-box", seconds !== null);
  drawWait();
}

function drawWait() {
  if (waitEndsAt === null) return;
  const left = Math.max(Math.ceil((waitEndsAt - performance.now()) / 1000), 0);
  const seconds = String(left % 60).padStart(2, "0");
  setText("wait", `${Math.floor(left / 60)}:${seconds}`);
  if (left === 0) {
    waitEndsAt = null;
    refresh();
  }
}

async function refresh() {
  const answer = await fetch(`/api/state?lang=${language}`);
  if (answer.ok) draw(await answer.json());
}

async function post(path, body) {
  const headers = { "Content-Type": "application/json", "X-Nykter-Token": token };
  try {
    const answer = await fetch(path, { method: "POST", headers, body: JSON.stringify(body) });
    if (answer.status === 403) location.reload(); // the program was restarted: a new page, a new token
  } finally {
    refresh().catch(() => show("lost", true));
  }
}

function listen() {
  const events = new EventSource(`/api/events?lang=${language}`);
  events.onmessage = (event) => {
    show("lost", false);
    draw(JSON.parse(event.data));
  };
  events.onerror = () => show("lost", true);
}

// A browser lets a page sound only after it was touched: starting a test is that touch.
function wakeSpeaker() {
  if (speaker === null && "AudioContext" in window) speaker = new AudioContext();
  if (speaker !== null) speaker.resume().catch(() => {});
}

function chime() {
  if (speaker === null || speaker.state !== "running") return;
  for (const [start, pitch] of [[0, 660], [0.25, 880]]) {
    const tone = speaker.createOscillator();
    const volume = speaker.createGain();
    const at = speaker.currentTime + start;
    tone.frequency.value = pitch;
    volume.gain.setValueAtTime(0.2, at);
    volume.gain.exponentialRampToValueAtTime(0.001, at + 0.4);
    tone.connect(volume).connect(speaker.destination);
    tone.start(at);
    tone.stop(at + 0.4);
  }
}

function act(id, does) {
  byId(id).addEventListener("click", (event) => {
    event.preventDefault();
    wakeSpeaker();
    does();
  });
  // What looks like a button answers to the space bar as well.
  if (byId(id) instanceof HTMLAnchorElement)
    byId(id).addEventListener("keydown", (event) => {
      if (event.key === " ") {
        event.preventDefault();
        byId(id).click();
      }
    });
}

act("yes", () => post("/api/test/start", { waited_15_min: true }));
act("anyway", () => post("/api/test/start", { waited_15_min: false }));
act("cancel", () => post("/api/test/cancel", {}));
act("no", () => {
  show("ask", false);
  show("not-yet", true);
  byId("not-yet-title").focus();
});
act("back", () => {
  show("not-yet", false);
  show("ask", canStart);
  byId("yes").focus();
});

// Choosing a picture is enough; without script there is a button.
show("photo-send", false);
byId("photo-file").classList.add("unseen");
byId("photo-file").addEventListener("change", () => {
  if (byId("photo-file").files.length === 1) byId("photo").requestSubmit();
});

const first = byId("wait").dataset.seconds;
setWait(first === "" ? null : Number(first));
setInterval(drawWait, 250);
listen();
