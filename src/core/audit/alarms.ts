import type { AuditEvent } from '#core/audit/audit.ts'
import { days } from '#core/time/time.ts'

/** What compliance looks into whenever it is there: each is graver than the rest of the log. */
export const ALARMS = [
  ...(['desk.canary-opened', 'desk.searched-too-often', 'desk.call-denied'] as const),
  ...(['desk.calls-stopped', 'desk.passkey-copied', 'desk.deed-doubted'] as const),
  ...(['desk.glass-broken'] as const),
] as const satisfies readonly AuditEvent['kind'][]

export type Alarm = (typeof ALARMS)[number]

export const isAlarm = (kind: AuditEvent['kind']): kind is Alarm =>
  ALARMS.some((one) => one === kind)

/** For so long they stand on the first page of the audit. */
export const ALARMS_SHOWN = days(30)
