import { Chart } from "./chart.js";
import { follow, throttled } from "./live.js";
import { freshPage, replacePart } from "./parts.js";

const page = document.querySelector("[data-live]");
const chart = new Chart(document.getElementById("graph"), document.getElementById("switches"));

const parts = throttled(async () => {
  const fresh = await freshPage(`${window.location.pathname}?${chart.query()}`);
  replacePart("graph-facts", fresh);
}, 1000);
const graph = throttled(() => chart.load(), 250);
const all = () => { graph(); parts(); };

chart.form.addEventListener("change", () => {
  window.history.replaceState(null, "", `?${chart.query()}`);
  document.querySelector(".export [name=days]").value = chart.query().get("days");
  parts();
});

graph();
follow(page.dataset.live, { onChange: all, onCatchUp: all, status: document.getElementById("live") });
