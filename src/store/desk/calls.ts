import type { Case } from '#core/desk/case.ts'
import { CASE_LIFETIME } from '#core/desk/case.ts'
import { type Member, MEMBER_SESSION_ABSOLUTE, MEMBER_SESSION_IDLE } from '#core/desk/member.ts'
import type { SubscriberId } from '#core/ids.ts'
import { before, type Instant } from '#core/time/time.ts'
import type { Db } from '#store/database/open.ts'
import { CASE, caseOf } from '#store/desk/cases.ts'
import { memberOf } from '#store/desk/members.ts'
import { columnsOf, part, partIn } from '#store/queries/joined-rows.ts'
import { atMost, prepared } from '#store/queries/prepared.ts'

/**
 * The case in which an agent talks to this client now, with the agent; `null` for none. It is open,
 * and its agent still works here, is logged in since before it, and has taken no other call since.
 */
export async function findCallWith(
  db: Db,
  subscriberId: SubscriberId,
  now: Instant,
): Promise<{ readonly case: Case; readonly member: Member } | null> {
  const [row] = await db.ask(
    callWith(db, {
      subscriberId,
      since: before(now, CASE_LIFETIME),
      seenSince: before(now, MEMBER_SESSION_IDLE),
      loggedInSince: before(now, MEMBER_SESSION_ABSOLUTE),
    }),
  )
  const found = row && partIn(row, PARTS.case)
  const member = row && partIn(row, PARTS.member)
  if (!found || !member) return null
  return { case: caseOf(db, found).value, member: memberOf(db, member).value }
}

const MEMBER = ['id', 'version', 'agent_id', 'role', 'state', 'created_at_ms', 'body'] as const

const PARTS = {
  case: part<'desk_case'>('desk_case', CASE),
  member: part<'member'>('member', MEMBER),
} as const

interface With {
  readonly subscriberId: SubscriberId
  /** A case that was opened then or earlier is over. */
  readonly since: Instant
  /** A session that was seen, or began, then or earlier is over. */
  readonly seenSince: Instant
  readonly loggedInSince: Instant
}

const callWith = prepared((db, { subscriberId, since, seenSince, loggedInSince }: With) =>
  db.read
    .selectFrom('desk_case')
    .innerJoin('member', 'member.id', 'desk_case.member_id')
    .select([...columnsOf('desk_case', CASE), ...columnsOf('member', MEMBER)])
    .where('desk_case.subscriber_id', '=', subscriberId)
    .where('desk_case.closed_at_ms', 'is', null)
    .where('desk_case.opened_at_ms', '>', since)
    .where('member.state', '=', 'active')
    .where(({ exists, selectFrom }) =>
      exists(
        selectFrom('member_session')
          .select('member_session.id')
          .whereRef('member_session.member_id', '=', 'desk_case.member_id')
          // Who has logged out and in again has hung up.
          .whereRef('member_session.opened_at_ms', '<=', 'desk_case.opened_at_ms')
          .where('member_session.ended_at_ms', 'is', null)
          .where('member_session.seen_at_ms', '>', seenSince)
          .where('member_session.opened_at_ms', '>', loggedInSince),
      ),
    )
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('desk_case as later')
            .select('later.id')
            .whereRef('later.member_id', '=', 'desk_case.member_id')
            .whereRef('later.id', '>', 'desk_case.id'),
        ),
      ),
    )
    .orderBy('desk_case.id', 'desc')
    .limit(atMost(1)),
)
