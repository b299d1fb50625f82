import { setTimeout as pause } from 'node:timers/promises'
import type { AuditEvent } from '#core/audit/audit.ts'
import { type Authenticator, FRESH } from '#core/devices/authenticator.ts'
import {
  type Enrolment,
  LONG_CODE_LENGTH,
  obstacle,
  opened,
  SHORT_CODE_LENGTH,
  stepOf,
  used,
} from '#core/devices/enrolment.ts'
import type { ContactKind } from '#core/contact/address.ts'
import { type EnrolmentId, newId } from '#core/ids.ts'
import type { Json } from '#core/json.ts'
import type { Refusal } from '#core/problems.ts'
import type { Session } from '#core/sessions/session.ts'
import { minutes } from '#core/time/time.ts'
import { readBase32 } from '#core/text/typed.ts'
import { provenContact } from '#engine/contact/addresses.ts'
import { PICTURES, takeAttempt } from '#engine/rate-limits.ts'
import { findLastingSession } from '#engine/sessions/sessions.ts'
import { type Bindable, bindingBy } from '#engine/devices/may-bind.ts'
import { waitOf } from '#engine/devices/migration.ts'
import { keyedHash, newCode } from '#engine/secrets.ts'
import { topicOfClient, topicOfEnrolment } from '#engine/wake-up-topics.ts'
import { findByTyped } from '#engine/devices/typed-code.ts'
import { labelOf, modelOf } from '#core/devices/device-name.ts'
import { endedByReturn } from '#engine/temporary-access/stand-ins.ts'
import { methodNamed, refusal, type World } from '#engine/world.ts'
import { listAuthenticators } from '#store/devices/authenticators.ts'
import { commitEnrolment, findEnrolment, findEnrolmentByToken } from '#store/devices/enrolments.ts'
import type { Bound } from '#methods/enrol.ts'
import { findStamp, type Standing } from '#store/security-stamp.ts'
import { findSubscriber } from '#store/subscribers/subscribers.ts'
import type { Versioned } from '#store/queries/versioned.ts'

/** The long code names an enrolment by itself, the short one only together with the user name. */
export type ActivationCode =
  | { readonly token: string }
  | { readonly userName: string; readonly code: string }

export interface StartedEnrolment {
  readonly ok: true
  readonly enrolment: Enrolment
  /** To be typed, with the user name. Shown once, stored as a keyed hash. */
  readonly code: string
  /** To be scanned. */
  readonly token: string
}

/** Invitations that one subscriber may make in an hour. */
export const PER_SUBSCRIBER = { name: 'enrolment-start', count: 10, per: minutes(60) } as const

interface Inviting {
  readonly method: string
  /** A digest of what was confirmed for it; without, nothing had to be. */
  readonly confirmed?: string | null
  /** The browser in which it was confirmed, as its logins bear it. */
  readonly confirmedIn?: string | null
}

/**
 * Invites an authenticator that is made elsewhere. Needs a session as strong as what the subscriber
 * has: a password alone binds the very first one, and never a second (S66).
 */
export async function startEnrolment(
  world: World,
  session: Session,
  { method, confirmed = null, confirmedIn = null }: Inviting,
): Promise<StartedEnrolment | Refusal> {
  const now = world.now()
  const { subscriberId } = session
  if (!world.methods.get(method)?.bind) return refusal('enrolment.not-allowed')
  const stamp = await findStamp(world.db, subscriberId)
  const allowed = await bindingBy(world, session, methodNamed(world, method))
  if (!allowed.ok) return allowed
  const { waits } = allowed
  const taken = await world.limits.take(PER_SUBSCRIBER, subscriberId)
  if (!taken.ok) return refusal('enrolment.too-many', taken.until)
  const code = newCode(world.random, SHORT_CODE_LENGTH)
  const token = newCode(world.random, LONG_CODE_LENGTH)
  const id = newId('enr', now, world.random)
  const enrolment = opened(
    {
      id,
      subscriberId,
      method,
      sessionId: session.id,
      drawn: null,
      waits,
      stamp,
      confirmed,
      confirmedIn,
      codeHash: keyedHash(world.keys, 'enrolment', `${subscriberId} ${code}`),
      tokenHash: keyedHash(world.keys, 'enrolment', token),
    },
    now,
  )
  const about = { subscriberId, within: session.id, enrolmentId: id, method }
  const event = { kind: 'enrolment.started', ...about } as const
  const commit = { now, enrolment: { value: enrolment, version: null }, events: [event] }
  if (!(await commitEnrolment(world.db, commit))) return refusal('enrolment.conflict')
  return { ok: true, enrolment, code, token }
}

