import type { Selectable } from 'kysely'
import type { AuditEvent } from '#core/audit/audit.ts'
import { type Mail, mailKeptUntil, type MailState } from '#core/documents/kept-mail.ts'
import type { FileId, MailId } from '#core/ids.ts'
import type { Json } from '#core/json.ts'
import type { Effect } from '#core/login/state.ts'
import type { Instant } from '#core/time/time.ts'
import { eventWrites } from '#store/audit/audit.ts'
import type { Write } from '#store/database/connection.ts'
import type { Db } from '#store/database/open.ts'
import { sealed, unsealed } from '#store/database/sealed.ts'
import type { Tables } from '#store/database/tables.ts'
import { outboxWrites } from '#store/delivery/outbox.ts'
import { keyWrites, type SealedFile, shredWrites } from '#store/documents/files.ts'
import { type NewSubmission, submissionWrites } from '#store/documents/submissions.ts'
import type { Versioned } from '#store/queries/versioned.ts'
import { any, one } from '#store/queries/writes.ts'

const MAIL = ['mail.id', 'mail.version', 'mail.body'] as const

/** More than a person reads at once. */
const MAILS_LISTED_MAX = 200

/** Those in one state, the oldest first: a page of them, after this one. */
export async function listMailsIn(
  db: Db,
  state: MailState,
  after: MailId | '' = '',
): Promise<readonly Mail[]> {
  const rows = await db.read
    .selectFrom('mail')
    .select(MAIL)
    .where('state', '=', state)
    .where('id', '>', after)
    .orderBy('id')
    .limit(MAILS_LISTED_MAX)
    .execute()
  return rows.map((row) => mailOf(db, row).value)
}

export async function findMail(db: Db, id: MailId): Promise<Versioned<Mail> | null> {
  const row = await db.read.selectFrom('mail').select(MAIL).where('id', '=', id).executeTakeFirst()
  return row ? mailOf(db, row) : null
}

/** The latest that its sender's program has given this name. */
export async function findMailCalled(db: Db, messageHash: string): Promise<Versioned<Mail> | null> {
  const row = await db.read
    .selectFrom('mail')
    .select(MAIL)
    .where('message_hash', '=', messageHash)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row ? mailOf(db, row) : null
}

/** The mail that has waited longest to be opened, and is due. */
export async function findDueMail(db: Db, now: Instant): Promise<Versioned<Mail> | null> {
  const row = await db.read
    .selectFrom('mail')
    .select(MAIL)
    .where('due_at_ms', '<=', now)
    .orderBy('due_at_ms')
    .limit(1)
    .executeTakeFirst()
  return row ? mailOf(db, row) : null
}

/** Which of these slots of a sender's day are taken. */
export async function takenMailSlots(
  db: Db,
  slots: readonly string[],
): Promise<ReadonlySet<string>> {
  const rows = await db.read
    .selectFrom('mail')
    .select('day_slot')
    .where('day_slot', 'in', slots)
    .execute()
  return new Set(rows.map(({ day_slot }) => day_slot))
}

/** Whether this sender was answered since then. */
export async function wasAnswered(
  db: Db,
  { senderHash, since }: { readonly senderHash: string; readonly since: Instant },
): Promise<boolean> {
  const row = await db.read
    .selectFrom('mail')
    .select('id')
    .where('sender_hash', '=', senderHash)
    .where('answered_at_ms', '>', since)
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}

/** How many mails were answered since then, of whatever sender. */
export async function countAnswered(db: Db, since: Instant): Promise<number> {
  const { count } = await db.read
    .selectFrom('mail')
    .select((eb) => eb.fn.countAll<number | string>().as('count'))
    .where('answered_at_ms', '>', since)
    .executeTakeFirstOrThrow()
  return Number(count)
}

/** Whether the same mail has become documents. */
export async function wasFiled(db: Db, filedAs: string): Promise<boolean> {
  const row = await db.read
    .selectFrom('mail')
    .select('id')
    .where('filed_as', '=', filedAs)
    .executeTakeFirst()
  return row !== undefined
}

export interface NewMail {
  readonly mail: Mail
  readonly senderHash: string
  readonly slot: string
  readonly file: SealedFile
  readonly events: readonly AuditEvent[]
}

/**
 * Keeps a mail, and makes it readable.
 *
 * @returns `false`, and writes nothing, when the slot has been taken.
 */
export async function addMail(
  db: Db,
  { mail, senderHash, slot, file, events }: NewMail,
): Promise<boolean> {
  const { id, receivedAt, status } = mail
  const insert = db.write
    .insertInto('mail')
    .values({
      id,
      sender_hash: senderHash,
      day_slot: slot,
      message_hash: null,
      filed_as: null,
      answer_slot: null,
      answered_at_ms: null,
      state: status.state,
      due_at_ms: receivedAt,
      keep_until_ms: mailKeptUntil(mail),
      version: 1,
      body: sealed(db, mailPlace(id), bodyOf(mail)),
    })
    .onConflict((oc) => oc.doNothing())
  return await db.commit([
    one(insert),
    ...keyWrites(db, file),
    ...eventWrites(db, events, receivedAt),
  ])
}

