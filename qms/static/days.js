/* A picker beside every field for a day, and the day put in order when the field is left. The field itself stays text. */
"use strict";

(() => {
  /** The icon of the sprite that the page has loaded already. */
  function icon(name) {
    const known = document.querySelector("svg.icon use");
    const sprite = known ? known.getAttribute("href").split("#")[0] : "/static/icons.svg";
    const drawing = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    for (const [key, value] of [["class", "icon icon-16"], ["width", "16"], ["height", "16"], ["aria-hidden", "true"]]) {
      drawing.setAttribute(key, value);
    }
    const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
    use.setAttribute("href", `${sprite}#${name}`);
    drawing.append(use);
    return drawing;
  }

  /** "15.12.2026", "15-12-2026", "15122026", "5/1/2026" or "2026-12-15" as [year, month, day]; null for anything else. */
  function partsOf(text) {
    const written = /^(\d{1,2})([/.-])(\d{1,2})\2(\d{4})$/.exec(text);
    if (written) return [written[4], written[3], written[1]];
    const together = /^(\d{2})(\d{2})(\d{4})$/.exec(text);
    if (together) return [together[3], together[2], together[1]];
    const iso = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
    return iso ? iso.slice(1) : null;
  }

  function isoOf(text) {
    const parts = partsOf(text.trim());
    return parts ? parts.map((part) => part.padStart(2, "0")).join("-") : "";
  }

  /** dd/mm/yyyy of an ISO day. */
  function written(iso) {
    return iso.split("-").reverse().join("/");
  }

  function put(field, text) {
    if (field.value === text) return;
    field.value = text;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  function furnish(field) {
    if (field.dataset.dayReady) return;
    field.dataset.dayReady = "yes";
    field.addEventListener("change", () => {
      const iso = isoOf(field.value);
      if (iso) put(field, written(iso));
    });
    if (!("showPicker" in HTMLInputElement.prototype)) return;
    const frame = document.createElement("span");
    frame.className = "day-field";
    field.before(frame);
    const picker = document.createElement("input");
    picker.type = "date";
    picker.className = "day-picker";
    picker.tabIndex = -1;
    picker.setAttribute("aria-hidden", "true");
    if (field.dataset.dayFirst) picker.min = field.dataset.dayFirst;
    if (field.dataset.dayLast) picker.max = field.dataset.dayLast;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn btn-icon day-button";
    const label = field.labels && field.labels[0] ? `: ${field.labels[0].textContent.replace("*", "").trim()}` : "";
    button.setAttribute("aria-label", field.dataset.day + label);
    button.append(icon("calendar"));
    button.addEventListener("click", () => {
      picker.value = isoOf(field.value);
      picker.showPicker();
    });
    picker.addEventListener("change", () => {
      if (!picker.value) return;
      put(field, written(picker.value));
      field.dispatchEvent(new Event("change", { bubbles: true }));
      field.focus();
    });
    frame.append(field, button, picker);
  }

  function furnishAll(root) {
    if (root.matches && root.matches("[data-day]")) furnish(root);
    root.querySelectorAll("[data-day]").forEach(furnish);
  }

  furnishAll(document);
  document.addEventListener("htmx:load", (event) => furnishAll(event.detail.elt));
})();
