import { type Found, hasLapsed, isTaken, mayReread, type Rereading } from '#core/audit/rereading.ts'
import type { AuditEvent } from '#core/audit/audit.ts'
import type { Case } from '#core/desk/case.ts'
import type { Deed } from '#core/desk/deeds.ts'
import { type Member, staffActor } from '#core/desk/member.ts'
import { isSecondPerson } from '#core/desk/role.ts'
import { type CaseId, newId, type RereadingId } from '#core/ids.ts'
import type { Refusal } from '#core/problems.ts'
import { after, type Instant, millis } from '#core/time/time.ts'
import { linesOf, type ReportLine } from '#engine/desk/compliance/report.ts'
import { type OpenMemberSession, standingOf } from '#engine/desk/sessions.ts'
import { tieToStaff } from '#engine/desk/ties.ts'
import { retryStale } from '#engine/retry.ts'
import { topicOfClient } from '#engine/wake-up-topics.ts'
import { refusal, type World } from '#engine/world.ts'
import { listLook } from '#store/audit/looks.ts'
import {
  findRereading,
  listOpenRereadings,
  rereadingInsert,
  rereadingWrite,
} from '#store/audit/rereadings.ts'
import type { Write } from '#store/database/connection.ts'
import { commitDesk, findCase } from '#store/desk/cases.ts'
import { findMember, memberStandingWrites } from '#store/desk/members.ts'
import { listSecondRequests } from '#store/desk/second-requests.ts'
import type { Versioned } from '#store/queries/versioned.ts'

/**
 * What a member did is read again by another, who was no part of it: one deed in fifty, by chance.
 * The system hands out the oldest, so a reader chooses none, and the client reads that it was read.
 *
 * @see security A13
 */

interface Done {
  readonly caseId: CaseId
  readonly act: Deed
  readonly by: Member
  readonly second: Member | null
  readonly at: Instant
  /** Whether chance has drawn it. */
  readonly isRead: boolean
}

/** What the commit of a deed writes besides, where the deed was drawn. */
export const rereadingWrites = (
  world: World,
  { caseId, act, by, second, at, isRead }: Done,
): readonly Write[] =>
  isRead
    ? [
        rereadingInsert(world.db, {
          id: newId('rrd', at, world.random),
          caseId,
          act,
          memberId: by.id,
          secondId: second?.id ?? null,
          doneAt: at,
          state: 'open',
          readerId: null,
          takenAt: null,
        }),
      ]
    : []

/** One with all that its reader is held against. */
interface Waiting extends Versioned<Rereading> {
  readonly case: Case
  readonly member: Member
}

/** As it stands now, for this reader; `null` where it is not theirs to read. */
async function waitingOne(
  world: World,
  { member: reader }: OpenMemberSession,
  found: Versioned<Rereading>,
): Promise<Waiting | null> {
  const { caseId, memberId, secondId, readerId } = found.value
  const now = world.now()
  if (isTaken(found.value, now) && readerId !== reader.id) return null
  if (hasLapsed(found.value, reader.id, now)) return null
  const [one, member, second] = await Promise.all([
    findCase(world.db, caseId),
    findMember(world.db, memberId),
    secondId === null ? null : findMember(world.db, secondId),
  ])
  if (!one || !member) return null
  const others = { member: member.value, second: second?.value ?? null }
  if (!mayReread(reader, others)) return null
  // Who was asked about any other deed of the call would read what they said themselves.
  const asked = await listSecondRequests(world.db, caseId)
  if (asked.some(({ secondId: one }) => one === reader.id)) return null
  // The staff sees nothing of a client who has something in common with it.
  if ((await tieToStaff(world, one.value.subscriberId)) !== null) return null
  return { ...found, case: one.value, member: member.value }
}

/** All that wait: those that none here may read must not stand before the others for ever. */
async function allOpen(world: World): Promise<readonly Versioned<Rereading>[]> {
  const all: Versioned<Rereading>[] = []
  for (;;) {
    const page = await listOpenRereadings(world.db, all.at(-1)?.value.id)
    if (page.length === 0) return all
    all.push(...page)
  }
}

/** The oldest that this member may read, or has before them. */
async function nextOf(world: World, open: OpenMemberSession): Promise<Waiting | null> {
  const all = await allOpen(world)
  const isOwn = ({ value }: Versioned<Rereading>) =>
    value.readerId === open.member.id && isTaken(value, world.now())
  // Few wait, and most of them are the first one's: it is seldom that a second is looked at.
  for (const found of [...all.filter(isOwn), ...all.filter((one) => !isOwn(one))]) {
    const one = await waitingOne(world, open, found)
    if (one) return one
  }
  return null
}

