import type { Json } from '#core/json.ts'
import { BackupUnreadable } from '#store/backup/sealed-stream.ts'
import { pulling } from '#store/backup/pulling.ts'

/** One of the files in a backup. */
export interface Part {
  readonly name: string
  readonly bytes: AsyncIterable<Uint8Array>
}

/** What a backup holds: what it says of itself, and then its parts. */
export type Record =
  | { readonly kind: 'about'; readonly about: Json }
  | { readonly kind: 'part'; readonly name: string }
  | { readonly kind: 'bytes'; readonly bytes: Buffer }

/** Each record is its kind (1 byte), its length (4) and its bytes. */
export async function* recordsOf(about: Json, parts: readonly Part[]): AsyncGenerator<Buffer> {
  yield recordOf(ABOUT, Buffer.from(JSON.stringify(about)))
  for (const { name, bytes } of parts) {
    yield recordOf(PART, Buffer.from(name))
    for await (const some of bytes) {
      for (let at = 0; at < some.byteLength; at += LENGTH_MAX_BYTES)
        yield recordOf(BYTES, some.subarray(at, at + LENGTH_MAX_BYTES))
    }
  }
}

/** @throws BackupUnreadable */
export async function* recordsIn(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Record> {
  const pulled = pulling(bytes)
  for (;;) {
    const head = await pulled.upTo(HEAD_LENGTH_BYTES)
    if (head.length === 0) return
    const length = head.length < HEAD_LENGTH_BYTES ? -1 : head.readUInt32BE(1)
    const body = await pulled.upTo(Math.min(Math.max(length, 0), LENGTH_MAX_BYTES))
    if (body.length !== length) throw new BackupUnreadable('changed')
    yield recordIn(head.readUInt8(0), body)
  }
}

const [ABOUT, PART, BYTES] = [1, 2, 3] as const
const HEAD_LENGTH_BYTES = 5
const LENGTH_MAX_BYTES = 1024 * 1024

function recordOf(kind: number, body: Uint8Array): Buffer {
  const head = Buffer.alloc(HEAD_LENGTH_BYTES)
  head.writeUInt8(kind, 0)
  head.writeUInt32BE(body.byteLength, 1)
  return Buffer.concat([head, body])
}

function recordIn(kind: number, body: Buffer): Record {
  if (kind === ABOUT) return { kind: 'about', about: JSON.parse(body.toString()) as Json }
  if (kind === PART) return { kind: 'part', name: body.toString() }
  if (kind === BYTES) return { kind: 'bytes', bytes: body }
  throw new BackupUnreadable('changed')
}
