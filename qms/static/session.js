/** The lock of an unattended page: when the session is over, the page is covered until somebody signs in again. */
(() => {
  "use strict";
  const lock = document.querySelector("[data-session-lock]");
  if (!lock || !lock.showModal || !Number(lock.dataset.seconds)) return;
  const SLACK_MS = 2000;
  const ASK_AGAIN_MS = 30000;
  let timer = 0;

  function look(after) {
    clearTimeout(timer);
    timer = setTimeout(ask, Math.min(after, 2 ** 31 - 1));
  }

  const whose = document.querySelector('meta[name="kept-under"]').content;

  /** Asks how long the session lives on; other pages may have kept it alive. Without a network the page stays usable. A page of one
      person is never uncovered for another: that one gets a page of their own from the same address. */
  async function ask() {
    try {
      const answer = await fetch("/session", { headers: { Accept: "application/json" }, cache: "no-store" });
      const { seconds, kept_under: now } = await answer.json();
      if (seconds > 0 && now !== whose) {
        location.replace(location.pathname + location.search);
        return;
      }
      show(seconds <= 0);
      look(seconds > 0 ? seconds * 1000 + SLACK_MS : ASK_AGAIN_MS);
    } catch (error) {
      look(ASK_AGAIN_MS);
    }
  }

  function show(locked) {
    document.documentElement.classList.toggle("is-locked", locked);
    if (locked && !lock.open) lock.showModal();
    if (!locked && lock.open) lock.close();
  }

  lock.addEventListener("cancel", (event) => event.preventDefault());
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && lock.open) ask();
  });
  addEventListener("focus", () => {
    if (lock.open) ask();
  });
  look(Number(lock.dataset.seconds) * 1000 + SLACK_MS);
})();
