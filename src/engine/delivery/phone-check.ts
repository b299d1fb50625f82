import { createHash } from 'node:crypto'
import type { Delivered } from '#channels/channel.ts'
import type { AuditEvent } from '#core/audit/audit.ts'
import {
  type Examination,
  NO_FACTS,
  type PhoneFacts,
  type PhoneTest,
  type Taking,
  testReached,
  type TestStage,
} from '#core/delivery/phone-check.ts'
import type { AuthenticatorId, SessionId, SubscriberId } from '#core/ids.ts'
import type { Refusal } from '#core/problems.ts'
import type { Language } from '#core/subscribers/account.ts'
import { after, days, type Instant, minutes, seconds } from '#core/time/time.ts'
import { pushedTo } from '#engine/delivery/outbox.ts'
import { retryStale } from '#engine/retry.ts'
import type { Session } from '#core/sessions/session.ts'
import { refusal, type World } from '#engine/world.ts'
import { commitPhoneCheck, findPhoneCheck, type PhoneCheck } from '#store/delivery/phone-checks.ts'
import { findAuthenticator } from '#store/devices/authenticators.ts'
import { findPush, forgetPush } from '#store/devices/phone-channels.ts'
import { findSubscriber } from '#store/subscribers/subscribers.ts'

/** Why notifications do not reach a phone: what the server knows, and a test from end to end. */

interface Holders {
  readonly id: AuthenticatorId
  readonly subscriberIds: readonly SubscriberId[]
}

/** What the phone compares with what it has itself. */
export interface ServerSide {
  /** The switch of its holder (R038); `null` where several hold the phone. */
  readonly seamless: boolean | null
  /** SHA-256 of the address for notifications, as base64url; `null` where there is none. */
  readonly subscription: string | null
  readonly test: PhoneTest | null
}

export async function serverSideOf(
  world: Pick<World, 'db'>,
  { id, subscriberIds }: Holders,
): Promise<ServerSide> {
  const [push, { value }, seamless] = await Promise.all([
    findPush(world.db, id),
    findPhoneCheck(world.db, id),
    seamlessOf(world, subscriberIds),
  ])
  const { endpoint = null } = (push?.subscription ?? {}) as { readonly endpoint?: string }
  const hash = endpoint && createHash('sha256').update(endpoint).digest('base64url')
  return { seamless, subscription: hash, test: value.test }
}

async function seamlessOf(
  { db }: Pick<World, 'db'>,
  [first, ...others]: readonly SubscriberId[],
): Promise<boolean | null> {
  if (first === undefined || others.length > 0) return null
  return (await findSubscriber(db, first))?.value.seamless ?? null
}

/** A test rings the phone: often enough to try what helps, and too seldom to be a nuisance. */
const TESTS = { name: 'phone-tests', count: 5, per: minutes(10) } as const

/**
 * Asked for in the portal it is counted by itself: an attacker with a session of the client does
 * not use up the tests of the phone.
 */
const PORTAL_TESTS = { name: 'phone-tests-portal', count: 3, per: minutes(10) } as const

/** A push service that holds a test for longer than this has not brought it. */
const TEST_PATIENCE = seconds(30)

/**
 * Sends a notification that asks for nothing. It is no request: no login, no task and no limit of
 * theirs knows of it.
 */
export async function sendTest(world: World, holders: Holders): Promise<Tested> {
  return await testPhone(world, holders, null)
}

/** The same, asked for by a client in the portal who has the phone at hand and another screen. */
export async function sendTestFromPortal(
  world: World,
  session: Pick<Session, 'id' | 'subscriberId'>,
  id: AuthenticatorId,
): Promise<Tested> {
  const bound = await findAuthenticator(world.db, id)
  if (!bound?.subscriberIds.includes(session.subscriberId))
    return refusal('authenticator.not-found')
  if (!world.methods.get(bound.value.method)?.device) return refusal('authenticator.not-found')
  return await testPhone(world, { id, subscriberIds: bound.subscriberIds }, session.id)
}

type Tested = { readonly ok: true; readonly test: PhoneTest } | Refusal

async function testPhone(
  world: World,
  { id, subscriberIds }: Holders,
  within: SessionId | null,
): Promise<Tested> {
  const limited = await world.limits.take(within === null ? TESTS : PORTAL_TESTS, id)
  if (!limited.ok) return refusal('phone.too-many', limited.until)
  const [holder] = subscriberIds
  const language = (holder && (await findSubscriber(world.db, holder))?.value.language) ?? 'en'
  const test: PhoneTest = { ...NEW_TEST, id: newTestId(world.random), sentAt: world.now() }
  const events = subscriberIds.map(
    (subscriberId) =>
      ({ kind: 'authenticator.tested', subscriberId, authenticatorId: id }) as const,
  )
  // The phone may be faster than the answer of its push service.
  const begun = await change(world, id, { to: (before) => ({ ...before, test }), events, within })
  if (!begun.ok) return begun
  const taken = await takenOf(world, id, { test: test.id, language })
  const takenAt = world.now()
  const sent = await change(world, id, {
    to: (before) =>
      before.test?.id === test.id ? { ...before, test: { ...before.test, taken, takenAt } } : null,
  })
  if (!sent.ok) return sent
  return { ok: true, test: sent.value.test ?? { ...test, taken, takenAt } }
}

