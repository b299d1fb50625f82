import type { AuditEvent } from '#core/audit/audit.ts'
import type { AuditSubject } from '#core/events/event.ts'
import type { Instant } from '#core/time/time.ts'
import type { Write } from '#store/database/connection.ts'

/**
 * A deed of the desk on a case: what stands beside its events in the log, the event that tells the
 * client, and the warrant that it uses up in its own commit.
 */
export interface OnCase {
  readonly facts: Pick<AuditSubject, 'actor' | 'caseId' | 'verified'>
  readonly told: AuditEvent
  readonly uses: (now: Instant) => readonly Write[]
}

/** The events of a deed, with whose case it was; without a case as they are. */
export const eventsOn = (
  onCase: OnCase | undefined,
  events: readonly AuditEvent[],
): readonly AuditEvent[] =>
  onCase ? [...events.map((event) => ({ ...event, ...onCase.facts })), onCase.told] : events
