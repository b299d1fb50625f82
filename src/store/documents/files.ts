import { createCipheriv, createDecipheriv } from 'node:crypto'
import type { FileId } from '#core/ids.ts'
import type { Instant } from '#core/time/time.ts'
import { DatabaseAway, type Write } from '#store/database/connection.ts'
import type { Files } from '#store/database/files.ts'
import type { Db } from '#store/database/open.ts'
import { sealed, unsealed } from '#store/database/sealed.ts'
import { among, any, one } from '#store/queries/writes.ts'

/**
 * Sealed files. A file is written piece by piece under a key that exists only in this process until
 * `keyWrites` is committed: what was written of a file that never got so far can be read by no one,
 * and is swept away later. Deleting the key is deleting the file (0055).
 */

/** A file with what opens it. */
export interface SealedFile {
  readonly id: FileId
  readonly key: Uint8Array
  readonly lengthBytes: number
}

/** What one row holds, and what one step of reading or writing has in memory. */
export const FILE_PIECE_LENGTH_BYTES = 256 * 1_024

export interface NewFile {
  readonly id: FileId
  readonly now: Instant
  readonly source: AsyncIterable<Uint8Array>
  readonly lengthBytesMax: number
}

/**
 * Writes a file as it comes, never more than a piece ahead of the disk.
 *
 * @returns `null`, with nothing left, when there is more of it than there may be.
 * @throws DatabaseAway when the disk is full; what its source throws, and the database. Nothing is
 *   left, where that can be.
 */
export async function writeFile(
  files: Files,
  { id, now, source, lengthBytesMax }: NewFile,
): Promise<SealedFile | null> {
  if (!(await files.hasRoom())) throw new DatabaseAway('the disk has no room for files')
  const { commitCounted, write } = await files.connection()
  const key = files.random(KEY_LENGTH_BYTES)
  const commit = async (...writes: readonly Write[]) => {
    if (!(await commitCounted(writes))) throw new Error('a file was begun twice')
  }
  const put = async (piece: number, bytes: Uint8Array, isLast: boolean) => {
    const row = { file_id: id, piece, bytes: sealedPiece(key, { id, piece, isLast }, bytes) }
    await commit(one(write.insertInto('file_piece').values(row)))
  }
  await commit(one(write.insertInto('file').values({ id, begun_at_ms: now, settled_at_ms: null })))
  try {
    let [lengthBytes, piece, filled] = [0, 0, 0]
    const buffer = Buffer.alloc(FILE_PIECE_LENGTH_BYTES)
    for await (const chunk of source) {
      lengthBytes += chunk.length
      if (lengthBytes > lengthBytesMax) {
        await removeFile(files, id)
        return null
      }
      for (let at = 0; at < chunk.length; ) {
        // A full piece waits until it is known whether it is the last.
        if (filled === buffer.length) {
          await put(piece, buffer, false)
          piece += 1
          filled = 0
        }
        const part = chunk.subarray(at, at + buffer.length - filled)
        buffer.set(part, filled)
        filled += part.length
        at += part.length
      }
    }
    await put(piece, buffer.subarray(0, filled), true)
    return { id, key, lengthBytes }
  } catch (error) {
    // On a full disk there may be no room to delete either; then the sweeping finds it.
    await removeFile(files, id).catch(() => {})
    throw error
  }
}

/** Makes the file readable, in the commit of what it belongs to. */
export const keyWrites = (db: Db, { id, key, lengthBytes }: SealedFile): Write[] => [
  one(
    db.write.insertInto('file_key').values({
      id,
      body: sealed(db, filePlace(id), { key: Buffer.from(key).toString('base64'), lengthBytes }),
    }),
  ),
]

/** Makes the file unreadable for good, in the commit that gives it up. */
export const shredWrites = (db: Db, ids: readonly FileId[]): Write[] =>
  ids.map((id) => any(db.write.deleteFrom('file_key').where('id', '=', id)))

/** @returns `null` when it was shredded, or never kept. */
export async function findFile(db: Db, id: FileId): Promise<SealedFile | null> {
  const row = await db.read
    .selectFrom('file_key')
    .select('body')
    .where('id', '=', id)
    .executeTakeFirst()
  if (!row) return null
  const { key, lengthBytes } = unsealed(db, filePlace(id), row.body) as unknown as Body
  return { id, key: Buffer.from(key, 'base64'), lengthBytes }
}

interface Body {
  readonly key: string
  readonly lengthBytes: number
}

/**
 * Reads a file piece by piece, as fast as it is taken.
 *
 * @throws Error when a piece is missing, was changed, or stands elsewhere.
 */
export async function* readFile(
  files: Files,
  { id, key, lengthBytes }: SealedFile,
): AsyncGenerator<Buffer> {
  const { read } = await files.connection()
  const last = Math.max(Math.ceil(lengthBytes / FILE_PIECE_LENGTH_BYTES) - 1, 0)
  let length = 0
  for (let piece = 0; piece <= last; piece += 1) {
    const row = await read
      .selectFrom('file_piece')
      .select('bytes')
      .where('file_id', '=', id)
      .where('piece', '=', piece)
      .executeTakeFirst()
    if (!row) throw new Error('a piece of a file is missing')
    const bytes = openedPiece(key, { id, piece, isLast: piece === last }, row.bytes)
    length += bytes.length
    yield bytes
  }
  if (length !== lengthBytes) throw new Error('a file is not as long as it was')
}

/** Says that the key of these files was committed: the sweeping need not look at them again. */
export async function settleFiles(files: Files, ids: readonly FileId[], now: Instant) {
  await mark(files, ids, now)
}

