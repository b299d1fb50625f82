import type { AuditEvent } from '#core/audit/audit.ts'
import { EXPORT_MAX, obstacleToLook } from '#core/audit/look.ts'
import type { Unmasking } from '#core/desk/unmasking.ts'
import type { CaseId, SubscriberId } from '#core/ids.ts'
import type { Refusal } from '#core/problems.ts'
import type { Instant } from '#core/time/time.ts'
import { writeLook } from '#engine/desk/compliance/look.ts'
import type { OpenMemberSession } from '#engine/desk/sessions.ts'
import { refusal, type World } from '#engine/world.ts'
import { isLookLonger, listLook } from '#store/audit/looks.ts'
import { listCasesById } from '#store/desk/cases.ts'
import { listMembers } from '#store/desk/members.ts'
import { listUnmaskingsOn } from '#store/desk/unmaskings.ts'
import { findSubscriber } from '#store/subscribers/subscribers.ts'

/** One look or deed of the staff, or what its client said of it. */
export interface ReportLine {
  readonly at: Instant
  readonly event: AuditEvent
  /** What colleagues call who did it; the actor itself where it is no member. */
  readonly by: string
  readonly caseNumber: string | null
  /** Why, as it was typed; `null` where no reason is asked. */
  readonly reason: string | null
}

export interface Report {
  readonly ok: true
  readonly userName: string
  /** Oldest first: the story as it went. */
  readonly lines: readonly ReportLine[]
  /** There was more: a shorter time shows it. */
  readonly isCut: boolean
}

interface Asked {
  readonly subscriberId: SubscriberId
  readonly from: Instant
  readonly until: Instant
}

const LINES_MAX = 500
const BATCH = 1_000

/**
 * Who saw what of one client and did what, when, under which case, and how the caller was verified:
 * every event of a case and every deed of a member of staff, back-office program or operator.
 */
export async function reportOn(
  world: World,
  open: OpenMemberSession,
  asked: Asked,
): Promise<Report | Refusal> {
  const look = { ...asked, agentId: null, caseId: null, of: null }
  const problem = obstacleToLook(look)
  if (problem) return refusal(problem)
  const written = await writeLook(world, open, { ...asked, look: 'report' })
  if (!written.ok) return written
  const subscriber = await findSubscriber(world.db, asked.subscriberId)
  if (!subscriber) return refusal('audit.no-such-name')
  const found: { readonly at: Instant; readonly seq: number; readonly event: AuditEvent }[] = []
  let before: { readonly at: Instant; readonly seq: number } | null = null
  for (let read = 0; read < EXPORT_MAX && found.length <= LINES_MAX; read += BATCH) {
    const batch = await listLook(world.db, look, { before, limit: BATCH })
    found.push(...batch.filter(({ event }) => isOfStaff(event)))
    const last = batch.at(-1)
    if (!last || batch.length < BATCH) break
    before = last
  }
  const shown = found.slice(0, LINES_MAX)
  const lines = await linesOf(world, shown.toReversed())
  return {
    ok: true,
    userName: subscriber.value.userName,
    lines,
    isCut: found.length > LINES_MAX || (await isLookLonger(world.db, look, EXPORT_MAX)),
  }
}

const isOfStaff = ({ actor, caseId, kind }: AuditEvent): boolean =>
  kind !== 'desk.audit-read' &&
  (caseId !== undefined ||
    actor?.startsWith('staff:') === true ||
    actor?.startsWith('operator:') === true ||
    actor?.startsWith('back-office:') === true)

/** Each with names in place of ids, and what was typed beside it. */
export async function linesOf(
  world: World,
  written: readonly { readonly at: Instant; readonly event: AuditEvent }[],
): Promise<readonly ReportLine[]> {
  const ids = [...new Set(written.flatMap(({ event }) => event.caseId ?? []))]
  const [cases, members, looks] = await Promise.all([
    listCasesById(world.db, ids),
    listMembers(world.db),
    listUnmaskingsOn(world.db, ids),
  ])
  const numbers = new Map<CaseId, string>(cases.map(({ id, number }) => [id, number]))
  const names = new Map<string, string>(
    members.map(({ value }) => [`staff:${value.agentId}`, value.name]),
  )
  return written.map(({ at, event }) => ({
    at,
    event,
    by: names.get(event.actor ?? '') ?? event.actor ?? '',
    caseNumber: event.caseId ? (numbers.get(event.caseId) ?? null) : null,
    reason: reasonOf({ at, event }, looks),
  }))
}

const reasonOf = (
  { at, event }: Pick<ReportLine, 'at' | 'event'>,
  looks: readonly Unmasking[],
): string | null =>
  event.kind === 'desk.unmasked'
    ? (looks.find(
        (one) => one.caseId === event.caseId && one.at === at && one.field === event.field,
      )?.reason ?? null)
    : null
