/* "Add to cart" without leaving the page: a dialog says what is in the cart and leads on. It gives the focus back. */

const form = document.querySelector("form.buy");
let sending = false;

/* The browser's own way: it shows any answer, and what is wrong with a connection. */
function plainly() {
  form.removeEventListener("submit", add);
  form.submit();
}

function show(text) {
  const answer = new DOMParser().parseFromString(text, "text/html");
  const dialog = answer.querySelector("dialog");
  if (!dialog) return plainly();
  document.getElementById("cart-count").replaceWith(answer.getElementById("cart-count"));
  document.querySelector("dialog.added")?.remove();
  document.body.append(dialog);
  dialog.showModal();
}

async function add(event) {
  event.preventDefault();
  if (sending) return; // a double click is one add
  sending = true;
  try {
    const answer = await fetch(form.action, { method: "POST", body: new FormData(form), headers: { "HX-Request": "true" } });
    const elsewhere = answer.headers.get("HX-Redirect");
    if (elsewhere) location.assign(elsewhere);
    else if (answer.ok) show(await answer.text());
    else plainly();
  } catch {
    plainly();
  } finally {
    sending = false;
  }
}

form?.addEventListener("submit", add);
// Who comes back to this page by the browser's button finds it as it was before.
window.addEventListener("pagehide", () => document.querySelector("dialog.added")?.close());
