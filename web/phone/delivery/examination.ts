import type { Examination, PhoneFacts, PhoneTest } from '#core/delivery/phone-check.ts'
import type { PhoneChecked } from '#methods/phone-key/wire.ts'
import { type Binding, clockOf, setting } from '../server/bindings.ts'
import { type Inbox, openRequests } from '../server/inbox.ts'
import { isAndroid, isInstalled, isIos, report, unsubscribe } from './push.ts'
import { askCheck, type Heard, type Trouble } from '../server/server.ts'
import { registered } from './worker.ts'

/** What this phone knows of the way of its notifications (R044), and what it can put right. */

/** How long a test may take, and how old one may be that still says something. */
const TEST_PATIENCE_MS = 30_000
const TEST_OLD_MS = 15 * 60_000

/** No answer, or none of ours. */
const UNREACHED: readonly Trouble[] = ['offline', 'forged', 'service.failed']

export async function factsOf(
  binding: Binding,
  inbox: Inbox,
): Promise<{ readonly facts: PhoneFacts; readonly heard: Heard<PhoneChecked> }> {
  const heard = await askCheck(binding, 'check')
  const known = heard.ok ? heard.value : null
  const isReached = heard.ok || !UNREACHED.includes(heard.problem)
  const registration = await registrationNow()
  const permission = permissionOf(registration)
  const { offset_ms } = await clockOf(binding.authenticator)
  return {
    heard,
    facts: {
      connection: isReached ? 'reached' : navigator.onLine ? 'unreached' : 'offline',
      clockAhead: isReached ? -offset_ms : null,
      worker: workerOf(registration),
      permission,
      wasAllowed: (await setting('allowed')) ?? false,
      subscription: await subscriptionOf(registration, known),
      seamless: known?.seamless ?? null,
      waiting: heard.ok ? openRequests(inbox, Date.now()).length : null,
      storage: await storageOf(),
      // Where it has to be there, that is a finding of its own; a computer has no home screen.
      isInstalled: systemOf() === 'other' || permission === 'home-screen' ? null : isInstalled(),
      test: known?.test ? lastTest(known.test, known.time) : null,
    },
  }
}

async function registrationNow(): Promise<ServiceWorkerRegistration | null> {
  const workers = navigator.serviceWorker as ServiceWorkerContainer | undefined
  return (await workers?.getRegistration('/phone').catch(() => undefined)) ?? null
}

function workerOf(registration: ServiceWorkerRegistration | null): PhoneFacts['worker'] {
  if (!('serviceWorker' in navigator)) return null
  if (registration?.waiting && registration.active) return 'waiting'
  // One that is being installed for the first time is not broken.
  return registration?.active || registration?.installing ? 'active' : 'broken'
}

function permissionOf(registration: ServiceWorkerRegistration | null): PhoneFacts['permission'] {
  const isThere = typeof Notification !== 'undefined' && 'PushManager' in globalThis
  if (!isThere || registration?.pushManager === undefined) {
    // A worker that does not run hides it: that is the finding then.
    if (isThere && !registration) return Notification.permission
    return isIos() && !isInstalled() ? 'home-screen' : 'none'
  }
  return Notification.permission
}

async function subscriptionOf(
  registration: ServiceWorkerRegistration | null,
  known: PhoneChecked | null,
): Promise<PhoneFacts['subscription']> {
  if (!registration?.pushManager) return null
  const own = await registration.pushManager.getSubscription()
  if (!own) return 'missing'
  if (!known) return null
  const { base64url } = await import('../key/jose.ts')
  const bytes = new TextEncoder().encode(own.endpoint)
  const hash = base64url.encode(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)))
  return hash === known.subscription ? 'same' : 'other'
}

async function storageOf(): Promise<PhoneFacts['storage']> {
  const storage = navigator.storage as StorageManager | undefined
  const isKept = await storage?.persisted?.().catch(() => undefined)
  return isKept === undefined ? null : isKept ? 'kept' : 'may-go'
}

/** An old test says nothing of today. */
function lastTest(test: PhoneTest, server_ms: number): PhoneFacts['test'] {
  const age_ms = server_ms - test.sentAt
  return age_ms > TEST_OLD_MS ? null : { ...test, isOver: age_ms > TEST_PATIENCE_MS }
}

export const systemOf = (): Examination['system'] =>
  isIos() ? 'ios' : isAndroid() ? 'android' : 'other'

/**
 * The forced re-sync (R039), from a button: worker, permission, address and storage, each anew
 * where it was not well.
 *
 * @returns `renewed` when a newer app has taken over: the page has to be loaded again.
 */
export async function repair(binding: Binding, facts: PhoneFacts): Promise<'renewed' | 'done'> {
  // First: a browser lets a page ask for as long as the press of the button is fresh.
  if (facts.permission === 'default') await Notification.requestPermission()
  await navigator.storage?.persist?.().catch(() => false)
  if (facts.worker === 'broken') await (await registrationNow())?.unregister()
  const registration = await registered()
  if (registration?.waiting) {
    registration.waiting.postMessage('renew')
    return 'renewed'
  }
  if (registration?.pushManager && facts.subscription !== 'same') await unsubscribe(registration)
  else if (registration && facts.test && facts.test.shownAt === null)
    await unsubscribe(registration)
  await report(registration, binding)
  return 'done'
}
