// Leads from step to step of the practice page. Everything it says stands on the page without it.

import { Chart } from "./chart.js";
import { freshPage, replacePart } from "./parts.js";

const KEPT = "nykter-tour";
const headings = [...document.querySelectorAll(".tour-step > h2")];
const bar = document.getElementById("tour-bar");
const says = document.getElementById("tour-says");
const open = document.getElementById("tour-open");
const [back, next] = [bar.querySelector("[value=back]"), bar.querySelector("[value=next]")];

// -1 before the first step. Where this browser keeps nothing, the tour begins anew each time.
let { step, isClosed } = kept();
let isMoving = false;

function kept() {
  try {
    const found = JSON.parse(window.localStorage.getItem(KEPT));
    const isStep = Number.isInteger(found?.step) && found.step >= -1 && found.step < headings.length;
    if (isStep) return { step: found.step, isClosed: found.isClosed === true };
  } catch { /* nothing kept, or nothing of ours */ }
  return { step: -1, isClosed: false };
}

function keep() {
  try { window.localStorage.setItem(KEPT, JSON.stringify({ step, isClosed })); } catch { /* this visit only */ }
}

function show() {
  bar.hidden = isClosed;
  open.hidden = !isClosed;
  const words = isMoving ? says.dataset.step : says.dataset.was;
  says.textContent = step < 0 ? "" : words.replace("{number}", step + 1).replace("{all}", headings.length);
  const isLast = step === headings.length - 1;
  next.textContent = step < 0 ? next.dataset.begin : !isMoving ? next.dataset.on : isLast ? next.dataset.done : next.dataset.next;
  back.hidden = step < 1 || !isMoving;
  headings.forEach((heading, number) => {
    const here = isMoving && number === step;
    heading.closest("li").classList.toggle("is-here", here);
    if (here) heading.closest("li").setAttribute("aria-current", "step");
    else heading.closest("li").removeAttribute("aria-current");
  });
}

function goTo(number) {
  step = number;
  isMoving = true;
  show();
  headings[step].focus({ preventScroll: true });
  headings[step].scrollIntoView({ block: "start" });
}

function close() {
  isClosed = true;
  isMoving = false;
  show();
  open.focus();
}

bar.addEventListener("click", (event) => {
  const pressed = event.target.closest("button")?.value;
  if (!pressed) return;
  if (pressed === "close") close();
  else if (pressed === "back") goTo(step - 1);
  else if (step >= 0 && !isMoving) goTo(step);
  else if (step === headings.length - 1) { step = -1; close(); } else goTo(step + 1);
  keep();
});
bar.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  close();
  keep();
});
open.addEventListener("click", () => {
  isClosed = false;
  show();
  next.focus();
  keep();
});
show();

const chart = new Chart(document.getElementById("graph"), document.getElementById("switches"));
chart.form.addEventListener("change", async () => {
  replacePart("graph-facts", await freshPage(`${window.location.pathname}?${chart.query()}`));
});
chart.load(false);
