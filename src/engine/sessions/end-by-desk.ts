import type { AuditEvent } from '#core/audit/audit.ts'
import type { SubscriberId } from '#core/ids.ts'
import type { Refusal } from '#core/problems.ts'
import { devicesEndedBy } from '#engine/endings.ts'
import { eventsOn, type OnCase } from '#engine/on-case.ts'
import { retryStale } from '#engine/retry.ts'
import { topicOfClient } from '#engine/wake-up-topics.ts'
import type { World } from '#engine/world.ts'
import { commitAuthenticators } from '#store/devices/authenticators.ts'
import { listSessions } from '#store/sessions/sessions.ts'

interface Ending {
  readonly subscriberId: SubscriberId
  readonly onCase: OnCase
}

/**
 * Ends every session of a client who says that an attacker may be in, with all that is half begun;
 * says how many were open. One that is opened at this moment ends too.
 */
export async function endSessionsByDesk(
  world: World,
  { subscriberId, onCase }: Ending,
): Promise<{ readonly ok: true; readonly count: number } | Refusal> {
  return await retryStale<{ readonly ok: true; readonly count: number } | Refusal>(
    'desk.conflict',
    async () => {
      const act = { by: 'not-me', subscriberId } as const
      const devices = await devicesEndedBy(world, { ...act, actor: 'desk', isOf: () => true })
      const open = await listSessions(world.db, subscriberId, world.now())
      const sessions = open.map(({ id }) => id)
      const now = world.now()
      const events = sessions.map(
        (sessionId): AuditEvent => ({ kind: 'session.ended', subscriberId, sessionId, by: 'desk' }),
      )
      const written = await commitAuthenticators(world.db, {
        now,
        besides: onCase.uses(now),
        changed: devices.changed,
        ended: { ...act, stamp: devices.stamp },
        events: eventsOn(onCase, [...events, ...devices.events]),
      })
      if (!written) return 'stale'
      world.wakeUps.publish(topicOfClient(subscriberId))
      return { ok: true, count: sessions.length }
    },
  )
}
