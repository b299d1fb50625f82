import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  timingSafeEqual,
} from 'node:crypto'
import { derivedKey, type Keys } from '#store/database/keys.ts'
import type { Random } from '#core/ids.ts'
import { type Pulling, pulling } from '#store/backup/pulling.ts'

export interface Sealing {
  readonly keys: Keys
  /** How the key got out of what wraps it; `null` for that of the key file. */
  readonly wrapped: WrappedKey | null
  readonly random: Random
}

/** A key that something outside has wrapped, and what that was. */
export interface WrappedKey {
  readonly by: string
  readonly bytes: Uint8Array
}

/**
 * A stream of any length, sealed with a key that is derived from the root key.
 *
 *   mark (16 bytes) | key version (2) | salt (32) | check (16) | chunk | chunk | … | last chunk
 *
 * Each file has a key of its own, of the salt and the head. Every chunk is AES-256-GCM, and its
 * nonce is its count and whether it is the last: a chunk that was moved, doubled or left out does
 * not open, and a file that ends early has no last one.
 *
 * Where the root key is kept outside, the file has a key of its own, which stands before all that:
 *
 *   mark (16 bytes) | length (2) | what has wrapped the key, as JSON
 *
 * @see Hoang, Reyhanitabar, Rogaway, Vizár, "Online Authenticated-Encryption and its Nonce-Reuse
 *   Misuse-Resistance" (STREAM)
 */
export async function* sealing(
  { keys, wrapped, random }: Sealing,
  bytes: AsyncIterable<Uint8Array>,
): AsyncGenerator<Buffer> {
  if (wrapped) yield wrappedHead(wrapped)
  const head = Buffer.alloc(HEAD_LENGTH_BYTES)
  MARK.copy(head)
  head.writeUInt16BE(keys.current, MARK.length)
  head.set(random(SALT_LENGTH_BYTES), SALT_AT)
  const key = keyOf(keys, head)
  checkOf(key, head).copy(head, CHECK_AT)
  yield head
  const pulled = pulling(bytes)
  let count = 0
  for (let chunk = await pulled.upTo(CHUNK_LENGTH_BYTES); ; count += 1) {
    const next = chunk.length < CHUNK_LENGTH_BYTES ? null : await pulled.upTo(CHUNK_LENGTH_BYTES)
    const isLast = next === null || next.length === 0
    yield sealedChunk(key, nonceOf(count, isLast), chunk)
    if (isLast) return
    chunk = next
  }
}

/**
 * What was sealed. What comes out of it before the end is true, and may be the beginning of a file
 * that was cut off.
 *
 * @throws BackupUnreadable
 */
export async function* opening(
  keysOf: (wrapped: WrappedKey | null) => Promise<Keys>,
  bytes: AsyncIterable<Uint8Array>,
): AsyncGenerator<Buffer> {
  const pulled = pulling(bytes)
  const first = await pulled.upTo(MARK.length)
  const wrapped = first.equals(WRAPPED_MARK) ? await wrappedIn(pulled) : null
  const mark = wrapped ? await pulled.upTo(MARK.length) : first
  const head = Buffer.concat([mark, await pulled.upTo(HEAD_LENGTH_BYTES - mark.length)])
  const key = openedHead(await keysOf(wrapped), head)
  for (let [count, chunk] = [0, await nextOf(pulled)]; ; count += 1) {
    const next = chunk.length < SEALED_LENGTH_BYTES ? null : await nextOf(pulled)
    const isLast = next === null || next.length === 0
    const opened = openedChunk(key, nonceOf(count, isLast), chunk)
    if (opened === null) {
      const isCutOff = isLast && openedChunk(key, nonceOf(count, false), chunk) !== null
      throw new BackupUnreadable(
        isCutOff || chunk.length < TAG_LENGTH_BYTES ? 'cut-off' : 'changed',
      )
    }
    yield opened
    if (isLast) return
    chunk = next
  }
}

/** Why a file cannot be read. */
export type Unreadable =
  /** It is no backup. */
  | 'foreign'
  /** It was sealed with another root key, or its head was changed. */
  | 'key'
  /** Its end is missing. */
  | 'cut-off'
  /** A part of it is not what was written. */
  | 'changed'

export class BackupUnreadable extends Error {
  override readonly name = 'BackupUnreadable'
  readonly why: Unreadable
  constructor(why: Unreadable) {
    super(`the backup cannot be read: ${why}`)
    this.why = why
  }
}

