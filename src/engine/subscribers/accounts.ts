import {
  type Account,
  type AccountStep,
  approved,
  closed,
  type ClosedBy,
  NEW_ACCOUNT,
  opened,
  relocated,
  type Subscriber,
  valued,
} from '#core/subscribers/account.ts'
import type { AuditEvent } from '#core/audit/audit.ts'
import type { Actor } from '#core/events/event.ts'
import { type HoldId, newId, type SubscriberId } from '#core/ids.ts'
import {
  jurisdictionOf,
  placed,
  type Placing,
  type PlacingStep,
  type Reason,
} from '#core/subscribers/jurisdiction.ts'
import type { Refusal } from '#core/problems.ts'
import { type Facts, type Hold, obstacleAt, rightsOf } from '#core/sessions/rights.ts'
import { isOpen, type Session } from '#core/sessions/session.ts'
import type { Instant } from '#core/time/time.ts'
import { eventsOn, type OnCase } from '#engine/on-case.ts'
import { retryStale } from '#engine/retry.ts'
import { devicesEndedBy } from '#engine/endings.ts'
import { otherUsersOf } from '#engine/subscribers/primary-user.ts'
import { createdEvent, placingIn, reasonOf } from '#engine/subscribers/placing.ts'
import { type Move, moveOf } from '#engine/subscribers/relocation.ts'
import { accountFor, factsOf, placedRules } from '#engine/sessions/rights.ts'
import { topicOfClient } from '#engine/wake-up-topics.ts'
import { refusal, type World } from '#engine/world.ts'
import {
  commitAccounts,
  findAccountByNumber,
  listVersionedAccounts,
} from '#store/accounts/accounts.ts'
import type { Write } from '#store/database/connection.ts'
import { commitAuthenticators } from '#store/devices/authenticators.ts'
import type { Ended } from '#store/endings.ts'
import { endHold, isHoldThere } from '#store/holds.ts'
import { listSessions } from '#store/sessions/sessions.ts'
import type { Standing } from '#store/security-stamp.ts'
import { findSubscriber } from '#store/subscribers/subscribers.ts'
import type { Versioned } from '#store/queries/versioned.ts'

/** What can happen to an account from outside. */
export type AccountChange =
  | { readonly kind: 'approve' }
  | { readonly kind: 'open' }
  | { readonly kind: 'close'; readonly by: ClosedBy }
  | { readonly kind: 'value'; readonly equityUsd: number }
  | ({ readonly kind: 'relocate' } & Placing)

export interface Changing {
  readonly number: string
  readonly change: AccountChange
  readonly by: Actor
  /** The version that the caller has read; a later one is not written over. */
  readonly version?: number | undefined
}

export type ChangedAccount = ({ readonly ok: true } & NamedAccount) | Refusal

/** An account, and whose it is. */
export interface NamedAccount extends Versioned<Account> {
  readonly userName: string
}

/** The account with this number; `null` when there is none. */
export async function findAccount(world: World, number: string): Promise<NamedAccount | null> {
  const found = await findAccountByNumber(world.db, number)
  const holder = found && (await findSubscriber(world.db, found.value.subscriberId))
  return holder && { ...found, userName: holder.value.userName }
}

/** Oldest first. */
export const accountsOf = async (
  world: World,
  subscriberId: SubscriberId,
): Promise<readonly Versioned<Account>[]> => await listVersionedAccounts(world.db, subscriberId)

/**
 * Changes an account. What was done already is not done again and not written down twice; sessions
 * that lose what they were opened for end in the same commit.
 */
export async function changeAccount(world: World, changing: Changing): Promise<ChangedAccount> {
  return await retryStale<ChangedAccount>('account.conflict', async () => {
    const found = await findAccount(world, changing.number)
    if (!found) return refusal('account.not-found')
    const { value: account, version } = found
    if (changing.version !== undefined && changing.version !== version) {
      return refusal('account.conflict')
    }
    const now = world.now()
    const step = stepOf(world, account, { change: changing.change, now })
    if (!step.ok) return refusal(step.problem)
    if (step.account === account) return { ok: true, ...found }
    const value = await writtenStep(world, { found, account: step.account, changing })
    return value ? { ok: true, ...found, value, version: version + 1 } : 'stale'
  })
}

