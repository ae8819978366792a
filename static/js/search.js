/* On every page. Suggestions under the search field: the ARIA combobox. Without this the field is a plain form. */

const field = document.getElementById("site-search");
const form = field?.form;
const list = document.createElement("ul");
const PAUSE = 150; // ms after the last letter
let timer;
let request;
let chosen = -1;

function open(yes) {
  list.hidden = !yes;
  field.setAttribute("aria-expanded", yes);
  choose(-1);
}

function choose(index) {
  const options = [...list.children];
  options[chosen]?.setAttribute("aria-selected", "false");
  chosen = index;
  const option = options[index];
  if (!option) return field.removeAttribute("aria-activedescendant");
  option.setAttribute("aria-selected", "true");
  option.scrollIntoView({ block: "nearest" });
  field.setAttribute("aria-activedescendant", option.id);
}

async function suggest() {
  request?.abort();
  const words = field.value.trim();
  if (words.length < 2) return open(false);
  request = new AbortController();
  try {
    const address = `${form.dataset.suggestions}?${new URLSearchParams({ q: words })}`;
    const answer = await fetch(address, { signal: request.signal });
    if (!answer.ok) return open(false);
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    list.replaceChildren(...fresh.querySelectorAll("li"));
    open(list.children.length > 0 && document.activeElement === field);
  } catch {
    open(false); // offline, or the next letter was faster
  }
}

function key(event) {
  const last = list.children.length - 1;
  if (event.key === "Escape" && !list.hidden) open(false);
  else if (event.key === "ArrowDown" && last >= 0) {
    if (list.hidden) open(true);
    choose(chosen >= last ? 0 : chosen + 1);
  } else if (event.key === "ArrowUp" && !list.hidden) choose(chosen <= 0 ? last : chosen - 1);
  else if (event.key === "Enter" && chosen >= 0) location.assign(list.children[chosen].dataset.url);
  else return;
  event.preventDefault();
}

if (form?.dataset.suggestions) {
  Object.assign(list, { id: "suggestions", hidden: true, role: "listbox", ariaLabel: form.dataset.label });
  list.className = "suggestions";
  form.append(list);
  const roles = { role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": list.id };
  for (const [name, value] of Object.entries(roles)) field.setAttribute(name, value);
  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(suggest, PAUSE);
  });
  field.addEventListener("keydown", key);
  field.addEventListener("blur", () => open(false));
  list.addEventListener("mousedown", (event) => event.preventDefault()); // the field keeps the focus
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[data-url]");
    if (option) location.assign(option.dataset.url);
  });
}

// Chromium may show a page before it has read in the stylesheet that pages fade, and then complains of it. So the
// styles are worked out here: this script holds back the first picture, and a page's size needs them.
document.documentElement.clientWidth;