const NEW_TEST = { taken: null, takenAt: null, receivedAt: null, shownAt: null, openedAt: null }

const newTestId = (random: World['random']): string =>
  Buffer.from(random(TEST_ID_LENGTH_BYTES)).toString('base64url')
const TEST_ID_LENGTH_BYTES = 16

/** What the push service says, at once: what is late is of no use to a client who waits. */
async function takenOf(
  world: World,
  id: AuthenticatorId,
  payload: { readonly test: string; readonly language: Language },
): Promise<Taking> {
  const [push, channel] = [await findPush(world.db, id), world.channels.get('web-push')]
  if (!push?.subscription || !channel) return 'none'
  const address = pushedTo(id, push)
  const delivered = await channel.deliver({ id: payload.test, address, payload })
  const { outcome } = delivered
  if (outcome === 'gone') await forgetPush(world.db, id, push.subscription)
  // It asks us to wait for longer than the test is worth anything: it refuses nothing.
  if (outcome === 'failed' && delivered.reason === 'expired') return 'later'
  return TAKEN[outcome]
}

const TAKEN = {
  sent: 'taken',
  gone: 'gone',
  failed: 'refused',
  later: 'later',
} as const satisfies Readonly<Record<Delivered['outcome'], Taking>>

/** The phone has the test, shows it, or its holder has tapped it. */
export async function noteTested(
  world: World,
  id: AuthenticatorId,
  { test, stage }: { readonly test: string; readonly stage: TestStage },
): Promise<{ readonly ok: true } | Refusal> {
  const at = world.now()
  const noted = await change(world, id, {
    to: (before) =>
      before.test?.id === test ? { ...before, test: testReached(before.test, stage, at) } : null,
  })
  if (!noted.ok) return noted
  return noted.value.test?.id === test ? { ok: true } : refusal('phone.request-not-found')
}

/** Each is a line among what its client has done: many would hide what they have to see there. */
const EXAMINATIONS = { name: 'phone-examinations', count: 10, per: days(1) } as const

/** Keeps what a phone has found of itself, for the desk to read (R044). */
export async function keepExamination(
  world: World,
  { id, subscriberIds }: Holders,
  found: Omit<Examination, 'at'>,
): Promise<{ readonly ok: true } | Refusal> {
  const limited = await world.limits.take(EXAMINATIONS, id)
  if (!limited.ok) return refusal('phone.too-many', limited.until)
  const examination = { ...found, at: world.now() }
  const { findings } = found
  const events = subscriberIds.map(
    (subscriberId) =>
      ({ kind: 'authenticator.examined', subscriberId, authenticatorId: id, findings }) as const,
  )
  const kept = await change(world, id, { to: (before) => ({ ...before, examination }), events })
  return kept.ok ? { ok: true } : kept
}

/**
 * Writes what `to` makes of it; nothing where that is `null`. A phone that its holder has stopped
 * is heard when it denies another: it shows the desk nothing, and is not rung.
 */
async function change(
  world: World,
  id: AuthenticatorId,
  {
    to,
    events = [],
    within = null,
  }: {
    readonly to: (before: PhoneCheck) => PhoneCheck | null
    readonly events?: readonly AuditEvent[]
    /** The session that asks; it has to be open when this is written. */
    readonly within?: SessionId | null
  },
): Promise<{ readonly ok: true; readonly value: PhoneCheck } | Refusal> {
  return await retryStale('authenticator.conflict', async () => {
    const found = await findPhoneCheck(world.db, id)
    const value = to(found.value)
    if (value === null) return { ok: true as const, value: found.value }
    const held = await findAuthenticator(world.db, id)
    if (held?.value.lifecycle !== 'active') return refusal('phone.revoked')
    const checked = { value, version: found.version }
    const done = await commitPhoneCheck(world.db, id, { checked, events, within, now: world.now() })
    return done ? { ok: true as const, value } : 'stale'
  })
}

/** What a client, or an agent of the desk, sees of a phone without having it. */
export interface PhoneStanding {
  readonly facts: PhoneFacts
  /** When it was last heard of, with what it may. */
  readonly seenAt: Instant | null
  readonly test: PhoneTest | null
  readonly examination: Examination | null
}

/** What the server alone can tell; `null` of what is no phone. The phone may know of more. */
export async function standingOf(world: World, id: AuthenticatorId): Promise<PhoneStanding | null> {
  const bound = await findAuthenticator(world.db, id)
  if (!bound || !world.methods.get(bound.value.method)?.device) return null
  const [push, { value }, seamless] = await Promise.all([
    findPush(world.db, id),
    findPhoneCheck(world.db, id),
    seamlessOf(world, bound.subscriberIds),
  ])
  const { test, examination } = value
  // Before it has said anything, a phone is `default` there, and was last seen at no time.
  const isSeen = push !== null && push.seenAt > 0
  const isOver = test !== null && after(test.sentAt, TEST_PATIENCE) < world.now()
  return {
    facts: {
      ...NO_FACTS,
      permission: isSeen ? push.permission : null,
      subscription: isSeen ? (push.subscription ? 'same' : 'missing') : null,
      seamless,
      test: test && { ...test, isOver },
    },
    seenAt: isSeen ? push.seenAt : null,
    test,
    examination,
  }
}
