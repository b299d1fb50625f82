import { connect, type Socket } from 'node:net'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Antivirus, LookedAt, ScannerAddress } from '#core/documents/antivirus.ts'
import type { World } from '#engine/world.ts'
import { readFile, type SealedFile } from '#store/documents/files.ts'

/** A whole file of 25 MB, on a machine that has other work. */
const PATIENCE = { fileMs: 60_000, pingMs: 500 } as const
/** A name of a virus, and what is said before and after it. */
const ANSWER_LENGTH_MAX = 1_024
const CHUNK_LENGTH_BYTES = 64 * 1_024

/**
 * Asks clamd, the daemon of ClamAV, over its socket. Nothing is written to a disk for it.
 *
 * @see clamd(8), "COMMANDS": `zINSTREAM`, chunks with their length before them, and one of 0
 */
export const clamd = (
  address: ScannerAddress,
  { fileMs, pingMs }: { readonly fileMs: number; readonly pingMs: number } = PATIENCE,
): Antivirus => ({
  async look(source) {
    const broken = new AbortController()
    const sends = () => instream(toItsEnd(source, broken))
    const asking = { sends, patienceMs: fileMs, stop: broken.signal }
    const answer = await asked(address, asking)
    broken.signal.throwIfAborted()
    return answer === null ? null : lookedAt(answer)
  },
  async isReady() {
    const sends = () => Readable.from([Buffer.from('zPING\0')])
    return (await asked(address, { sends, patienceMs: pingMs })) === 'PONG'
  },
})

/** Anything else, such as a file beyond its limit, says nothing about the file. */
function lookedAt(answer: string): LookedAt | null {
  if (answer === 'stream: OK') return { isInfected: false }
  return /^stream: .+ FOUND$/.test(answer) ? { isInfected: true } : null
}

/** The same; where it cannot be read to its end, the error is kept with the signal. */
async function* toItsEnd(
  source: AsyncIterable<Uint8Array>,
  broken: AbortController,
): AsyncGenerator<Uint8Array> {
  try {
    yield* source
  } catch (error) {
    broken.abort(error)
    throw error
  }
}

async function* instream(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield Buffer.from('zINSTREAM\0')
  for await (const part of source) {
    for (let at = 0; at < part.length; at += CHUNK_LENGTH_BYTES) {
      const chunk = part.subarray(at, at + CHUNK_LENGTH_BYTES)
      const head = Buffer.alloc(4)
      head.writeUInt32BE(chunk.length)
      yield head
      yield chunk
    }
  }
  yield Buffer.alloc(4)
}

interface Asking {
  readonly sends: () => AsyncIterable<Uint8Array>
  readonly patienceMs: number
  /** Breaks it off: what was to be sent cannot be read to its end. */
  readonly stop?: AbortSignal
}

/** @returns one answer, to its NUL; `null` for none in time, or one that is no answer. */
async function asked(
  address: ScannerAddress,
  { sends, patienceMs, stop }: Asking,
): Promise<string | null> {
  const late = AbortSignal.timeout(patienceMs)
  const signal = stop ? AbortSignal.any([late, stop]) : late
  // It ends the wait for an answer, too: a daemon that is frozen takes all and says nothing.
  const socket: Socket = connect({ ...address, noDelay: true, signal })
  try {
    // A daemon that has seen enough answers before it was sent all.
    const sent = pipeline(sends, socket, { signal, end: false }).catch(() => {})
    let answer = ''
    socket.setEncoding('latin1')
    for await (const part of socket.iterator({ destroyOnReturn: false })) {
      answer += String(part)
      if (answer.length > ANSWER_LENGTH_MAX) return null
      const end = answer.indexOf('\0')
      if (end >= 0) return answer.slice(0, end)
    }
    await sent
    return null
  } catch {
    return null
  } finally {
    socket.destroy()
  }
}

/**
 * What the antivirus says of a file that is about to be opened; where none is set up, that it is
 * none that is known.
 *
 * @returns `null` when it has to wait.
 */
export async function scanned(
  { antivirus, files }: Pick<World, 'antivirus' | 'files'>,
  file: SealedFile,
): Promise<LookedAt | null> {
  if (!antivirus) return { isInfected: false }
  try {
    return await antivirus.look(readFile(files, file))
  } catch {
    // A piece of it cannot be read; what opens it hears so too.
    return { isInfected: false }
  }
}

/** Whether what arrives can be looked at now; where nothing looks at it, it need not be. */
export const isScanned = async ({ antivirus }: Pick<World, 'antivirus'>): Promise<boolean> =>
  antivirus === null || (await antivirus.isReady())
