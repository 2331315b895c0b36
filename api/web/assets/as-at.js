// A slider through the moments at which something was recorded. Without it a day and a time are typed.
const REST_MS = 600
const MOVED = 'hub-as-at-moved'

const form = document.querySelector('[data-as-at]')
const slider = form?.querySelector('input[type="range"]')

if (slider) {
  const steps = [...form.querySelectorAll('[data-as-at-steps] > li')]
  const said = form.querySelector('output')
  let waiting

  const show = () => {
    const words = steps[slider.valueAsNumber].textContent
    said.value = words
    slider.setAttribute('aria-valuetext', words)
  }

  const go = () => {
    const to = new URL(form.action)
    for (const field of form.querySelectorAll('input[type="hidden"]')) to.searchParams.set(field.name, field.value)
    const at = steps[slider.valueAsNumber].dataset.at
    if (at) to.searchParams.set('as_at', at)
    sessionStorage.setItem(MOVED, '1')
    location.assign(to)
  }

  slider.addEventListener('input', () => {
    show()
    clearTimeout(waiting)
  })
  // Each press of a key is a change: the page follows once the hand rests
  slider.addEventListener('change', () => {
    clearTimeout(waiting)
    waiting = setTimeout(go, REST_MS)
  })

  if (sessionStorage.getItem(MOVED)) {
    sessionStorage.removeItem(MOVED)
    form.closest('details').open = true
    slider.focus()
  }
}
