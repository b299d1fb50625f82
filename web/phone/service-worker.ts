/// <reference lib="webworker" />
import { type Asked, isNewsTag, tagFor, TEST, wordsFor } from '#core/notices/push-words.ts'
import { keep, listBindings, setting } from './server/bindings.ts'
import { askedIn, languageFor, type NotificationWords } from './delivery/notification.ts'
import { resubscribe } from './delivery/push.ts'
import { ask } from './server/server.ts'
import type { Language } from './words/words.ts'

/**
 * Keeps the app for flight mode, and shows notifications. No answer of the API is ever cached.
 *
 *   install    the page, what it links and every script of the app, all or nothing, into a cache of its own
 *   activate   caches of other versions go
 *   fetch      the page and the help: from the network while it answers in time; everything else of the app: from the cache
 */
declare const self: ServiceWorkerGlobalScope
/** Every script of the app, put here by the build: another app is another worker. */
declare const __PHONE_FILES__: readonly string[]
/** The words of notifications, from the phrase files: a worker may load no other file. */
declare const __NOTIFICATIONS__: Readonly<Record<Language, NotificationWords>>

const PAGE = '/phone'
const HELP = '/phone/help/'
const PATIENCE_MS = 2_500
const FIXED = ['/phone/manifest.webmanifest', '/phone/icon.svg', '/phone/icon-192.png']
const NAME = 'phone '
const LANGUAGE = /<html lang="(en|fr)"/
const ACTIVITY = '/portal/activity'

self.addEventListener('install', (event) => event.waitUntil(install()))

async function install(): Promise<void> {
  const page = await fetch(PAGE, { cache: 'no-store', credentials: 'omit' })
  if (!page.ok) throw new Error(`the page of the app: ${page.status}`)
  const linked = linkedFrom(await page.clone().text())
  const cache = await caches.open(await versionName())
  await cache.addAll([...new Set([...__PHONE_FILES__, ...linked])])
  // The icon of a notification is worth having, but no reason to do without flight mode.
  await Promise.allSettled(FIXED.map((address) => cache.add(address)))
  // Nor is the help, which the app asks for again.
  const help = new Set([await helpOf(await page.clone().text()), ...(await helpBefore())])
  await Promise.allSettled([...help].map(keepNewest))
  await cache.put(PAGE, page)
}

/** The scripts, styles and typeface that the page names; what is from elsewhere is none of ours. */
const linkedFrom = (html: string): readonly string[] =>
  [...html.matchAll(/(?:href|src)="(\/[^/"][^"]*\.(?:css|js|woff2))"/g)].map(
    ([, address = '']) => address,
  )