interface Stepping {
  readonly found: Versioned<Account>
  /** As it is to be. */
  readonly account: Account
  readonly changing: Changing
}

/** @returns the account as it was written; `null` when another request was faster. */
async function writtenStep(
  world: World,
  { found: { value: before, version }, account, changing }: Stepping,
): Promise<Account | null> {
  const { subscriberId } = account
  const { change } = changing
  const words = change.kind === 'relocate' ? (change.reason ?? null) : null
  const reason = reasonOf(world, account.id, words)
  const event = eventOf(world, { before, account, changing, reason })
  if (change.kind !== 'relocate' && change.kind !== 'close') {
    const changed = [{ value: account, version }]
    const writing = { subscriberId, changed, events: [event], ending: null }
    return (await written(world, writing)) ? account : null
  }
  const accounts = await listVersionedAccounts(world.db, subscriberId)
  const { jurisdictions } = world.settings
  const move = moveOf(jurisdictions, { accounts, moved: account, by: changing.by })
  const { unchanged } = move
  const ending: Writing['ending'] = change.kind === 'close' ? 'account-closed' : move.ending
  const changed = [{ value: move.account, version }, ...move.optedIn]
  const events = [event, ...move.events]
  const reasons = reason ? [reason] : []
  const tellsBy = move.isChange ? changing.by : null
  const writing = { subscriberId, changed, unchanged, events, ending, reasons, tellsBy }
  return (await written(world, writing)) ? move.account : null
}

function stepOf(
  { settings }: World,
  account: Account,
  { change, now }: { readonly change: AccountChange; readonly now: Instant },
): AccountStep | Extract<PlacingStep, { readonly ok: false }> {
  switch (change.kind) {
    case 'approve':
      return approved(account, now, settings.calendar)
    case 'open':
      return opened(account)
    case 'close':
      return closed(account, change.by)
    case 'relocate': {
      const to = placed(settings.jurisdictions, change, account)
      return to.ok ? relocated(account, to) : to
    }
    case 'value':
      return valued(account, change.equityUsd)
  }
}

interface Stepped extends Omit<Stepping, 'found'> {
  readonly before: Account
  readonly reason: Reason | null
}

function eventOf(
  world: World,
  { before, account, reason, changing: { change, by } }: Stepped,
): AuditEvent {
  const { jurisdictions } = world.settings
  const { id: accountId, subscriberId, status, tradesFrom } = account
  const about = { subscriberId, accountId, by }
  if (change.kind === 'relocate') {
    return {
      kind: 'account.relocated',
      ...about,
      ...placingIn(world, account, reason),
      before: jurisdictionOf(jurisdictions, before),
    }
  }
  if (change.kind === 'value') {
    const { equityUsd: large } = world.settings.orders
    const fell = (before.equityUsd ?? 0) >= large && change.equityUsd < large
    return { kind: 'account.valued', ...about, ...(fell && { fell }) }
  }
  const kind = ({ approve: 'approved', open: 'opened', close: 'closed' } as const)[change.kind]
  return { kind: `account.${kind}`, ...about, status, tradesFrom }
}

export interface AddedAccount
  extends Pick<Account, 'number' | 'environment' | 'subscriberId'>,
    Placing {
  readonly by: Actor
}

/** A new account, applied for and not approved. The same request again finds it made. */
export async function createAccount(
  world: World,
  added: AddedAccount,
): Promise<({ readonly ok: true } & Versioned<Account>) | Refusal> {
  const { number, environment, subscriberId, by } = added
  const to = placed(world.settings.jurisdictions, added)
  if (!to.ok) return refusal(to.problem)
  const { residence, override } = to
  const id = newId('acc', world.now(), world.random)
  const about = { id, subscriberId, number, environment, residence, override }
  return await retryStale<({ readonly ok: true } & Versioned<Account>) | Refusal>(
    'account.conflict',
    async () => {
      const holder = await findSubscriber(world.db, subscriberId)
      if (!holder) return refusal('subscriber.not-found')
      // It would never be seen: they use the account of another client.
      if (holder.value.primary) return refusal('subscriber.not-a-primary-user')
      const moved: Account = { ...NEW_ACCOUNT, ...about }
      if (await writtenNew(world, { added: moved, by, holder }))
        return { ok: true, value: moved, version: 1 }
      const found = await findAccountByNumber(world.db, number)
      if (!found) return 'stale'
      const { value } = found
      const isSame = value.subscriberId === subscriberId && value.environment === environment
      return isSame ? { ok: true, ...found } : refusal('account.taken')
    },
  )
}

