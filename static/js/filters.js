/* Filters, order and chips act at once: the list is fetched by its own address and put in the place of the old one. */

const said = document.createElement("p");
let request;

/* The address of what the form says, without what is empty or usual. */
function address(form) {
  const url = new URL(form.action);
  for (const [name, value] of new FormData(form)) {
    if (value && !(name === "sort" && value === form.elements.sort.options[0].value)) url.searchParams.append(name, value);
  }
  if (![...url.searchParams].length) url.searchParams.set("page", "1");
  return url.href;
}

/* Boxes are found again by name and value, folds by their id. */
function swap(page) {
  const { name, value, id } = document.activeElement ?? {};
  const words = page.querySelector("#results [role=status]")?.textContent ?? "";
  const open = [...document.querySelectorAll(".facets details[open]")].map((fold) => fold.id);
  for (const part of [".facets", "#results"]) {
    const fresh = page.querySelector(part);
    if (fresh) document.querySelector(part)?.replaceChildren(...fresh.childNodes);
  }
  for (const fold of open) document.getElementById(fold)?.setAttribute("open", "");
  const same = [...document.querySelectorAll("#filters [name], [form=filters]")].find(
    (control) => (id && control.id === id) || (name && control.name === name && control.value === value),
  );
  same?.focus({ preventScroll: true });
  document.title = page.title;
  said.textContent = words;
}

async function show(href, push) {
  request?.abort();
  request = new AbortController();
  try {
    const answer = await fetch(href, { signal: request.signal });
    if (!answer.ok) throw new Error(answer.status);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (push) history.pushState(null, "", href);
    swap(page);
  } catch (error) {
    if (error.name !== "AbortError") location.assign(href); // the browser can say better what is wrong
  }
}

const form = document.getElementById("filters");
if (form) {
  Object.assign(said, { className: "visually-hidden", role: "status" });
  form.after(said);
  document.addEventListener("change", (event) => {
    if (event.target.form === form) show(address(form), true);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    form.querySelector("details").open = false;
    show(address(form), true);
  });
  document.addEventListener("click", (event) => {
    const chip = event.target.closest(".chips a");
    if (!chip || event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    show(chip.href, true);
  });
  window.addEventListener("popstate", () => show(location.href, false));
}
