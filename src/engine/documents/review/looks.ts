import {
  firstOn,
  judgesDocuments,
  readsDocuments,
  readsOriginals,
} from '#core/documents/review/review.ts'
import type { Acceptance, OpenedPage, Submission } from '#core/documents/submission.ts'
import { isId } from '#core/ids.ts'
import type { Refusal } from '#core/problems.ts'
import { type OpenMemberSession, standingOf } from '#engine/desk/sessions.ts'
import { tieToStaff } from '#engine/desk/ties.ts'
import {
  aboutOf,
  doerAtDesk,
  type OnRecord,
  printOf,
  recordOf,
  recordPrintOf,
} from '#engine/documents/review/facts.ts'
import { beforeThem, isBefore } from '#engine/documents/review/queue.ts'
import { refusal, type World } from '#engine/world.ts'
import { listEventsOfKinds } from '#store/audit/audit.ts'
import type { Write } from '#store/database/connection.ts'
import { commitDesk } from '#store/desk/cases.ts'
import { memberStandingWrites } from '#store/desk/members.ts'
import { findFile, readFile } from '#store/documents/files.ts'
import { findSubmission, listSubmissions } from '#store/documents/submissions.ts'
import type { Versioned } from '#store/queries/versioned.ts'

/**
 * What a member sees of a document. Each look is written down first: one that could not be written
 * shows nothing.
 */

export interface Seen {
  readonly ok: true
  readonly submission: Submission
  readonly record: OnRecord
  /** Who has accepted it on the same record; `null` for no one. */
  readonly first: Acceptance | null
  /** Names all of it: what is decided on something else is not done. */
  readonly print: string
  /** What this client has sent besides, the latest first. */
  readonly others: readonly Submission[]
  /** Whether this member may say something of it now. */
  readonly isTheirs: boolean
}

/** The document, beside what is on record. */
export async function seeSubmission(
  world: World,
  open: OpenMemberSession,
  id: string,
): Promise<Seen | Refusal> {
  const found = await findFor(world, open, id)
  if (!found.ok) return found
  const { held, rests } = found
  const { value: submission } = held
  const [record, others] = await Promise.all([
    recordOf(world, submission),
    listSubmissions(world.db, submission.subscriberId),
  ])
  const event = {
    kind: 'submission.shown',
    ...aboutOf(submission, doerAtDesk(open.member)),
  } as const
  const now = world.now()
  if (!(await commitDesk(world.db, { now, writes: rests(now), events: [event] })))
    return refusal('submission.not-before-you')
  return {
    ok: true,
    submission,
    record,
    first: firstOn(submission, recordPrintOf(record)),
    print: printOf(held, record),
    others: others.filter((one) => one.id !== submission.id),
    isTheirs: found.isTheirs,
  }
}

export type SeenPage = { readonly ok: true; readonly page: AsyncIterable<Uint8Array> } | Refusal

/** A clean page of it. */
export async function seePageAtDesk(
  world: World,
  open: OpenMemberSession,
  { id, page: number }: { readonly id: string; readonly page: number },
): Promise<SeenPage> {
  const found = await findFor(world, open, id)
  if (!found.ok) return found
  const { value } = found.held
  const opened: OpenedPage | null = value.pages[number - 1]?.opened ?? null
  const file = opened?.ok ? await findFile(world.db, opened.clean) : null
  if (!file) return refusal('submission.no-page')
  const about = aboutOf(value, doerAtDesk(open.member))
  const event = { kind: 'submission.seen', ...about, page: number } as const
  const now = world.now()
  if (!(await commitDesk(world.db, { now, writes: found.rests(now), events: [event] })))
    return refusal('submission.not-before-you')
  return { ok: true, page: readFile(world.files, file) }
}

/** Whether this member has looked at every page of it that can be shown. */
export async function hasSeenAll(
  world: World,
  { member }: OpenMemberSession,
  { id, subscriberId, pages }: Submission,
): Promise<boolean> {
  const looks = await listEventsOfKinds(world.db, subscriberId, ['submission.seen'])
  const seen = new Set(
    looks.flatMap(({ event }) =>
      event.kind === 'submission.seen' &&
      event.submissionId === id &&
      event.agent === member.agentId
        ? [event.page]
        : [],
    ),
  )
  return pages.every(({ opened }, index) => opened?.ok !== true || seen.has(index + 1))
}

/** A file as it came, for compliance alone: what is in it was made by a stranger. */
export async function readOriginal(
  world: World,
  open: OpenMemberSession,
  { id, page: number }: { readonly id: string; readonly page: number },
): Promise<SeenPage> {
  if (!readsOriginals(open.member.role)) return refusal('desk.not-this-role')
  const found = await findFor(world, open, id)
  if (!found.ok) return found
  const { value } = found.held
  const original = value.pages[number - 1]?.original
  const file = original ? await findFile(world.db, original) : null
  if (!file) return refusal('submission.no-page')
  const about = aboutOf(value, doerAtDesk(open.member))
  const event = { kind: 'submission.original-read', ...about, page: number } as const
  const now = world.now()
  if (!(await commitDesk(world.db, { now, writes: found.rests(now), events: [event] })))
    return refusal('submission.conflict')
  return { ok: true, page: readFile(world.files, file) }
}

interface Found {
  readonly ok: true
  readonly held: Versioned<Submission>
  readonly isTheirs: boolean
  /** What a look rests on. */
  readonly rests: (now: ReturnType<World['now']>) => readonly Write[]
}

/** For a member who has it before them, or for compliance, which sees every one. */
async function findFor(
  world: World,
  open: OpenMemberSession,
  id: string,
): Promise<Found | Refusal> {
  const { role } = open.member
  if (!readsDocuments(role)) return refusal('desk.not-this-role')
  const held = isId('sbm', id) ? await findSubmission(world.db, id) : null
  if (!held) return refusal('submission.not-found')
  if (!judgesDocuments(role)) {
    const rests = () => memberStandingWrites(world.db, standingOf(open))
    // Compliance reads of every client; it says nothing of one who has something in common.
    const isTheirs =
      held.value.status.state === 'suspicious' &&
      (await tieToStaff(world, held.value.subscriberId)) === null
    return { ok: true, held, isTheirs, rests }
  }
  if (!(await isBefore(world, open, id))) return refusal('submission.not-before-you')
  const isTheirs = held.value.status.state === 'checking'
  if (!isTheirs) return refusal('submission.not-waiting')
  return {
    ok: true,
    held,
    isTheirs,
    rests: (now) => beforeThem(world, open, { id: held.value.id, now }),
  }
}
