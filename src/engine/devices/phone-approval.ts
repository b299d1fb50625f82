import type { Language } from '#core/subscribers/account.ts'
import type { Authenticator, Lifecycle } from '#core/devices/authenticator.ts'
import { type AuthenticatorId, isId, type LoginId, type SubscriberId } from '#core/ids.ts'
import type { Json } from '#core/json.ts'
import type { Login } from '#core/login/state.ts'
import type { Refusal } from '#core/problems.ts'
import { type Instant, minutes, seconds } from '#core/time/time.ts'
import { retryStale } from '#engine/retry.ts'
import { answerAndNote, type AnsweredLogin, answerFromDevice } from '#engine/login/answer.ts'
import { stoppedFor } from '#engine/endings.ts'
import { stopSuccessor, successorOf } from '#engine/devices/migration.ts'
import { topicOfClient, topicOfLogin, topicOfPhone } from '#engine/wake-up-topics.ts'
import { methodNamed, refusal, type World } from '#engine/world.ts'
import {
  type BoundAuthenticator,
  commitAuthenticators,
  findAuthenticator,
} from '#store/devices/authenticators.ts'
import { listAnswered, listOpenChallenges, recordReceipt } from '#store/login/logins.ts'
import {
  findPush,
  noteDeviceRequest,
  savePush as storePush,
} from '#store/devices/phone-channels.ts'
import { findSubscriber } from '#store/subscribers/subscribers.ts'

/**
 * The door of authenticators that speak for themselves: the phone answers the same challenge as the
 * page.
 */

/** A request as the door read it: unproven until `authenticate` has opened it. */
export interface SignedByDevice {
  readonly authenticatorId: string
  readonly signed: string
  /** What the address says that it asks. */
  readonly act: string
}

export interface DeviceCall {
  readonly ok: true
  readonly authenticator: Authenticator
  readonly version: number
  readonly subscriberIds: readonly SubscriberId[]
  readonly payload: DevicePayload
}

/** The members that every device request has; the door has parsed the rest. */
export interface DevicePayload {
  readonly aud: string
  readonly act: string
  readonly time: number
  readonly before: readonly number[]
  readonly [key: string]: Json
}

/** A device clock may be this far off; it learns the server's time with each answer (S42, S99). */
const CLOCK_SKEW_MAX = seconds(60)
/** Requests of one phone: an open app asks a few times a minute. */
const PER_PHONE = { name: 'phone-requests', count: 120, per: minutes(1) } as const

/**
 * Proves who sent a request: signed by the device key of an authenticator that is still valid,
 * meant for this server, for this address, now, and for the first time.
 */
export async function authenticateDevice(
  world: World,
  signed: SignedByDevice,
): Promise<DeviceCall | Refusal> {
  const call = await proveDevice(world, signed)
  return call.ok ? ((await repeated(world, call)) ?? call) : call
}

/** The same, but for the first time or not: what it asks for notes that (`answerRequest`). */
export async function proveDevice(
  world: World,
  { authenticatorId, signed, act }: SignedByDevice,
): Promise<DeviceCall | Refusal> {
  const now = world.now()
  if (!isId('aut', authenticatorId)) return refusal('phone.unsigned')
  const found = await findAuthenticator(world.db, authenticatorId)
  const device = found && methodNamed(world, found.value.method).device
  const payload = device ? await device.open(found.value.state, signed) : null
  if (!found || !isDevicePayload(payload)) return refusal('phone.unsigned')
  if (payload.aud !== world.settings.issuer || payload.act !== act) return refusal('phone.unsigned')
  // A signature of a key that was good once: its holder may know that it is no longer.
  if (!(await isHeard(world, found, act))) return refusal('phone.revoked')
  if (Math.abs(now - payload.time) > CLOCK_SKEW_MAX) return refusal('phone.clock')
  const taken = await world.limits.take(PER_PHONE, authenticatorId)
  if (!taken.ok) return refusal('phone.too-many', taken.until)
  const { value: authenticator, version, subscriberIds } = found
  return { ok: true, authenticator, version, subscriberIds, payload }
}

/** Notes a request. @returns why it does not count, or `null` when it came for the first time. */
async function repeated(world: World, call: DeviceCall): Promise<Refusal | null> {
  const noted = await noteDeviceRequest(world.db, call.authenticator.id, call.payload)
  if (noted === 'copied') return await disableCopied(world, call.authenticator.id)
  return noted === 'noted' ? null : refusal('phone.replayed')
}

const boundOf = ({ authenticator: value, version, subscriberIds }: DeviceCall) => ({
  value,
  version,
  subscriberIds,
})

/**
 * Whether a device is heard at all: while it is active; and after it was reported lost, for as long
 * as another waits to take its place, because the thief may have reported it. Or the thief has it:
 * so it sees what is asked and denies it, and no more.
 */
