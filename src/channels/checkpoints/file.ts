import { open } from 'node:fs/promises'
import type { Place } from '#channels/checkpoints/place.ts'

/** A note ends with the line of a signature. */
const ENDED = /(^|\n)\u2014 [^\n]+\n$/

/** Behind half a note, which a full disk or a crash has left, a blank line begins anew. */
function gapBehind(tail: string): string {
  if (tail === '' || ENDED.test(tail)) return ''
  return tail.endsWith('\n') ? '\n' : '\n\n'
}

/**
 * A file that checkpoints are appended to, each on the disk before it counts as kept. It stands on
 * a disk that those who own the database cannot write to.
 */
export const fileOf = (path: string): Place => ({
  name: 'file',
  async keep({ note }) {
    const file = await open(path, 'a+', 0o644)
    try {
      const bytes = Buffer.from(note)
      const { size } = await file.stat()
      const last = Buffer.alloc(Math.min(size, bytes.length))
      await file.read(last, 0, last.length, size - last.length)
      if (last.equals(bytes)) return
      await file.appendFile(Buffer.concat([Buffer.from(gapBehind(last.toString())), bytes]))
      await file.datasync()
    } finally {
      await file.close()
    }
  },
  async latest() {
    const file = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null
      throw error
    })
    if (file === null) return ''
    try {
      const { size } = await file.stat()
      const last = Buffer.alloc(Math.min(size, READ_BYTES))
      await file.read(last, 0, last.length, size - last.length)
      return last.toString()
    } finally {
      await file.close()
    }
  },
})

/** Longer than the longest note. */
const READ_BYTES = 128 * 1024
