import { atLeast, phaseOf, strengthOf } from '#core/assurance.ts'
import type { Authenticator } from '#core/devices/authenticator.ts'
import type { Contact } from '#core/contact/address.ts'
import { type AuthenticatorId, newId, type SessionId, type SubscriberId } from '#core/ids.ts'
import { type Rules, rulesFor } from '#core/subscribers/jurisdiction.ts'
import type { Refusal } from '#core/problems.ts'
import type { Session } from '#core/sessions/session.ts'
import type { RiskSignal } from '#core/devices/events.ts'
import {
  FAILURES_COUNT,
  obstacleToSuccession,
  riskSignals,
  type SuccessionRefused,
  waitsUntil,
} from '#core/devices/migration.ts'
import { after, before, days, type Instant } from '#core/time/time.ts'
import { devicesEndedBy } from '#engine/endings.ts'
import { isBindingHeld } from '#engine/sessions/rights.ts'
import { endedByReturn } from '#engine/temporary-access/stand-ins.ts'
import { topicOfClient } from '#engine/wake-up-topics.ts'
import { methodNamed, refusal, type World } from '#engine/world.ts'
import { listAccounts } from '#store/accounts/accounts.ts'
import { countAnswersRefused } from '#store/audit/audit.ts'
import {
  type BoundAuthenticator,
  commitAuthenticators,
  type Holding,
  listAuthenticators,
  listHoldings,
  overdueAuthenticators,
} from '#store/devices/authenticators.ts'
import { listContacts } from '#store/contact/addresses.ts'
import type { NewHold } from '#store/holds.ts'
import type { Versioned } from '#store/queries/versioned.ts'
import { findStamp } from '#store/security-stamp.ts'

/**
 * A new phone that takes the place of another (`core/devices/migration`): whether it may begin, how
 * long it waits, how it is stopped, and the moment at which one goes and the other comes.
 */

/** What is known of a client whose session is too weak to bind. */
interface Known {
  readonly rules: Rules
  readonly holdings: readonly Holding[]
}

/**
 * Why a session that is too weak to bind may set up no successor either, which would wait, and
 * until when that is so; `null` when it may.
 */
export function obstacleToSucceeding(
  world: Pick<World, 'now' | 'methods'>,
  { session, method }: { readonly session: Session; readonly method: string },
  { rules, holdings }: Known,
): SuccessionRefused | null {
  const now = world.now()
  const { onePerSubscriber, bind } = methodNamed(world, method)
  if (!onePerSubscriber || !bind) return { problem: 'enrolment.too-weak' }
  const proven = session.proofs.filter((proof) => phaseOf(proof, now) === 'everything')
  const own = holdings.filter((held) => held.method === method)
  return obstacleToSuccession({
    now,
    isProven: proven.length > 0 && atLeast(strengthOf(proven), '2t'),
    isAllowed: rules.migrationByText,
    canObject: own.some(canObject),
    setUpAt: own.map(({ createdAt }) => createdAt),
  })
}

/**
 * Whether its holder could say no to one that waits: a stopped phone is heard for as long
 * (`isHeard`).
 */
const canObject = ({ lifecycle, pendingUntil }: Holding): boolean =>
  (lifecycle === 'active' || lifecycle === 'suspended') && pendingUntil === null

/** How long a successor waits, and why. */
export async function waitOf(
  world: World,
  subscriberId: SubscriberId,
): Promise<{ readonly until: Instant; readonly signals: readonly RiskSignal[] }> {
  const now = world.now()
  const [holdings, contacts, answersRefused] = await Promise.all([
    listHoldings(world.db, subscriberId),
    listContacts(world.db, subscriberId),
    countAnswersRefused(world.db, subscriberId, before(now, FAILURES_COUNT)),
  ])
  const first = world.firstFactor.name
  const passwords = holdings.filter(({ method }) => method === first)
  const signals = riskSignals({
    now,
    contactChangedAt: replacedAt(contacts),
    passwordChangedAt: changedAt(passwords),
    answersRefused,
  })
  return { until: waitsUntil(now, signals), signals }
}

/** When an address took the place of another; the first of its kind is no change. */
function replacedAt(contacts: readonly Contact[]): Instant | null {
  const times = contacts.flatMap((contact) => contact.replacedAt ?? [])
  return times.toSorted((one, other) => other - one)[0] ?? null
}

/** When the latest of several took the place of another; the very first one is no change. */
function changedAt(all: readonly Holding[]): Instant | null {
  const [latest, earlier] = all.toSorted((one, other) => other.createdAt - one.createdAt)
  return latest && earlier ? latest.createdAt : null
}

/** The one that waits to take the place of what a subscriber holds, or `null`. */
export async function successorOf(
  world: World,
  subscriberId: SubscriberId,
): Promise<Holding | null> {
  const holdings = await listHoldings(world.db, subscriberId)
  return holdings.find(isWaiting) ?? null
}

const isWaiting = ({ lifecycle, pendingUntil }: Holding): boolean =>
  lifecycle === 'active' && pendingUntil !== null

/**
 * A new phone whose wait is over takes the place of the old one: in one commit it answers
 * everything, and what it replaces answers nothing any more. So there is always exactly one (R060,
 * R062).
 */
export async function succeedDue(world: World): Promise<void> {
  for await (const due of overdueAuthenticators(world.db, world.now())) await succeed(world, due)
}

