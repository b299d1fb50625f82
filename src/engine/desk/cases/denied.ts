import type { AuditEvent } from '#core/audit/audit.ts'
import { type Case, deniedHold } from '#core/desk/case.ts'
import { type CallerProof, isStopped } from '#core/desk/verification.ts'
import type { Authenticator, Lifecycle } from '#core/devices/authenticator.ts'
import { type CaseId, newId, type SessionId } from '#core/ids.ts'
import type { Refusal } from '#core/problems.ts'
import { entriesOf } from '#core/orders/ledger.ts'
import { withdrawn } from '#core/orders/order.ts'
import type { Session } from '#core/sessions/session.ts'
import { after, before, days, type Instant } from '#core/time/time.ts'
import { type Given, givenIn, type Undone, undoneOf } from '#engine/desk/cases/given.ts'
import type { Alongside } from '#engine/devices/block.ts'
import { depositEvents } from '#engine/subscribers/deposit.ts'
import { doubtFrom } from '#engine/devices/migration.ts'
import { devicesEndedBy } from '#engine/endings.ts'
import { retryStale } from '#engine/retry.ts'
import { topicOfCase, topicOfClient } from '#engine/wake-up-topics.ts'
import { refusal, type World } from '#engine/world.ts'
import type { Write } from '#store/database/connection.ts'
import { caseWrite, findCase } from '#store/desk/cases.ts'
import { callerProofWrite, callStandingWrite, findCallStanding } from '#store/desk/proofs.ts'
import { commitAuthenticators, listAuthenticators } from '#store/devices/authenticators.ts'
import { ledgerWrites } from '#store/orders/ledger.ts'
import { findOrder, freeWrites, orderWrite } from '#store/orders/orders.ts'
import type { Versioned } from '#store/queries/versioned.ts'

/** Later it is a question for the people who look into it. */
const DENIABLE = days(30)
const FROZEN = days(1)

/**
 * The client reads of a call and says that they did not call. What it gave ends with all that rests
 * on it; the case is closed, with what was proven in it. For a day no proof by telephone opens
 * anything, no device is bound and no money leaves. The event alarms the broker's compliance.
 *
 * Trading goes on, unless the password was chosen with a code of the call: an attacker in a stolen
 * session could otherwise keep the client from it (A28).
 */
export async function denyCall(world: World, session: Session, id: CaseId): Promise<Denied> {
  const { subscriberId, id: within, proofs } = session
  return await denied(world, id, { subscriberId, within, proofs, besides: [] })
}

/**
 * The same on the phone, where an agent asks for a proof and none of us is on the telephone: the
 * request is over in the commit that says so. It speaks for no session, so all of them end.
 */
export async function denyCallFromDevice(
  world: World,
  { value, version }: Versioned<CallerProof>,
): Promise<Denied> {
  const { subscriberId, caseId, state } = value
  const ended = callerProofWrite(world.db, { value: { ...value, state: 'wrong' }, version })
  const besides = state === 'open' ? [ended] : []
  return await denied(world, caseId, { subscriberId, within: null, proofs: [], besides })
}

type Denied = { readonly ok: true } | Refusal

/** Who says it: a session, or the phone that was asked. */
interface Denying extends Pick<Session, 'subscriberId' | 'proofs'> {
  readonly within: SessionId | null
  readonly besides: readonly Write[]
}

async function denied(world: World, id: CaseId, denying: Denying): Promise<Denied> {
  const { subscriberId } = denying
  const done = await retryStale<Denied>('desk.conflict', async () => {
    // Read first: whatever the agent does with it later moves it.
    const found = await findCase(world.db, id)
    const since = before(world.now(), DENIABLE)
    const isTheirs = found?.value.subscriberId === subscriberId && found.value.openedAt > since
    if (!isTheirs) return refusal('desk.no-case')
    // Said once, and true from then on.
    if (found.value.deniedAt !== null) return { ok: true }
    return await deny(world, denying, found)
  })
  if (!done.ok) return done
  world.wakeUps.publish(topicOfClient(subscriberId))
  world.wakeUps.publish(topicOfCase(id))
  return done
}