function wrappedHead({ by, bytes }: WrappedKey): Buffer {
  const said = Buffer.from(JSON.stringify({ by, bytes: Buffer.from(bytes).toString('base64') }))
  const length = Buffer.alloc(2)
  length.writeUInt16BE(said.length)
  return Buffer.concat([WRAPPED_MARK, length, said])
}

async function wrappedIn(pulled: Pulling): Promise<WrappedKey> {
  const length = await pulled.upTo(2)
  if (length.length < 2) throw new BackupUnreadable('cut-off')
  const said = await pulled.upTo(length.readUInt16BE())
  if (said.length < length.readUInt16BE()) throw new BackupUnreadable('cut-off')
  try {
    const { by, bytes } = JSON.parse(said.toString('utf8')) as Record<'by' | 'bytes', unknown>
    if (typeof by === 'string' && typeof bytes === 'string')
      return { by, bytes: Buffer.from(bytes, 'base64') }
  } catch {
    // Said below.
  }
  throw new BackupUnreadable('key')
}

const nextOf = async (pulled: Pulling): Promise<Buffer> => await pulled.upTo(SEALED_LENGTH_BYTES)

function openedHead(keys: Keys, head: Buffer): KeyObject {
  if (!head.subarray(0, MARK.length).equals(MARK.subarray(0, head.length)) || head.length === 0)
    throw new BackupUnreadable('foreign')
  if (head.length < HEAD_LENGTH_BYTES) throw new BackupUnreadable('cut-off')
  if (!keys.root.has(head.readUInt16BE(MARK.length))) throw new BackupUnreadable('key')
  const key = keyOf(keys, head)
  if (!timingSafeEqual(checkOf(key, head), head.subarray(CHECK_AT)))
    throw new BackupUnreadable('key')
  return key
}

/** 16 bytes, with the version of this form. */
const MARK = Buffer.from('countersign-bak1')
const WRAPPED_MARK = Buffer.from('countersign-bak2')
const SALT_AT = MARK.length + 2
const SALT_LENGTH_BYTES = 32
const CHECK_AT = SALT_AT + SALT_LENGTH_BYTES
const CHECK_LENGTH_BYTES = 16
export const HEAD_LENGTH_BYTES = CHECK_AT + CHECK_LENGTH_BYTES

const CIPHER = 'aes-256-gcm'
const CHUNK_LENGTH_BYTES = 64 * 1024
const TAG_LENGTH_BYTES = 16
export const SEALED_LENGTH_BYTES = CHUNK_LENGTH_BYTES + TAG_LENGTH_BYTES
const NONCE_LENGTH_BYTES = 12

function keyOf(keys: Keys, head: Buffer): KeyObject {
  const root = derivedKey(keys, 'backup', head.readUInt16BE(MARK.length))
  const salt = head.subarray(SALT_AT, CHECK_AT)
  const bytes = hkdfSync('sha256', root, salt, head.subarray(0, SALT_AT), 32)
  return createSecretKey(Buffer.from(bytes))
}

/** Tells a wrong key from a damaged file. */
const checkOf = (key: KeyObject, head: Buffer): Buffer =>
  createHmac('sha256', key)
    .update(head.subarray(0, CHECK_AT))
    .digest()
    .subarray(0, CHECK_LENGTH_BYTES)

function nonceOf(count: number, isLast: boolean): Buffer {
  const nonce = Buffer.alloc(NONCE_LENGTH_BYTES)
  nonce.writeBigUInt64BE(BigInt(count), NONCE_LENGTH_BYTES - 1 - 8)
  nonce.writeUInt8(isLast ? 1 : 0, NONCE_LENGTH_BYTES - 1)
  return nonce
}

function sealedChunk(key: KeyObject, nonce: Buffer, chunk: Buffer): Buffer {
  const cipher = createCipheriv(CIPHER, key, nonce)
  const text = cipher.update(chunk)
  cipher.final()
  return Buffer.concat([text, cipher.getAuthTag()])
}

function openedChunk(key: KeyObject, nonce: Buffer, chunk: Buffer): Buffer | null {
  if (chunk.length < TAG_LENGTH_BYTES) return null
  const options = { authTagLength: TAG_LENGTH_BYTES }
  const decipher = createDecipheriv(CIPHER, key, nonce, options)
  decipher.setAuthTag(chunk.subarray(-TAG_LENGTH_BYTES))
  const text = decipher.update(chunk.subarray(0, -TAG_LENGTH_BYTES))
  try {
    decipher.final()
    return text
  } catch {
    return null
  }
}
