import type { AuditEvent } from '#core/audit/audit.ts'
import type { Problem } from '#core/problems.ts'
import { minutes } from '#core/time/time.ts'

/** A client who is in by then has been helped by what they read. */
export const SOLVED_WITHIN = minutes(15)

/** Whether a client got in after a problem: by themselves, after a call, or not in time. */
export type Solved = 'alone' | 'called' | 'no'

/** The events by which a login stops, each with a problem that a client has read. */
export const STOPPED: readonly AuditEvent['kind'][] = [
  'login.password-refused',
  'login.answer-refused',
  'login.denied',
  'login.expired',
]

/** What a client was told by an event of these; `null` where it was told to no client. */
export function toldBy(event: AuditEvent): Problem | null {
  switch (event.kind) {
    case 'login.password-refused':
      if (event.reason === 'wrong') return 'login.wrong-credentials'
      return event.problem ?? null
    case 'login.answer-refused':
      return event.over ? 'login.too-many-wrong-answers' : 'login.wrong-answer'
    case 'login.denied':
      return event.notMe ? 'login.not-me' : 'login.denied'
    case 'login.expired':
      return event.proven ? 'login.expired' : null
    default:
      return null
  }
}
