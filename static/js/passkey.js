/* Passkeys: a form with data-passkey asks the browser for one before it is sent. Its two steps are the browser's own. */

const STEPS = {
  create: (options) => navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) }),
  get: (options) => navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) }),
};

function show(form, what) {
  for (const name of ["failed", "unknown"]) form.querySelector(`[data-passkey-${name}]`).hidden = name !== what;
}

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches("form[data-passkey]")) return;
  event.preventDefault();
  if (!window.PublicKeyCredential?.parseCreationOptionsFromJSON) return show(form, "unknown");
  show(form, "");
  try {
    const credential = await STEPS[form.dataset.passkey](JSON.parse(form.dataset.options));
    form.elements.credential.value = JSON.stringify(credential);
    form.submit();
  } catch {
    show(form, "failed");
  }
});
