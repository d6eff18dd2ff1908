// The preview follows the form while it is being written. Without scripts its button does the same.

import { throttled } from "./live.js";
import { replacePart } from "./parts.js";

const form = document.getElementById("plan-form");
let asked = 0;

const show = throttled(async () => {
  const mine = ++asked;
  const body = new URLSearchParams(new FormData(form));
  body.set("act", "preview");
  const answer = await fetch(form.action, { method: "POST", body });
  if (!answer.ok || answer.redirected) { window.location.reload(); return; } // the sign-in has ended
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (mine !== asked) return; // something newer was asked meanwhile
  replacePart("preview", fresh);
  replacePart("problem", fresh);
}, 400);

form.addEventListener("change", (event) => { if (event.target.name !== "reason") show(); });
