// Keeps the marked parts of a page as the server would show them now, never under the hands of somebody who is typing.

import { follow, throttled } from "./live.js";
import { freshPage, isBusy, replacePart } from "./parts.js";

const parts = throttled(async () => {
  const fresh = await freshPage(window.location.pathname);
  for (const part of document.querySelectorAll("[data-part]")) {
    if (!isBusy(part)) replacePart(part.id, fresh);
  }
}, 1000);
follow(document.querySelector("[data-live]").dataset.live, { onChange: parts, onCatchUp: parts, status: null });
