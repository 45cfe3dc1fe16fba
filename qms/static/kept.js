/* What this browser keeps of what somebody typed: drafts in the tab, answers of a checklist in the browser. All of it stands under
   the opaque name of the person who is signed in ("qms.<kind>:<name>:…"), so nobody else's page shows or sends it. A session that
   is lost takes nothing away. Whoever signs out is asked about answers that are not sent, then everything of theirs goes, in every tab. */
"use strict";

(() => {
  const meta = document.querySelector('meta[name="kept-under"]');
  const who = meta ? meta.content : "";
  const HERE = "qms.here"; // the name of whoever is signed in in this browser; what other tabs hear of
  const LEAVING = "leaving";
  const DRAFT = `qms.draft:${who}:`;
  let over = false; // this page's person has signed out: nothing is kept from here any more

  /** What a storage keeps of the person; nothing when the browser forbids storage. */
  function own(storage) {
    try {
      return Object.keys(window[storage]).filter((name) => name.startsWith("qms.") && name.split(":")[1] === who);
    } catch (error) {
      return [];
    }
  }

  function load(storage, name) {
    try {
      return JSON.parse(window[storage].getItem(name));
    } catch (error) {
      return null; // storage is closed to us or holds something else
    }
  }

  function store(storage, name, value) {
    try {
      window[storage].setItem(name, JSON.stringify(value));
    } catch (error) {
      return; // full or closed storage: the page itself still holds the text
    }
  }

  function drop(storage, name) {
    try {
      window[storage].removeItem(name);
    } catch (error) {
      return; // nothing is kept where storage is closed
    }
  }

  /** Takes away what is kept, for good: a page that goes still hears "change" of the field somebody stood in and would keep it anew. */
  function dropAll() {
    over = true;
    document.dispatchEvent(new CustomEvent("qms:over"));
    for (const storage of ["sessionStorage", "localStorage"]) for (const name of own(storage)) drop(storage, name);
  }

  /* ---- drafts: what is typed into a form with `data-draft` outlives a lost connection and a new sign-in, in this tab only ---- */

  const nameOf = (form) => DRAFT + form.dataset.draft;

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
    if (over) return;
    const values = Object.fromEntries(keptFields(form).map((field, index) => [keyOf(field, index), valueOf(field)]));
    store("sessionStorage", nameOf(form), { version: versionOf(form), values });
  }

  function showNotes(form, shown) {
    for (const note of form.querySelectorAll("[data-draft-note]")) note.hidden = !shown;
  }

  function restore(form) {
    const draft = load("sessionStorage", nameOf(form));
    if (!draft || form.querySelector(".error-summary, [aria-invalid]")) return; // a refused form already shows what was typed
    if (draft.version !== versionOf(form)) {
      drop("sessionStorage", nameOf(form)); // the record has moved on; old text must not cover it
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

  /** Drafts of the person; at the door, where nobody is known, those of everybody who used this tab. */
  function drafts() {
    try {
      return Object.keys(sessionStorage).filter((name) => name.startsWith(who ? DRAFT : "qms.draft:"));
    } catch (error) {
      return [];
    }
  }

  /** A draft that was sent is dropped by the first page that shows neither a sign-in nor a form with errors. */
  function settleSent() {
    const refused = document.querySelector(".error-summary, [aria-invalid]");
    const outside = document.body.classList.contains("shape-plain") && !document.querySelector(".kept");
    for (const name of drafts()) {
      const draft = load("sessionStorage", name);
      if (!draft || !draft.sent) continue;
      if (refused || outside) store("sessionStorage", name, { ...draft, sent: false });
      else drop("sessionStorage", name);
    }
  }

  document.addEventListener("input", (event) => {
    if (event.target.form && event.target.form.dataset.draft) keep(event.target.form);
  });
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post" || form.hasAttribute("hx-post") || !form.dataset.draft) return;
    const draft = load("sessionStorage", nameOf(form));
    if (draft) store("sessionStorage", nameOf(form), { ...draft, sent: true });
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    const form = event.detail.elt;
    if (event.detail.successful && form.dataset && form.dataset.draft) drop("sessionStorage", nameOf(form));
  });
  document.addEventListener("reset", (event) => {
    if (!event.target.dataset.draft) return;
    drop("sessionStorage", nameOf(event.target));
    showNotes(event.target, false);
  });

  /* ---- signing out ---- */

  /** How many answers of checklists, of any audit, are not sent yet. */
  function unsent() {
    const kept = own("localStorage").filter((name) => name.startsWith("qms.answers:"));
    return kept.reduce((sum, name) => sum + Object.keys(load("localStorage", name) || {}).length, 0);
  }

  function asked(sentence) {
    const dialog = document.querySelector("[data-confirm-dialog]");
    return new Promise((resolve) => {
      dialog.querySelector("p").textContent = sentence;
      dialog.returnValue = "";
      dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
      dialog.showModal();
    });
  }

  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (form.getAttribute("action") !== "/sign-out" || !who) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const waits = []; // an open checklist sends what it can first
    document.dispatchEvent(new CustomEvent("qms:leaving", { detail: waits }));
    await Promise.allSettled(waits);
    const count = unsent();
    const side = document.querySelector("[data-word-unsent]");
    if (count && side && !(await asked(side.dataset.wordUnsent.replace("{count}", count)))) return;
    dropAll();
    store("localStorage", HERE, LEAVING);
    form.submit();
  }, true);

  /* ---- other tabs: nobody's page stays open for the next person ---- */

  function go(address) {
    location.replace(address);
  }

  function elsewhere(here) {
    if (!who || here === who || here === LEAVING) return;
    if (here === null) {
      dropAll(); // this tab's own drafts; and what it may have kept since
      go(`/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`);
    } else go(location.pathname + location.search);
  }

  addEventListener("storage", (event) => {
    if (event.key === HERE) elsewhere(event.newValue === null ? null : load("localStorage", HERE));
  });
  addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    if (over) location.reload(); // somebody signed out on it and came back
    else elsewhere(load("localStorage", HERE)); // the browser kept the page and wakes it as it was
  });

  const here = load("localStorage", HERE);
  if (who && here !== who) store("localStorage", HERE, who);
  if (!who && here === LEAVING) drop("localStorage", HERE); // the session has ended: now the other tabs may hear
  settleSent();
  document.querySelectorAll("form[data-draft]").forEach(restore);
})();
