import { createCipheriv, createDecipheriv, type KeyObject } from 'node:crypto'
import type { Random } from '#core/ids.ts'
import type { Json } from '#core/json.ts'
import { derivedKey, type Keys, ringOf } from '#store/database/keys.ts'

/** Where a sealed value stands. It opens there and nowhere else. */
export interface Place {
  readonly table: string
  readonly column: string
  readonly row: string
}

/** What sealing needs. */
interface Sealing {
  readonly keys: Keys
  readonly random: Random
}

/**
 * Seals a value for one place: AES-256-GCM, with table, column and row as associated data, so that
 * an attacker who can write to the database cannot move a value to another row.
 *
 *   format (1 byte) | key version (2) | nonce (12) | ciphertext | tag (16)
 *
 * @see NIST SP 800-38D, "Uniqueness Requirement on IVs and Keys", section 8
 */
export const sealed = (sealing: Sealing, place: Place, value: Json): Uint8Array =>
  sealedBytes(sealing, place, Buffer.from(JSON.stringify(value), 'utf8'))

/** The same of bytes that are no JSON, such as a file. */
export function sealedBytes(
  { keys, random }: Sealing,
  place: Place,
  bytes: Uint8Array,
): Uint8Array {
  const head = Buffer.alloc(HEAD_LENGTH_BYTES)
  head.writeUInt8(FORMAT, 0)
  const { current } = ringOf(keys, SEALING)
  head.writeUInt16BE(current, 1)
  head.set(random(NONCE_LENGTH_BYTES), NONCE_AT)
  const cipher = createCipheriv(CIPHER, keyOf(keys, place, current), head.subarray(NONCE_AT))
  cipher.setAAD(associated(head, place))
  const text = cipher.update(bytes)
  cipher.final()
  // A buffer of its own: one cut from Node's pool would take the whole pool along to the writer's
  // thread.
  const all = new Uint8Array(head.length + text.length + TAG_LENGTH_BYTES)
  all.set(head)
  all.set(text, head.length)
  all.set(cipher.getAuthTag(), head.length + text.length)
  return all
}

/** @throws Error when it was sealed for another place, with another key, or was changed. */
export const unsealed = (sealing: Pick<Sealing, 'keys'>, place: Place, bytes: Uint8Array): Json =>
  JSON.parse(unsealedBytes(sealing, place, bytes).toString('utf8')) as Json

/** @throws Error as `unsealed` does. */
export function unsealedBytes(
  { keys }: Pick<Sealing, 'keys'>,
  place: Place,
  bytes: Uint8Array,
): Buffer {
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (all.length < HEAD_LENGTH_BYTES + TAG_LENGTH_BYTES || all.readUInt8(0) !== FORMAT) {
    throw new Error(`what stands in ${place.table}.${place.column} was not sealed here`)
  }
  const head = all.subarray(0, HEAD_LENGTH_BYTES)
  const key = keyOf(keys, place, head.readUInt16BE(1))
  const options = { authTagLength: TAG_LENGTH_BYTES }
  const decipher = createDecipheriv(CIPHER, key, head.subarray(NONCE_AT), options)
  decipher.setAAD(associated(head, place))
  decipher.setAuthTag(all.subarray(-TAG_LENGTH_BYTES))
  const text = decipher.update(all.subarray(HEAD_LENGTH_BYTES, -TAG_LENGTH_BYTES))
  decipher.final()
  return text
}

/** The version of the root key that a value was sealed with. */
export const sealedWith = (bytes: Uint8Array): number =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).readUInt16BE(1)

const SEALING = 'seal/'
const CIPHER = 'aes-256-gcm'
const FORMAT = 1
const NONCE_AT = 3
const NONCE_LENGTH_BYTES = 12
const HEAD_LENGTH_BYTES = NONCE_AT + NONCE_LENGTH_BYTES
const TAG_LENGTH_BYTES = 16

/**
 * One key may seal 2^32 values under random nonces. Ten million clients make as many in two months,
 * so each column has 256 keys and a row chooses among them: no key comes near its limit in a
 * decade.
 */
const KEYS_PER_COLUMN = 256

function keyOf(keys: Keys, { table, column, row }: Place, version: number): KeyObject {
  let sum = 0
  for (let at = 0; at < row.length; at += 1) sum = (sum * 31 + row.charCodeAt(at)) % 65_521
  return derivedKey(keys, `${SEALING}${table}/${column}/${sum % KEYS_PER_COLUMN}`, version)
}

/**
 * As JSON, so that no two places are written alike; with the head, so that it cannot be exchanged.
 */
function associated(head: Buffer, { table, column, row }: Place): Buffer {
  const version = head.readUInt16BE(1)
  return Buffer.from(JSON.stringify([FORMAT, version, table, column, row]))
}
