import type { Selectable } from 'kysely'
import type { AgentId } from '#core/agent.ts'
import type { Member } from '#core/desk/member.ts'
import type { Role } from '#core/desk/role.ts'
import type { MemberId, MemberSessionId } from '#core/ids.ts'
import type { Json } from '#core/json.ts'
import { instant } from '#core/time/time.ts'
import type { Write } from '#store/database/connection.ts'
import type { Db } from '#store/database/open.ts'
import { sealed, unsealed } from '#store/database/sealed.ts'
import type { Tables } from '#store/database/tables.ts'
import { memberSessionStays } from '#store/desk/member-sessions.ts'
import { atMost, prepared } from '#store/queries/prepared.ts'
import type { Versioned, Written } from '#store/queries/versioned.ts'
import { one } from '#store/queries/writes.ts'

const MEMBER = [
  'member.id',
  'member.version',
  'member.agent_id',
  'member.role',
  'member.state',
  'member.created_at_ms',
  'member.body',
] as const

export async function findMember(db: Db, id: MemberId): Promise<Versioned<Member> | null> {
  const [row] = await db.ask(memberById(db, { id }))
  return row ? memberOf(db, row) : null
}

const memberById = prepared((db, { id }: { readonly id: MemberId }) =>
  db.read.selectFrom('member').select(MEMBER).where('id', '=', id),
)

/** By what stands in the audit log. */
export async function findMemberCalled(
  db: Db,
  agentId: AgentId,
): Promise<Versioned<Member> | null> {
  const [row] = await db.ask(memberCalled(db, { agentId }))
  return row ? memberOf(db, row) : null
}

const memberCalled = prepared((db, { agentId }: { readonly agentId: AgentId }) =>
  db.read.selectFrom('member').select(MEMBER).where('agent_id', '=', agentId),
)

/** All members, whatever they are now, by their ids; at most 1,000. */
export async function listMembers(db: Db): Promise<readonly Versioned<Member>[]> {
  const rows = await db.ask(allMembers(db, {}))
  return rows.map((row) => memberOf(db, row))
}

const MEMBERS_MAX = 1_000

const allMembers = prepared((db) =>
  db.read.selectFrom('member').select(MEMBER).orderBy('agent_id').limit(atMost(MEMBERS_MAX)),
)

/** What is the own of all members who are not suspended, in one read. */
export async function listStaffTies(db: Db): Promise<readonly Pick<Member, 'id' | 'ties'>[]> {
  const rows = await db.ask(staying(db, {}))
  return rows.map((row) => memberOf(db, row).value)
}

/** More than any desk has: none of them may be left out. */
const STAYING_MAX = 10_000

const staying = prepared((db) =>
  db.read
    .selectFrom('member')
    .select(MEMBER)
    .where('state', '!=', 'suspended')
    .orderBy('agent_id')
    .limit(atMost(STAYING_MAX)),
)

/** A new member, or another state of one over the version that was read. */
export function memberWrite(db: Db, { value, version }: Written<Member>): Write {
  const { id, agentId, role, state, createdAt, ...kept } = value
  const body = sealed(db, memberPlace(id), kept satisfies Body as unknown as Json)
  if (version !== null) {
    const update = db.write
      .updateTable('member')
      .set({ role, state, body, version: version + 1 })
      .where('id', '=', id)
      .where('version', '=', version)
    return one(update)
  }
  const row = { id, version: 1, agent_id: agentId, role, state, created_at_ms: createdAt, body }
  return one(
    db.write
      .insertInto('member')
      .values(row)
      .onConflict((oc) => oc.doNothing()),
  )
}

/**
 * What a deed of a member rests on: they are active in this role, and the session that asks is not
 * ended.
 */
export interface MemberStanding {
  readonly memberId: MemberId
  readonly role: Role
  readonly sessionId: MemberSessionId
}

/**
 * Holds a commit to the member who asked for it: one who was suspended, or whose role or session is
 * gone by now, writes nothing. Both rows are written, so that an act which ends them waits or is
 * waited for.
 */
export const memberStandingWrites = (db: Db, standing: MemberStanding): readonly Write[] => [
  memberStays(db, standing),
  memberSessionStays(db, standing.sessionId),
]

/**
 * The same, over the member as they were read: of two such acts at once one is written. What was
 * counted after that read is so still.
 */
export const memberCountedWrites = (
  db: Db,
  held: Versioned<Member>,
  { sessionId }: Pick<MemberStanding, 'sessionId'>,
): readonly Write[] => [memberWrite(db, held), memberSessionStays(db, sessionId)]

/** They are active, and in this role. */
export const memberStays = (
  db: Db,
  { memberId, role }: Pick<MemberStanding, 'memberId' | 'role'>,
): Write => one(memberAsIs(db, { memberId, role }))

const memberAsIs = prepared(
  (db, { memberId, role }: { readonly memberId: MemberId; readonly role: Role }) =>
    db.write
      .updateTable('member')
      .set({ state: 'active' })
      .where('id', '=', memberId)
      .where('state', '=', 'active')
      .where('role', '=', role),
)

export const memberPlace = (id: string) => ({ table: 'member', column: 'body', row: id })

export function memberOf(db: Db, row: Selectable<Tables['member']>): Versioned<Member> {
  const kept = unsealed(db, memberPlace(row.id), row.body) as unknown as Body
  const value: Member = {
    ...kept,
    id: row.id as MemberId,
    agentId: row.agent_id as AgentId,
    role: row.role as Role,
    state: row.state as Member['state'],
    createdAt: instant(row.created_at_ms),
  }
  return { value, version: row.version }
}

/** What has no column of its own. */
type Body = Omit<Member, 'id' | 'agentId' | 'role' | 'state' | 'createdAt'>
