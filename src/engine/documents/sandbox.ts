import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { realpathSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { type Readable, Readable as Source, type Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import { type Legibility, legibilityOf } from '#core/documents/legibility.ts'
import { MAIL_LIMITS } from '#core/documents/mail.ts'
import { UNOPENED, type Unopened } from '#core/documents/picture.ts'
import type { MailHead, Sandbox } from '#core/documents/sandbox.ts'
import { SUBMITTED_PAGES_MAX } from '#core/documents/submission.ts'

export interface SandboxOptions {
  /** The program that makes the name spaces; another one only in tests. */
  readonly bubblewrap?: string
  /** What runs in it; another one only in tests. */
  readonly worker?: string
  readonly mailWorker?: string
}

/** From the start of a process to its end. */
const WALL_MS = 15_000
const CPU_S = 10
/** What Node and the threads of the library reserve and never use is several gigabytes. */
const ADDRESS_SPACE_BYTES = 8 * 1_024 ** 3
/** What is used: 50 megapixels are 200 megabytes, several times. */
const DATA_BYTES = 2 * 1_024 ** 3
const OPEN_FILES_MAX = 64
/** A line of JSON: a dozen numbers and a word, or two lines of a header in three bytes a letter. */
const LINE_LENGTH_BYTES_MAX = 16_384
/** The largest clean page: 16 megapixels of noise. */
const PAGE_LENGTH_BYTES_MAX = 32 * 1_024 * 1_024

/** In name spaces that bubblewrap makes, within the limits that prlimit sets. */
export function bubblewrapSandbox({
  bubblewrap = 'bwrap',
  worker = WORKERS.picture,
  mailWorker = WORKERS.mail,
}: SandboxOptions = {}): Sandbox {
  let ready: Promise<boolean> | null = null
  const open: Sandbox['open'] = async (source, signal) => {
    const program = { worker, packages: PACKAGES.picture, read: saidOfPicture }
    const answer = await answered(bubblewrap, program, { source, signal })
    return answer && (answer.said.ok ? { ...answer.said, page: answer.bytes } : answer.said)
  }
  return {
    open,
    async openMail(source, signal) {
      const program = { worker: mailWorker, packages: PACKAGES.mail, read: saidOfMail }
      const answer = await answered(bubblewrap, program, { source, signal })
      return answer && (answer.said.ok ? { ...answer.said, bytes: answer.bytes } : answer.said)
    },
    isReady: () => (ready ??= answersTo(open)),
  }
}

interface Program<Said> {
  readonly worker: string
  readonly packages: readonly string[]
  /** Looks at a line of the worker; `null` for one that is no answer. */
  readonly read: (value: unknown) => Said | null
}

interface Opened {
  readonly source: AsyncIterable<Uint8Array>
  readonly signal: Parameters<Sandbox['open']>[1]
}

type Answer = { readonly ok: false } | { readonly ok: true; readonly lengthBytes: number }

/** Runs a worker over one file. @returns `null` when it was killed, or gave no answer. */
async function answered<Said extends Answer>(
  bubblewrap: string,
  program: Program<Said>,
  { source, signal }: Opened,
): Promise<{ readonly said: Said; readonly bytes: AsyncIterable<Uint8Array> } | null> {
  const child = started(bubblewrap, program)
  const kill = () => void child.kill('SIGKILL')
  const killer = setTimeout(kill, WALL_MS)
  signal?.addEventListener('abort', kill)
  const ended = once(child, 'close').finally(() => {
    clearTimeout(killer)
    signal?.removeEventListener('abort', kill)
  })
  ended.catch(() => {})
  // A worker that has seen enough closes its input, and that is no fault.
  const sent = pipeline(Source.from(source), child.stdin).catch((error: unknown) => {
    if (!isClosedPipe(error)) child.kill('SIGKILL')
  })
  const answer = answerOf(child.stdout)
  try {
    const said = program.read(await answer.line())
    await sent
    if (said?.ok === true) return { said, bytes: answer.bytes(said.lengthBytes, ended) }
    child.kill('SIGKILL')
    await ended
    return said && { said, bytes: answer.bytes(0, ended) }
  } catch {
    child.kill('SIGKILL')
    await ended.catch(() => {})
    return null
  }
}

/** The smallest PNG: one pixel. */
const PIXEL = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4//8/AAX+Av4N70a4AAAAAElFTkSuQmCC',
  'base64',
)

async function answersTo(open: Sandbox['open']): Promise<boolean> {
  try {
    const opened = await open(Source.from([PIXEL]))
    if (!opened?.ok) return false
    for await (const _ of opened.page) continue
    return true
  } catch {
    return false
  }
}

type Child = ChildProcessByStdio<Writable, Readable, null>

function started(
  bubblewrap: string,
  { worker, packages }: Pick<Program<unknown>, 'worker' | 'packages'>,
): Child {
  const limits = [
    `--cpu=${CPU_S}`,
    `--as=${ADDRESS_SPACE_BYTES}`,
    `--data=${DATA_BYTES}`,
    `--nofile=${OPEN_FILES_MAX}`,
    '--fsize=0',
    '--core=0',
  ]
  const command = [...limits, '--', bubblewrap, ...walls(worker, packages), '--', ...program()]
  const child = spawn('prlimit', command, { stdio: ['pipe', 'pipe', 'ignore'], env: {} })
  // A program that is not there is an answer that does not come.
  child.on('error', () => {})
  child.stdin.on('error', () => {})
  return child
}

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))
const WORKERS = {
  picture: fileURLToPath(new URL('worker/open-picture.ts', import.meta.url)),
  mail: fileURLToPath(new URL('worker/open-mail.ts', import.meta.url)),
}