/** Whether a deed waits for this member to read it. */
export const hasRereading = async (world: World, open: OpenMemberSession): Promise<boolean> =>
  isSecondPerson(open.member.role) && (await nextOf(world, open)) !== null

export type Taken = { readonly ok: true; readonly id: RereadingId | null } | Refusal

/** Hands out the oldest, which stays with its reader for a day; `null` where none waits. */
export async function takeRereading(world: World, open: OpenMemberSession): Promise<Taken> {
  if (!isSecondPerson(open.member.role)) return refusal('desk.not-this-role')
  return await retryStale<Taken>('desk.conflict', async () => {
    const next = await nextOf(world, open)
    if (!next) return { ok: true, id: null }
    const { value } = next
    const now = world.now()
    if (isTaken(value, now)) return { ok: true, id: value.id }
    const taken = { ...value, readerId: open.member.id, takenAt: now }
    const about = { caseNumber: next.case.number, act: value.act }
    const written = await write(world, open, {
      next: { ...next, value: taken },
      event: { kind: 'desk.reread-begun', ...aboutOf(next, open), ...about },
    })
    return written ? { ok: true, id: value.id } : 'stale'
  })
}

const aboutOf = ({ case: one }: Waiting, { member }: OpenMemberSession) =>
  ({ subscriberId: one.subscriberId, caseId: one.id, actor: staffActor(member) }) as const

async function write(
  world: World,
  open: OpenMemberSession,
  { next, event }: { readonly next: Waiting; readonly event: AuditEvent },
): Promise<boolean> {
  const { value, version } = next
  const writes = [
    ...memberStandingWrites(world.db, standingOf(open)),
    rereadingWrite(world.db, { value, version }),
  ]
  const written = await commitDesk(world.db, { now: world.now(), writes, events: [event] })
  if (written) world.wakeUps.publish(topicOfClient(next.case.subscriberId))
  return written
}

export interface RereadingView {
  readonly ok: true
  readonly rereading: Rereading
  readonly case: Pick<Case, 'number' | 'reason' | 'notes'>
  /** Who did it. */
  readonly member: Pick<Member, 'name'>
  /** The case as it went, oldest first. */
  readonly lines: readonly ReportLine[]
  /** What came first is not among them: there was more. */
  readonly isCut: boolean
}

/** More than a call has. */
const TRAIL_MAX = 200

/** What compliance alone hears: a reader who knows it could warn the colleague. */
const UNTOLD: ReadonlySet<AuditEvent['kind']> = new Set([
  ...(['desk.canary-opened', 'desk.deed-doubted'] as const),
])

/** What its reader sees: the case as it went, and nothing that was masked. */
export async function viewRereading(
  world: World,
  open: OpenMemberSession,
  id: RereadingId,
): Promise<RereadingView | Refusal> {
  const one = await ownOf(world, open, id)
  if (!one) return refusal('desk.no-request')
  const { id: caseId, number, reason, notes, openedAt } = one.case
  const nothingElse = { subscriberId: null, agentId: null, of: null }
  const until = after(world.now(), millis(1))
  const look = { ...nothingElse, caseId, from: openedAt, until }
  const found = await listLook(world.db, look, { before: null, limit: TRAIL_MAX + 1 })
  const told = found.slice(0, TRAIL_MAX).filter(({ event }) => !UNTOLD.has(event.kind))
  const lines = await linesOf(world, told.toReversed())
  return {
    ok: true,
    rereading: one.value,
    case: { number, reason, notes },
    member: one.member,
    lines,
    isCut: found.length > TRAIL_MAX,
  }
}

async function ownOf(
  world: World,
  open: OpenMemberSession,
  id: RereadingId,
): Promise<Waiting | null> {
  const found = await findRereading(world.db, id)
  const isOwn = found?.value.readerId === open.member.id && isTaken(found.value, world.now())
  return isOwn && found ? await waitingOne(world, open, found) : null
}

/** The reader says that it was well, or what is wrong with it: that is an alarm of compliance. */
export async function answerRereading(
  world: World,
  open: OpenMemberSession,
  { id, found }: { readonly id: RereadingId; readonly found: Found },
): Promise<{ readonly ok: true } | Refusal> {
  const one = await ownOf(world, open, id)
  if (!one) return refusal('desk.no-request')
  const state = found === 'well' ? 'well' : 'doubted'
  const { act } = one.value
  const doer = staffActor(one.member)
  const about = { ...aboutOf(one, open), caseNumber: one.case.number, act, doer }
  const event: AuditEvent =
    found === 'well'
      ? { kind: 'desk.reread', ...about }
      : { kind: 'desk.deed-doubted', ...about, doubt: found }
  const next = { ...one, value: { ...one.value, state } as const }
  return (await write(world, open, { next, event })) ? { ok: true } : refusal('desk.conflict')
}