async function isHeard(
  world: World,
  { value, subscriberIds }: BoundAuthenticator,
  act: string,
): Promise<boolean> {
  if (value.lifecycle !== 'suspended') return value.lifecycle === 'active'
  if (!HEARD_WHEN_LOST.includes(act)) return false
  const successors = await Promise.all(subscriberIds.map((id) => successorOf(world, id)))
  return successors.some((one) => one !== null)
}

const HEARD_WHEN_LOST = ['list', 'events', 'push', 'received', 'opened', 'answer', 'call', 'stop']

/**
 * A copy of the device has signed what this one knows nothing of. They cannot be told apart: both
 * stop and neither comes back, because a key that two have proves nothing, and every session ends:
 * the copy may have opened it.
 */
async function disableCopied(world: World, id: AuthenticatorId): Promise<Refusal> {
  return await retryStale<Refusal>('authenticator.conflict', async () => {
    const found = await findAuthenticator(world.db, id)
    if (!found || !ENDS_BY_A_COPY.includes(found.value.lifecycle)) return refusal('phone.copied')
    const { value, version, subscriberIds: holders } = found
    const all = await stoppedFor(world, { by: 'device-stopped', actor: 'device', id, holders })
    const kind = 'authenticator.copied'
    const events = holders.map(
      (subscriberId) => ({ kind, subscriberId, authenticatorId: id }) as const,
    )
    const disabled = { value: { ...value, lifecycle: 'disabled' as const }, version }
    const done = await commitAuthenticators(world.db, {
      now: world.now(),
      changed: [disabled, ...all.flatMap(({ changed }) => changed)],
      ended: all.map(({ ended }) => ended),
      events: [...events, ...all.flatMap((one) => one.events)],
    })
    if (!done) return 'stale'
    for (const holder of holders) world.wakeUps.publish(topicOfClient(holder))
    return refusal('phone.copied')
  })
}

const ENDS_BY_A_COPY: readonly Lifecycle[] = ['active', 'suspended']

function isDevicePayload(payload: Json): payload is DevicePayload & Json {
  if (payload === null || typeof payload !== 'object' || !('act' in payload)) return false
  return (
    typeof payload.aud === 'string' &&
    typeof payload.act === 'string' &&
    Number.isSafeInteger(payload.time) &&
    Array.isArray(payload.before) &&
    payload.before.every(Number.isSafeInteger)
  )
}

/** Everything that waits for this authenticator, and what it was asked lately (R043). */
export interface DeviceList {
  /**
   * The one that waits to take its place, if this one could stop it; or until when it waits itself.
   */
  readonly successor: { readonly label: string; readonly until: Instant } | null
  readonly waitsUntil: Instant | null
  /** What its holder has chosen; `null` for nothing, or where several hold it. */
  readonly language: Language | null
  readonly requests: readonly Json[]
  readonly earlier: readonly Login[]
  readonly push: 'on' | 'off'
  /** Whether we can prove ourselves to it while it has no connection. */
  readonly desk: 'on' | 'off'
}

const EARLIER_MAX = 10

export async function listRequests(
  world: World,
  { authenticator, subscriberIds }: Pick<DeviceCall, 'authenticator' | 'subscriberIds'>,
): Promise<DeviceList> {
  const now = world.now()
  const { id, method, state } = authenticator
  const [first, ...others] = subscriberIds
  const only = others.length === 0 ? first : undefined
  const [open, earlier, push, holder] = await Promise.all([
    listOpenChallenges(world.db, id, now),
    listAnswered(world.db, id, EARLIER_MAX),
    findPush(world.db, id),
    only ? findSubscriber(world.db, only) : null,
  ])
  const requests = open
    .map(({ value }) =>
      value.state === 'challenged' ? requestOf(world, method, value.challenge.expected) : null,
    )
    .filter((request) => request !== null)
  const successors = await Promise.all(subscriberIds.map((one) => successorOf(world, one)))
  const successor = successors.find((one) => one !== null && one.id !== id)
  const { pendingUntil: waitsUntil } = authenticator
  return {
    requests,
    earlier,
    push: push?.subscription ? 'on' : 'off',
    desk: methodNamed(world, method).device?.desk?.knows(state) ? 'on' : 'off',
    waitsUntil,
    language: holder?.value.hasChosenLanguage ? holder.value.language : null,
    successor: successor?.pendingUntil
      ? { label: successor.label, until: successor.pendingUntil }
      : null,
  }
}

function requestOf(world: World, method: string, expected: Json): Json | null {
  const request = methodNamed(world, method).device?.request(expected) ?? null
  const over = (request as { expiresAt?: number } | null)?.expiresAt ?? Number.POSITIVE_INFINITY
  return world.now() < over ? request : null
}

/** The holder says that the phone that waits to take the place of this one is not theirs. */
export async function stopFromDevice(
  world: World,
  { subscriberIds }: Pick<DeviceCall, 'subscriberIds'>,
): Promise<{ readonly ok: true } | Refusal> {
  let stopped: { readonly ok: true } | Refusal = refusal('authenticator.not-found')
  for (const subscriberId of subscriberIds) {
    const one = await stopSuccessor(world, { subscriberId, by: 'device', spare: null })
    if (one.ok) stopped = one
  }
  return stopped
}

