/* A button beside a text copies it. Without this script the text stands in a field that can be selected by hand. */
"use strict";

(() => {
  for (const button of document.querySelectorAll("[data-copy]")) {
    const field = document.getElementById(button.dataset.copy);
    const told = document.getElementById(`${button.dataset.copy}-copied`);
    if (!field || !told) continue;
    button.hidden = false;
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(field.value);
      } catch { // without https, or when the browser forbids it
        field.focus();
        field.select();
        document.execCommand("copy");
      }
      told.hidden = false;
    });
  }
})();
