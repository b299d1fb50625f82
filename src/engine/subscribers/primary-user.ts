import type { Subscriber } from '#core/subscribers/account.ts'
import type { AuditEvent } from '#core/audit/audit.ts'
import type { Actor } from '#core/events/event.ts'
import { isOpen, type Session } from '#core/sessions/session.ts'
import type { SubscriberId } from '#core/ids.ts'
import { areSame, rulesFor } from '#core/subscribers/jurisdiction.ts'
import {
  LEAVE,
  mayChangeSettings,
  OTHER_USERS_MAX,
  type Primary,
} from '#core/subscribers/primary-user.ts'
import type { Problem, Refusal } from '#core/problems.ts'
import { after, type Instant } from '#core/time/time.ts'
import { topicOfClient } from '#engine/wake-up-topics.ts'
import { refusal, type World } from '#engine/world.ts'
import { listAccounts } from '#store/accounts/accounts.ts'
import { listSessions } from '#store/sessions/sessions.ts'
import { findSubscriber, listOtherUsers, updateSubscriber } from '#store/subscribers/subscribers.ts'
import type { Versioned } from '#store/queries/versioned.ts'

/**
 * Several people who use one account (R032): whose it is, and who of them changes its security
 * settings. The others stop what is lost, move to a new phone and change their password as every
 * client does; for what would open more they need permission.
 */

interface Setting {
  readonly id: SubscriberId
  /** `null` gives them back to themselves. */
  readonly primary: Pick<Primary, 'id' | 'name'> | null
  readonly by: Actor
}

/**
 * Says whose account a client uses. They have none of their own then, so whatever is open on it
 * ends; a primary user is no other user of another account, and the other way round: both rows are
 * written over as they were read.
 */
export async function setPrimary(
  world: World,
  { id, primary, by }: Setting,
): Promise<{ readonly ok: true } | Refusal> {
  const found = await findSubscriber(world.db, id)
  if (!found) return refusal('subscriber.not-found')
  const isSame =
    found.value.primary?.id === primary?.id && found.value.primary?.name === primary?.name
  if (isSame) return { ok: true }
  const stays = primary && (await findSubscriber(world.db, primary.id))
  if (primary && !stays) return refusal('subscriber.not-found')
  if (stays && !(await mayUse(world, { user: found.value, of: stays.value }))) {
    return refusal('subscriber.not-a-primary-user')
  }
  const now = world.now()
  const open = (await listSessions(world.db, id, now)).filter((one) => isOpen(one, now))
  const ended = open.map(
    ({ id: sessionId }): AuditEvent => ({
      kind: 'session.ended',
      subscriberId: id,
      sessionId,
      by: 'account',
    }),
  )
  const told = await rulesChanged(world, id, primary?.id ?? null)
  const done = await updateSubscriber(world.db, {
    now,
    subscriber: {
      value: { ...found.value, primary: primary && { ...primary, leaveUntil: null } },
      version: found.version,
    },
    ...(stays && { stays }),
    ended: { by: 'user-changed', subscriberId: id, sessions: open.map((one) => one.id) },
    events: [
      { kind: 'subscriber.primary-set', subscriberId: id, primary: primary?.id ?? null, by },
      ...(told ? [{ kind: 'account.rules-changed', subscriberId: id, by } as const] : []),
      ...ended,
    ],
  })
  if (!done) return refusal('subscriber.conflict')
  world.wakeUps.publish(topicOfClient(id))
  return { ok: true }
}

/**
 * Whether other rules apply to a client with the accounts of another primary user (R132). To one
 * who has used no account none have applied, and without one none apply.
 */
async function rulesChanged(
  { db, settings: { jurisdictions } }: World,
  id: SubscriberId,
  primary: SubscriberId | null,
): Promise<boolean> {
  if (primary === null) return false
  const [before, after] = await Promise.all([listAccounts(db, id), listAccounts(db, primary)])
  if (before.length === 0 || after.length === 0) return false
  return !areSame(rulesFor(jurisdictions, before).rules, rulesFor(jurisdictions, after).rules)
}

/**
 * No client is their own other user, there is one step between two users and no more, and it is one
 * account.
 */
async function mayUse(
  world: World,
  { user, of }: { readonly user: Subscriber; readonly of: Subscriber },
): Promise<boolean> {
  if (user.id === of.id || of.primary !== null) return false
  const [beside, users] = await Promise.all([
    listOtherUsers(world.db, user.id),
    listOtherUsers(world.db, of.id),
  ])
  const isOwn = user.primary === null && (await listAccounts(world.db, user.id)).length > 0
  return beside.length === 0 && !isOwn && users.length < OTHER_USERS_MAX
}

/**
 * Who uses the account of a primary user beside them, and until when each may change their
 * settings.
 */
export const otherUsersOf = async (
  world: World,
  subscriberId: SubscriberId,
): Promise<readonly Subscriber[]> =>
  (await listOtherUsers(world.db, subscriberId)).map(({ value }) => value)

/** Why a session may not change how its client logs in; `null` when it may. */
export async function obstacleToSettings(
  world: World,
  { subscriberId }: Pick<Session, 'subscriberId'>,
): Promise<Problem | null> {
  const found = await findSubscriber(world.db, subscriberId)
  if (!found) throw new Error('a session without a subscriber')
  return mayChangeSettings(found.value, world.now()) ? null : 'subscriber.primary-user-only'
}

/**
 * A client who uses the account of this session beside its primary user. For every other session
 * they do not exist.
 */
export async function findOtherUser(
  world: World,
  session: Pick<Session, 'subscriberId'>,
  id: SubscriberId,
): Promise<Versioned<Subscriber> | null> {
  const found = await findSubscriber(world.db, id)
  return found?.value.primary?.id === session.subscriberId ? found : null
}

/**
 * Lets another user of the account change how they log in, for a day; to be confirmed before it is
 * asked for.
 */
export const giveLeave = async (world: World, session: Session, id: SubscriberId) =>
  await setLeave(world, session, { id, until: after(world.now(), LEAVE) })

/** Takes it back; what narrows needs no confirmation. */
export const takeLeave = async (world: World, session: Session, id: SubscriberId) =>
  await setLeave(world, session, { id, until: null })

async function setLeave(
  world: World,
  session: Session,
  { id, until }: { readonly id: SubscriberId; readonly until: Instant | null },
): Promise<{ readonly ok: true } | Refusal> {
  const found = await findOtherUser(world, session, id)
  const primary = found?.value.primary
  if (!found || !primary) return refusal('subscriber.not-found')
  if (primary.leaveUntil === until) return { ok: true }
  const value = { ...found.value, primary: { ...primary, leaveUntil: until } }
  const about = { subscriberId: id, primary: primary.id }
  const event: AuditEvent =
    until === null
      ? { kind: 'subscriber.leave-taken', ...about }
      : { kind: 'subscriber.leave-given', ...about, until }
  const done = await updateSubscriber(world.db, {
    now: world.now(),
    subscriber: { value, version: found.version },
    within: session.id,
    // What they have begun with the leave is over with it.
    ...(until === null && { ended: { by: 'user-changed', subscriberId: id } }),
    events: [event],
  })
  return done ? { ok: true } : refusal('subscriber.conflict')
}