/** The phone has it, or shows it: the waiting page says so. */
export async function noteReceipt(
  world: World,
  authenticatorId: AuthenticatorId,
  { transaction, kind }: { readonly transaction: string; readonly kind: 'received' | 'opened' },
): Promise<{ readonly ok: true } | Refusal> {
  const now = world.now()
  const open = await listOpenChallenges(world.db, authenticatorId, now)
  const login = open.find(({ value }) => value.id === transaction)?.value
  if (login?.state !== 'challenged') return refusal('phone.request-not-found')
  const { openedAt } = login.challenge
  await recordReceipt(world.db, { loginId: login.id, openedAt, kind, at: now })
  world.wakeUps.publish(topicOfLogin(login.id))
  return { ok: true }
}

/**
 * Approves, denies, says "it was not me", or has the number of the page checked. A request that
 * `proveDevice` has proven is noted with its answer, in one commit; and by itself where that cannot
 * be.
 */
export async function answerRequest(
  world: World,
  call: DeviceCall,
  { transaction, signed }: { readonly transaction: string; readonly signed: string },
): Promise<{ readonly ok: true; readonly outcome: Outcome } | Refusal> {
  const id = isId('log', transaction) ? transaction : null
  const answered = await answeredOnce(world, call, { id, answer: { approval: signed } })
  if (answered.ok) {
    const isOpen = answered.login.state === 'challenged'
    return { ok: true, outcome: isOpen ? 'matched' : 'approved' }
  }
  const { problem } = answered
  return problem === 'login.denied' || problem === 'login.not-me'
    ? { ok: true, outcome: 'denied' }
    : answered
}

type Outcome = 'approved' | 'matched' | 'denied'

async function answeredOnce(
  world: World,
  call: DeviceCall,
  { id, answer }: { readonly id: LoginId | null; readonly answer: unknown },
): Promise<AnsweredLogin> {
  const device = boundOf(call)
  const answered = id && (await answerAndNote(world, { id, device, answer, request: call.payload }))
  if (answered) return answered
  const refused = await repeated(world, call)
  if (refused) return refused
  if (!id) return refusal('phone.request-not-found')
  return await answerFromDevice(world, { id, from: device.value.id, answer })
}

export interface PushSubscription {
  readonly endpoint: string
  readonly keys: { readonly p256dh: string; readonly auth: string }
}

/** What the holder said when the phone asked whether it may notify. */
export type Permission = 'granted' | 'denied' | 'default'

const FIRST_KEY = 1

/** Remembers where notifications for this phone go, or that they cannot (R049). */
export async function savePush(
  world: World,
  authenticatorId: AuthenticatorId,
  push: {
    readonly subscription: PushSubscription | null
    readonly permission: Permission
    /** Whether the app shows alerts too. */
    readonly alerts?: boolean
    /** The key of ours that it was made with; apps of earlier versions had one for good. */
    readonly pushKey?: string
  },
): Promise<{ readonly ok: true } | Refusal> {
  const { permission, alerts = false, pushKey } = push
  const { vapidNamed, vapidOf } = world.serverKeys
  const key = pushKey === undefined ? vapidOf(FIRST_KEY) : vapidNamed(pushKey)
  // With a key that is retired nothing can be sent there.
  const subscription = key && push.subscription
  if (subscription && !world.settings.pushHosts.some((host) => isOn(subscription.endpoint, host))) {
    return refusal('phone.push-endpoint')
  }
  const kept = subscription && {
    endpoint: subscription.endpoint,
    keys: { ...subscription.keys },
    ...(alerts && { alerts }),
  }
  await storePush(world.db, authenticatorId, {
    subscription: kept,
    ...(key && { key: key.id }),
    permission,
    seenAt: world.now(),
  })
  return { ok: true }
}

/**
 * Whether a push address is https on the standard port of an allowed host: the server will call it,
 * so it must not be led elsewhere (A20).
 *
 * @param host a name, or `*.` and a name for everything below it.
 */
export function isOn(endpoint: string, host: string): boolean {
  if (!URL.canParse(endpoint)) return false
  const { protocol, hostname, port, username, password } = new URL(endpoint)
  if (protocol !== 'https:' || port !== '' || username !== '' || password !== '') return false
  return host.startsWith('*.') ? hostname.endsWith(host.slice(1)) : hostname === host
}

/** Calls back when the list of this phone, or what its clients may do with it, may have changed. */
export function watchPhone(
  world: World,
  { authenticator, subscriberIds }: DeviceCall,
  listener: () => void,
): () => void {
  const topics = [topicOfPhone(authenticator.id), ...subscriberIds.map(topicOfClient)]
  const stops = topics.map((topic) => world.wakeUps.subscribe(topic, listener))
  return () => {
    for (const stop of stops) stop()
  }
}
