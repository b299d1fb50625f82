import {
  type Member,
  MEMBER_SESSION_ABSOLUTE,
  MEMBER_SESSION_IDLE,
  type MemberSession,
} from '#core/desk/member.ts'
import type { Role } from '#core/desk/role.ts'
import type { MemberSessionId } from '#core/ids.ts'
import { before, type Instant } from '#core/time/time.ts'
import type { Db } from '#store/database/open.ts'
import { MEMBER_SESSION, memberSessionOf } from '#store/desk/member-sessions.ts'
import { memberOf } from '#store/desk/members.ts'
import { columnsOf, part, partIn } from '#store/queries/joined-rows.ts'
import { atMost, prepared } from '#store/queries/prepared.ts'
import type { Versioned } from '#store/queries/versioned.ts'

/** A session, open or not, and whose it is. */
export interface HeldMemberSession {
  readonly session: MemberSession
  readonly member: Versioned<Member>
}

/** By the SHA-256 of its token; whether it is open is the caller's question. */
export async function findHeldMemberSession(
  db: Db,
  tokenHash: Uint8Array,
): Promise<HeldMemberSession | null> {
  const [row] = await db.ask(heldByToken(db, { tokenHash }))
  return row ? heldOf(db, row) : null
}

/** By its id, for what was asked in it and is answered elsewhere. */
export async function findMemberSession(
  db: Db,
  id: MemberSessionId,
): Promise<HeldMemberSession | null> {
  const [row] = await db.ask(heldById(db, { id }))
  return row ? heldOf(db, row) : null
}

function heldOf(db: Db, row: Record<string, unknown>): HeldMemberSession | null {
  const session = partIn(row, PARTS.session)
  const member = partIn(row, PARTS.member)
  return session && member
    ? { session: memberSessionOf(session), member: memberOf(db, member) }
    : null
}

const COLUMNS = ['id', 'version', 'agent_id', 'role', 'state', 'created_at_ms', 'body'] as const

const PARTS = {
  session: part<'member_session'>('member_session', MEMBER_SESSION),
  member: part<'member'>('member', COLUMNS),
} as const

const held = (db: Pick<Db, 'read'>) =>
  db.read
    .selectFrom('member_session')
    .innerJoin('member', 'member.id', 'member_session.member_id')
    .select([...columnsOf('member_session', MEMBER_SESSION), ...columnsOf('member', COLUMNS)])

const heldByToken = prepared((db, { tokenHash }: { readonly tokenHash: Uint8Array }) =>
  held(db).where('member_session.token_hash', '=', tokenHash),
)

const heldById = prepared((db, { id }: { readonly id: MemberSessionId }) =>
  held(db).where('member_session.id', '=', id),
)

/** Who is at the desk in this role: an open session that was used lately; at most 200. */
export async function listPresentMembers(
  db: Db,
  role: Role,
  now: Instant,
): Promise<readonly Member[]> {
  const rows = await db.ask(
    present(db, {
      role,
      seenSince: before(now, MEMBER_SESSION_IDLE),
      openedSince: before(now, MEMBER_SESSION_ABSOLUTE),
    }),
  )
  return rows.map((row) => memberOf(db, row).value)
}

const PRESENT_MAX = 200

interface Present {
  readonly role: Role
  readonly seenSince: Instant
  readonly openedSince: Instant
}

const present = prepared((db, { role, seenSince, openedSince }: Present) =>
  db.read
    .selectFrom('member')
    .select(COLUMNS)
    .where('state', '=', 'active')
    .where('role', '=', role)
    .where((eb) =>
      eb.exists(
        eb
          .selectFrom('member_session')
          .select('member_session.id')
          .whereRef('member_session.member_id', '=', 'member.id')
          .where('member_session.ended_at_ms', 'is', null)
          .where('member_session.seen_at_ms', '>', seenSince)
          .where('member_session.opened_at_ms', '>', openedSince),
      ),
    )
    .orderBy('id')
    .limit(atMost(PRESENT_MAX)),
)