/** Where the sandbox has what. */
const INSIDE = {
  node: '/app/node',
  manifest: '/app/package.json',
  core: '/app/src/core',
  worker: '/app/worker.ts',
  packages: '/app/node_modules',
} as const

/** What the libraries for pictures and for mails consist of. */
const PACKAGES = {
  picture: ['sharp', '@img', 'detect-libc', 'semver'],
  mail: ['postal-mime'],
} as const

const walls = (worker: string, packages: readonly string[]): readonly string[] => [
  ...(['--unshare-all', '--die-with-parent', '--new-session', '--clearenv'] as const),
  ...(['--cap-drop', 'ALL', '--uid', '65534', '--gid', '65534'] as const),
  ...(['--setenv', 'MALLOC_ARENA_MAX', '2', '--setenv', 'UV_THREADPOOL_SIZE', '1'] as const),
  ...['/lib', '/lib64', '/usr/lib'].flatMap((path) => ['--ro-bind-try', path, path]),
  ...readOnly(realpathSync(process.execPath), INSIDE.node),
  ...readOnly(`${ROOT}package.json`, INSIDE.manifest),
  ...['documents', 'time'].flatMap((name) =>
    readOnly(`${ROOT}src/core/${name}`, `${INSIDE.core}/${name}`),
  ),
  ...readOnly(worker, INSIDE.worker),
  ...packages.flatMap((name) =>
    readOnly(`${packagesFolder()}/${name}`, `${INSIDE.packages}/${name}`),
  ),
  ...['--chdir', '/app'],
]

const readOnly = (path: string, inside: string) => ['--ro-bind', path, inside]

const packagesFolder = (): string =>
  dirname(dirname(dirname(createRequire(import.meta.url).resolve('sharp'))))

const program = (): readonly string[] => [
  INSIDE.node,
  '--max-old-space-size=512',
  '--disable-warning=ExperimentalWarning',
  INSIDE.worker,
]

type SaidOfPicture =
  | { readonly ok: false; readonly why: Unopened }
  | {
      readonly ok: true
      readonly width: number
      readonly height: number
      readonly legibility: Legibility | null
      readonly lengthBytes: number
    }

/** Reads what the worker writes, and believes nothing of it that is not looked at. */
function answerOf(output: Readable) {
  const chunks = output[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  let held: Buffer = Buffer.alloc(0)
  const atLeast = async (length: number) => {
    while (held.length < length) {
      const next = await chunks.next()
      if (next.done) throw new Error('the worker ended early')
      held = Buffer.concat([held, next.value])
    }
  }
  return {
    async line(): Promise<unknown> {
      await atLeast(4)
      const length = held.readUInt32BE(0)
      if (length > LINE_LENGTH_BYTES_MAX) return null
      await atLeast(4 + length)
      const line = held.subarray(4, 4 + length).toString('utf8')
      held = held.subarray(4 + length)
      return JSON.parse(line)
    },
    async *bytes(lengthBytes: number, ended: Promise<unknown>): AsyncGenerator<Buffer> {
      let left = lengthBytes
      while (left > 0) {
        if (held.length === 0) await atLeast(1)
        if (held.length > left) throw new Error('the worker says more than it announced')
        left -= held.length
        const part = held
        held = Buffer.alloc(0)
        yield part
      }
      const { done } = await chunks.next()
      if (!done) throw new Error('the worker says more than it announced')
      await ended
    },
  }
}

function saidOfPicture(value: unknown): SaidOfPicture | null {
  if (typeof value !== 'object' || value === null || !('ok' in value)) return null
  if (value.ok === false) {
    const why = 'why' in value ? UNOPENED.find((one) => one === value.why) : undefined
    return why === undefined ? null : { ok: false, why }
  }
  const { width, height, legibility, lengthBytes } = value as Readonly<Record<string, unknown>>
  if (!isCount(width) || !isCount(height) || !isCount(lengthBytes)) return null
  if (lengthBytes > PAGE_LENGTH_BYTES_MAX) return null
  return { ok: true, width, height, legibility: legibilityOf(legibility), lengthBytes }
}

function saidOfMail(value: unknown): SaidOfMail | null {
  if (typeof value !== 'object' || value === null || !('ok' in value)) return null
  if (value.ok === false) return { ok: false }
  const { subject, messageId, pages, lengths } = value as Readonly<Record<string, unknown>>
  if (!isText(subject) || !isText(messageId) || !Array.isArray(lengths)) return null
  if (typeof pages !== 'number' || !Number.isSafeInteger(pages) || pages < lengths.length)
    return null
  if (!lengths.every(isCount) || lengths.length > SUBMITTED_PAGES_MAX) return null
  const lengthBytes = lengths.reduce((sum, length) => sum + length, 0)
  if (lengthBytes > MAIL_LIMITS.lengthBytes) return null
  return { ok: true, subject, messageId, pages, lengths, lengthBytes }
}

type SaidOfMail =
  | { readonly ok: false }
  | (MailHead & { readonly ok: true; readonly lengthBytes: number })

const isText = (value: unknown): value is string =>
  typeof value === 'string' && value.length <= MAIL_LIMITS.lineBytes

const isCount = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value > 0

const isClosedPipe = (error: unknown): boolean =>
  error instanceof Error &&
  'code' in error &&
  ['EPIPE', 'ERR_STREAM_PREMATURE_CLOSE', 'ECONNRESET'].includes(String(error.code))
