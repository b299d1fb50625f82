import type { AgentId } from '#core/agent.ts'
import type { AuditEvent } from '#core/audit/audit.ts'
import type { Authenticator } from '#core/devices/authenticator.ts'
import type { AuthenticatorId, SubscriberId } from '#core/ids.ts'
import { type Instant, instant } from '#core/time/time.ts'
import { eventWrites } from '#store/audit/audit.ts'
import {
  authenticatorWrites,
  bindingWrites,
  unbindingWrite,
} from '#store/devices/authenticators.ts'
import type { Write } from '#store/database/connection.ts'
import type { Db } from '#store/database/open.ts'
import { endingWrites } from '#store/endings.ts'
import type { Versioned } from '#store/queries/versioned.ts'
import { one } from '#store/queries/writes.ts'

/** What the desk has given out: to whom, by whom, and who agreed. */
export interface Issue {
  readonly agent: AgentId
  readonly approvedBy: AgentId | null
  readonly reason: string
  /** Days since 1970, UTC. */
  readonly day: number
  /** How many this agent has given out that day, with this one. */
  readonly ordinal: number
}

/** When this subscriber was given one, newest first; at most 100. */
export async function listIssuedTo(
  db: Db,
  subscriberId: SubscriberId,
  since: Instant,
): Promise<readonly Instant[]> {
  const rows = await db.read
    .selectFrom('issue')
    .select('issued_at_ms')
    .where('subscriber_id', '=', subscriberId)
    .where('issued_at_ms', '>', since)
    .orderBy('issued_at_ms', 'desc')
    .limit(ISSUES_MAX)
    .execute()
  return rows.map((row) => instant(row.issued_at_ms))
}

const ISSUES_MAX = 100

/** How many this agent has given out on a day. */
export async function countIssuedBy(db: Db, agent: AgentId, day: number): Promise<number> {
  const row = await db.read
    .selectFrom('issue')
    .select((eb) => eb.fn.max('ordinal').as('last'))
    .where('agent', '=', agent)
    .where('day', '=', day)
    .executeTakeFirst()
  return row?.last ?? 0
}

export interface IssueCommit {
  readonly now: Instant
  readonly subscriberId: SubscriberId
  /** The stamp that was read: of two issues to one subscriber at once, one is written. */
  readonly stamp: number
  readonly authenticator: Authenticator
  readonly issue: Issue
  /** What rests or ends while the new one counts. */
  readonly changed: readonly Versioned<Authenticator>[]
  /** What others hold as well: it serves this subscriber no more, and them as before. */
  readonly unbound?: readonly AuthenticatorId[]
  readonly events: readonly AuditEvent[]
  /** What is written first: the desk uses a warrant up. */
  readonly besides?: readonly Write[]
}

/** @returns `false`, and writes nothing, when anything in it was written since it was read. */
export async function commitIssue(db: Db, commit: IssueCommit): Promise<boolean> {
  const { now, subscriberId, stamp, authenticator, issue, changed, unbound = [], events } = commit
  const record = db.write
    .insertInto('issue')
    .values({
      authenticator_id: authenticator.id,
      subscriber_id: subscriberId,
      agent: issue.agent,
      approved_by: issue.approvedBy,
      reason: issue.reason,
      issued_at_ms: now,
      day: issue.day,
      ordinal: issue.ordinal,
    })
    .onConflict((oc) => oc.doNothing())
  return db.commit([
    ...(commit.besides ?? []),
    // A thief may be logged in with what was lost (S85).
    ...endingWrites(db, { by: 'passcode-issued', subscriberId, stamp }, now),
    ...authenticatorWrites(db, changed),
    ...unbound.map((authenticatorId) => unbindingWrite(db, { subscriberId, authenticatorId })),
    ...bindingWrites(db, authenticator, [subscriberId]),
    one(record),
    ...eventWrites(db, events, now),
  ])
}
