// Pages work without this. It starts what GOV.UK Frontend adds, also in what htmx brings, and keeps the chosen colours.
import { Button, CharacterCount, Checkboxes, createAll, ErrorSummary, NotificationBanner, Radios, ServiceNavigation, SkipLink } from 'govuk-frontend'

const COMPONENTS = [Button, CharacterCount, Checkboxes, ErrorSummary, NotificationBanner, Radios, ServiceNavigation, SkipLink]
const SETTINGS = new Map([[Button, { preventDoubleClick: true }]])
const YEAR = 365 * 24 * 60 * 60

function start (scope) {
  for (const Component of COMPONENTS) {
    createAll(Component, SETTINGS.get(Component), { scope, onError: tell })
  }
  showChosen(scope)
}

function tell (error) {
  if (error.name !== 'InitError') console.error(error) // what is started already refuses to be started again
}

// <button data-theme-choice="dark|light|device">; the server writes <html data-theme> from the cookie
function choose (theme) {
  const root = document.documentElement
  if (theme === 'device') {
    delete root.dataset.theme
  } else {
    root.dataset.theme = theme
  }
  const age = theme === 'device' ? 0 : YEAR
  document.cookie = `hub-theme=${theme}; Path=/; SameSite=Lax; Max-Age=${age}`
  showChosen(document)
}

function showChosen (scope) {
  const theme = document.documentElement.dataset.theme ?? 'device'
  for (const button of scope.querySelectorAll('[data-theme-choice]')) {
    button.setAttribute('aria-pressed', String(button.dataset.themeChoice === theme))
  }
}

document.addEventListener('click', (event) => {
  const button = event.target.closest?.('[data-theme-choice], [data-print]')
  if (button?.dataset.themeChoice) choose(button.dataset.themeChoice)
  if (button && 'print' in button.dataset) window.print()
})

// What waits for htmx says so; what went wrong without an answer that is shown in its place says so where it is seen
const SHOWN_IN_PLACE = [409, 412, 422]

const waiting = new WeakMap() // an answer may choose another place than the one that waits

function wait ({ detail: { target, xhr } }) {
  waiting.set(xhr, target)
  target.setAttribute('aria-busy', 'true')
}

function answered ({ detail: { xhr } }) {
  waiting.get(xhr)?.removeAttribute('aria-busy')
  const failed = xhr.status === 0 || (xhr.status >= 400 && !SHOWN_IN_PLACE.includes(xhr.status))
  document.getElementById('not-sent')?.toggleAttribute('hidden', !failed)
}

document.addEventListener('htmx:beforeRequest', wait)
document.addEventListener('htmx:afterRequest', answered)

document.body.classList.add('js-enabled', 'govuk-frontend-supported')
start(document)
document.addEventListener('htmx:load', (event) => {
  // The first of these is the page itself
  if (event.target !== document.body) start(event.target.parentElement ?? document)
})