async function versionName(): Promise<string> {
  const bytes = new TextEncoder().encode(__PHONE_FILES__.join())
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
  return NAME + [...hash.subarray(0, 8)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}

self.addEventListener('activate', (event) => event.waitUntil(activate()))

async function activate(): Promise<void> {
  const current = await versionName()
  const old = (await caches.keys()).filter((name) => name.startsWith(NAME) && name !== current)
  await Promise.all(old.map((name) => caches.delete(name)))
  await self.clients.claim()
}

self.addEventListener('fetch', (event) => {
  const { request } = event
  const { origin, pathname } = new URL(request.url)
  if (request.method !== 'GET' || origin !== self.location.origin) return
  if (request.mode === 'navigate') {
    const keepPage = (response: Response) => keepWhole(response, event)
    if (pathname === PAGE) event.respondWith(freshOrKept(event, PAGE, keepPage))
  } else if (pathname.startsWith(HELP)) {
    event.respondWith(freshOrKept(event, pathname, keepHelp))
  } else if (!pathname.startsWith('/phone/api/')) {
    event.respondWith(file(request))
  }
})

/** What the server has now, or what was kept when there was a server. */
async function freshOrKept(
  event: FetchEvent,
  address: string,
  keepFresh: (response: Response) => Promise<void>,
): Promise<Response> {
  const fresh = fetch(event.request).then(async (response) => {
    if (response.ok) await keepFresh(response.clone())
    return response
  })
  const kept = await caches.match(address)
  if (!kept) return fresh
  event.waitUntil(fresh.catch(() => undefined))
  const late = new Promise<Response>((resolve) => setTimeout(() => resolve(kept), PATIENCE_MS))
  return Promise.race([
    fresh.then((response) => (response.status < 500 ? response : kept)),
    late,
  ]).catch(() => kept)
}

/** Only a page that finds all it needs in the cache may be the page of flight mode. */
async function keepWhole(response: Response, event: FetchEvent): Promise<void> {
  const cache = await caches.open(await versionName())
  const html = await response.clone().text()
  const there = await Promise.all(linkedFrom(html).map((address) => cache.match(address)))
  if (there.every((file) => file !== undefined)) await cache.put(PAGE, response)
  // An app that was renewed, or a figure that was changed, is in the help of flight mode too.
  event.waitUntil(
    helpOf(html)
      .then(keepNewest)
      .catch(() => undefined),
  )
}

/** The help in the language that the app speaks, or the page before a client has chosen one. */
async function helpOf(html: string): Promise<string> {
  const language = (await setting('language').catch(() => undefined)) ?? LANGUAGE.exec(html)?.[1]
  return HELP + (language ?? 'en')
}

/** Each language whose help a worker before this one has kept. */
async function helpBefore(): Promise<readonly string[]> {
  const addresses = [`${HELP}en`, `${HELP}fr`]
  const kept = await Promise.all(addresses.map((address) => caches.match(address)))
  return addresses.filter((_, at) => kept[at] !== undefined)
}

async function keepNewest(address: string): Promise<void> {
  // Asked for with its mark: it comes only if it is another.
  const response = await fetch(address, { cache: 'no-cache', credentials: 'omit' })
  if (response.ok) await keepHelp(response)
}

async function keepHelp(response: Response): Promise<void> {
  const cache = await caches.open(await versionName())
  await cache.put(new URL(response.url).pathname, response)
}

async function file(request: Request): Promise<Response> {
  return (await caches.match(request.url, { ignoreVary: true })) ?? fetch(request)
}

/**
 * Every push shows something: a platform ends the subscription of an app that stays silent (iOS
 * after three).
 */
self.addEventListener('push', (event) => {
  const asked = askedIn(messageOf(event))
  const { test, transaction } = asked
  event.waitUntil(
    test === null ? Promise.all([show(asked), acknowledge(transaction)]) : tried(asked, test),
  )
})

/**
 * A platform that can show the message by itself hands on what it would show, and our message with
 * it. @see Push API, "Declarative push message"
 */
function messageOf(event: PushEvent): string {
  const { notification } = event as { readonly notification?: { readonly data?: unknown } }
  return event.data?.text() ?? JSON.stringify(notification?.data ?? null)
}

/** A test tells how far it has come, and is shown whether or not that is heard. */
async function tried(asked: Asked, test: string): Promise<void> {
  const [shown] = await Promise.allSettled([show(asked), tell(test, 'received')])
  if (shown.status === 'fulfilled') await tell(test, 'shown')
}

async function tell(test: string, stage: 'received' | 'shown' | 'opened'): Promise<void> {
  for (const binding of await listBindings()) {
    if (binding.revoked) continue
    const heard = await ask(binding, { act: 'tested', test, stage })
    if (heard.ok) return
  }
}

/**
 * Says of what kind the request is and where, and nothing else: a locked phone shows it to every
 * onlooker.
 */
async function show(asked: Asked): Promise<void> {
  const kept = await Promise.all([setting('chosenLanguage'), setting('language')]).catch(() => [])
  const [heard, spoken] = kept
  const language = languageFor(asked, { heard, spoken })
  const { title, body } = wordsFor(asked, language, __NOTIFICATIONS__[language])
  // `renotify` is in the Notifications API and not in the types of TypeScript.
  const options: NotificationOptions & { readonly renotify: true } = {
    body,
    lang: language,
    icon: '/phone/icon-192.png',
    tag: tagFor(asked),
    data: asked.test,
    requireInteraction: tagFor(asked) === 'request',
    renotify: true,
  }
  await self.registration.showNotification(title, options)
}

async function acknowledge(transaction: string | null): Promise<void> {
  await keep('pushedAt_ms', Date.now())
  if (transaction === null) return
  for (const binding of await listBindings()) {
    if (binding.revoked) continue
    const heard = await ask(binding, { act: 'received', transaction })
    if (heard.ok) return keep('pushedTo', binding.authenticator)
  }
}

self.addEventListener('notificationclick', (event) => {
  event.notification.close()
  const { tag, data } = event.notification
  if (tag === TEST) event.waitUntil(Promise.all([openCheck(), tell(String(data), 'opened')]))
  else event.waitUntil(isNewsTag(tag) ? openActivity() : openRequests())
})

/** A page that is open keeps its place: it shows how far the test has come. */
async function openCheck(): Promise<void> {
  const open = await openPage()
  if (open) await open.focus()
  else await self.clients.openWindow(`${PAGE}#check`)
}

/** Where each line says what happened, and "This was not me" stops it. */
async function openActivity(): Promise<void> {
  await self.clients.openWindow(ACTIVITY)
}

/** Under the user name that the notification was for: a phone may hold several (R072). */
async function openRequests(): Promise<void> {
  const to = await setting('pushedTo')
  if (to !== undefined) await keep('current', to)
  const open = await openPage()
  if (!open) {
    await self.clients.openWindow(`${PAGE}#requests`)
    return
  }
  await open.focus()
  open.postMessage('clicked')
}

async function openPage(): Promise<WindowClient | undefined> {
  const windows = await self.clients.matchAll({ type: 'window', includeUncontrolled: true })
  return windows.find(({ url }) => new URL(url).pathname === PAGE)
}

/** A page that the client has asked to renew does not wait for all others to close. */
self.addEventListener('message', (event) => {
  if (event.data === 'renew') event.waitUntil(self.skipWaiting())
})

self.addEventListener('pushsubscriptionchange', (event) => {
  // Typed as a plain event; that it can wait is in the Push API, section "The
  // pushsubscriptionchange event".
  ;(event as ExtendableEvent).waitUntil(resubscribe(self.registration))
})
