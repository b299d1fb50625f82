import type { AuditEvent } from '#core/audit/audit.ts'
import { type Authenticator, FRESH } from '#core/devices/authenticator.ts'
import type { TaskDetails } from '#core/task-details.ts'
import { newId, type SessionId, type SubscriberId, type TaskId } from '#core/ids.ts'
import type { Refusal } from '#core/problems.ts'
import type { Session } from '#core/sessions/session.ts'
import { used } from '#core/tasks/task.ts'
import { type Instant, minutes } from '#core/time/time.ts'
import { devicesEndedBy } from '#engine/endings.ts'
import { contextWordsOf } from '#engine/subscribers/subscribers.ts'
import { PASSWORD_IN_DOUBT } from '#engine/devices/migration.ts'
import { ownTask } from '#engine/tasks/tasks.ts'
import { topicOfClient } from '#engine/wake-up-topics.ts'
import { refusal, type World } from '#engine/world.ts'
import {
  LENGTH_MIN,
  LENGTH_MIN_ALONE,
  type PasswordProblem,
  passwordProblem,
} from '#methods/password/rules.ts'
import { listAuthenticators } from '#store/devices/authenticators.ts'
import { commitPassword, type PasswordCommit } from '#store/password/passwords.ts'
import { findStamp } from '#store/security-stamp.ts'
import { listHoldIds } from '#store/holds.ts'
import { findSubscriber } from '#store/subscribers/subscribers.ts'
import type { Versioned } from '#store/queries/versioned.ts'

/** Why a password was not taken: a rule, or it is the one that is to be replaced. */
export type PasswordFlaw = PasswordProblem | 'same'

export type ChosenPassword =
  | { readonly ok: true }
  | {
      readonly ok: false
      readonly problem: 'subscriber.weak-password'
      readonly flaw: PasswordFlaw
      /** The shortest that would do, in code points. */
      readonly minimum: number
    }
  | (Refusal & { readonly flaw?: undefined })

/** What is confirmed before a password is changed. */
export const PASSWORD_TASK = { kind: 'password', facts: {} } as const satisfies TaskDetails

/** Each of them is hashed: a client does not need more. */
const PER_SUBSCRIBER = { name: 'password-choice', count: 30, per: minutes(60) } as const

/**
 * Another password, for a client who has just confirmed the change (S75). A password that may not
 * be chosen leaves the approval as it was, so that another one can be tried.
 */
export async function changePassword(
  world: World,
  session: Session,
  {
    task: id,
    holder,
    password,
  }: {
    readonly task: TaskId
    /** The secret of the browser that asks; without, no browser does. */
    readonly holder?: string
    readonly password: string
  },
): Promise<ChosenPassword> {
  const { subscriberId } = session
  const stamp = await findStamp(world.db, subscriberId)
  const found = await ownTask(world, session, { id, holder })
  if (!found) return refusal('task.not-found')
  const use = { deed: PASSWORD_TASK, sessionId: session.id, usedFor: `portal ${id}`, stamp }
  const early = used(found.value, { ...use, now: world.now() })
  if ('stays' in early) return refusal(early.stays)
  return await choosePassword(world, { subscriberId, password }, (now) => {
    const value = used(found.value, { ...use, now })
    if ('stays' in value) return refusal(value.stays)
    const about = { subscriberId, within: session.id, taskId: id }
    const event = { kind: 'task.used', ...about, deed: 'password' } as const
    const task = { value, version: found.version }
    return { task, spare: session.id, stamp, by: 'holder', events: [event] }
  })
}

/** What allows a choice, as it is written with it. */
interface Allowing extends Pick<PasswordCommit, 'events'> {
  readonly task?: NonNullable<PasswordCommit['task']>
  readonly login?: NonNullable<PasswordCommit['login']>
  /** The security stamp that was read before it was allowed. */
  readonly stamp: number
  /** The session that goes on. */
  readonly spare: SessionId | null
  readonly by: 'holder' | 'reset'
}

interface Choosing {
  readonly subscriberId: SubscriberId
  readonly password: string
}

