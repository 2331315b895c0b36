// Street encounters without signal. What is typed is kept on this phone, encrypted under a key that cannot be taken out
// of the browser, until the server has it; what could not be sent waits, and is sent once: the server knows a form by
// its key. Each worker's is apart, and nobody is shown another's. Without this the form works wherever there is signal.
const BOX = document.getElementById('kept')
const FORM = document.querySelector('form[data-street]')
const WORKER = BOX?.dataset.worker
const PAGE = '/encounters/new'
const TYPING_MS = 250
const ASKING_MS = 6000
const SENDING_MS = 20000
const AGAIN_MS = 60000
const AWAY = 'away'
const SIGNED_OUT = 'signed-out'

function open () {
  return new Promise((resolve, reject) => {
    const asked = indexedDB.open('hub-street', 1)
    asked.onupgradeneeded = () => {
      asked.result.createObjectStore('keys')
      asked.result.createObjectStore('kept', { keyPath: ['worker', 'id'] })
    }
    asked.onsuccess = () => resolve(asked.result)
    asked.onerror = () => reject(asked.error)
  })
}

async function within (store, mode, act) {
  const database = await open()
  try {
    return await new Promise((resolve, reject) => {
      const transaction = database.transaction(store, mode)
      const asked = act(transaction.objectStore(store))
      transaction.oncomplete = () => resolve(asked.result)
      transaction.onabort = () => reject(transaction.error)
    })
  } finally {
    database.close()
  }
}

async function key () {
  const known = await within('keys', 'readonly', (keys) => keys.get(WORKER))
  if (known) return known
  const made = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt'])
  await within('keys', 'readwrite', (keys) => keys.add(made, WORKER)).catch(() => {}) // another tab was first
  return within('keys', 'readonly', (keys) => keys.get(WORKER))
}

async function keep (id, queued, content) {
  const iv = crypto.getRandomValues(new Uint8Array(12))
  const text = new TextEncoder().encode(JSON.stringify(content))
  const box = await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, await key(), text)
  await within('kept', 'readwrite', (kept) => kept.put({ worker: WORKER, id, queued, iv, box }))
}

async function all () {
  const mine = IDBKeyRange.bound([WORKER], [WORKER, []])
  const kept = await within('kept', 'readonly', (store) => store.getAll(mine))
  if (!kept.length) return []
  const opens = await key()
  const found = []
  for (const { id, queued, iv, box } of kept) {
    try {
      const text = await crypto.subtle.decrypt({ name: 'AES-GCM', iv }, opens, box)
      found.push({ id, queued, ...JSON.parse(new TextDecoder().decode(text)) })
    } catch {
      await drop(id) // its key is gone: nobody can read it any more
    }
  }
  return found.sort((one, other) => one.at - other.at)
}

function drop (id) {
  return within('kept', 'readwrite', (kept) => kept.delete([WORKER, id]))
}

async function wipe () {
  for (const { id } of await all()) await drop(id)
  await within('keys', 'readwrite', (keys) => keys.delete(WORKER))
}

// Whether the server can be reached, and whose session this is
async function ask () {
  try {
    const answer = await fetch('/encounters/session', { redirect: 'manual', signal: AbortSignal.timeout(ASKING_MS) })
    if (answer.ok) {
      const session = await answer.json()
      return session.worker === WORKER ? session : SIGNED_OUT
    }
    return answer.type === 'opaqueredirect' ? SIGNED_OUT : AWAY
  } catch {
    return AWAY
  }
}

// The form

const field = (name) => FORM.elements.namedItem(name)
let typing = 0
let sending = false
let touched = false

function read () {
  const pairs = [...new FormData(FORM)].filter(([name]) => name !== 'csrf')
  return { at: Date.now(), pairs }
}

function fill (pairs) {
  const typed = new Map()
  for (const [name, value] of pairs) typed.set(name, [...(typed.get(name) ?? []), value])
  for (const one of FORM.elements) {
    if (!one.name || one.name === 'csrf' || one.type === 'submit') continue
    const values = typed.get(one.name) ?? []
    if (one.type === 'radio' || one.type === 'checkbox') one.checked = values.includes(one.value)
    else if (values.length) one.value = values.shift()
    if (one.value && one.type !== 'hidden') one.closest('details')?.setAttribute('open', '')
  }
}

function stop () {
  clearTimeout(typing)
  typing = 0
}

function note () {
  stop()
  if (!sending) typing = setTimeout(save, TYPING_MS)
}

async function save () {
  stop()
  if (!sending) await keep(field('form_key').value, false, read())
}

async function restore () {
  const person = field('person')?.value ?? ''
  const mine = (one) => !one.queued && one.id !== sessionStorage.getItem('sent') && (one.pairs.find(([name]) => name === 'person')?.[1] ?? '') === person
  const draft = (await all()).filter(mine).at(-1)
  if (!draft || touched) return // what somebody has begun to type meanwhile is not written over
  fill(draft.pairs)
  FORM.querySelector('[data-draft]').hidden = false
}

function empty () {
  const area = field('area').value
  FORM.reset()
  field('area').value = area
  field('form_key').value = crypto.randomUUID().replaceAll('-', '')
  field('kept_at').value = ''
  FORM.querySelector('[data-draft]').hidden = true
}

async function submit (event) {
  if (event.submitter?.name === 'find') return
  event.preventDefault()
  if (sending) return
  sending = true
  stop()
  try {
    await keep(field('form_key').value, false, read())
    const session = await ask()
    if (session === AWAY) return await queue()
    if (session !== SIGNED_OUT) field('csrf').value = session.csrf
  } catch {
    // this browser keeps nothing: it is sent as from any form
  }
  FORM.submit()
}

