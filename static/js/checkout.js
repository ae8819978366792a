/* On the way to payment: one submit is enough and says so; after a refused one each field is checked again as it changes. */

const sent = new Set();

function recheck(event) {
  const field = event.target;
  if (field.getAttribute("aria-invalid") !== "true" || !field.checkValidity()) return;
  field.removeAttribute("aria-invalid");
  // Its space stays: where the button moved under a pressed mouse, the click would be lost.
  document.getElementById(`${field.id}_error`)?.classList.add("settled");
  field.removeAttribute("aria-describedby");
  const help = document.getElementById(`${field.id}_helptext`);
  if (help) field.setAttribute("aria-describedby", help.id);
}

/* The main button of a form, for as long as the payment page takes to open. */
function busy(form, on) {
  const button = form.querySelector("[data-busy]");
  if (!button || (button.ariaBusy === "true") === on) return;
  button.ariaBusy = on;
  [button.textContent, button.dataset.busy] = [button.dataset.busy, button.textContent];
}

document.addEventListener("change", recheck);
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("form[data-once]")) return;
  if (sent.has(form)) event.preventDefault();
  else if (event.submitter?.name !== "refresh") busy(form, true);
  sent.add(form);
});

// Back from the payment page, the browser may show this page as it was left.
window.addEventListener("pageshow", () => {
  for (const form of sent) busy(form, false);
  sent.clear();
});
