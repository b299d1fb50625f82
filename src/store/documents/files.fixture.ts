import { randomBytes } from 'node:crypto'
import { newId } from '#core/ids.ts'
import { instant } from '#core/time/time.ts'
import { filesBeside } from '#store/database/files.ts'
import { writeFile } from '#store/documents/files.ts'

/**
 * Writes a file into the place that it is told, and says how far it is. What it is told says how
 * many pieces it sends before it waits for ever, or `0` for an end.
 */
const [url = '', pieces = '0', length = '0'] = process.argv.slice(2)
const random = (count: number) => randomBytes(count)
const files = filesBeside({ url, random, keptFreeBytes: 0 })
const now = instant(Date.UTC(2026, 10, 2, 9, 30))

async function* source() {
  for (let sent = 0; Number(pieces) === 0 || sent < Number(pieces); sent += 1) {
    if (Number(pieces) === 0 && sent * CHUNK >= Number(length)) return
    yield randomBytes(CHUNK)
    console.log(`sent ${sent}`)
  }
  console.log('waiting')
  await new Promise(() => setInterval(() => {}, 1_000))
}
const CHUNK = 256 * 1_024

try {
  const id = newId('fil', now, random)
  const written = await writeFile(files, { id, now, source: source(), lengthBytesMax: 2 ** 30 })
  console.log(written ? 'written' : 'too large')
} catch (error) {
  console.log(`refused: ${(error as Error).name}`)
}
const { read } = await files.connection()
const left = await read.selectFrom('file_piece').select('piece').execute()
console.log(`left ${left.length}`)
await files.close()
