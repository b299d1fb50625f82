import type { AuditEvent } from '#core/audit/audit.ts'
import { isStopped } from '#core/desk/verification.ts'
import { type CaseId, newId } from '#core/ids.ts'
import type { Refusal } from '#core/problems.ts'
import type { Session } from '#core/sessions/session.ts'
import { after, before, days } from '#core/time/time.ts'
import { devicesEndedBy } from '#engine/endings.ts'
import { retryStale } from '#engine/retry.ts'
import { topicOfClient } from '#engine/wake-up-topics.ts'
import { refusal, type World } from '#engine/world.ts'
import { caseWrite, findCase } from '#store/desk/cases.ts'
import { callStandingWrite, findCallStanding } from '#store/desk/proofs.ts'
import { commitAuthenticators } from '#store/devices/authenticators.ts'

/** Later it is a question for the people who look into it. */
const DENIABLE = days(30)
const FROZEN = days(1)

/**
 * The client reads of a call and says that they did not call. For a day no proof by telephone opens
 * anything, no device is bound and no money leaves; the case is closed, with what was proven in it.
 * The event alarms the broker's compliance.
 *
 * Trading goes on: an attacker in a stolen session could otherwise keep the client from it (A28).
 */
export async function denyCall(
  world: World,
  { subscriberId, id: within }: Session,
  id: CaseId,
): Promise<{ readonly ok: true } | Refusal> {
  const done = await retryStale<{ readonly ok: true } | Refusal>('desk.conflict', async () => {
    const now = world.now()
    const found = await findCase(world.db, id)
    const isTheirs =
      found?.value.subscriberId === subscriberId && found.value.openedAt > before(now, DENIABLE)
    if (!isTheirs) return refusal('desk.no-case')
    const { value, version } = found
    // Said once, and true from then on.
    if (value.deniedAt !== null) return { ok: true }
    const calls = await findCallStanding(world.db, subscriberId)
    const until = after(now, FROZEN)
    const stopped = isStopped(calls.value, until) ? calls.value.stoppedUntil : until
    const devices = await devicesEndedBy(world, {
      by: 'binding-held',
      subscriberId,
      actor: 'session',
    })
    const holdId = newId('hld', now, world.random)
    const hold = { kind: 'desk-denied', forbids: ['withdrawals', 'binding'], until } as const
    const about = { subscriberId, within, caseId: id, actor: 'holder' } as const
    const event: AuditEvent = {
      kind: 'desk.call-denied',
      ...about,
      caseNumber: value.number,
      holdId,
      until,
    }
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
      changed: devices.changed,
      hold: { id: holdId, subscriberId, hold },
      ended: { by: 'binding-held', subscriberId, stamp: devices.stamp },
      events: [event, ...devices.events],
    })
    return written ? { ok: true } : 'stale'
  })
  if (done.ok) world.wakeUps.publish(topicOfClient(subscriberId))
  return done
}
