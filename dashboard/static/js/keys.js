// Single keys as shortcuts. They can be turned off (WCAG 2.2, 2.1.4), for those who speak to their computer.

const OFF = "nykter-keys-off";

function isOff() {
  try { return window.localStorage.getItem(OFF) === "1"; } catch { return false; }
}

export function onKeys(keys) {
  const help = document.getElementById("keys");
  const show = document.getElementById("show-keys");
  const wanted = help.querySelector("input[type=checkbox]");
  wanted.checked = !isOff();
  wanted.addEventListener("change", () => {
    try { window.localStorage.setItem(OFF, wanted.checked ? "0" : "1"); } catch { /* kept for this page only */ }
  });
  show.hidden = false;
  show.addEventListener("click", () => help.showModal());
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || !wanted.checked || help.open) return;
    if (event.target.matches("input:not([type=radio]), textarea, select")) return;
    if (event.key === "?") { event.preventDefault(); help.showModal(); return; }
    const work = keys[event.key];
    if (work) { event.preventDefault(); work(event); }
  });
}
