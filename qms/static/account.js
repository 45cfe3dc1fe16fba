/** Showing a password while typing it; without JavaScript the fields are ordinary password fields. */
(() => {
  "use strict";
  for (const field of document.querySelectorAll("input[data-reveal]")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn btn-sm btn-bare reveal";
    button.setAttribute("aria-controls", field.id);
    const show = (shown) => {
      field.type = shown ? "text" : "password";
      button.textContent = shown ? field.dataset.hide : field.dataset.reveal;
    };
    show(false);
    button.addEventListener("click", () => show(field.type === "password"));
    field.after(button);
    if (field.form) field.form.addEventListener("submit", () => show(false)); // browsers remember what a text field held
  }
})();
