/* The little behaviour every page shares. Pages work without it: it only saves time (theme, "/", confirmation, drafts). */
"use strict";

(() => {
  /** Theme: the cookie is read by the server, so the next page arrives in the right colours at once. */
  const YEAR_IN_SECONDS = 31536000;
  const root = document.documentElement;

  function isDark() {
    return (root.dataset.bsTheme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
  }

  for (const button of document.querySelectorAll("[data-theme-toggle]")) {
    button.hidden = false;
    button.setAttribute("aria-pressed", String(isDark()));
    button.addEventListener("click", () => {
      const theme = isDark() ? "light" : "dark";
      root.dataset.bsTheme = theme;
      button.setAttribute("aria-pressed", String(theme === "dark"));
      const secure = location.protocol === "https:" ? "; Secure" : "";
      document.cookie = `theme=${theme}; Path=/; Max-Age=${YEAR_IN_SECONDS}; SameSite=Lax${secure}`;
    });
  }

  /** Keys: "/" goes to the search unless something is being typed; Escape closes the menu of a narrow screen. */
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && location.hash === "#menu") {
      location.hash = "content";
    }
    const typing = event.target.closest && event.target.closest("input, textarea, select, [contenteditable]");
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
    if (form && form.matches("[data-autosubmit]") && event.target.matches("select, [type=checkbox], [type=radio], [type=date]")) {
      form.requestSubmit();
    }
  });

  /** Sending: `data-confirm` asks first, and a second click within three seconds does not send twice. */
  const dialog = document.querySelector("[data-confirm-dialog]");
  const confirmed = new WeakSet();
  const RESEND_AFTER_MS = 3000;

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post") return;
    const asking = (event.submitter && event.submitter.dataset.confirm) || form.dataset.confirm;
    if (asking && dialog && dialog.showModal && !confirmed.delete(form)) {
      event.preventDefault();
      dialog.querySelector("p").textContent = asking;
      dialog.returnValue = "";
      dialog.addEventListener("close", () => {
        if (dialog.returnValue !== "yes") return;
        confirmed.add(form);
        form.requestSubmit(event.submitter);
      }, { once: true });
      dialog.showModal();
      return;
    }
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
    setTimeout(() => delete form.dataset.sent, RESEND_AFTER_MS);
    if (form.dataset.draft) markSent(form);
  });

  /** Drafts: what is typed into a form with `data-draft` outlives a lost connection and a new sign-in, in this tab only. */
  const PREFIX = "qms.draft:";

  /** The fields whose text is kept; never passwords, files, tokens and versions. */
  function keptFields(form) {
    return [...form.elements].filter((field) => field.name && !field.disabled && field.type &&
      !["hidden", "password", "file", "submit", "button", "reset", "fieldset"].includes(field.type));
  }

  function version(form) {
    const field = form.elements.namedItem("version");
    return field ? field.value : null;
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

  function state(field) {
    if (field.type === "checkbox" || field.type === "radio") return field.checked;
    if (field.type === "select-multiple") return [...field.selectedOptions].map((option) => option.value);
    return field.value;
  }

  function put(field, value) {
    if (field.type === "checkbox" || field.type === "radio") field.checked = value;
    else if (field.type === "select-multiple") for (const option of field.options) option.selected = value.includes(option.value);
    else field.value = value;
  }

  /** Radio buttons and lists of checkboxes share a name, so the place in the form is part of the key. */
  function names(fields) {
    return fields.map((field, index) => (field.type === "checkbox" || field.type === "radio" ? `${field.name}=${field.value}` : `${field.name}#${index}`));
  }

  function keep(form) {
    const fields = keptFields(form);
    const labels = names(fields);
    store(form.dataset.draft, { version: version(form), values: Object.fromEntries(fields.map((field, index) => [labels[index], state(field)])) });
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
    if (!draft || form.querySelector(".error-summary")) return; // a refused form already shows what was typed
    if (draft.version !== version(form)) {
      sessionStorage.removeItem(PREFIX + form.dataset.draft); // the record has moved on; old text must not cover it
      return;
    }
    const fields = keptFields(form);
    const labels = names(fields);
    let changed = false;
    fields.forEach((field, index) => {
      const value = draft.values[labels[index]];
      if (value !== undefined && JSON.stringify(value) !== JSON.stringify(state(field))) {
        put(field, value);
        changed = true;
      }
    });
    showNotes(form, changed);
  }

  /** A draft that was sent is dropped by the first page that shows neither a sign-in nor the same form with errors. */
  function settleSent() {
    const refused = document.querySelector(".error-summary");
    const outside = document.body.classList.contains("shape-plain") && !document.querySelector(".kept");
    for (const name of Object.keys(sessionStorage).filter((key) => key.startsWith(PREFIX))) {
      const key = name.slice(PREFIX.length);
      const draft = load(key);
      if (!draft || !draft.sent) continue;
      if (refused || outside) store(key, { ...draft, sent: false });
      else sessionStorage.removeItem(name);
    }
  }

  try {
    settleSent();
  } catch (error) {
    if (!(error instanceof DOMException)) throw error; // a browser may forbid storage altogether
  }
  document.querySelectorAll("form[data-draft]").forEach(restore);
  document.addEventListener("input", (event) => {
    if (event.target.form && event.target.form.dataset.draft) keep(event.target.form);
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
