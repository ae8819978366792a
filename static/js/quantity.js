/* The steppers beside a quantity, and a product's choice: its largest quantity and its label on the button. */

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-quantity] button[data-step]");
  if (!button) return;
  const input = button.closest("[data-quantity]").querySelector("input");
  if (button.dataset.step === "up") input.stepUp();
  else input.stepDown();
  input.dispatchEvent(new Event("change", { bubbles: true }));
});

for (const choice of document.querySelectorAll("input[name=variant][data-available]")) {
  const limit = () => {
    const input = choice.form.elements.quantity;
    if (!choice.checked || !input) return;
    input.max = choice.dataset.available;
    if (Number(input.value) > Number(input.max)) input.value = input.max;
  };
  choice.addEventListener("change", limit);
  limit();
}