interface Adding {
  readonly added: Account
  readonly by: Actor
  /** Uses no account of another client: that must be so while it is written. */
  readonly holder: Versioned<Subscriber>
}

/** A client with a further account may be under stricter rules with all of them. */
async function writtenNew(world: World, { added, by, holder }: Adding): Promise<boolean> {
  const { id, subscriberId, override } = added
  const accounts = await listVersionedAccounts(world.db, subscriberId)
  const move = moveOf(world.settings.jurisdictions, { accounts, moved: added, by })
  const reason = reasonOf(world, id, override?.reason ?? null)
  const events = [createdEvent(world, added, { by, reason }), ...move.events]
  const { optedIn: changed, unchanged, ending } = move
  const reasons = reason ? [reason] : []
  const tellsBy = move.isChange ? by : null
  const told = { events, reasons, tellsBy }
  const writing = { subscriberId, added, changed, unchanged, ending, holder, ...told }
  return await written(world, writing)
}

/** Takes rights away for a while; open sessions lose them at once. */
export async function startHold(world: World, starting: StartingHold): Promise<HoldId> {
  const id = await tryToStartHold(world, starting)
  // Nothing stands in its way but a phone that is written again and again.
  if (typeof id !== 'string') throw new Error('a hold that could not be written')
  return id
}

interface StartingHold extends Hold {
  readonly subscriberId: SubscriberId
  readonly by: Actor
  /** The case of the desk under which it begins. */
  readonly onCase?: OnCase
}

/** The same, where the warrant of the desk may stand in its way. */
export async function tryToStartHold(
  world: World,
  { subscriberId, by, onCase, ...hold }: StartingHold,
): Promise<HoldId | Refusal> {
  const now = world.now()
  const id = newId('hld', now, world.random)
  const { kind, forbids, until } = hold
  const about = { subscriberId, holdId: id, by }
  const event = { kind: 'hold.started', ...about, hold: kind, forbids, until } as const
  const ending = forbids.includes('binding') ? 'binding-held' : 'held'
  const busy = onCase ? 'desk.conflict' : 'account.conflict'
  const done = await retryStale<{ readonly ok: true } | Refusal>(busy, async () => {
    const devices = await devicesEndedBy(world, { by: ending, subscriberId, actor: 'desk' })
    const written = await commitAuthenticators(world.db, {
      now,
      changed: devices.changed,
      hold: { id, subscriberId, hold },
      ended: { by: ending, subscriberId, stamp: devices.stamp },
      events: eventsOn(onCase, [event, ...devices.events]),
      ...(onCase && { besides: onCase.uses(now) }),
    })
    return written ? { ok: true } : 'stale'
  })
  if (!done.ok) return done
  await wake(world, subscriberId)
  return id
}

/** @returns `false` when it is not theirs, or over already. */
export async function liftHold(
  world: World,
  { subscriberId, id, by }: HeldBack & { readonly by: Actor },
): Promise<boolean> {
  const event = { kind: 'hold.ended', subscriberId, holdId: id, by } as const
  const commit = { now: world.now(), id, subscriberId, events: [event] }
  const done = await endHold(world.db, commit)
  if (done) await wake(world, subscriberId)
  return done
}

/** Whether it is theirs, and not over. */
export const isHoldOn = async (world: World, { subscriberId, id }: HeldBack): Promise<boolean> =>
  await isHoldThere(world.db, { subscriberId, id, now: world.now() })

interface HeldBack {
  readonly subscriberId: SubscriberId
  readonly id: HoldId
}

export interface Writing {
  readonly subscriberId: SubscriberId
  readonly added?: Account
  readonly changed: readonly Versioned<Account>[]
  readonly unchanged?: readonly Versioned<Account>[]
  readonly events: readonly AuditEvent[]
  /** Why the back office has said where one of them belongs. */
  readonly reasons?: readonly Reason[]
  /** The client, as they were read, where whose account they use decides. */
  readonly holder?: Versioned<Subscriber>
  /** Who has brought other rules about, for every user to hear of; `null` where none has. */
  readonly tellsBy?: Actor | null
  /** What ends of what the users of the accounts have begun; `null` for nothing. */
  readonly ending: 'account-closed' | Move['ending']
  /** What it rests on, where its holder asks for it. */
  readonly standing?: Standing
  /** What is written with it. */
  readonly besides?: readonly Write[]
}