async function deny(
  world: World,
  denying: Denying,
  { value, version }: Versioned<Case>,
): Promise<{ readonly ok: true } | 'stale'> {
  const { subscriberId, within, proofs } = denying
  const now = world.now()
  const calls = await findCallStanding(world.db, subscriberId)
  const ending = { by: 'call-denied', subscriberId } as const
  const devices = await devicesEndedBy(world, {
    ...ending,
    actor: within === null ? 'device' : 'session',
    within,
  })
  const given = await givenIn(world, value)
  const held = await listAuthenticators(world.db, subscriberId)
  const undone = undoneOf(world, held, { ...given, proofs })
  const order = await stoppedOrder(world, denying, given)
  const until = after(now, FROZEN)
  const { holds, events } = holdsOf(world, { denying, value, given, until })
  const stopped = isStopped(calls.value, until) ? calls.value.stoppedUntil : until
  const written = await commitAuthenticators(world.db, {
    now,
    besides: [
      caseWrite(world.db, {
        value: { ...value, closedAt: value.closedAt ?? now, deniedAt: now },
        version,
      }),
      callStandingWrite(world.db, subscriberId, {
        value: { ...calls.value, stoppedUntil: stopped },
        version: calls.version,
      }),
      ...denying.besides,
      ...order.writes,
    ],
    changed: [
      ...devices.changed,
      ...as('revoked', undone.ending),
      ...as('active', undone.returning),
    ],
    hold: holds,
    ended: { ...ending, within: undone.endsSession ? null : within, stamp: devices.stamp },
    events: [...events, ...devices.events, ...eventsOf(denying, undone), ...order.events],
  })
  return written ? { ok: true } : 'stale'
}

/** What a caller had ordered does not leave; what has left opens nothing until it is proven. */
async function stoppedOrder(
  world: World,
  denying: Denying,
  { orderId }: Pick<Given, 'orderId'>,
): Promise<Alongside> {
  const found = orderId && (await findOrder(world.db, orderId))
  const now = world.now()
  const value = found && withdrawn(found.value, now)
  if (!found || !value || 'stays' in value || value === found.value)
    return { writes: [], events: [] }
  const entries = entriesOf(found.value, value, { why: 'withdrawn', now })
  const { id, method } = value
  const about = { ...saidBy(denying), orderId: id, method, by: 'holder' } as const
  return {
    writes: [
      orderWrite(world.db, { value, version: found.version }),
      ...freeWrites(world.db, found.value),
      ...ledgerWrites(world.db, entries),
    ],
    events: [{ kind: 'order.withdrawn', ...about }, ...depositEvents(entries, { by: 'holder' })],
  }
}

/** What is on hold from now on, and the events that say so. */
function holdsOf(
  world: World,
  {
    denying,
    value: { id: caseId, number: caseNumber },
    given,
    until,
  }: {
    readonly denying: Denying
    readonly value: Case
    readonly given: Given
    readonly until: Instant
  },
) {
  const now = world.now()
  const { subscriberId } = denying
  const about = { ...saidBy(denying), caseId, actor: 'holder' } as const
  const holdId = newId('hld', now, world.random)
  const hold = { id: holdId, subscriberId, hold: deniedHold(until) }
  const event = { kind: 'desk.call-denied', ...about, caseNumber, holdId, until } as const
  if (!given.hasPassword) return { holds: [hold], events: [event] }
  const doubt = doubtFrom(world, subscriberId)
  const { id, hold: doubted } = doubt
  const { kind, forbids, until: end } = doubted
  const started = { kind: 'hold.started', ...about, holdId: id, hold: kind } as const
  const further = { ...started, forbids, until: end, by: 'holder' } as const
  return { holds: [hold, doubt], events: [event, further] }
}

const as = (
  lifecycle: Lifecycle,
  held: readonly Versioned<Authenticator>[],
): readonly Versioned<Authenticator>[] =>
  held.map(({ value, version }) => ({
    value: { ...value, lifecycle, restsSince: null },
    version,
  }))

/** Whose event it is, and in which session it was said. */
const saidBy = ({ subscriberId, within }: Denying) => ({
  subscriberId,
  ...(within !== null && { within }),
})

const eventsOf = (denying: Denying, { ending, returning }: Undone): readonly AuditEvent[] => [
  ...ending.map(({ value }): AuditEvent => {
    const fact = { ...saidBy(denying), authenticatorId: value.id } as const
    return { kind: 'authenticator.revoked', ...fact, by: 'holder' }
  }),
  ...returning.map(({ value }): AuditEvent => {
    const fact = { ...saidBy(denying), authenticatorId: value.id } as const
    return { kind: 'authenticator.reactivated', ...fact, ended: [] }
  }),
]
