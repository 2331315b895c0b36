// <form data-passkey="get" data-passkey-options="{…}" hidden><input type="hidden" name="answer"><button>…</button>
// Asks the device for a passkey, and sends its answer as the form. Where no script runs, the form stays hidden.
for (const form of document.querySelectorAll('[data-passkey]')) {
  const kind = form.dataset.passkey
  const parse = kind === 'create' ? 'parseCreationOptionsFromJSON' : 'parseRequestOptionsFromJSON'
  if (!window.PublicKeyCredential?.[parse]) continue
  form.hidden = false
  form.addEventListener('submit', async (event) => {
    event.preventDefault()
    const failed = form.querySelector('[data-passkey-failed]')
    failed.hidden = true
    try {
      const publicKey = PublicKeyCredential[parse](JSON.parse(form.dataset.passkeyOptions))
      form.elements.answer.value = JSON.stringify(await navigator.credentials[kind]({ publicKey }))
      form.submit()
    } catch {
      failed.hidden = false
      form.querySelector('button').disabled = false
    }
  })
}
