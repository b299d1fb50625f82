import type { AuditEvent } from '#core/audit/audit.ts'
import type { Case } from '#core/desk/case.ts'
import { isStopped } from '#core/desk/verification.ts'
import type { Authenticator, Lifecycle } from '#core/devices/authenticator.ts'
import { type CaseId, newId } from '#core/ids.ts'
import type { Refusal } from '#core/problems.ts'
import type { Session } from '#core/sessions/session.ts'
import { after, before, days, type Instant } from '#core/time/time.ts'
import { type Given, givenIn, type Undone, undoneOf } from '#engine/desk/cases/given.ts'
import { doubtFrom } from '#engine/devices/migration.ts'
import { devicesEndedBy } from '#engine/endings.ts'
import { retryStale } from '#engine/retry.ts'
import { topicOfClient } from '#engine/wake-up-topics.ts'
import { refusal, type World } from '#engine/world.ts'
import { caseWrite, findCase } from '#store/desk/cases.ts'
import { callStandingWrite, findCallStanding } from '#store/desk/proofs.ts'
import { commitAuthenticators, listAuthenticators } from '#store/devices/authenticators.ts'
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
export async function denyCall(
  world: World,
  session: Session,
  id: CaseId,
): Promise<{ readonly ok: true } | Refusal> {
  const { subscriberId } = session
  const done = await retryStale<{ readonly ok: true } | Refusal>('desk.conflict', async () => {
    // Read first: whatever the agent does with it later moves it.
    const found = await findCase(world.db, id)
    const since = before(world.now(), DENIABLE)
    const isTheirs = found?.value.subscriberId === subscriberId && found.value.openedAt > since
    if (!isTheirs) return refusal('desk.no-case')
    // Said once, and true from then on.
    if (found.value.deniedAt !== null) return { ok: true }
    return await deny(world, session, found)
  })
  if (done.ok) world.wakeUps.publish(topicOfClient(subscriberId))
  return done
}

async function deny(
  world: World,
  session: Session,
  { value, version }: Versioned<Case>,
): Promise<{ readonly ok: true } | 'stale'> {
  const { subscriberId, id: within } = session
  const now = world.now()
  const calls = await findCallStanding(world.db, subscriberId)
  const ending = { by: 'call-denied', subscriberId } as const
  const devices = await devicesEndedBy(world, { ...ending, actor: 'session', within })
  const given = await givenIn(world, value)
  const held = await listAuthenticators(world.db, subscriberId)
  const undone = undoneOf(world, held, { ...given, proofs: session.proofs })
  const until = after(now, FROZEN)
  const { holds, events } = holdsOf(world, { session, value, given, until })
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
    ],
    changed: [
      ...devices.changed,
      ...as('revoked', undone.ending),
      ...as('active', undone.returning),
    ],
    hold: holds,
    ended: { ...ending, within: undone.endsSession ? null : within, stamp: devices.stamp },
    events: [...events, ...devices.events, ...eventsOf(session, undone)],
  })
  return written ? { ok: true } : 'stale'
}

/** What is on hold from now on, and the events that say so. */
function holdsOf(
  world: World,
  {
    session: { subscriberId, id: within },
    value: { id: caseId, number: caseNumber },
    given,
    until,
  }: {
    readonly session: Session
    readonly value: Case
    readonly given: Given
    readonly until: Instant
  },
) {
  const now = world.now()
  const about = { subscriberId, within, caseId, actor: 'holder' } as const
  const holdId = newId('hld', now, world.random)
  const denied = { kind: 'desk-denied', forbids: ['withdrawals', 'binding'], until } as const
  const hold = { id: holdId, subscriberId, hold: denied }
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

const eventsOf = (
  { subscriberId, id: within }: Session,
  { ending, returning }: Undone,
): readonly AuditEvent[] => [
  ...ending.map(({ value }): AuditEvent => {
    const fact = { subscriberId, within, authenticatorId: value.id } as const
    return { kind: 'authenticator.revoked', ...fact, by: 'holder' }
  }),
  ...returning.map(({ value }): AuditEvent => {
    const fact = { subscriberId, within, authenticatorId: value.id } as const
    return { kind: 'authenticator.reactivated', ...fact, ended: [] }
  }),
]