/**
 * Says that the keys of these files are about to be deleted: where we stop in between, the sweeping
 * finds what is left.
 */
export async function unsettleFiles(files: Files, ids: readonly FileId[]) {
  await mark(files, ids, null)
}

async function mark(files: Files, ids: readonly FileId[], at: Instant | null): Promise<void> {
  const { commitCounted, write } = await files.connection()
  const update = write.updateTable('file').set({ settled_at_ms: at })
  await commitCounted([any(update.where('id', 'in', among(ids)))])
}

/** Deletes what lies of a file; without its key it is only space. */
export async function removeFile(files: Files, id: FileId): Promise<void> {
  const { commitCounted, write } = await files.connection()
  await commitCounted([any(write.deleteFrom('file_piece').where('file_id', '=', id))])
  await commitCounted([any(write.deleteFrom('file').where('id', '=', id))])
}

/** Files that one round of sweeping looks at. */
const SWEPT_MAX = 100

/**
 * Looks after files of which it is not known whether they were kept: those that have a key are
 * settled, of the others everything is deleted.
 *
 * @returns how many it looked at: 0 when all is done.
 */
export async function sweepFiles(
  { db, files }: { readonly db: Db; readonly files: Files },
  { begunBefore, now }: { readonly begunBefore: Instant; readonly now: Instant },
): Promise<number> {
  const { read } = await files.connection()
  const rows = await read
    .selectFrom('file')
    .select('id')
    .where('settled_at_ms', 'is', null)
    .where('begun_at_ms', '<', begunBefore)
    .orderBy('begun_at_ms')
    .limit(SWEPT_MAX)
    .execute()
  const ids = rows.map(({ id }) => id as FileId)
  const kept = await keyedAmong(db, ids)
  await settleFiles(
    files,
    ids.filter((id) => kept.has(id)),
    now,
  )
  for (const id of ids) if (!kept.has(id)) await removeFile(files, id)
  return ids.length
}

/** Files that one step of the walk looks at: 144,000 in a day. */
const WALKED_MAX = 1_000

/**
 * Deletes those of a page of files that were kept and have no key any more. A file is settled after
 * its key was committed, so there is none that is still to come; but an operator who has restored
 * too old a database by mistake may still bring the right one back.
 *
 * @returns after which file the next page begins; `null` when this was the last.
 */
export async function removeLostFiles(
  { db, files }: { readonly db: Db; readonly files: Files },
  { after, settledBefore }: { readonly after: FileId | null; readonly settledBefore: Instant },
): Promise<FileId | null> {
  const { read } = await files.connection()
  const rows = await read
    .selectFrom('file')
    .select('id')
    .where('id', '>', after ?? '')
    .where('settled_at_ms', '<', settledBefore)
    .orderBy('id')
    .limit(WALKED_MAX)
    .execute()
  const ids = rows.map(({ id }) => id as FileId)
  const kept = await keyedAmong(db, ids)
  for (const id of ids) if (!kept.has(id)) await removeFile(files, id)
  return ids.length < WALKED_MAX ? null : (ids.at(-1) ?? null)
}

/** Which of these files have a key. */
async function keyedAmong(db: Db, ids: readonly FileId[]): Promise<ReadonlySet<string>> {
  const held = await db.read
    .selectFrom('file_key')
    .select('id')
    .where('id', 'in', among(ids))
    .execute()
  return new Set(held.map(({ id }) => id))
}

const CIPHER = 'aes-256-gcm'
const KEY_LENGTH_BYTES = 32
const NONCE_LENGTH_BYTES = 12
const TAG_LENGTH_BYTES = 16

interface Piece {
  readonly id: FileId
  readonly piece: number
  readonly isLast: boolean
}

/**
 * A key seals one file and nothing else, and each piece once: its number is its nonce. Which file,
 * which piece and whether it is the last are bound to it, so that none can be moved, left out or
 * cut off.
 *
 * @see NIST SP 800-38D, "Deterministic Construction", section 8.2.1
 */
function sealedPiece(key: Uint8Array, place: Piece, bytes: Uint8Array): Uint8Array {
  const cipher = createCipheriv(CIPHER, key, nonceOf(place))
  cipher.setAAD(associated(place))
  const text = cipher.update(bytes)
  cipher.final()
  // Of its own: one cut from Node's pool would take the whole pool along to the writer's thread.
  const all = new Uint8Array(text.length + TAG_LENGTH_BYTES)
  all.set(text)
  all.set(cipher.getAuthTag(), text.length)
  return all
}

function openedPiece(key: Uint8Array, place: Piece, sealedBytes: Uint8Array): Buffer {
  const all = Buffer.from(sealedBytes.buffer, sealedBytes.byteOffset, sealedBytes.byteLength)
  const options = { authTagLength: TAG_LENGTH_BYTES }
  const decipher = createDecipheriv(CIPHER, key, nonceOf(place), options)
  decipher.setAAD(associated(place))
  decipher.setAuthTag(all.subarray(-TAG_LENGTH_BYTES))
  const text = decipher.update(all.subarray(0, -TAG_LENGTH_BYTES))
  decipher.final()
  return text
}

function nonceOf({ piece, isLast }: Piece): Buffer {
  const nonce = Buffer.alloc(NONCE_LENGTH_BYTES)
  nonce.writeUInt32BE(piece, 0)
  nonce.writeUInt8(Number(isLast), NONCE_LENGTH_BYTES - 1)
  return nonce
}

const associated = ({ id, piece, isLast }: Piece): Buffer =>
  Buffer.from(JSON.stringify(['file', id, piece, isLast]))

export const filePlace = (row: string) => ({ table: 'file_key', column: 'body', row })