// It happened now, whenever it is sent
async function queue () {
  field('kept_at').value ||= new Date().toISOString()
  await keep(field('form_key').value, true, read())
  sending = false
  if (FORM.dataset.street !== 'empty') return location.assign(PAGE)
  empty()
  await show()
  BOX.querySelector('h2').focus()
}

// What waits

async function show () {
  const kept = (await all()).filter((one) => one.queued)
  BOX.hidden = !kept.length
  const { one, several } = BOX.dataset
  BOX.querySelector('h2').textContent = kept.length === 1 ? one : several.replace('{count}', kept.length)
  BOX.querySelector('[data-send]').hidden = !kept.some((one) => !one.why)
  BOX.querySelector('ul').replaceChildren(...kept.map(item))
}

function item (kept) {
  const made = BOX.querySelector('template').content.cloneNode(true)
  const time = made.querySelector('time')
  const at = new Date(kept.pairs.find(([name]) => name === 'kept_at')[1])
  time.dateTime = at.toISOString()
  const lang = document.documentElement.lang
  time.textContent = at.toLocaleString(lang === 'en' ? 'en-GB' : lang, { dateStyle: 'medium', timeStyle: 'short' })
  const why = made.querySelector('[data-why]')
  why.hidden = !kept.why
  why.textContent = kept.why ?? ''
  made.querySelector('[data-mend]').addEventListener('click', () => mend(kept))
  made.querySelector('[data-discard]').addEventListener('click', async () => {
    if (!confirm(BOX.dataset.discard)) return
    await drop(kept.id)
    await show()
    document.querySelector('h1').focus()
  })
  return made
}

// Opened again it is a draft: it waits for whoever mends it, and is not sent meanwhile
async function mend ({ id, pairs }) {
  await keep(id, false, { at: Date.now(), pairs })
  location.assign(PAGE)
}

async function sendAll () {
  await navigator.locks.request('hub-street', { ifAvailable: true }, async (lock) => {
    const waiting = lock ? (await all()).filter((one) => one.queued && !one.why) : []
    if (!waiting.length) return
    const session = await ask()
    BOX.querySelector('[data-sign-in]').hidden = session !== SIGNED_OUT
    if (session === AWAY || session === SIGNED_OUT) return
    for (const one of waiting) if (!await send(one, session)) break
  })
  await show()
}

// Whether the next one can be sent, too
async function send ({ id, at, pairs }, { csrf, now }) {
  const body = new URLSearchParams(pairs)
  body.set('csrf', csrf)
  if (body.get('kept_at') > now) body.set('kept_at', now) // the clock of this phone is fast
  try {
    const answer = await fetch(PAGE, { method: 'POST', body, signal: AbortSignal.timeout(SENDING_MS) })
    if (answer.ok && answer.redirected) {
      await drop(id)
    } else if (answer.status === 403 && await ask() === SIGNED_OUT) {
      BOX.querySelector('[data-sign-in]').hidden = false
      return false
    } else if (answer.status < 500) {
      await keep(id, true, { at, pairs, why: reason(await answer.text()) })
    }
    return answer.status < 500
  } catch {
    return false // whether it arrived, the server knows
  }
}

function reason (page) {
  const made = new DOMParser().parseFromString(page, 'text/html')
  const said = made.querySelector('#refusal-title, .govuk-error-summary li, h1')
  return said?.textContent.trim() ?? BOX.dataset.refused
}

// Leaving

async function tell (message) {
  const known = await navigator.serviceWorker?.getRegistration()
  known?.active?.postMessage(message)
}

async function leave (event) {
  event.preventDefault()
  const form = event.target
  const unsent = (await all()).filter((one) => one.queued).length
  if (unsent && !confirm(BOX.dataset.leave)) return
  sending = true
  await wipe()
  await tell({ drop: true })
  form.submit()
}

async function start () {
  document.querySelector('form[action="/sign-out"]')?.addEventListener('submit', leave)
  const done = document.querySelector('[data-sent]')?.dataset.sent
  if (done) {
    sessionStorage.setItem('sent', done) // at once: whoever goes on before it is dropped is not given it back
    await drop(done)
  }
  if (FORM) {
    FORM.addEventListener('input', () => { touched = true })
    if (FORM.dataset.street === 'empty') await restore()
    FORM.addEventListener('input', note)
    FORM.addEventListener('submit', submit)
    FORM.querySelector('[data-draft-drop]').addEventListener('click', async () => {
      stop()
      await drop(field('form_key').value)
      empty()
      document.querySelector('h1').focus()
    })
    for (const one of FORM.querySelectorAll('[data-ends]')) {
      if (Date.parse(one.dataset.ends) < Date.now()) one.closest('.govuk-radios__item').remove()
    }
    navigator.serviceWorker?.register('/worker.js')
      .then(() => navigator.serviceWorker.ready)
      .then(({ active }) => active.postMessage({ worker: WORKER, keep: true }))
      .catch(() => {}) // a browser that keeps no pages
  } else {
    await tell({ worker: WORKER })
  }
  BOX.querySelector('[data-send]').addEventListener('click', sendAll)
  addEventListener('online', sendAll)
  addEventListener('pageshow', (event) => { if (event.persisted) sending = false })
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') sendAll()
    else if (typing) save()
  })
  setInterval(sendAll, AGAIN_MS)
  await show()
  await sendAll()
}

if (WORKER && globalThis.indexedDB && globalThis.crypto?.subtle) start()
