// The list while it is open: keyboard, search, and changes as they come. Rows never move under the reader's hands:
// what a row says is renewed in place, and a new order waits for a press on its button.

import { follow, throttled } from "./live.js";
import { onKeys } from "./keys.js";
import { freshPage, replacePart } from "./parts.js";

const groups = document.getElementById("groups");
const find = document.getElementById("find");
const moved = document.getElementById("moved");
let waiting = null;

const rowsOf = (root) => [...root.querySelectorAll(".row")];
const order = (root) => rowsOf(root).map((row) => `${row.dataset.group}/${row.dataset.client}`);

async function refresh() {
  const fresh = await freshPage(window.location.pathname + window.location.search);
  const here = new Map(rowsOf(groups).map((row) => [row.dataset.client, row]));
  const there = fresh.getElementById("groups");
  let changedPlace = 0;
  for (const row of rowsOf(there)) {
    const old = here.get(row.dataset.client);
    if (!old) { changedPlace += 1; continue; }
    if (old.dataset.group !== row.dataset.group) changedPlace += 1;
    renew(old, row);
  }
  const news = document.getElementById("news");
  const freshNews = fresh.getElementById("news");
  if (news.innerHTML !== freshNews.innerHTML) news.replaceChildren(...document.importNode(freshNews, true).childNodes);
  replacePart("morning", fresh);
  document.getElementById("waiting").replaceChildren(...fresh.getElementById("waiting").childNodes);
  if (order(there).join() === order(groups).join()) {
    waiting = null;
    moved.hidden = true;
  } else {
    waiting = there;
    const words = moved.querySelector("span");
    words.textContent = changedPlace > 1 ? words.dataset.many : words.dataset.one;
    // A mere change of order within the groups is not worth a word; it comes with the next visit.
    moved.hidden = changedPlace === 0;
  }
}

function renew(old, row) {
  if (old.innerHTML === row.innerHTML) return;
  const focused = old.contains(document.activeElement);
  old.replaceChildren(...document.importNode(row, true).childNodes);
  old.dataset.search = row.dataset.search;
  if (row.dataset.take) old.dataset.take = row.dataset.take; else delete old.dataset.take;
  old.classList.remove("fresh");
  void old.offsetWidth;
  old.classList.add("fresh");
  if (focused) old.querySelector(".open").focus();
}

document.getElementById("reorder").addEventListener("click", () => {
  if (!waiting) return;
  const opened = new Set([...groups.querySelectorAll("details[open]")].map((d) => d.dataset.group));
  groups.replaceChildren(...document.importNode(waiting, true).childNodes);
  groups.querySelectorAll("details").forEach((d) => { d.open = opened.has(d.dataset.group); });
  waiting = null;
  moved.hidden = true;
  search();
  groups.querySelector(".open")?.focus();
});

function search() {
  const wish = find.value.trim().toLowerCase();
  let shown = 0;
  for (const group of groups.querySelectorAll(".group")) {
    let inGroup = 0;
    for (const row of group.querySelectorAll(".row")) {
      row.hidden = wish !== "" && !row.dataset.search.includes(wish);
      if (!row.hidden) inGroup += 1;
    }
    group.hidden = inGroup === 0;
    if (group.tagName === "DETAILS" && wish !== "") group.open = inGroup > 0;
    shown += inGroup;
  }
  document.getElementById("none-found").hidden = shown > 0 || wish === "";
}
find.addEventListener("input", search);

const visible = () => rowsOf(groups).filter((row) => row.getClientRects().length > 0);
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target !== find) return;
  if (event.key === "Escape") { find.value = ""; search(); find.blur(); }
  if (event.key === "Enter" && visible().length) {
    event.preventDefault(); // nobody shown: the form asks the server, which looks among those not shown, too
    visible()[0].querySelector(".open").click();
  }
});
function step(by) {
  const rows = visible();
  const at = rows.findIndex((row) => row.contains(document.activeElement));
  const next = at < 0 ? (by > 0 ? 0 : rows.length - 1) : Math.min(rows.length - 1, Math.max(0, at + by));
  const link = rows[next]?.querySelector(".open");
  link?.focus({ preventScroll: true });
  link?.closest(".row").scrollIntoView({ block: "nearest" });
}
function take() {
  const row = rowsOf(groups).find((one) => one.contains(document.activeElement));
  if (!row?.dataset.take) return;
  const form = document.getElementById("take");
  form.action = `/alerts/${row.dataset.take}/act`;
  form.elements.client_id.value = row.dataset.client;
  form.submit();
}
onKeys({
  j: () => step(1), k: () => step(-1), a: take, "/": () => find.focus(),
  f: () => { const bar = document.getElementById("bar"); if (bar) { bar.open = true; bar.querySelector("input").focus(); } },
});
document.getElementById("filters")?.addEventListener("change", (event) => event.currentTarget.submit());

const renewAll = throttled(refresh, 1500);
follow(document.getElementById("triage").dataset.live, {
  onChange: renewAll, onCatchUp: renewAll, status: document.getElementById("live"),
});
