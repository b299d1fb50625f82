import {
  type OpenedPage,
  pageOpened,
  type Submission,
  type SubmittedPage,
} from '#core/documents/submission.ts'
import { newId } from '#core/ids.ts'
import { after, minutes, seconds } from '#core/time/time.ts'
import { topicOfDocuments } from '#engine/wake-up-topics.ts'
import { scanned } from '#engine/documents/antivirus.ts'
import type { World } from '#engine/world.ts'
import {
  findFile,
  readFile,
  removeFile,
  type SealedFile,
  settleFiles,
  writeFile,
} from '#store/documents/files.ts'
import { changeSubmission, findDueSubmission } from '#store/documents/submissions.ts'
import type { Versioned } from '#store/queries/versioned.ts'

/** A node that stops in the middle loses its turn after this long. */
const LEASE = minutes(5)
/** Until a page is tried once more whose process was killed. */
const AGAIN = seconds(20)
/** So that one look ends; the next comes in a second. */
const SUBMISSIONS_A_LOOK = 20

/** Opens what has arrived, one file at a time, in the sandbox (A18). */
export async function openDue(world: World, signal: AbortSignal): Promise<void> {
  for (let count = 0; count < SUBMISSIONS_A_LOOK && !signal.aborted; count += 1) {
    const now = world.now()
    const held = await findDueSubmission(world.db, now)
    // Where it cannot be opened safely it waits: nothing is opened in another way.
    if (!held || !(await world.sandbox.isReady())) return
    const lease = { next: held.value, version: held.version, dueAt: after(now, LEASE) }
    const taken = await changeSubmission(world.db, { ...lease, files: [], events: [], now })
    if (taken) await openAll(world, { value: held.value, version: held.version + 1 }, signal)
  }
}

/** A file whose process was killed twice is taken for one that kills it. */
const tried = new WeakMap<World, Map<string, number>>()
const TRIES_MAX = 2

async function openAll(
  world: World,
  held: Versioned<Submission>,
  signal: AbortSignal,
): Promise<void> {
  let { value: submission, version } = held
  for (const [index, page] of submission.pages.entries()) {
    if (page.opened !== null) continue
    if (signal.aborted) return
    const made = await openPage(world, page, signal)
    const now = world.now()
    const next = made && pageOpened(submission, { index, opened: made.opened, now })
    const isDone = next?.status.state !== 'received'
    const change = {
      next: next ?? submission,
      version,
      dueAt: next ? (isDone ? null : after(now, LEASE)) : after(now, AGAIN),
      files: made?.file ? [made.file] : [],
      events: next && isDone ? [openedEvent(next)] : [],
      now,
    }
    if (!(await changeSubmission(world.db, change))) {
      if (made?.file) await removeFile(world.files, made.file.id)
      return
    }
    if (made?.file) await settleFiles(world.files, [made.file.id], now)
    if (isDone && next) world.wakeUps.publish(topicOfDocuments(next.subscriberId))
    if (!next) return
    submission = next
    version += 1
  }
}

function openedEvent({ id, subscriberId, pages }: Submission) {
  const infected = pages.filter(({ opened }) => opened?.ok === false && opened.why === 'infected')
  return {
    kind: 'submission.opened',
    subscriberId,
    submissionId: id,
    pages: pages.length,
    clean: pages.filter(({ opened }) => opened?.ok).length,
    ...(infected.length > 0 && { infected: infected.length }),
  } as const
}

interface Made {
  readonly opened: OpenedPage
  readonly file: SealedFile | null
}

/** @returns `null` for a page that is to be tried once more. */
async function openPage(
  world: World,
  page: SubmittedPage,
  signal: AbortSignal,
): Promise<Made | null> {
  const original = await findFile(world.db, page.original)
  if (!original) return DAMAGED
  const looked = await scanned(world, original)
  if (!looked) return null
  if (looked.isInfected) return INFECTED
  try {
    const opened = await world.sandbox.open(readFile(world.files, original), signal)
    if (!opened) return signal.aborted ? null : killed(world, page)
    if (!opened.ok) return { opened, file: null }
    const now = world.now()
    const id = newId('fil', now, world.random)
    const source = opened.page
    const file = await writeFile(world.files, { id, now, source, lengthBytesMax: CLEAN_MAX })
    if (!file) return DAMAGED
    const { width, height, legibility } = opened
    const made = { ok: true, width, height, clean: id } as const
    return { opened: legibility ? { ...made, legibility } : made, file }
  } catch {
    return signal.aborted ? null : killed(world, page)
  }
}

/** More than the sandbox hands out. */
const CLEAN_MAX = 64 * 1_024 * 1_024

const INFECTED: Made = { opened: { ok: false, why: 'infected' }, file: null }
const DAMAGED: Made = { opened: { ok: false, why: 'damaged' }, file: null }

function killed(world: World, { original }: SubmittedPage): Made | null {
  const counts = tried.get(world) ?? new Map<string, number>()
  tried.set(world, counts)
  const count = (counts.get(original) ?? 0) + 1
  if (count < TRIES_MAX) {
    counts.set(original, count)
    return null
  }
  counts.delete(original)
  return DAMAGED
}
