import type { Selectable } from 'kysely'
import type { AuditEvent } from '#core/audit/audit.ts'
import type { AddressChange } from '#core/contact/address-change.ts'
import {
  filesOf,
  keptUntil,
  type Submission,
  type SubmissionState,
} from '#core/documents/submission.ts'
import type { SubmissionId, SubscriberId } from '#core/ids.ts'
import type { Json } from '#core/json.ts'
import { type Instant, instant } from '#core/time/time.ts'
import { eventWrites } from '#store/audit/audit.ts'
import { addressChangeStays } from '#store/contact/address-changes.ts'
import type { Db } from '#store/database/open.ts'
import { sealed, unsealed } from '#store/database/sealed.ts'
import type { Tables } from '#store/database/tables.ts'
import { keyWrites, type SealedFile, shredWrites } from '#store/documents/files.ts'
import type { Write } from '#store/database/connection.ts'
import { any, one } from '#store/queries/writes.ts'
import type { Versioned } from '#store/queries/versioned.ts'
import { type Standing, standingWrites } from '#store/security-stamp.ts'

const SUBMISSION = [
  'submission.id',
  'submission.subscriber_id',
  'submission.state',
  'submission.version',
  'submission.body',
] as const

/** More than a page shows. */
const SUBMISSIONS_LISTED_MAX = 200

/** Those of a client, the latest first. */
export async function listSubmissions(
  db: Db,
  subscriberId: SubscriberId,
): Promise<readonly Submission[]> {
  const rows = await db.read
    .selectFrom('submission')
    .select(SUBMISSION)
    .where('subscriber_id', '=', subscriberId)
    .orderBy('id', 'desc')
    .limit(SUBMISSIONS_LISTED_MAX)
    .execute()
  return rows.map((row) => submissionOf(db, row).value)
}

/** Those of all clients in one state, the oldest first: a page of them, after this one. */
export async function listSubmissionsIn(
  db: Db,
  state: SubmissionState,
  after: SubmissionId | '' = '',
): Promise<readonly Submission[]> {
  const rows = await db.read
    .selectFrom('submission')
    .select(SUBMISSION)
    .where('state', '=', state)
    .where('id', '>', after)
    .orderBy('id')
    .limit(SUBMISSIONS_LISTED_MAX)
    .execute()
  return rows.map((row) => submissionOf(db, row).value)
}

export async function findSubmission(
  db: Db,
  id: SubmissionId,
): Promise<Versioned<Submission> | null> {
  const row = await db.read
    .selectFrom('submission')
    .select(SUBMISSION)
    .where('id', '=', id)
    .executeTakeFirst()
  return row ? submissionOf(db, row) : null
}

/** The slots of a day that a client has taken. */
export async function takenSlots(
  db: Db,
  { subscriberId, day }: { readonly subscriberId: SubscriberId; readonly day: string },
): Promise<readonly string[]> {
  const rows = await db.read
    .selectFrom('submission')
    .select('day_slot')
    .where('subscriber_id', '=', subscriberId)
    .where('day_slot', '>=', `${day}/`)
    .where('day_slot', '<', `${day}0`)
    .execute()
  return rows.map(({ day_slot }) => day_slot)
}

export interface NewSubmission {
  readonly submission: Submission
  readonly slot: string
  readonly files: readonly SealedFile[]
  readonly standing: Standing
  readonly events: readonly AuditEvent[]
  /** Where that is later than it was received. */
  readonly now?: Instant
}

/**
 * Keeps what has arrived, and makes its files readable.
 *
 * @returns `false`, and writes nothing, when the session has ended, its client is in another state,
 *   or the slot has been taken.
 */
export const addSubmission = async (db: Db, added: NewSubmission): Promise<boolean> =>
  await db.commit(submissionWrites(db, added))

/** As `addSubmission`, for a commit that writes more. */
export function submissionWrites(
  db: Db,
  { submission, slot, files, standing, events, now }: NewSubmission,
): readonly Write[] {
  const { id, subscriberId, status, receivedAt } = submission
  const insert = db.write
    .insertInto('submission')
    .values({
      id,
      subscriber_id: subscriberId,
      day_slot: slot,
      state: status.state,
      due_at_ms: receivedAt,
      keep_until_ms: keptUntil(submission),
      version: 1,
      body: sealed(db, submissionPlace(id), bodyOf(submission)),
    })
    .onConflict((oc) => oc.doNothing())
  return [
    ...standingWrites(db, standing),
    one(insert),
    ...files.flatMap((file) => keyWrites(db, file)),
    ...eventWrites(db, events, now ?? receivedAt),
  ]
}

