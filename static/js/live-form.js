/* Forms that act as soon as something is changed that their `data-live` names: the page that answers takes the place of
   this one. What has the focus, is unfolded, or was typed meanwhile stays; where what has the focus is gone, the nearest
   before it gets it. Their buttons are for browsers without scripts. */

const PAUSE = 350; // ms after the last click on a stepper, or the last letter of a country
const main = document.getElementById("main");
const said = Object.assign(document.createElement("p"), { className: "visually-hidden", role: "status" });
const waiting = new Map(); // a form's address -> its timer
let queue = Promise.resolve(); // one change after the other, or an older one could win
let asked = 0; // changes in the queue, that of which the answer is awaited included

const controls = () => [...main.querySelectorAll("input, select, textarea, button")];
const state = (control) => `${control.value} ${control.checked}`;
const address = (form) => form.getAttribute("action");
const formAt = (action) => [...main.querySelectorAll("form")].find((form) => address(form) === action);

/* What tells a control apart, on this page and on the one that answers. */
function key(control) {
  const { id, name, type, value, form, dataset } = control;
  const words = control.matches("summary, a") && control.textContent;
  return [form && address(form), id || name || words, type === "radio" && value, dataset.step].join();
}

/* Where Tab stops, in its order. */
const stops = () => [...main.querySelectorAll("input, select, textarea, button, summary, a")]
  .filter((stop) => stop.tabIndex >= 0 && stop.checkVisibility());

function swap(page, before) {
  const ahead = stops();
  const heirs = ahead.slice(0, ahead.indexOf(document.activeElement) + 1).reverse().map(key);
  const typed = new Map(controls().filter((c) => before.get(key(c)) !== state(c)).map((c) => [key(c), c]));
  const open = new Set([...main.querySelectorAll("details[open] > summary")].map((summary) => summary.textContent));
  main.replaceChildren(...page.getElementById("main").childNodes);
  document.getElementById("cart-count").replaceWith(page.getElementById("cart-count"));
  for (const summary of main.querySelectorAll("summary")) if (open.has(summary.textContent)) summary.parentElement.open = true;
  for (const control of controls()) {
    const { value, checked } = typed.get(key(control)) ?? control;
    if (control.type !== "hidden") Object.assign(control, { value, checked });
  }
  const there = new Map(stops().map((stop) => [key(stop), stop]));
  const heir = there.get(heirs.find((key) => there.has(key))) ?? main;
  if (heirs.length) heir.focus({ preventScroll: true });
  const news = [...main.querySelectorAll(".messages, .totals .total")].map((part) => part.textContent);
  said.textContent = news.join(" ").replace(/\s+/g, " ");
}

/* The browser's own way: it leads to whatever page answers. What these forms change may be changed to the same twice. */
const plainly = (form) => form.requestSubmit(form.querySelector("[name=refresh]"));

async function post(action) {
  const form = formAt(action);
  if (!form || (!form.noValidate && !form.reportValidity())) return;
  const before = new Map(controls().map((control) => [key(control), state(control)]));
  const body = new FormData(form, form.querySelector("[name=refresh]"));
  try {
    const answer = await fetch(form.action, { method: "POST", body });
    if (waiting.size || asked > 1) return; // the answer to a newer change follows
    const url = new URL(answer.url);
    if (!answer.ok || url.pathname !== location.pathname) return plainly(form);
    swap(new DOMParser().parseFromString(await answer.text(), "text/html"), before);
    // Never without need: a page that answered a POST would forget that, and Back would find it empty.
    if (url.href !== location.href) history.replaceState(null, "", url);
  } catch {
    plainly(form);
  }
}

function act(action) {
  clearTimeout(waiting.get(action));
  waiting.delete(action);
  asked += 1;
  queue = queue.then(() => post(action)).finally(() => { asked -= 1; });
  return queue;
}

main.after(said);
document.addEventListener("change", ({ target }) => {
  const { form } = target;
  if (!form?.dataset.live?.split(" ").includes(target.name)) return;
  const action = address(form);
  clearTimeout(waiting.get(action));
  waiting.set(action, setTimeout(act, target.type === "radio" ? 0 : PAUSE, action));
});
// Whoever goes on at once takes what was changed along.
document.addEventListener("submit", (event) => {
  const { target, submitter } = event;
  if (!(waiting.size || asked) || target.method === "dialog") return;
  event.preventDefault();
  event.stopPropagation();
  const [action, pressed] = [address(target), submitter && key(submitter)];
  Promise.all([...waiting.keys()].map(act)).then(() => queue).then(() => {
    const button = controls().find((control) => key(control) === pressed && control.type === "submit");
    formAt(action)?.requestSubmit(button);
  });
}, true);
