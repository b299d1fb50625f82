import { type Binding, keep, keepPushKey, listBindings } from '../server/bindings.ts'
import { type Act, sendPush } from '../server/server.ts'

/**
 * Whether notifications can reach this phone.
 *
 *   on           allowed and subscribed
 *   off          allowed or not yet asked, and not subscribed: one button away
 *   denied       the browser will not even ask again: only its settings help (R049)
 *   home-screen  iOS gives notifications only to an app on the home screen
 *   none         no push service here; requests still arrive while the app is open (R042)
 */
export type PushState = 'on' | 'off' | 'denied' | 'home-screen' | 'none'

type PushAct = Extract<Act, { act: 'push' }>

export async function pushState(
  registration: ServiceWorkerRegistration | null,
): Promise<PushState> {
  if (typeof Notification === 'undefined' || !registration?.pushManager) {
    return isIos() && !isInstalled() ? 'home-screen' : 'none'
  }
  if (Notification.permission === 'denied') return 'denied'
  const subscription = await registration.pushManager.getSubscription()
  return subscription && Notification.permission === 'granted' ? 'on' : 'off'
}

/**
 * Asks for permission and subscribes; to be called from a button. The server hears how it ended.
 */
export async function turnOn(
  registration: ServiceWorkerRegistration,
  binding: Binding,
): Promise<PushState> {
  if ((await Notification.requestPermission()) === 'granted') {
    await subscribe(registration.pushManager, binding.pushKey)
  }
  await report(registration, binding)
  return pushState(registration)
}

/**
 * Tells the server where this phone can be reached, at every opening: subscriptions change and end
 * without a word, on iOS above all.
 */
export async function report(
  registration: ServiceWorkerRegistration | null,
  binding: Binding,
): Promise<void> {
  const pushKey = await reportOnce(registration, binding)
  if (pushKey === null || pushKey === binding.pushKey) return
  // The server has another key for new subscriptions. One subscription serves all keys of this
  // phone: it is made anew once, and told for each of them.
  await keepPushKey(binding.issuer, pushKey)
  for (const one of await listBindings())
    if (!one.revoked && one.pushKey === pushKey) await reportOnce(registration, one)
}

/** @returns the key that the server has for new subscriptions, if it says so. */
async function reportOnce(
  registration: ServiceWorkerRegistration | null,
  binding: Binding,
): Promise<string | null> {
  const permission = typeof Notification === 'undefined' ? 'default' : Notification.permission
  if (permission === 'granted') await keep('allowed', true)
  const subscription = await currentSubscription(registration, binding)
  return await sendPush(binding, {
    act: 'push',
    permission,
    alerts: true,
    pushKey: binding.pushKey,
    subscription: subscription && (await wireOf(subscription)),
  })
}

async function currentSubscription(
  registration: ServiceWorkerRegistration | null,
  { pushKey }: Binding,
): Promise<PushSubscription | null> {
  const manager = registration?.pushManager
  if (!manager || Notification.permission !== 'granted') return null
  const subscription = await manager.getSubscription()
  if (!subscription) return subscribe(manager, pushKey)
  const key = subscription.options.applicationServerKey
  const { base64url } = await import('../key/jose.ts')
  if (key && base64url.encode(new Uint8Array(key)) === pushKey) return subscription
  await subscription.unsubscribe()
  return subscribe(manager, pushKey)
}

/** @returns `null` where the push service cannot be reached, as in China (R042). */
async function subscribe(manager: PushManager, pushKey: string): Promise<PushSubscription | null> {
  const { base64url } = await import('../key/jose.ts')
  const applicationServerKey = new Uint8Array(base64url.decode(pushKey))
  try {
    return await manager.subscribe({ userVisibleOnly: true, applicationServerKey })
  } catch (error) {
    if (error instanceof DOMException) return null
    throw error
  }
}

/** Ends the address that the phone has: the next one is new for push service and server. */
export async function unsubscribe(registration: ServiceWorkerRegistration): Promise<void> {
  await (await registration.pushManager?.getSubscription())?.unsubscribe()
}

/** @see RFC 8291, section 2: the two keys that a message is encrypted to */
async function wireOf(subscription: PushSubscription): Promise<PushAct['subscription']> {
  const { base64url } = await import('../key/jose.ts')
  const key = (name: PushEncryptionKeyName) => {
    const bytes = subscription.getKey(name)
    return bytes ? base64url.encode(new Uint8Array(bytes)) : ''
  }
  return { endpoint: subscription.endpoint, keys: { p256dh: key('p256dh'), auth: key('auth') } }
}

export const isIos = (): boolean =>
  /iPhone|iPad|iPod/.test(navigator.userAgent) ||
  (navigator.userAgent.includes('Macintosh') && navigator.maxTouchPoints > 1)

export const isAndroid = (): boolean => navigator.userAgent.includes('Android')

export const isInstalled = (): boolean => matchMedia('(display-mode: standalone)').matches

/** A notification of what is on the screen, or was answered, only misleads. */
export async function clearNotifications(
  registration: ServiceWorkerRegistration | null,
): Promise<void> {
  for (const notification of (await registration?.getNotifications?.()) ?? []) notification.close()
}

/** The browser ended a subscription by itself: make another, for each key of this phone. */
export async function resubscribe(registration: ServiceWorkerRegistration): Promise<void> {
  for (const binding of await listBindings()) {
    if (!binding.revoked) await report(registration, binding)
  }
}
