// Copies a text field. Where the browser gives no clipboard, the text is selected for the keyboard.

for (const button of document.querySelectorAll("[data-copy]")) {
  const field = document.getElementById(button.dataset.copy);
  button.hidden = false;
  button.addEventListener("click", async () => {
    field.select();
    try { await navigator.clipboard.writeText(field.value); } catch { if (!document.execCommand("copy")) return; }
    button.firstChild.data = button.dataset.done;
    button.setAttribute("aria-live", "polite");
  });
}
