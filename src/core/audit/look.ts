import type { AgentId } from '#core/agent.ts'
import type { AuditEvent } from '#core/audit/audit.ts'
import type { CaseId, SubscriberId } from '#core/ids.ts'
import { before, days, type Instant } from '#core/time/time.ts'

/** What compliance asks the audit log. At least one of the first four is named. */
export interface AuditLook {
  readonly subscriberId: SubscriberId | null
  readonly agentId: AgentId | null
  readonly caseId: CaseId | null
  readonly of: AuditEvent['kind'] | null
  readonly from: Instant
  /** What happened at this moment is left out. */
  readonly until: Instant
}

export const LOOK_RANGE_MAX = days(366)
export const LOOK_PAGE = 50
/** More than an export may hold is asked for in two. */
export const EXPORT_MAX = 100_000
/** So many exports a member makes in a day: more is no investigation, but a copy of the log. */
export const EXPORTS_MAX = 10
export const EXPORTS_WITHIN = days(1)

/** Not reversed, not empty, and no more than a year. */
export const isLookRange = ({ from, until }: Pick<AuditLook, 'from' | 'until'>): boolean =>
  from < until && from >= before(until, LOOK_RANGE_MAX)

/** What is wrong with it; `null` for nothing. */
export function obstacleToLook(look: AuditLook): 'audit.range' | 'audit.nothing-named' | null {
  const { subscriberId, agentId, caseId, of } = look
  if (!isLookRange(look)) return 'audit.range'
  const isNamed = [subscriberId, agentId, caseId, of].some((one) => one !== null)
  return isNamed ? null : 'audit.nothing-named'
}
