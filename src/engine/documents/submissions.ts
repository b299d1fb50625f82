import { isAgentId } from '#core/agent.ts'
import { kindOf, MAGIC_LENGTH_BYTES } from '#core/documents/picture.ts'
import {
  filesOf,
  keptFor,
  keptUntil,
  PURPOSES,
  SUBMISSIONS_A_DAY_MAX,
  type Submission,
  type SubmissionState,
  type SubmittedPage,
  SUBMITTED_PAGES_MAX,
} from '#core/documents/submission.ts'
import type { Actor } from '#core/events/event.ts'
import { isId, newId, type SubscriberId } from '#core/ids.ts'
import type { Refusal } from '#core/problems.ts'
import { rightsOf } from '#core/sessions/rights.ts'
import type { Session } from '#core/sessions/session.ts'
import type { Account } from '#core/subscribers/account.ts'
import { rulesFor } from '#core/subscribers/jurisdiction.ts'
import type { Instant } from '#core/time/time.ts'
import { retryStale } from '#engine/retry.ts'
import { factsOf } from '#engine/sessions/rights.ts'
import { topicOfDocuments } from '#engine/wake-up-topics.ts'
import { refusal, type World } from '#engine/world.ts'
import { listAccounts } from '#store/accounts/accounts.ts'
import { findAddressChange } from '#store/contact/address-changes.ts'
import { commitDesk } from '#store/desk/cases.ts'
import {
  findFile,
  readFile,
  removeFile,
  type SealedFile,
  settleFiles,
  unsettleFiles,
  writeFile,
} from '#store/documents/files.ts'
import {
  addSubmissionFor,
  changeSubmission,
  findSubmission,
  listOutlived,
  listSubmissions,
  listSubmissionsIn,
  shredSubmission,
  submissionStays,
  takenSlots,
} from '#store/documents/submissions.ts'
import type { Versioned } from '#store/queries/versioned.ts'
import { findSessionById } from '#store/sessions/sessions.ts'
import { findStamp } from '#store/security-stamp.ts'

/**
 * Proofs that clients send: they arrive page by page, are opened in the sandbox (`openings.ts`),
 * and a person decides.
 */

type Sender = Session

/** Whether anything can be taken in now: what cannot be opened safely is not asked for. */
export const isIntakeOn = async ({ sandbox }: Pick<World, 'sandbox'>): Promise<boolean> =>
  await sandbox.isReady()

/** What stands in the way of sending something, before any of it is read; `null` for nothing. */
export async function obstacleToSending(world: World, session: Sender): Promise<Refusal | null> {
  if (!(await isIntakeOn(world))) return refusal('submission.off')
  if (!(await world.files.hasRoom())) return refusal('submission.no-room')
  const free = await freeSlot(world, slotOfPortal(session.subscriberId, world.now()))
  return free === null ? refusal('submission.too-many') : null
}

/** Accounts that something can be sent for: those of the client that are not closed. */
export const accountsToProve = (accounts: readonly Account[]): readonly Account[] =>
  accounts.filter(({ status }) => !status.startsWith('closed'))

/** A page that lies sealed, and belongs to nothing yet. */
export interface ReceivedPage {
  readonly file: SealedFile
  readonly kind: SubmittedPage['kind']
}

/** Takes one file in as it comes. @returns `null` for one that is longer than what is left. */
export async function receivePage(
  world: World,
  {
    source,
    lengthBytesMax,
  }: {
    readonly source: AsyncIterable<Uint8Array>
    readonly lengthBytesMax: number
  },
): Promise<ReceivedPage | null> {
  const now = world.now()
  const id = newId('fil', now, world.random)
  let head = Buffer.alloc(0)
  async function* looked() {
    for await (const chunk of source) {
      if (head.length < MAGIC_LENGTH_BYTES)
        head = Buffer.concat([head, chunk.subarray(0, MAGIC_LENGTH_BYTES - head.length)])
      yield chunk
    }
  }
  const file = await writeFile(world.files, { id, now, source: looked(), lengthBytesMax })
  return file && { file, kind: kindOf(head) }
}

