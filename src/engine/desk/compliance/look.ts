import { isAgentId } from '#core/agent.ts'
import { type AuditEvent, isKind } from '#core/audit/audit.ts'
import { type AuditLook, isLookRange, LOOK_PAGE, obstacleToLook } from '#core/audit/look.ts'
import { staffActor } from '#core/desk/member.ts'
import { readsAudit } from '#core/desk/role.ts'
import { lineOf } from '#core/text/line.ts'
import type { Refusal } from '#core/problems.ts'
import { hours, type Instant } from '#core/time/time.ts'
import { type OpenMemberSession, standingOf } from '#engine/desk/sessions.ts'
import { findSubscriberByName } from '#engine/subscribers/subscribers.ts'
import { refusal, type World } from '#engine/world.ts'
import type { WrittenEvent } from '#store/audit/audit.ts'
import type { Write } from '#store/database/connection.ts'
import { type Cursor, listLook } from '#store/audit/looks.ts'
import { commitDesk, findCaseIdByNumber } from '#store/desk/cases.ts'
import { findMemberCalled, memberStandingWrites } from '#store/desk/members.ts'

/** Compliance reads the audit log. It changes nothing, and each of its looks is in the log too. */

/** What is typed, each whole; what is left empty is not asked. */
export interface LookTyped {
  readonly client: string
  readonly staff: string
  readonly case: string
  readonly of: string
  readonly from: Instant
  readonly until: Instant
}

/** As many as an agent has: names are not tried one after the other, to see who is a client. */
const FINDS = { name: 'audit-finds', count: 60, per: hours(1) } as const

/**
 * What is asked, by the ids of what was typed. Whether a name is known is an answer too: it is
 * written down first.
 */
export async function readLook(
  world: World,
  open: OpenMemberSession,
  { client, staff, case: number, of, from, until }: LookTyped,
): Promise<{ readonly ok: true; readonly look: AuditLook } | Refusal> {
  const { member: reader } = open
  if (!isLookRange({ from, until })) return refusal('audit.range')
  const typed = [client, staff, number, of]
  if (typed.every((one) => one === '')) return refusal('audit.nothing-named')
  const taken = await world.limits.take(FINDS, reader.id)
  if (!taken.ok) {
    const about = { subscriberId: null, actor: staffActor(reader) } as const
    const alarm: AuditEvent = { kind: 'desk.searched-too-often', ...about }
    await commitDesk(world.db, { now: world.now(), writes: [], events: [alarm] })
    return refusal('desk.too-many-searches', taken.until)
  }
  // What is no line is no name and no number, and may hold what no database takes.
  const areLines = typed.every((one) => one === '' || lineOf(one, TYPED_LENGTH_MAX) !== null)
  const subscriberId = areLines && client !== '' ? await findSubscriberByName(world, client) : null
  const member = areLines && isAgentId(staff) ? await findMemberCalled(world.db, staff) : null
  const caseId = areLines && number !== '' ? await findCaseIdByNumber(world.db, number) : null
  const kind = isKind(of) ? of : null
  const agentId = member?.value.agentId ?? null
  const look = { subscriberId, agentId, caseId, of: kind, from, until }
  const written = await writeLook(world, open, { ...look, look: 'find' })
  if (!written.ok) return written
  const isMissing =
    (client !== '' && subscriberId === null) ||
    (staff !== '' && agentId === null) ||
    (number !== '' && caseId === null) ||
    (of !== '' && kind === null)
  return isMissing ? refusal('audit.no-such-name') : { ok: true, look }
}

/** Code points. */
const TYPED_LENGTH_MAX = 200

type Read = Extract<AuditEvent, { kind: 'desk.audit-read' }>['look']

/**
 * Writes the look down before anything is shown; a member who is suspended or has another role by
 * now sees nothing.
 */
export async function writeLook(
  world: World,
  open: OpenMemberSession,
  {
    look,
    stands = memberStandingWrites(world.db, standingOf(open)),
    besides = () => [],
    ...asked
  }: Partial<AuditLook> &
    Pick<AuditLook, 'from' | 'until'> & {
      readonly look: Read
      /** What holds it to the member. */
      readonly stands?: readonly Write[]
      /** What is written with it. */
      readonly besides?: (now: Instant) => readonly Write[]
    },
): Promise<{ readonly ok: true } | Refusal> {
  const { member } = open
  if (!readsAudit(member.role)) return refusal('desk.not-this-role')
  const { subscriberId = null, agentId = null, caseId, of = null, from, until } = asked
  const about = caseId ? { caseId } : {}
  const event: AuditEvent = {
    kind: 'desk.audit-read',
    subscriberId,
    ...about,
    actor: staffActor(member),
    look,
    agentId,
    of,
    from,
    until,
  }
  const now = world.now()
  const writes = [...stands, ...besides(now)]
  const written = await commitDesk(world.db, { now, writes, events: [event] })
  return written ? { ok: true } : refusal('desk.conflict')
}

export interface LookPage {
  readonly ok: true
  /** Newest first. */
  readonly events: readonly WrittenEvent[]
  /** From where the page after it goes on; `null` when this is the last. */
  readonly before: Cursor | null
}

/** A page of what was asked. */
export async function searchAudit(
  world: World,
  open: OpenMemberSession,
  { look, before }: { readonly look: AuditLook; readonly before: Cursor | null },
): Promise<LookPage | Refusal> {
  const problem = obstacleToLook(look)
  if (problem) return refusal(problem)
  const written = await writeLook(world, open, { ...look, look: 'search' })
  if (!written.ok) return written
  const found = await listLook(world.db, look, { before, limit: LOOK_PAGE + 1 })
  const events = found.slice(0, LOOK_PAGE)
  return { ok: true, events, before: found.length > LOOK_PAGE ? cursorOf(events) : null }
}

export function cursorOf(events: readonly WrittenEvent[]): Cursor | null {
  const last = events.at(-1)
  return last ? { at: last.at, seq: last.seq } : null
}
