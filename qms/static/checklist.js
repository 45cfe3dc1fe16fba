/* The checklist: a tap saves. What is not sent yet is kept in this browser under the audit and the person (see kept.js), marked at
   its question, counted on the page, and sent when the network or the session is back. Without this script the page is one form. */
"use strict";

(() => {
  const root = document.getElementById("checklist");
  if (!root) return;

  const form = document.getElementById("checklist-form");
  const locked = "locked" in root.dataset;
  const nameIn = (page) => page.querySelector('meta[name="kept-under"]').content;
  const who = nameIn(document);
  const KEY = `qms.answers:${who}:${root.dataset.audit}`;
  const BY_KEY = "qms.checklist.by-key";
  const COMMON = `qms.common:${who}:${root.dataset.audit}`;
  const TYPING_MS = 1200;
  const KEYS_MS = 500;
  const AGAIN_MS = 5000;
  const MOST_UNHEARD = 20; // sendings without a reply that are still named; the server takes no more
  const CONFORMS = "conforms";
  const NONCONFORMING = ["minor", "major"];
  const word = (name) => root.dataset[`word${name[0].toUpperCase()}${name.slice(1)}`];

  /* ---- what is kept in the browser: number of the question → { client_id, after, version, at, tried, values } ---- */

  const memory = { entries: {}, closed: false };

  function entries() {
    if (memory.closed) return memory.entries;
    try {
      return JSON.parse(localStorage.getItem(KEY)) || {};
    } catch (error) {
      memory.closed = true; // storage is closed to us: the page itself holds what was typed
      return memory.entries;
    }
  }

  function keep(all) {
    memory.entries = all;
    if (memory.closed) return;
    try {
      if (Object.keys(all).length) localStorage.setItem(KEY, JSON.stringify(all));
      else localStorage.removeItem(KEY);
    } catch (error) {
      memory.closed = true;
    }
  }

  function change(number, entry) {
    const all = entries();
    if (entry) all[number] = entry;
    else delete all[number];
    keep(all);
  }

  function freshId() {
    if (crypto.randomUUID) return crypto.randomUUID();
    const bytes = crypto.getRandomValues(new Uint8Array(16)); // plain http to another machine has no randomUUID
    bytes[6] = (bytes[6] & 15) | 64;
    bytes[8] = (bytes[8] & 63) | 128;
    const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
  }

  /* ---- the cards ---- */

  const cardOf = (number) => root.querySelector(`[data-question="${number}"]`);
  const numberOf = (card) => Number(card.dataset.question);
  const versionField = (number) => form.elements.namedItem(`${number}-version`);

  function values(card) {
    const field = (name) => card.querySelector(`[data-field="${name}"]`);
    const chosen = card.querySelector('[data-field="answer"]:checked');
    const answer = chosen ? chosen.value : "open";
    const requirement = field("requirement");
    const proposed = requirement.dataset.proposed !== undefined && requirement.value === requirement.dataset.proposed;
    return {
      answer,
      finding: field("finding").value,
      requirement: proposed && !NONCONFORMING.includes(answer) ? "" : requirement.value,
      statement: field("statement").value,
      reason: field("reason").value,
      evidence: [...card.querySelectorAll('[data-field="evidence"]:checked')].map((box) => box.value),
    };
  }

  function put(card, kept) {
    for (const radio of card.querySelectorAll('[data-field="answer"]')) radio.checked = radio.value === kept.answer;
    for (const name of ["finding", "requirement", "statement", "reason"]) {
      const field = card.querySelector(`[data-field="${name}"]`);
      if (name !== "requirement" || kept.requirement) field.value = kept[name];
    }
    const numbers = kept.evidence.map(String);
    for (const box of card.querySelectorAll('[data-field="evidence"]')) box.checked = numbers.includes(box.value);
  }

  function icon(name) {
    const drawing = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
    for (const [key, value] of [["class", "icon icon-14"], ["width", "14"], ["height", "14"], ["aria-hidden", "true"]]) {
      drawing.setAttribute(key, value);
    }
    use.setAttribute("href", `${root.dataset.icons}#${name}`);
    drawing.append(use);
    return drawing;
  }

  function clock(at) {
    return new Date(at).toLocaleTimeString("vi-VN", { hour: "2-digit", minute: "2-digit" });
  }

  function tell(number, kind, picture, ...texts) {
    const card = cardOf(number);
    const line = card && card.querySelector("[data-state]");
    if (!line) return;
    const said = document.createElement("span");
    said.className = kind;
    said.append(icon(picture), texts.join(" "));
    line.replaceChildren(said);
    card.classList.toggle("question-unsent", kind !== "saved");
  }

  function tellLacking(number, sentences) {
    const card = cardOf(number);
    const line = card && card.querySelector("[data-lacking]");
    if (!line) return;
    line.hidden = !sentences.length;
    const text = document.createElement("span");
    text.textContent = sentences.join(" ");
    line.replaceChildren(icon("alert-triangle"), text);
  }

  /* ---- the bar over the page, the count in the foot ---- */

  let trouble = ""; // why nothing can be sent: "offline", "session", "other"

  function showCount() {
    const all = entries();
    const numbers = Object.keys(all);
    const foot = document.getElementById("foot-state");
    foot.replaceChildren(...(numbers.length ? [icon("cloud-off"), `${numbers.length} ${word("count")}`] : []));
    const refused = numbers.filter((number) => all[number].refused);
    const bar = document.getElementById("unsent");
    bar.hidden = !(trouble || refused.length) || !numbers.length;
    if (!bar.hidden) {
      const head = trouble === "offline" ? `${word("offline")}, ` : "";
      bar.querySelector("[data-unsent-head]").textContent = `${head}${numbers.length} ${word("count")}.`;
      const text = { offline: word("later"), session: word("session"), other: word("other") }[trouble];
      bar.querySelector("[data-unsent-text]").textContent = text || "";
      bar.querySelector("[data-unsent-sign-in]").hidden = trouble !== "session";
      const last = Math.max(...numbers.map((number) => all[number].at));
      bar.querySelector("[data-unsent-time]").textContent = clock(last);
    }
    listRefused(all, refused);
  }

  /** What the server refuses and this page shows no fields for: the words stay readable until their owner drops them. */
  function listRefused(all, refused) {
    const list = document.getElementById("unsent-list");
    const homeless = refused.filter((number) => !cardOf(number));
    list.hidden = !homeless.length;
    list.replaceChildren(...homeless.map((number) => {
      const line = document.createElement("li");
      const kept = all[number].values;
      const texts = [kept.finding, kept.requirement, kept.statement, kept.reason].filter(Boolean).join(" · ");
      const drop = document.createElement("button");
      drop.type = "button";
      drop.className = "btn btn-sm";
      drop.textContent = word("drop");
      drop.addEventListener("click", () => {
        change(number, null);
        showCount();
      });
      line.append(`${word("question")} ${number}: ${texts} (${all[number].refused})`, drop);
      return line;
    }));
  }

  /* ---- sending: one answer of a question at a time, the newest ---- */

  const sending = new Map();
  const timers = new Map();

  function soon(number, after) {
    clearTimeout(timers.get(number));
    timers.set(number, setTimeout(() => send(number), after));
  }

  /** Sends what is kept of a question; answers whether nothing of it is left to send. */
  function send(number) {
    clearTimeout(timers.get(number));
    if (!sending.has(number)) sending.set(number, deliver(number).finally(() => sending.delete(number)));
    return sending.get(number);
  }

  async function deliver(number) {
    for (;;) {
      const entry = entries()[number];
      if (!entry) return true;
      if (entry.refused || entry.conflict) return false;
      change(number, { ...entry, tried: true });
      const reply = await post(number, entry);
      const now = entries()[number];
      if (!reply) return false;
      const newest = now && now.client_id === entry.client_id;
      if (reply.status === 200) {
        accepted(number, reply.data, newest ? null : now);
        if (newest) return true;
        continue;
      }
      if (!newest) continue;
      const sentences = reply.data.sentences || [];
      if (reply.status === 409 && !sentences.length) {
        change(number, { ...now, conflict: true });
        await showConflict(number);
      } else {
        change(number, { ...now, refused: sentences.join(" ") || reply.data.sentence || String(reply.status) });
        tell(number, "form-error", "alert-circle", sentences.join(" ") || reply.data.sentence || "");
      }
      showCount();
      return false;
    }
  }

  function accepted(number, data, newer) {
    trouble = "";
    const field = versionField(number);
    if (field) field.value = data.version;
    change(number, newer ? { ...newer, version: data.version, after: [] } : null);
    if (!newer) tell(number, "saved", "circle-check", word("saved"), clock(data.at));
    tellLacking(number, data.lacking);
    showProgress(data);
    showCount();
  }

  /** The answer of the server as { status, data }; null while it cannot be reached or does not know us. */
  async function post(number, entry, again = true) {
    const body = new URLSearchParams({ client_id: entry.client_id, version: entry.version });
    for (const [name, value] of Object.entries({ ...entry.values, after: entry.after || [] })) {
      for (const one of [].concat(value)) body.append(name, one);
    }
    const meta = document.querySelector('meta[name="csrf-token"]');
    let response;
    try {
      response = await fetch(`${root.dataset.url}/questions/${number}`, {
        method: "POST",
        body,
        keepalive: true,
        headers: { Accept: "application/json", "X-CSRFToken": meta.content },
      });
    } catch (error) {
      return stuck("offline", number);
    }
    if ([400, 401].includes(response.status)) {
      const known = again && (await fetchToken(meta));
      return known ? post(number, entry, false) : stuck(trouble === "other" ? "other" : "session", number);
    }
    if (response.status >= 500 || response.status === 429) return stuck("offline", number);
    return { status: response.status, data: await response.json().catch(() => ({})) };
  }

  function stuck(why, number) {
    trouble = why;
    const entry = entries()[number];
    if (entry) tell(number, "unsent", "cloud-off", word("unsent"), "·", word("kept"), clock(entry.at));
    showCount();
    setTimeout(sendAll, AGAIN_MS);
    return null;
  }

  /** After signing in on a second page this page's token is old: another one is fetched, for the same person alone. */
  async function fetchToken(meta) {
    try {
      const response = await fetch(root.dataset.url, { redirect: "manual", cache: "no-store" });
      if (!response.ok) return false;
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      const there = page.getElementById("checklist");
      if (!there || nameIn(page) !== who) {
        trouble = there ? "other" : "session";
        return false;
      }
      meta.content = page.querySelector('meta[name="csrf-token"]').content;
      return true;
    } catch (error) {
      return false;
    }
  }

  /** Sends everything that is kept, also of other chapters; answers whether nothing is left. */
  async function sendAll() {
    const done = await Promise.all(Object.keys(entries()).map((number) => send(Number(number))));
    return done.every(Boolean);
  }

  /* ---- somebody else was faster ---- */

  async function showConflict(number) {
    const card = cardOf(number);
    if (!card) return;
    let stored;
    try {
      stored = await (await fetch(`${root.dataset.url}/questions/${number}`, { headers: { Accept: "application/json" } })).json();
    } catch (error) {
      return;
    }
    tell(number, "form-error", "alert-circle", word("conflict"), stored.title, stored.finding);
    const line = card.querySelector("[data-state]");
    const choice = (text, act) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "btn btn-sm";
      button.textContent = text;
      button.addEventListener("click", act);
      return button;
    };
    line.append(
      choice(word("mine"), () => {
        change(number, { ...entries()[number], conflict: false, client_id: freshId(), version: stored.version, after: [] });
        send(number);
      }),
      choice(word("theirs"), () => {
        change(number, null);
        put(card, stored);
        versionField(number).value = stored.version;
        line.replaceChildren();
        card.classList.remove("question-unsent");
        showCount();
      }),
    );
  }

  /* ---- the progress above, the strip of clauses, the next steps ---- */

  let current = "";
  let complete = null;

  function follow(clause) {
    current = clause || current;
    const strip = root.querySelector(".clause-tabs");
    for (const tab of strip.querySelectorAll("a")) {
      const here = tab.dataset.clause === current;
      if (here) tab.setAttribute("aria-current", "true");
      else tab.removeAttribute("aria-current");
      if (here) strip.scrollLeft = tab.offsetLeft - strip.offsetLeft - (strip.clientWidth - tab.offsetWidth) / 2;
    }
  }

  function showProgress(data) {
    const section = document.getElementById("progress");
    const drawn = new DOMParser().parseFromString(data.progress, "text/html");
    section.replaceChildren(...drawn.body.childNodes);
    follow("");
    if (complete !== null && complete !== data.complete && window.htmx) {
      window.htmx.trigger("#next-steps", "answers-complete");
    }
    complete = data.complete;
  }

  /* ---- what people do ---- */

  let over = false; // signed out, here or in another tab: see kept.js
  document.addEventListener("qms:over", () => { over = true; });

  function note(card, after) {
    if (over) return;
    const number = numberOf(card);
    const before = entries()[number];
    const unheard = before ? [...(before.after || []), ...(before.tried ? [before.client_id] : [])] : [];
    change(number, {
      client_id: freshId(),
      after: unheard.slice(-MOST_UNHEARD),
      version: before ? before.version : versionField(number).value,
      at: Date.now(),
      values: values(card),
    });
    tell(number, "unsent", "cloud-off", word("unsent"));
    showCount();
    soon(number, after);
  }

  /** A conforming answer without evidence and words of its own rests on what was ticked for the whole page. */
  function useCommon(card) {
    const typed = card.querySelector('[data-field="finding"]').value.trim();
    const boxes = [...card.querySelectorAll('[data-field="evidence"]')];
    if (typed || boxes.some((box) => box.checked)) return;
    const common = [...root.querySelectorAll("[data-common]:checked")].map((box) => box.value);
    for (const box of boxes) box.checked = common.includes(box.value);
  }

  let byKey = false;

  function watch() {
    document.addEventListener("keydown", () => { byKey = true; }, true);
    document.addEventListener("pointerdown", () => { byKey = false; }, true);
    form.addEventListener("change", (event) => {
      if (event.target.matches("[data-common]")) keepCommon();
      const card = event.target.closest("[data-question]");
      if (!card || !event.target.dataset.field) return;
      if (event.target.value === CONFORMS && event.target.dataset.field === "answer") useCommon(card);
      note(card, event.target.type === "radio" && byKey ? KEYS_MS : 0);
    });
    form.addEventListener("input", (event) => {
      const card = event.target.closest("[data-question]");
      if (card && event.target.matches("textarea[data-field]")) note(card, TYPING_MS);
    });
    form.addEventListener("focusin", (event) => {
      const card = event.target.closest("[data-question]");
      if (card) follow(card.dataset.clause);
    });
    form.addEventListener("keydown", pressed);
    form.addEventListener("submit", submitted);
    for (const link of root.querySelectorAll("a[data-move]")) {
      link.addEventListener("click", (event) => {
        event.preventDefault();
        move(link.href);
      });
    }
    const seen = new IntersectionObserver((found) => {
      const first = found.find((one) => one.isIntersecting);
      if (first) follow(first.target.id.replace("clause-", ""));
    }, { rootMargin: "-20% 0px -70% 0px" });
    root.querySelectorAll(".clause").forEach((clause) => seen.observe(clause));
  }

  /** With the focus on an answer, 1 to 6 choose it and go to the next question; Enter goes on without choosing. */
  function pressed(event) {
    const radio = event.target.closest('[data-field="answer"]');
    if (!radio || event.ctrlKey || event.altKey || event.metaKey) return;
    const card = radio.closest("[data-question]");
    const answers = [...card.querySelectorAll('[data-field="answer"]')];
    const chosen = answers[Number(event.key) - 1];
    if (!chosen && event.key !== "Enter") return;
    event.preventDefault();
    if (chosen && !chosen.checked) {
      chosen.checked = true;
      chosen.dispatchEvent(new Event("change", { bubbles: true }));
    }
    const cards = [...root.querySelectorAll("[data-question]")];
    const next = cards[cards.indexOf(card) + 1];
    const target = next && (next.querySelector('[data-field="answer"]:checked') || next.querySelector('[data-field="answer"]'));
    if (target) target.focus();
    else root.querySelector(".btn-next").focus();
  }

  async function submitted(event) {
    const button = event.submitter;
    if (button && button.name === "raise") {
      if (!Object.keys(entries()).length) return; // everything is stored: the form raises the nonconformity
      event.preventDefault();
      if (await sendAll()) form.requestSubmit(button);
      return;
    }
    event.preventDefault();
    if (button && button.dataset.move) await move(button.dataset.move);
    else await sendAll();
  }

  /** Leaves the chapter only when everything typed is stored; says why when it has to wait. */
  async function move(address) {
    if (await sendAll()) {
      if (byKey) inTab(BY_KEY, "yes");
      location.assign(address);
    } else document.getElementById("foot-state").replaceChildren(icon("cloud-off"), word("waits"));
  }

  /** The ticks go with the auditor from chapter to chapter, in this tab. */
  function keepCommon() {
    inTab(COMMON, JSON.stringify([...root.querySelectorAll("[data-common]:checked")].map((box) => box.value)));
  }

  /** Remembers in this tab; with closed storage it holds for this page alone. */
  function inTab(key, value) {
    try {
      sessionStorage.setItem(key, value);
    } catch (error) {
      return;
    }
  }

  /** Whoever came by key from the chapter before goes on at the first question without reaching for the mouse. */
  function takeUpKeys() {
    try {
      if (!sessionStorage.getItem(BY_KEY)) return;
      sessionStorage.removeItem(BY_KEY);
    } catch (error) {
      return;
    }
    const first = root.querySelector('[data-field="answer"]:checked');
    if (first) first.focus();
  }

  function restoreCommon() {
    let common = [];
    try {
      common = JSON.parse(sessionStorage.getItem(COMMON)) || [];
    } catch (error) {
      return;
    }
    for (const box of root.querySelectorAll("[data-common]")) box.checked = common.includes(box.value);
  }

  /* ---- evidence in a dialog, so that nothing on the page is lost ---- */

  const dialog = document.getElementById("evidence-dialog");

  document.addEventListener("htmx:confirm", (event) => {
    if (!event.detail.elt.matches("[data-evidence-add], .evidence-form") || !Object.keys(entries()).length) return;
    event.preventDefault(); // what was typed goes first: the choice of evidence is drawn anew
    sendAll().then((done) => {
      if (done) event.detail.issueRequest(true);
    });
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target !== dialog) return;
    if (dialog.querySelector("[data-evidence-added]")) {
      for (const choice of root.querySelectorAll("[id^=evidence-][data-version]")) {
        const field = versionField(choice.id.replace("evidence-", ""));
        if (field) field.value = choice.dataset.version;
      }
      restoreCommon();
      const number = dialog.querySelector("[data-evidence-added]").dataset.evidenceAdded;
      dialog.close();
      tell(number, "saved", "circle-check", word("saved"), clock(Date.now()));
      const link = cardOf(number) && cardOf(number).querySelector("[data-evidence-add]");
      if (link) link.focus();
    } else if (!dialog.open) dialog.showModal();
  });
  dialog.addEventListener("click", (event) => {
    if (!event.target.closest("[data-evidence-close]")) return;
    event.preventDefault();
    dialog.close();
  });

  /* ---- leaving and coming back ---- */

  document.addEventListener("qms:leaving", (event) => event.detail.push(sendAll()));
  addEventListener("online", sendAll);
  addEventListener("focus", sendAll);
  addEventListener("pageshow", (event) => {
    if (event.persisted) sendAll(); // the browser kept the page and wakes it as it was
  });
  addEventListener("pagehide", leave);
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) sendAll();
  });

  /** A page that goes does not live to hear a reply, so what was typed since the last sending does not wait for it: it names
      that sending, and whichever of both arrives second changes nothing it should not. */
  function leave() {
    for (const [number, entry] of Object.entries(entries())) {
      if (!sending.has(Number(number))) send(Number(number));
      else if (!entry.tried && !entry.refused && !entry.conflict) {
        change(number, { ...entry, tried: true });
        post(Number(number), entry, false);
      }
    }
  }

  function comeBack() {
    for (const [number, entry] of Object.entries(entries())) {
      const card = cardOf(number);
      if (entry.refused) change(number, { ...entry, refused: "" });
      if (entry.conflict) change(number, { ...entry, conflict: false });
      if (card) {
        put(card, entry.values);
        tell(number, "unsent", "cloud-off", word("unsent"), "·", word("kept"), clock(entry.at));
      }
    }
    showCount();
    sendAll();
  }

  if (!locked) {
    watch();
    restoreCommon();
    takeUpKeys();
  }
  follow((root.querySelector(".clause") || { id: "" }).id.replace("clause-", ""));
  comeBack();
})();
