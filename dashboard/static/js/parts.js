// Replaces parts of the page by what the server would show now, never under the hands of somebody who is typing.

import { fetched } from "./live.js";

export async function freshPage(url) {
  const text = await (await fetched(url)).text();
  return new DOMParser().parseFromString(text, "text/html");
}

export function isBusy(element) {
  if (element.contains(document.activeElement) && document.activeElement.matches("input, textarea, select")) return true;
  return [...element.querySelectorAll("textarea, input[type=text]")].some((field) => field.value !== field.defaultValue)
    || [...element.querySelectorAll("input[type=radio]")].some((field) => field.checked !== field.defaultChecked);
}

export function replacePart(id, from) {
  const here = document.getElementById(id);
  const there = from.getElementById(id);
  if (!here || !there || here.innerHTML === there.innerHTML) return;
  const opened = [...here.querySelectorAll("details")].map((details) => details.open);
  const focused = here.contains(document.activeElement)
    ? [...here.querySelectorAll("a, button, summary")].indexOf(document.activeElement) : -1;
  here.replaceChildren(...document.importNode(there, true).childNodes);
  [...here.querySelectorAll("details")].forEach((details, index) => { details.open = opened[index] ?? details.open; });
  if (focused >= 0) here.querySelectorAll("a, button, summary")[focused]?.focus();
}