/** Gives up pages that will belong to nothing. */
export async function dropPages(world: World, pages: readonly ReceivedPage[]): Promise<void> {
  for (const { file } of pages) await removeFile(world.files, file.id)
}

export interface Sent {
  readonly purpose: string
  readonly account: string
  readonly pages: readonly ReceivedPage[]
}

export type SentSubmission = { readonly ok: true; readonly submission: Submission } | Refusal

/**
 * Keeps what a client has sent. Who may send it is read again here, and held in the commit: a
 * session that ended while the pages came has sent nothing.
 */
export async function send(world: World, session: Sender, sent: Sent): Promise<SentSubmission> {
  const { subscriberId } = session
  const purpose = PURPOSES.find((one) => one === sent.purpose)
  if (!purpose) return refusal('submission.purpose')
  if (sent.pages.length === 0) return refusal('submission.empty')
  if (sent.pages.length > SUBMITTED_PAGES_MAX) return refusal('submission.too-many-pages')
  return await retryStale<SentSubmission>('submission.conflict', async () => {
    const stamp = await findStamp(world.db, subscriberId)
    const facts = await factsOf(world, session)
    const receivedAt = world.now()
    const decision = rightsOf({ ...facts, proofs: session.proofs }, receivedAt)
    if (decision.rights.portal !== 'full') return refusal('session.insufficient')
    const account = accountsToProve(facts.accounts).find(({ number }) => number === sent.account)
    if (!account) return refusal('submission.account')
    const slot = await freeSlot(world, slotOfPortal(subscriberId, receivedAt))
    if (slot === null) return refusal('submission.too-many')
    const change =
      purpose === 'address' ? await findAddressChange(world.db, subscriberId, receivedAt) : null
    const submission: Submission = {
      id: newId('sbm', receivedAt, world.random),
      subscriberId,
      purpose,
      account: account.number,
      receivedAt,
      status: { state: 'received' },
      ...(change && { movesTo: change.value.address }),
      pages: sent.pages.map(({ file: { id, lengthBytes }, kind }) => ({
        original: id,
        kind,
        lengthBytes,
        opened: null,
      })),
    }
    const event = {
      kind: 'submission.received',
      subscriberId,
      within: session.id,
      submissionId: submission.id,
      purpose,
      account: account.number,
      pages: submission.pages.length,
    } as const
    const files = sent.pages.map(({ file }) => file)
    const standing = { subscriberId, stamp, within: session.id }
    const added = { submission, slot, files, standing, events: [event] }
    const done = await addSubmissionFor(world.db, added, change)
    if (!done) return (await hasEnded(world, session)) ? refusal('session.missing') : 'stale'
    await settleFiles(world.files, filesOf(submission), receivedAt)
    return { ok: true, submission }
  })
}

const hasEnded = async ({ db }: World, { id }: Sender): Promise<boolean> =>
  (await findSessionById(db, id))?.endedAt !== null

const slotOfPortal = (subscriberId: SubscriberId, now: Instant): Slot => ({
  subscriberId,
  now,
  prefix: '',
  most: SUBMISSIONS_A_DAY_MAX,
})

export interface Slot {
  readonly subscriberId: SubscriberId
  readonly now: Instant
  /** Of another door than the portal: what comes in there uses up none of the portal's. */
  readonly prefix: string
  readonly most: number
}

/** One of so many of a client's day; `null` when all are taken. */
export async function freeSlot(
  world: World,
  { subscriberId, now, prefix, most }: Slot,
): Promise<string | null> {
  const day = dayOf(now)
  const taken = new Set(await takenSlots(world.db, { subscriberId, day }))
  for (let number = 1; number <= most; number += 1) {
    const slot = `${day}/${prefix}${number}`
    if (!taken.has(slot)) return slot
  }
  return null
}

