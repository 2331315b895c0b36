// <div data-live="/live/…" data-live-position="12" data-live-from="/…" data-live-target="#lists">
// When the server says that something moved, the target is asked for again. Pages work without this.
const SETTLED = 1000 // a list does not move under a finger
let lifted = 0
let down = false

addEventListener('pointerdown', () => { down = true }, true)
for (const name of ['pointerup', 'pointercancel']) addEventListener(name, () => { down = false; lifted = Date.now() }, true)

function typedInto (scope) {
  return [...scope.querySelectorAll('input:not([type=hidden]), textarea, select')].some((one) => {
    if (one.type === 'checkbox' || one.type === 'radio') return one.checked !== one.defaultChecked
    return one.options ? [...one.options].some((each) => each.selected !== each.defaultSelected) : one.value !== one.defaultValue
  })
}

class Live {
  constructor (element) {
    this.from = element.dataset.live
    this.position = element.dataset.livePosition
    this.again = element.dataset.liveFrom
    this.target = element.dataset.liveTarget
    document.addEventListener('htmx:beforeSwap', (event) => this.hold(event))
    document.addEventListener('visibilitychange', () => document.hidden ? this.close() : this.open())
    addEventListener('pagehide', () => this.close())
    if (!document.hidden) this.open()
  }

  open () {
    if (this.source) return
    this.source = new EventSource(`${this.from}?seen=${this.position}`)
    this.source.addEventListener('moved', (event) => this.moved(event.lastEventId))
    this.source.addEventListener('ended', () => {
      this.close()
      if (!typedInto(document)) location.reload() // the server says what is to be done: sign in, or the tablet's PIN
    })
  }

  close () {
    this.source?.close()
    this.source = null
  }

  // What was tapped stays until it is answered: an answer to something that is gone has nowhere to go
  hold (event) {
    const { target, requestConfig } = event.detail
    if (!target.matches(this.target)) return
    if ([...target.querySelectorAll('.htmx-request')].some((one) => one !== requestConfig.elt)) {
      event.detail.shouldSwap = false
      this.moved(this.position)
    }
  }

  moved (position) {
    this.position = position
    clearTimeout(this.waiting)
    const target = document.querySelector(this.target)
    if (down || Date.now() - lifted < SETTLED || (target && typedInto(target))) {
      this.waiting = setTimeout(() => this.moved(position), SETTLED)
    } else {
      window.htmx?.ajax('GET', this.again, { target: this.target, swap: 'outerHTML' })
    }
  }
}

for (const element of document.querySelectorAll('[data-live]')) new Live(element)
