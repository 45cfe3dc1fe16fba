/* The little behaviour every page shares. Pages work without it: it only saves time (theme, "/", confirmation).
   Nothing here evaluates text or sets a style attribute, so the content security policy holds. */
"use strict";

(() => {
  /** Theme: the cookie is read by the server, so the next page arrives in the right colours at once. */
  const YEAR_IN_SECONDS = 31536000;
  const page = document.documentElement;

  function isDark() {
    return (page.dataset.bsTheme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
  }

  for (const button of document.querySelectorAll("[data-theme-toggle]")) {
    button.hidden = false;
    button.setAttribute("aria-pressed", String(isDark()));
    button.addEventListener("click", () => {
      const theme = isDark() ? "light" : "dark";
      page.dataset.bsTheme = theme;
      button.setAttribute("aria-pressed", String(theme === "dark"));
      const secure = location.protocol === "https:";
      const name = secure ? "__Host-theme" : "theme";
      document.cookie = `${name}=${theme}; Path=/; Max-Age=${YEAR_IN_SECONDS}; SameSite=Lax${secure ? "; Secure" : ""}`;
    });
  }

  /** Keys: "/" goes to the search unless something is being typed; Escape closes the menu of a narrow screen. */
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && location.hash === "#menu") {
      location.hash = "content";
    }
    const typing = event.target.closest("input, textarea, select, [contenteditable]");
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || typing) return;
    const search = document.querySelector("[data-search]");
    if (search) {
      event.preventDefault();
      search.focus();
      search.select();
    }
  });

  /** htmx: every request that changes something carries the token of this page. */
  document.addEventListener("htmx:configRequest", (event) => {
    const meta = document.querySelector('meta[name="csrf-token"]');
    if (meta && event.detail.verb !== "get") event.detail.headers["X-CSRFToken"] = meta.content;
  });

  /** Filters: a choice is applied at once; text waits for Enter or the button. */
  document.addEventListener("change", (event) => {
    const form = event.target.form;
    if (form && event.target.closest("[data-autosubmit]") && event.target.matches("select, [type=checkbox], [type=radio], [type=date]")) {
      form.requestSubmit();
    }
  });

  /** Narrow screens: a value of a list is led by the head of its column; templates may say it themselves. */
  function labelCells(root) {
    for (const table of root.querySelectorAll(".table")) {
      const row = table.tHead && table.tHead.rows[table.tHead.rows.length - 1];
      if (!row) continue;
      const heads = [...row.cells].map((cell) => cell.textContent.trim());
      for (const cell of table.querySelectorAll("tbody td, tbody th")) {
        if (!cell.dataset.label && cell.colSpan === 1 && heads[cell.cellIndex]) cell.dataset.label = heads[cell.cellIndex];
      }
    }
  }

  labelCells(document);
  document.addEventListener("htmx:load", (event) => labelCells(event.detail.elt));

  for (const button of document.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => print());
  }

  /** Asking first: `data-confirm` on a form or on one of its buttons. Runs before anything else hears of the submit. */
  const dialog = document.querySelector("[data-confirm-dialog]");
  const confirmed = new WeakSet();

  document.addEventListener("submit", (event) => {
    const form = event.target;
    const sentence = (event.submitter && event.submitter.dataset.confirm) || form.dataset.confirm;
    if (!sentence || !dialog || !dialog.showModal || confirmed.delete(form)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const submitter = event.submitter;
    dialog.querySelector("p").textContent = sentence;
    dialog.returnValue = "";
    dialog.addEventListener("close", () => {
      if (dialog.returnValue !== "yes") return;
      confirmed.add(form);
      form.requestSubmit(submitter);
    }, { once: true });
    dialog.showModal();
  }, true);

  /** Sending: a second click within three seconds does not send twice; a download leaves the page usable. */
  const RESEND_AFTER_MS = 3000;

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post" || form.hasAttribute("hx-post")) return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
    setTimeout(() => delete form.dataset.sent, RESEND_AFTER_MS);
  });
  addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  });

  /** What must be read first takes the focus, such as the summary of a form that was not saved. */
  const first = document.querySelector("[data-focus]");
  if (first) first.focus();
})();
