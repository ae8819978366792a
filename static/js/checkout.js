/* Checkout: one submit is enough, and after a refused one each field is checked again when it changes. */

const form = document.querySelector("form[data-once]");

function recheck(event) {
  const field = event.target;
  if (field.getAttribute("aria-invalid") !== "true" || !field.checkValidity()) return;
  field.removeAttribute("aria-invalid");
  document.getElementById(`${field.id}_error`)?.remove();
  field.removeAttribute("aria-describedby");
  const help = document.getElementById(`${field.id}_helptext`);
  if (help) field.setAttribute("aria-describedby", help.id);
}

if (form) {
  let sent = false;
  form.addEventListener("change", recheck);
  form.addEventListener("submit", (event) => {
    if (sent) event.preventDefault();
    sent = true;
  });
  // Back from the payment page, the browser may show this page as it was left.
  window.addEventListener("pageshow", () => {
    sent = false;
  });
}
