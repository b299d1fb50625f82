import { createReadStream } from 'node:fs'
import type { Json } from '#core/json.ts'
import { recordsIn } from '#store/backup/records.ts'
import { BackupUnreadable, opening, type WrappedKey } from '#store/backup/sealed-stream.ts'
import type { Keys } from '#store/database/keys.ts'

/** What opens a backup, and is not in it. */
export type KeysOf = (wrapped: WrappedKey | null) => Promise<Keys>

export interface Taking {
  /** What the backup says of itself; it comes first. Throws where the rest is not wanted. */
  about(about: Json): void
  /** Takes all bytes of a part. */
  part(name: string, bytes: AsyncIterable<Uint8Array>): Promise<void>
}

/** Reads a backup from end to end. @throws BackupUnreadable */
export async function openBackup(file: string, keysOf: KeysOf, taking: Taking): Promise<void> {
  const bytes = createReadStream(file, { highWaterMark: PIECE_BYTES })
  try {
    const records = recordsIn(opening(keysOf, bytes))
    let next = await records.next()
    if (next.done || next.value.kind !== 'about') throw new BackupUnreadable('changed')
    taking.about(next.value.about)
    next = await records.next()
    while (!next.done) {
      if (next.value.kind !== 'part') throw new BackupUnreadable('changed')
      const { name } = next.value
      const of = partOf(records)
      await taking.part(name, of.bytes)
      next = of.behind()
    }
  } finally {
    bytes.destroy()
  }
}

const PIECE_BYTES = 256 * 1024

/** The bytes of one part; `behind` is the record that ended it. */
function partOf(records: ReturnType<typeof recordsIn>) {
  let behind: Awaited<ReturnType<typeof records.next>> | null = null
  async function* bytesOf(): AsyncGenerator<Buffer> {
    for (;;) {
      const next = await records.next()
      if (next.done || next.value.kind !== 'bytes') {
        behind = next
        return
      }
      yield next.value.bytes
    }
  }
  return {
    bytes: bytesOf(),
    behind() {
      if (behind === null) throw new Error('the part was not read to its end')
      return behind
    },
  }
}