async function succeed(world: World, { value, version, subscriberIds }: BoundAuthenticator) {
  const now = world.now()
  for (const subscriberId of subscriberIds) {
    const stamp = await findStamp(world.db, subscriberId)
    // It waits because of a text, which the rules may take no more (S74).
    const accounts = await listAccounts(world.db, subscriberId)
    if (!rulesFor(world.settings.jurisdictions, accounts).rules.migrationByText) {
      await refused(world, { value, version }, { subscriberId, stamp })
      return
    }
    // A hold that was there before it waits with it; one that came later has ended it.
    if (await isBindingHeld(world, subscriberId)) return
    const all = await listAuthenticators(world.db, subscriberId)
    const ended = endedByReturn(world, value.method, all)
    const replaced = all.filter(
      (one) =>
        ended.includes(one) ||
        (one.value.method === value.method && isReplaced(one.value, value.id)),
    )
    const ids = replaced.map((one) => one.value.id)
    const { id: authenticatorId, method } = value
    const older = replaced.filter((one) => one.value.method === method)
    const usedAt = lastUse([value, ...older.map((one) => one.value)])
    const fact = { subscriberId, authenticatorId, method, replaced: ids }
    const done = await commitAuthenticators(world.db, {
      now,
      changed: [
        { value: { ...value, pendingUntil: null, usedAt }, version },
        ...replaced.map((one) => ({
          value: { ...one.value, lifecycle: 'revoked' as const },
          version: one.version,
        })),
      ],
      // What they were opened with counts no more (S85).
      ended: { by: 'device-replaced', subscriberId, stamp },
      events: [{ kind: 'authenticator.bound', ...fact }],
    })
    // Written since it was read: the next look finds it again.
    if (!done) return
    world.wakeUps.publish(topicOfClient(subscriberId))
  }
}

/**
 * The client has used a phone, and goes on with this one: what they confirmed its set-up with is
 * not asked before it.
 */
const lastUse = (all: readonly Pick<Authenticator, 'usedAt'>[]): Instant | null =>
  all.reduce<Instant | null>(
    (last, { usedAt }) => (usedAt !== null && (last === null || usedAt > last) ? usedAt : last),
    null,
  )

/** It ends for good, and what is held goes on. */
async function refused(
  world: World,
  { value, version }: Versioned<Authenticator>,
  { subscriberId, stamp }: { readonly subscriberId: SubscriberId; readonly stamp: number },
): Promise<void> {
  const { id: authenticatorId } = value
  const stopped = { kind: 'authenticator.stopped', subscriberId, authenticatorId } as const
  const done = await commitAuthenticators(world.db, {
    now: world.now(),
    changed: [{ value: { ...value, lifecycle: 'revoked' }, version }],
    standing: { subscriberId, stamp, within: null },
    events: [{ ...stopped, by: 'desk' }],
  })
  if (done) world.wakeUps.publish(topicOfClient(subscriberId))
}

const isReplaced = ({ id, lifecycle }: Authenticator, by: AuthenticatorId): boolean =>
  id !== by && lifecycle !== 'revoked'

/**
 * The client neither withdraws, trades nor binds until the password is another one: a stranger has
 * known this one.
 */
export const PASSWORD_IN_DOUBT = 'password-in-doubt'
const DOUBT_LASTS = days(365)

/** That hold, from now on. */
export function doubtFrom(
  world: Pick<World, 'now' | 'random'>,
  subscriberId: SubscriberId,
): NewHold {
  const now = world.now()
  const forbids = ['trading', 'withdrawals', 'binding'] as const
  const hold = { kind: PASSWORD_IN_DOUBT, forbids, until: after(now, DOUBT_LASTS) }
  return { id: newId('hld', now, world.random), subscriberId, hold }
}

/**
 * The client says that the successor is not theirs: it ends for good, with every session but the
 * one that says so, and the password has to be another one before money moves.
 */
export async function stopSuccessor(
  world: World,
  {
    subscriberId,
    by,
    spare,
  }: {
    readonly subscriberId: SubscriberId
    readonly by: 'device' | 'session' | 'desk'
    readonly spare: SessionId | null
  },
): Promise<{ readonly ok: true } | Refusal> {
  const now = world.now()
  const stamp = await findStamp(world.db, subscriberId)
  const all = await listAuthenticators(world.db, subscriberId)
  const waiting = all.find(({ value }) => isWaiting(value))
  if (!waiting) return refusal('authenticator.not-found')
  const { value, version } = waiting
  const doubt = doubtFrom(world, subscriberId)
  const { id: holdId, hold } = doubt
  const actor = by === 'desk' ? 'desk' : 'holder'
  const devices = await devicesEndedBy(world, {
    by: 'successor-stopped',
    subscriberId,
    actor: by,
    within: spare,
    stamp,
    besides: [value.id],
  })
  const done = await commitAuthenticators(world.db, {
    now,
    changed: [{ value: { ...value, lifecycle: 'revoked' }, version }, ...devices.changed],
    hold: doubt,
    ended: { by: 'successor-stopped', subscriberId, within: spare, stamp },
    events: [
      {
        kind: 'authenticator.stopped',
        subscriberId,
        authenticatorId: value.id,
        by,
        ...(spare !== null && { within: spare }),
      },
      {
        kind: 'hold.started',
        subscriberId,
        holdId,
        hold: hold.kind,
        forbids: hold.forbids,
        until: hold.until,
        by: actor,
      },
      ...devices.events,
    ],
  })
  if (!done) return refusal('authenticator.conflict')
  world.wakeUps.publish(topicOfClient(subscriberId))
  return { ok: true }
}