/** Looks whether a password may be chosen, and writes it with what allows it, in one commit. */
export async function choosePassword(
  world: World,
  { subscriberId, password }: Choosing,
  allow: (now: Instant) => Allowing | Refusal,
): Promise<ChosenPassword> {
  const taken = await world.limits.take(PER_SUBSCRIBER, subscriberId)
  if (!taken.ok) return refusal('subscriber.too-many-passwords', taken.until)
  const all = await listAuthenticators(world.db, subscriberId)
  const before = all.filter(
    ({ value }) => value.method === world.firstFactor.name && value.lifecycle !== 'revoked',
  )
  const minimum = minimumBeside(world, all)
  const release = world.passwords.admit()
  if (!release) return refusal('service.busy', world.now())
  try {
    const flaw = await flawIn(world, { subscriberId, password, minimum, before })
    if (flaw) return { ok: false, problem: 'subscriber.weak-password', flaw, minimum }
    const state = { hash: await world.passwords.hash(password) }
    const now = world.now()
    const allowed = allow(now)
    if ('problem' in allowed) return allowed
    const id = newId('aut', now, world.random)
    const method = world.firstFactor.name
    const fresh = { ...FRESH, id, method, label: '', createdAt: now, state }
    return await write(world, { subscriberId, fresh, before, allowed })
  } finally {
    release()
  }
}

/** Beside a second factor a shorter one is enough (S13). */
function minimumBeside(world: World, all: readonly Versioned<Authenticator>[]): number {
  const isHeld = all.some(
    ({ value }) =>
      value.lifecycle !== 'revoked' && world.methods.get(value.method)?.secondFactor === true,
  )
  return isHeld ? LENGTH_MIN : LENGTH_MIN_ALONE
}

async function flawIn(
  world: World,
  about: Choosing & {
    readonly minimum: number
    readonly before: readonly Versioned<Authenticator>[]
  },
): Promise<PasswordFlaw | null> {
  const { subscriberId, password, minimum, before } = about
  const subscriber = await findSubscriber(world.db, subscriberId)
  if (!subscriber) throw new Error('a password without a subscriber')
  const contextWords = contextWordsOf(world, subscriber.value.userName)
  const weak = passwordProblem(password, { minimum, contextWords })
  if (weak) return weak
  for (const { value } of before) {
    const answer = { password }
    const asked = { authenticatorId: value.id, expected: null, browser: null, now: world.now() }
    const verdict = await world.firstFactor.verify(value.state, { ...asked, answer })
    if (verdict.outcome === 'accepted') return 'same'
  }
  return null
}

interface Writing {
  readonly subscriberId: SubscriberId
  readonly fresh: Authenticator
  readonly before: readonly Versioned<Authenticator>[]
  readonly allowed: Allowing
}

async function write(world: World, writing: Writing): Promise<ChosenPassword> {
  const { subscriberId, fresh, before, allowed } = writing
  const now = fresh.createdAt
  const { spare, by, stamp, login, task } = allowed
  const ending = by === 'reset' ? 'password-reset' : 'password-changed'
  const [devices, holds] = await Promise.all([
    devicesEndedBy(world, { by: ending, subscriberId, actor: 'session', within: spare, stamp }),
    listHoldIds(world.db, { subscriberId, kind: PASSWORD_IN_DOUBT, now }),
  ])
  const replaced = before.map(({ value }) => value.id)
  // What it was confirmed with is known to the one who did it, and is not the only way to tell it.
  const at = spare === null ? (login ? { loginId: login.value.id } : {}) : { within: spare }
  const changed = {
    kind: 'password.changed',
    ...at,
    subscriberId,
    authenticatorId: fresh.id,
  } as const
  const settled = holds.map(
    (holdId): AuditEvent => ({ kind: 'hold.ended', subscriberId, holdId, by: 'holder' }),
  )
  const done = await commitPassword(world.db, {
    now,
    subscriberId,
    fresh,
    holds,
    ...(task && { task }),
    ...(login && { login }),
    revoked: [...before.map((one) => revoked(world, one)), ...devices.changed],
    ended: {
      by: ending,
      subscriberId,
      within: spare,
      stamp,
      ...(login && { besides: login.value.id }),
    },
    events: [...allowed.events, { ...changed, replaced, by }, ...settled, ...devices.events],
  })
  if (!done) return refusal('subscriber.conflict')
  world.wakeUps.publish(topicOfClient(subscriberId))
  return { ok: true }
}

/** It stays on record, so that it is known when it was replaced; its hash does not (A2). */
const revoked = (
  world: World,
  { value, version }: Versioned<Authenticator>,
): Versioned<Authenticator> => {
  const state = world.firstFactor.decoy(world.random)
  return { value: { ...value, lifecycle: 'revoked', state }, version }
}
