/* Keeps a page true about work in the background: fetches its part again, ever less often, until the work is over. */

const root = document.getElementById("task-run");
let pause = 500;

async function look() {
  try {
    if (!document.hidden) {
      const answer = await fetch(location.href, { headers: { "HX-Request": "true" }, cache: "no-store" });
      if (answer.ok) show(new DOMParser().parseFromString(await answer.text(), "text/html"));
    }
  } catch {
    // Offline for a moment: the next look may succeed.
  }
  next();
}

/* Replaces the parts whose key changed, so that a screen reader hears only what is new. */
function show(page) {
  const fresh = page.getElementById("task-run");
  if (!fresh) return;
  Object.assign(root.dataset, fresh.dataset);
  for (const part of page.querySelectorAll("[data-key]")) {
    const shown = document.getElementById(part.id);
    if (!shown || shown.dataset.key === part.dataset.key) continue;
    shown.dataset.key = part.dataset.key;
    shown.replaceChildren(...part.childNodes);
  }
}

function next() {
  if (root.dataset.state === "final") return;
  setTimeout(look, pause);
  pause = Math.min(pause * 1.3, 10_000);
}

if (root) next();
