/* Keeps the order page true: fetches its status again, ever less often, until nothing is left to wait for. */

const root = document.getElementById("order-status");
const started = Date.now();
const STEP = { first: 2000, last: 10000, growth: 1.3 };
const PATIENCE = 120_000; // then the page says that a mail will come
const AFTERWARDS = 60_000; // how long a paid order's mails may take before the page stops looking
let pause = STEP.first;
let settled = 0;

/* Replaces the parts whose key changed, so that focus and what a screen reader said stay where they are. */
function show(text) {
  const answer = new DOMParser().parseFromString(text, "text/html");
  const fresh = answer.getElementById("order-status");
  if (!fresh) return;
  Object.assign(root.dataset, fresh.dataset);
  for (const part of answer.querySelectorAll("[data-key]")) {
    const shown = document.getElementById(part.id);
    if (!shown || shown.dataset.key === part.dataset.key) continue;
    shown.dataset.key = part.dataset.key;
    shown.replaceChildren(...part.childNodes);
  }
}

async function look() {
  if (document.hidden) return setTimeout(look, pause); // nobody is looking
  try {
    const answer = await fetch(location.href, { headers: { "HX-Request": "true" }, cache: "no-store" });
    if (answer.ok) show(await answer.text());
  } catch {
    // Offline for a moment: the next look may succeed.
  }
  next();
}

function next() {
  const state = root.dataset.state;
  if (state === "waiting" && Date.now() - started > PATIENCE) {
    for (const words of root.querySelectorAll("[data-late]")) words.hidden = false;
  }
  if (state === "settling") settled ||= Date.now();
  const complete = state === "settling" && !root.querySelector("[data-missing]");
  if (state === "final" || complete || (settled && Date.now() - settled > AFTERWARDS)) return;
  setTimeout(look, pause);
  pause = Math.min(pause * STEP.growth, STEP.last);
}

if (root) next();
