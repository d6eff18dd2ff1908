import { Chart } from "./chart.js";
import { follow, throttled } from "./live.js";
import { onKeys } from "./keys.js";
import { freshPage, isBusy, replacePart } from "./parts.js";

const page = document.querySelector("[data-live]");
const chart = new Chart(document.getElementById("graph"), document.getElementById("switches"));
const newer = document.getElementById("newer");

async function refreshParts() {
  const fresh = await freshPage(`${window.location.pathname}?${chart.query()}`);
  replacePart("head", fresh);
  replacePart("print-head", fresh);
  // A picture that is looked at is not fetched again by itself: each look is written down.
  if (!document.querySelector("#graph-facts .row-picture[open]")) replacePart("graph-facts", fresh);
  replacePart("thread", fresh);
  replacePart("risk", fresh);
  if (!isBusy(document.getElementById("course"))) replacePart("course", fresh);
  const cards = document.getElementById("cards");
  const same = cards.innerHTML === fresh.getElementById("cards").innerHTML;
  newer.hidden = same || !isBusy(cards);
  if (!isBusy(cards)) replacePart("cards", fresh);
}

const parts = throttled(refreshParts, 1000);
const graph = throttled(() => chart.load(), 250);
const all = () => { graph(); parts(); };

newer.querySelector("button").addEventListener("click", async () => {
  replacePart("cards", await freshPage(`${window.location.pathname}?${chart.query()}`));
  newer.hidden = true;
});

chart.form.addEventListener("change", () => {
  window.history.replaceState(null, "", `?${chart.query()}`);
  document.querySelector(".export [name=days]").value = chart.query().get("days");
  parts();
});

const period = (number) => () => chart.form.querySelectorAll("[name=days]")[number - 1]?.click();
const otherUnit = () => chart.form.querySelector("[name=unit]:not(:checked)").click();
function goTo(selector) {
  const there = document.querySelector(selector);
  if (!there) return;
  const folded = there.closest("details");
  if (folded) folded.open = true;
  there.focus();
  there.scrollIntoView({ block: "center" });
}
onKeys({
  1: period(1), 2: period(2), 3: period(3), 4: period(4), u: otherUnit,
  a: () => goTo("#cards button, #cards summary"), c: () => goTo("#note"), g: () => goTo("#graph"),
  t: () => goTo("details.table > summary"), l: () => { window.location.href = "/"; },
});
graph();
follow(page.dataset.live, {
  onChange: (event) => { if (event.client_id === page.dataset.client) all(); },
  onCatchUp: all,
  status: document.getElementById("live"),
});