/** It is as it was read. */
export const mailStays = (db: Db, { value: { id }, version }: Versioned<Mail>): Write =>
  one(
    db.write
      .updateTable('mail')
      .set({ version })
      .where('id', '=', id)
      .where('version', '=', version),
  )

/** Puts it off: another node gets it when the lease is over. */
export async function leaseMail(
  db: Db,
  { value: { id }, version }: Versioned<Mail>,
  dueAt: Instant,
): Promise<boolean> {
  const update = db.write
    .updateTable('mail')
    .set({ due_at_ms: dueAt, version: version + 1 })
    .where('id', '=', id)
    .where('version', '=', version)
  return await db.commit([one(update)])
}

export interface JudgedMail {
  readonly next: Mail
  readonly version: number
  readonly messageHash: string | null
  /** With the name that keeps the same mail from becoming them twice. */
  readonly filed: (NewSubmission & { readonly as: string }) | null
  /**
   * With the slot that keeps its sender from hearing twice in an hour; without it, what is known of
   * an answer stays.
   */
  readonly answer?: { readonly effect: Effect; readonly slot: string } | null
  /** What is written with it. */
  readonly besides?: readonly Write[]
  readonly events: readonly AuditEvent[]
  readonly now: Instant
}

/**
 * Writes what became of a mail, with everything that follows from it, or nothing.
 *
 * @returns `false` when it is another by now, the client is in another state, the same mail was
 *   filed or its sender was answered meanwhile.
 */
export async function judgeMail(db: Db, judged: JudgedMail): Promise<boolean> {
  const { next, version, messageHash, filed, answer, besides = [], events, now } = judged
  const update = db.write
    .updateTable('mail')
    .set({
      message_hash: messageHash,
      filed_as: filed?.as ?? null,
      ...(answer !== undefined && {
        answer_slot: answer?.slot ?? null,
        answered_at_ms: answer ? now : null,
      }),
      state: next.status.state,
      due_at_ms: null,
      version: version + 1,
      body: sealed(db, mailPlace(next.id), bodyOf(next)),
    })
    .where('id', '=', next.id)
    .where('version', '=', version)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('mail as other')
            .select('other.id')
            .where((eb) =>
              eb.or([
                eb('other.filed_as', '=', filed?.as ?? ''),
                eb('other.answer_slot', '=', answer?.slot ?? ''),
              ]),
            ),
        ),
      ),
    )
  const step = { id: next.id, version: version + 1, now }
  const writes: readonly Write[] = [
    one(update),
    ...(filed ? submissionWrites(db, filed) : []),
    ...outboxWrites(db, answer ? [answer.effect] : [], step),
    ...besides,
    ...eventWrites(db, events, now),
  ]
  return await db.commit(writes)
}

/** Mails whose time is over that one round looks at. */
const OUTLIVED_MAX = 50

export async function listOutlivedMails(db: Db, now: Instant): Promise<readonly Versioned<Mail>[]> {
  const rows = await db.read
    .selectFrom('mail')
    .select(MAIL)
    .where('keep_until_ms', '<=', now)
    .orderBy('keep_until_ms')
    .limit(OUTLIVED_MAX)
    .execute()
  return rows.map((row) => mailOf(db, row))
}

/** Deletes a mail with the key of its file. @returns `false` when it is another by now. */
export async function shredMail(
  db: Db,
  { value, version }: Versioned<Mail>,
  { events, now }: Pick<JudgedMail, 'events' | 'now'>,
): Promise<boolean> {
  const gone = db.write.deleteFrom('mail').where('id', '=', value.id).where('version', '=', version)
  const files: readonly FileId[] = [value.original]
  const handedOut = any(db.write.deleteFrom('review').where('id', '=', value.id))
  const writes = [one(gone), handedOut, ...shredWrites(db, files)]
  return await db.commit([...writes, ...eventWrites(db, events, now)])
}

export const mailPlace = (row: string) => ({ table: 'mail', column: 'body', row })

type Body = Omit<Mail, 'id'>

const bodyOf = ({ receivedAt, sender, mailbox, original, ...rest }: Mail): Json => {
  const { lengthBytes, isAutomatic, read, status } = rest
  const body = { receivedAt, sender, mailbox, original, lengthBytes, isAutomatic, read, status }
  return body satisfies Body as unknown as Json
}

type Row = Pick<Selectable<Tables['mail']>, 'id' | 'version' | 'body'>

const mailOf = (db: Db, row: Row): Versioned<Mail> => ({
  value: {
    ...(unsealed(db, mailPlace(row.id), row.body) as unknown as Body),
    id: row.id as MailId,
  },
  version: row.version,
})
