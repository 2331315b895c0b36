// Lets the empty form of a street encounter open without signal. It keeps that page and the files it is made of, and
// nothing else: the server says of a page, by a header, that there is nobody in it.
const CACHE = 'hub-street'
const PAGE = '/encounters/new'
const PATIENCE_MS = 4000

self.addEventListener('install', () => self.skipWaiting())
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()))
self.addEventListener('message', (event) => event.waitUntil(heard(event.data)))
self.addEventListener('fetch', (event) => {
  const { origin, pathname, search } = new URL(event.request.url)
  if (event.request.method !== 'GET' || origin !== self.location.origin) return
  if (pathname === PAGE && !search && event.request.mode === 'navigate') event.respondWith(page(event))
  if (pathname.startsWith('/assets/')) event.respondWith(file(event.request))
})

// A page of the hub says who is signed in: what another worker's session left is dropped
async function heard ({ worker, keep: wanted, drop }) {
  const cache = await caches.open(CACHE)
  const known = await cache.match(PAGE)
  const theirs = known && (await known.text()).includes(`data-worker="${worker}"`)
  if (known && (drop || !theirs)) await cache.delete(PAGE)
  if (wanted && !theirs) await keep(await fetch(PAGE))
}

async function page (event) {
  const known = await caches.match(PAGE)
  const fresh = fetch(event.request)
  fresh.then((answer) => answer.clone()).then(keep).catch(() => {}) // it is not there: what is known stays
  if (!known) return fresh
  const late = new Promise((resolve) => setTimeout(resolve, PATIENCE_MS, known))
  return Promise.race([fresh.catch(() => known), late])
}

async function keep (answer) {
  if (!answer.ok || answer.headers.get('hub-offline') !== 'yes') return
  const cache = await caches.open(CACHE)
  const files = new Set((await answer.clone().text()).match(/\/assets\/[\w.-]+/g))
  for (const old of await cache.keys()) {
    const { pathname } = new URL(old.url)
    if (pathname !== PAGE && !files.delete(pathname)) await cache.delete(old)
  }
  await cache.addAll([...files])
  await cache.put(PAGE, answer)
}

async function file (request) {
  return (await caches.match(request)) ?? fetch(request)
}