/**
 * The enrolment that this session has begun. That of another session does not exist, even of the
 * same client: an attacker with a session neither sees what is shown once, nor uses up the tries,
 * nor gives it up (A9, A28).
 */
export async function findBegun(
  world: World,
  { id: sessionId, subscriberId }: Session,
  id: EnrolmentId,
): Promise<Versioned<Enrolment> | null> {
  const found = await findEnrolment(world.db, id)
  const isTheirs = found?.value.subscriberId === subscriberId && found.value.sessionId === sessionId
  return isTheirs ? found : null
}

/** Shows an enrolment to the session that began it. */
export async function viewEnrolment(
  world: World,
  session: Session,
  id: EnrolmentId,
): Promise<{ readonly ok: true; readonly enrolment: Enrolment } | Refusal> {
  const found = await findBegun(world, session, id)
  if (!found) return refusal('request.not-found')
  return { ok: true, enrolment: found.value }
}

/** Calls back when an enrolment may have changed. */
export function watchEnrolment(world: World, id: EnrolmentId, listener: () => void): () => void {
  return world.wakeUps.subscribe(topicOfEnrolment(id), listener)
}

export async function cancelEnrolment(
  world: World,
  session: Session,
  id: EnrolmentId,
): Promise<{ readonly ok: true } | Refusal> {
  const found = await findBegun(world, session, id)
  if (!found) return refusal('request.not-found')
  if (found.value.state !== 'open') return { ok: true }
  const event = stepOf(found.value, 'cancelled', session.id)
  const enrolment = {
    value: { ...found.value, state: 'cancelled' as const },
    version: found.version,
  }
  const done = await commitEnrolment(world.db, { now: world.now(), enrolment, events: [event] })
  return done ? { ok: true } : refusal('enrolment.conflict')
}

export interface Activation {
  readonly ok: true
  readonly enrolment: Enrolment
  readonly version: number
  readonly userName: string
}

/**
 * Finds the invitation of a code, without using it up. What strangers type is counted and slowed;
 * it touches neither the invitation nor the picture of it (A28).
 */
export async function openActivation(
  world: World,
  { activation, address }: { readonly activation: ActivationCode; readonly address: string },
): Promise<Activation | Refusal> {
  const now = world.now()
  const found = await findByCode(world, activation, address)
  if ('problem' in found) return found
  const problem = obstacle(found.value, now)
  if (problem) return refusal(problem)
  const subscriber = await findSubscriber(world.db, found.value.subscriberId)
  if (!subscriber) throw new Error('an enrolment without a subscriber')
  const { userName } = subscriber.value
  return { ok: true, enrolment: found.value, version: found.version, userName }
}

export interface Offered extends Activation {
  /** Whether another one stops as soon as this one is there. */
  readonly replaces: boolean
}

/**
 * What a device is offered before its holder chooses a PIN for it. What stands in the way of
 * completing it is said now, and again when it is completed.
 */
export async function offerActivation(
  world: World,
  asked: { readonly activation: ActivationCode; readonly address: string },
): Promise<Offered | Refusal> {
  const found = await openActivation(world, asked)
  if (!found.ok) return found
  const { method, subscriberId, waits } = found.enrolment
  const wanted = methodNamed(world, method)
  const obstacle = await obstacleToCompleting(world, found.enrolment, wanted)
  if (obstacle) return obstacle
  const held = await listAuthenticators(world.db, subscriberId)
  const stops = ({ value }: Versioned<Authenticator>) =>
    value.method === method && value.lifecycle === 'active'
  return { ...found, replaces: wanted.onePerSubscriber && !waits && held.some(stops) }
}