/** As `addSubmission`, for the address that its client waits to move to. */
export const addSubmissionFor = async (
  db: Db,
  added: NewSubmission,
  change: Versioned<AddressChange> | null,
): Promise<boolean> =>
  await db.commit([
    ...submissionWrites(db, added),
    ...(change ? [addressChangeStays(db, change)] : []),
  ])

export interface ChangedSubmission {
  readonly next: Submission
  readonly version: number
  /** When it is to be looked at again by the opener; `null` for never. */
  readonly dueAt: Instant | null
  /** What is made readable with it. */
  readonly files: readonly SealedFile[]
  readonly events: readonly AuditEvent[]
  readonly now: Instant
}

/** @returns `false`, and writes nothing, when it is another by now. */
export async function changeSubmission(
  db: Db,
  { files, events, now, ...changed }: ChangedSubmission,
): Promise<boolean> {
  return await db.commit([
    submissionWrite(db, changed),
    ...files.flatMap((file) => keyWrites(db, file)),
    ...eventWrites(db, events, now),
  ])
}

/** Another state of it, over the version that was read. */
export const submissionWrite = (
  db: Db,
  { next, version, dueAt }: Pick<ChangedSubmission, 'next' | 'version' | 'dueAt'>,
): Write =>
  one(
    db.write
      .updateTable('submission')
      .set({
        state: next.status.state,
        due_at_ms: dueAt,
        keep_until_ms: keptUntil(next),
        version: version + 1,
        body: sealed(db, submissionPlace(next.id), bodyOf(next)),
      })
      .where('id', '=', next.id)
      .where('version', '=', version),
  )

/** It is as it was read. */
export const submissionStays = (db: Db, { value, version }: Versioned<Submission>): Write =>
  one(
    db.write
      .updateTable('submission')
      .set({ version })
      .where('id', '=', value.id)
      .where('version', '=', version),
  )

/** The submission that has waited longest to be opened, and is due. */
export async function findDueSubmission(
  db: Db,
  now: Instant,
): Promise<Versioned<Submission> | null> {
  const row = await db.read
    .selectFrom('submission')
    .select(SUBMISSION)
    .where('due_at_ms', '<=', now)
    .orderBy('due_at_ms')
    .limit(1)
    .executeTakeFirst()
  return row ? submissionOf(db, row) : null
}

/** Submissions whose time is over that one round looks at. */
const OUTLIVED_MAX = 50

export async function listOutlived(
  db: Db,
  now: Instant,
): Promise<readonly Versioned<Submission>[]> {
  const rows = await db.read
    .selectFrom('submission')
    .select(SUBMISSION)
    .where('keep_until_ms', '<=', now)
    .orderBy('keep_until_ms')
    .limit(OUTLIVED_MAX)
    .execute()
  return rows.map((row) => submissionOf(db, row))
}

/** Deletes a submission with the keys of its files. @returns `false` when it is another by now. */
export async function shredSubmission(
  db: Db,
  { value, version }: Versioned<Submission>,
  { events, now }: Pick<ChangedSubmission, 'events' | 'now'>,
): Promise<boolean> {
  const gone = db.write
    .deleteFrom('submission')
    .where('id', '=', value.id)
    .where('version', '=', version)
  return await db.commit([
    one(gone),
    any(db.write.deleteFrom('review').where('id', '=', value.id)),
    ...shredWrites(db, filesOf(value)),
    ...eventWrites(db, events, now),
  ])
}

export const submissionPlace = (row: string) => ({ table: 'submission', column: 'body', row })

const bodyOf = ({ purpose, account, receivedAt, pages, status, movesTo, mail }: Submission): Json =>
  ({
    purpose,
    account,
    receivedAt,
    pages,
    status,
    ...(movesTo !== undefined && { movesTo }),
    ...(mail && { mail }),
  }) satisfies Body as unknown as Json

type Body = Omit<Submission, 'id' | 'subscriberId'>
type Row = Pick<Selectable<Tables['submission']>, 'id' | 'subscriber_id' | 'version' | 'body'>

const submissionOf = (db: Db, row: Row): Versioned<Submission> => ({
  value: {
    ...(unsealed(db, submissionPlace(row.id), row.body) as unknown as Body),
    id: row.id as SubmissionId,
    subscriberId: row.subscriber_id as SubscriberId,
  },
  version: row.version,
})

/** Since when the oldest that is to be opened waits; `null` where none does. */
export async function findOldestDue(db: Pick<Db, 'read'>): Promise<Instant | null> {
  const row = await db.read
    .selectFrom('submission')
    .select('due_at_ms')
    .where('due_at_ms', 'is not', null)
    .orderBy('due_at_ms')
    .limit(1)
    .executeTakeFirst()
  const due = row?.due_at_ms ?? null
  return due === null ? null : instant(due)
}