/**
 * Writes accounts of one subscriber, with the end of the sessions that lose what they were opened
 * for.
 */
export async function written(world: World, writing: Writing): Promise<boolean> {
  const { subscriberId, added, changed, unchanged, events, ending: by, standing } = writing
  const { reasons = [], tellsBy = null, holder, besides = [] } = writing
  const now = world.now()
  const open = await sessionsOn(world, subscriberId)
  const ending: Session[] = []
  for (const session of open) {
    const facts = await factsOf(world, session)
    if (losesItsPlace(world, session, { ...facts, added, changed })) ending.push(session)
  }
  const ended = ending.map(
    ({ id: sessionId, subscriberId: user }): AuditEvent => ({
      kind: 'session.ended',
      subscriberId: user,
      sessionId,
      by: 'account',
    }),
  )
  const sessions = ending.map(({ id }) => id)
  const others = by || tellsBy ? await otherUsersOf(world, subscriberId) : []
  const users = [subscriberId, ...others.map(({ id }) => id)]
  const told = users.flatMap((user): readonly AuditEvent[] =>
    tellsBy ? [{ kind: 'account.rules-changed', subscriberId: user, by: tellsBy }] : [],
  )
  const devices = await Promise.all(
    by ? users.map((id) => devicesEndedBy(world, { by, subscriberId: id, actor: 'desk' })) : [],
  )
  const commit = {
    now,
    changed,
    ...(added && { added }),
    ...(unchanged && { unchanged }),
    events: [...events, ...told, ...ended, ...devices.flatMap((one) => one.events)],
    // The sessions of all of them are named once.
    ended: users.map(
      (user, index): Ended => ({
        by: by ?? 'session-ended',
        subscriberId: user,
        ...(devices[index] && { stamp: devices[index].stamp }),
        ...(holder?.value.id === user && { version: holder.version }),
        sessions: user === subscriberId ? sessions : [],
      }),
    ),
    revoked: devices.flatMap((one) => one.changed),
    reasons,
    besides,
    ...(standing && { standing }),
  }
  if (!(await commitAccounts(world.db, commit))) return false
  await wake(world, subscriberId)
  return true
}

interface After extends Omit<Facts, 'proofs' | 'account' | 'rules' | 'limits' | 'isFromNamed'> {
  readonly accounts: readonly Account[]
  readonly added: Account | undefined
  readonly changed: readonly Versioned<Account>[]
}

/**
 * A session of the portal stays, with what is left of it; one of a platform has nothing left there.
 */
function losesItsPlace(
  world: World,
  { platform: id, environment, origin, proofs }: Session,
  { accounts, added, changed, ...facts }: After,
): boolean {
  const platform = world.platforms.get(id)
  if (!platform || platform.purpose === 'portal') return false
  const now = world.now()
  const kept = accounts.map((one) => changed.find(({ value }) => value.id === one.id)?.value ?? one)
  const after = added ? [...kept, added] : kept
  const rules = placedRules(world, after)
  const from = accountFor(after, { environment, origin }, now)
  return obstacleAt(platform, rightsOf({ ...facts, ...from, ...rules, proofs }, now)) !== null
}

/**
 * What shows a session or a device of this subscriber, or of another user of the account, looks
 * again.
 */
async function wake(world: World, subscriberId: SubscriberId): Promise<void> {
  const others = await otherUsersOf(world, subscriberId)
  for (const id of [subscriberId, ...others.map((one) => one.id)]) {
    world.wakeUps.publish(topicOfClient(id))
  }
}

/** The open sessions of every client who uses the accounts of a primary user (R032). */
async function sessionsOn(world: World, subscriberId: SubscriberId): Promise<readonly Session[]> {
  const now = world.now()
  const others = await otherUsersOf(world, subscriberId)
  const users = [subscriberId, ...others.map(({ id }) => id)]
  const sessions = await Promise.all(users.map((id) => listSessions(world.db, id, now)))
  return sessions.flat().filter((one) => isOpen(one, now))
}