/**
 * The authenticator presents itself with the code. It is bound and the invitation used up in one
 * commit; where a method allows one only, the authenticator before it is revoked in the same
 * commit, so that there is never none and never two (R060).
 */
export async function completeActivation(
  world: World,
  activating: {
    readonly activation: ActivationCode
    readonly address: string
    readonly request: Json
  },
): Promise<{ readonly ok: true; readonly authenticator: Authenticator } | Refusal> {
  const found = await openActivation(world, activating)
  if (!found.ok) return found
  const now = world.now()
  const { method, id: enrolmentId } = found.enrolment
  const binding = { now, audience: world.settings.issuer, enrolment: enrolmentId }
  const bound = await methodNamed(world, method).bind?.(activating.request, binding)
  if (!bound?.ok) return refusal(bound?.problem ?? 'enrolment.not-allowed')
  const invitation = { value: found.enrolment, version: found.version }
  const wanted = methodNamed(world, method)
  return await bindAuthenticator(world, { invitation, bound, wanted })
}

/** An invitation, what has answered it, and how strong a session has to be for that. */
interface Completing {
  readonly invitation: Versioned<Enrolment>
  readonly bound: Extract<Bound, { ok: true }>
  readonly wanted: Bindable
}

/**
 * Why an invitation may not be completed now, though it was allowed when it was begun; `null` when
 * it may. The session must not have ended, and rights, holds and strength are asked anew. What is
 * read here cannot change before the commit: that is held to the security stamp of the invitation.
 *
 * A session that was idle for a while has not ended: its client is at the phone. An
 * invitation lives for ten minutes at most.
 */
async function obstacleToCompleting(
  world: World,
  { sessionId, waits }: Pick<Enrolment, 'sessionId' | 'waits'>,
  wanted: Bindable,
): Promise<Refusal | null> {
  const session = await findLastingSession(world, sessionId)
  if (!session) return refusal('enrolment.expired')
  const allowed = await bindingBy(world, session, wanted)
  if (!allowed.ok) return allowed
  return allowed.waits && !waits ? refusal('enrolment.too-weak') : null
}

/** What the commit of a completed invitation rests on. */
const standingOf = ({ subscriberId, stamp, sessionId: within }: Enrolment): Standing => ({
  subscriberId,
  stamp,
  within,
})

/** Binds what has proven itself, and uses its invitation up, in one commit. */
export async function bindAuthenticator(
  world: World,
  { invitation: { value: enrolment, version }, bound, wanted }: Completing,
): Promise<{ readonly ok: true; readonly authenticator: Authenticator } | Refusal> {
  const now = world.now()
  const { subscriberId, method, id: enrolmentId, sessionId } = enrolment
  const obstacle = await obstacleToCompleting(world, enrolment, wanted)
  if (obstacle) return obstacle
  const label = labelOf(bound.label)
  if (label === null) return refusal('authenticator.label')
  const id = newId('aut', now, world.random)
  const wait = enrolment.waits ? await waitOf(world, subscriberId) : null
  const authenticator: Authenticator = {
    ...FRESH,
    id,
    method,
    label,
    model: modelOf(bound.model),
    state: bound.state,
    createdAt: now,
    expiresAt: bound.expiresAt ?? null,
    pendingUntil: wait?.until ?? null,
  }
  const replaced = await replacedBy(world, authenticator, subscriberId)
  const proven = await addressOf(world, enrolment, bound)
  const ids = replaced.map(({ value }) => value.id)
  const fact = { subscriberId, within: sessionId, authenticatorId: id, method }
  const event: AuditEvent = wait
    ? { kind: 'authenticator.waiting', ...fact, ...wait, replaced: ids }
    : { kind: 'authenticator.bound', ...fact, replaced: ids }
  const done = await commitEnrolment(world.db, {
    now,
    enrolment: { value: used(enrolment, id), version },
    bind: { authenticator, subscriberIds: [subscriberId] },
    revoke: replaced.map(({ value, version }) => ({
      value: { ...value, lifecycle: 'revoked' as const },
      version,
    })),
    // Other sessions were opened with what counts no more (S85).
    ended: { by: wait ? 'device-waiting' : 'device-bound', ...standingOf(enrolment) },
    ...(proven && { contact: proven.change }),
    events: [event, ...(proven ? [proven.event] : [])],
  })
  if (!done) return refusal('enrolment.conflict')
  world.wakeUps.publish(topicOfEnrolment(enrolmentId))
  // The one that is to be replaced hears of it at once, and can say no.
  world.wakeUps.publish(topicOfClient(subscriberId))
  return { ok: true, authenticator }
}

