import { connect, type Socket } from 'node:net'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Antivirus, LookedAt, ScannerAddress } from '#core/documents/antivirus.ts'
import { after, type Instant, minutes } from '#core/time/time.ts'
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
  { antivirus, files, now }: Pick<World, 'antivirus' | 'files' | 'now'>,
  file: SealedFile,
): Promise<LookedAt | null> {
  if (!antivirus) return { isInfected: false }
  const waiting = waitingFor(antivirus)
  const { count = 0, until = now() } = waiting.get(file.id) ?? {}
  if (now() < until) return null
  try {
    const looked = await antivirus.look(readFile(files, file))
    if (looked || !(await antivirus.isReady())) waiting.delete(file.id)
    else waiting.set(file.id, { count: count + 1, until: after(now(), pauseAfter(count)) })
    return looked
  } catch {
    // A piece of it cannot be read; what opens it hears so too.
    return { isInfected: false }
  }
}

interface Wait {
  /** How often a daemon that works has said nothing of the file. */
  readonly count: number
  readonly until: Instant
}

/** Each look may take a minute, in which nothing else is opened: a file waits longer each time. */
const pauseAfter = (count: number) => minutes(Math.min(2 ** count, PAUSE_MINUTES_MAX))
const PAUSE_MINUTES_MAX = 60
/** Files at once; beyond it they are looked at as if for the first time. */
const WAITING_MAX = 10_000

const waits = new WeakMap<Antivirus, Map<string, Wait>>()

function waitingFor(antivirus: Antivirus): Map<string, Wait> {
  const waiting = waits.get(antivirus) ?? new Map<string, Wait>()
  if (waiting.size >= WAITING_MAX) waiting.clear()
  waits.set(antivirus, waiting)
  return waiting
}

/** Whether what arrives can be looked at now; where nothing looks at it, it need not be. */
export const isScanned = async ({ antivirus }: Pick<World, 'antivirus'>): Promise<boolean> =>
  antivirus === null || (await antivirus.isReady())