/** By the clock of UTC. */
export const dayOf = (now: Instant): string => new Date(now).toISOString().slice(0, 10)

/** What a client has sent, the latest first. */
export const submissionsOf = async (world: World, subscriberId: SubscriberId) =>
  await listSubmissions(world.db, subscriberId)

/** Hears that one of them was opened. @returns what ends that. */
export const watchSubmissions = (
  { wakeUps }: Pick<World, 'wakeUps'>,
  subscriberId: SubscriberId,
  listener: () => void,
): (() => void) => wakeUps.subscribe(topicOfDocuments(subscriberId), listener)

/** What waits for a person, the oldest first. */
export const waitingSubmissions = async (world: World) =>
  await listSubmissionsIn(world.db, 'checking')

/** Those of all clients in one state, the oldest first. */
export const submissionsIn = async (world: World, state: SubmissionState) =>
  await listSubmissionsIn(world.db, state)

/** Who of the staff does it. */
interface Doing {
  readonly by: Actor
  /** Not for a program. */
  readonly agent?: string
}

export async function submissionNamed(world: World, id: string): Promise<SentSubmission> {
  const held = isId('sbm', id) ? await findSubmission(world.db, id) : null
  return held ? { ok: true, submission: held.value } : refusal('submission.not-found')
}

export type CleanPage = { readonly ok: true; readonly page: AsyncIterable<Uint8Array> } | Refusal

/** A clean page for a person who judges it; that it was seen is written down first. */
export async function seePage(
  world: World,
  { id, page: number, by, agent }: Doing & { readonly id: string; readonly page: number },
): Promise<CleanPage> {
  if (agent !== undefined && !isAgentId(agent)) return refusal('desk.not-an-agent')
  return await retryStale<CleanPage>('submission.conflict', async () => {
    const held = isId('sbm', id) ? await findSubmission(world.db, id) : null
    if (!held) return refusal('submission.not-found')
    const { value } = held
    const opened = value.pages[number - 1]?.opened
    const file = opened?.ok ? await findFile(world.db, opened.clean) : null
    if (!file) return refusal('submission.no-page')
    const about = { subscriberId: value.subscriberId, submissionId: value.id }
    const doing = { by, ...(agent !== undefined && { agent }) }
    const event = { kind: 'submission.seen', ...about, page: number, ...doing } as const
    if (value.status.state === 'received') return refusal('submission.not-waiting')
    const now = world.now()
    const writes = [submissionStays(world.db, held)]
    if (!(await commitDesk(world.db, { now, writes, events: [event] }))) return 'stale'
    return { ok: true, page: readFile(world.files, file) }
  })
}

/** Deletes for good what has been kept as long as it may be. */
export async function shredOutlived(world: World): Promise<void> {
  const now = world.now()
  for (const held of await listOutlived(world.db, now)) {
    if (await isKeptLonger(world, held, now)) continue
    const { id, subscriberId } = held.value
    const files = filesOf(held.value)
    await unsettleFiles(world.files, files)
    const events = [{ kind: 'submission.shredded', subscriberId, submissionId: id } as const]
    if (!(await shredSubmission(world.db, held, { events, now }))) continue
    for (const file of files) await removeFile(world.files, file)
  }
}

/** The rules of where its client lives now may ask for longer than those of before. */
async function isKeptLonger(
  world: World,
  { value, version }: Versioned<Submission>,
  now: Instant,
): Promise<boolean> {
  const accounts = await listAccounts(world.db, value.subscriberId)
  const { rules } = rulesFor(world.settings.jurisdictions, accounts)
  const next = keptFor(value, rules.documentsKept)
  if (keptUntil(next) <= now) return false
  await changeSubmission(world.db, { next, version, dueAt: null, files: [], events: [], now })
  return true
}