/** What binding has verified is the address of record from now on (R080, R084). */
async function addressOf(
  world: World,
  { subscriberId, method, sessionId: within }: Enrolment,
  { address }: Extract<Bound, { ok: true }>,
) {
  const kind = methodNamed(world, method).verifies
  if (kind === undefined || address === undefined) return null
  return await provenContact(world, { subscriberId, kind, value: address, within })
}

/** An address was proven and nothing is bound: the invitation is used up with it, in one commit. */
export async function confirmAddress(
  world: World,
  { value: enrolment, version }: Versioned<Enrolment>,
  {
    kind,
    address: value,
    wanted,
  }: { readonly kind: ContactKind; readonly address: string; readonly wanted: Bindable },
): Promise<{ readonly ok: true } | Refusal> {
  const { subscriberId, sessionId: within } = enrolment
  const obstacle = await obstacleToCompleting(world, enrolment, wanted)
  if (obstacle) return obstacle
  const proven = await provenContact(world, { subscriberId, kind, value, within })
  const done = await commitEnrolment(world.db, {
    now: world.now(),
    standing: standingOf(enrolment),
    enrolment: { value: used(enrolment, null), version },
    ...(proven && { contact: proven.change }),
    events: proven ? [proven.event] : [],
  })
  return done ? { ok: true } : refusal('enrolment.conflict')
}

/**
 * All of the same method, and temporary access; a phone that waits replaces only another that
 * waits.
 */
async function replacedBy(
  world: World,
  { method, pendingUntil }: Authenticator,
  subscriberId: Enrolment['subscriberId'],
): Promise<readonly Versioned<Authenticator>[]> {
  const held = await listAuthenticators(world.db, subscriberId)
  const { onePerSubscriber } = methodNamed(world, method)
  // Temporary access goes on until the new device counts.
  const ended = pendingUntil === null ? endedByReturn(world, method, held) : []
  const replaced = held
    .filter(({ value }) => onePerSubscriber && value.method === method)
    .filter(({ value }) => value.lifecycle !== 'revoked')
    .filter(({ value }) => pendingUntil === null || value.pendingUntil !== null)
  return [...replaced, ...ended.filter((one) => !replaced.includes(one))]
}

async function findByCode(
  world: World,
  activation: ActivationCode,
  address: string,
): Promise<Versioned<Enrolment> | Refusal> {
  if ('token' in activation) {
    const hash = keyedHash(world.keys, 'enrolment', readBase32(activation.token))
    const found = await findEnrolmentByToken(world.db, hash)
    // Only a picture that does not exist is counted: its holder never waits for what others do at
    // this address.
    const slowed = found ? null : await takeAttempt(world, { address, nameKey: '' }, PICTURES)
    return found ?? slowed ?? refusal('enrolment.wrong-code')
  }
  // What is looked up and written takes longer for a client than for an unknown name; the response
  // does not (A1).
  const [found] = await Promise.all([findByTyped(world, activation, address), pause(EVEN_MS)])
  return found
}

/**
 * Longer than a code is ever judged, and too short to be noticed by a client who has just typed
 * one.
 */
const EVEN_MS = 50
