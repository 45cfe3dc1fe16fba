/* The little behaviour every page shares. Pages work without it: it only saves time (theme, "/", confirmation, drafts).
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
    if (form.getAttribute("action") === "/sign-out") dropAllDrafts(); // the next person at this screen sees no words of the last
    if (event.defaultPrevented || form.method !== "post" || form.hasAttribute("hx-post")) return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
    setTimeout(() => delete form.dataset.sent, RESEND_AFTER_MS);
    if (form.dataset.draft) markSent(form);
  });
  addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  });

  /** Drafts: what is typed into a form with `data-draft` outlives a lost connection and a new sign-in, in this tab only. */
  const PREFIX = "qms.draft:";

  /** Names of all drafts; none when the browser forbids storage. */
  function draftNames() {
    try {
      return Object.keys(sessionStorage).filter((name) => name.startsWith(PREFIX));
    } catch (error) {
      return [];
    }
  }

  function load(key) {
    try {
      return JSON.parse(sessionStorage.getItem(PREFIX + key));
    } catch (error) {
      return null; // storage is closed to us or holds something else: there is no draft
    }
  }

  function store(key, draft) {
    try {
      sessionStorage.setItem(PREFIX + key, JSON.stringify(draft));
    } catch (error) {
      return; // full or closed storage: the form itself still holds the text
    }
  }

  function dropAllDrafts() {
    for (const name of draftNames()) sessionStorage.removeItem(name);
  }

  /** The fields whose text is kept; never passwords, files, tokens and versions. */
  function keptFields(form) {
    const never = ["hidden", "password", "file", "submit", "button", "reset", "fieldset"];
    return [...form.elements].filter((field) => field.name && !field.disabled && field.type && !never.includes(field.type));
  }

  /** Radio buttons and checkboxes share a name, so their value is part of the key; for the rest the place is. */
  function keyOf(field, index) {
    return ["checkbox", "radio"].includes(field.type) ? `${field.name}=${field.value}` : `${field.name}#${index}`;
  }

  function valueOf(field) {
    if (field.type === "checkbox" || field.type === "radio") return field.checked;
    if (field.type === "select-multiple") return [...field.selectedOptions].map((option) => option.value);
    return field.value;
  }

  function put(field, value) {
    if (field.type === "checkbox" || field.type === "radio") field.checked = value;
    else if (field.type === "select-multiple") for (const option of field.options) option.selected = value.includes(option.value);
    else field.value = value;
  }

  function versionOf(form) {
    const field = form.elements.namedItem("version");
    return field ? field.value : null;
  }

  function keep(form) {
    const values = Object.fromEntries(keptFields(form).map((field, index) => [keyOf(field, index), valueOf(field)]));
    store(form.dataset.draft, { version: versionOf(form), values });
  }

  function markSent(form) {
    const draft = load(form.dataset.draft);
    if (draft) store(form.dataset.draft, { ...draft, sent: true });
  }

  function showNotes(form, shown) {
    for (const note of form.querySelectorAll("[data-draft-note]")) note.hidden = !shown;
  }

  function restore(form) {
    const draft = load(form.dataset.draft);
    if (!draft || form.querySelector(".error-summary, [aria-invalid]")) return; // a refused form already shows what was typed
    if (draft.version !== versionOf(form)) {
      sessionStorage.removeItem(PREFIX + form.dataset.draft); // the record has moved on; old text must not cover it
      return;
    }
    let changed = false;
    keptFields(form).forEach((field, index) => {
      const value = draft.values[keyOf(field, index)];
      if (value !== undefined && JSON.stringify(value) !== JSON.stringify(valueOf(field))) {
        put(field, value);
        changed = true;
      }
    });
    showNotes(form, changed);
  }

  /** A draft that was sent is dropped by the first page that shows neither a sign-in nor a form with errors. */
  function settleSent() {
    const refused = document.querySelector(".error-summary, [aria-invalid]");
    const outside = document.body.classList.contains("shape-plain") && !document.querySelector(".kept");
    for (const name of draftNames()) {
      const key = name.slice(PREFIX.length);
      const draft = load(key);
      if (!draft || !draft.sent) continue;
      if (refused || outside) store(key, { ...draft, sent: false });
      else sessionStorage.removeItem(name);
    }
  }

  settleSent();
  document.querySelectorAll("form[data-draft]").forEach(restore);
  document.addEventListener("input", (event) => {
    if (event.target.form && event.target.form.dataset.draft) keep(event.target.form);
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    const form = event.detail.elt;
    if (event.detail.successful && form.dataset && form.dataset.draft) sessionStorage.removeItem(PREFIX + form.dataset.draft);
  });
  document.addEventListener("reset", (event) => {
    if (!event.target.dataset.draft) return;
    sessionStorage.removeItem(PREFIX + event.target.dataset.draft);
    showNotes(event.target, false);
  });

  /** What must be read first takes the focus, such as the summary of a form that was not saved. */
  const first = document.querySelector("[data-focus]");
  if (first) first.focus();
})();
