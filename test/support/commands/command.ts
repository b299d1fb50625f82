import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { TestContext } from 'node:test'
import { freePorts } from '../server/ports.ts'
import { type Begun, begin } from './kept.ts'

export const COMMAND = resolve(import.meta.dirname, '../../../bin/countersign')

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface Place {
  readonly folder: string
  readonly environment: NodeJS.ProcessEnv
  readonly issuer: string
  readonly management: string
  readonly desk: string
  /** Where a demo takes documents by mail: two at once cannot both have the usual port. */
  readonly mailPort: number
}

/** An empty folder with ports of its own, gone when the test is over. */
export async function place(t: TestContext): Promise<Place> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-command-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const [open, desk, management, mailPort = 0] = await freePorts(4)
  const issuer = `http://localhost:${open}`
  return {
    folder,
    issuer,
    management: `http://localhost:${management}`,
    desk: `http://localhost:${desk}`,
    mailPort,
    environment: {
      ...process.env,
      COUNTERSIGN_ISSUER: issuer,
      COUNTERSIGN_PORTS_PUBLIC: String(open),
      COUNTERSIGN_PORTS_MANAGEMENT: String(management),
      COUNTERSIGN_PORTS_DESK: String(desk),
      COUNTERSIGN_GATEWAY_PORTS: '[]',
      COUNTERSIGN_DESK_ORIGIN: `http://localhost:${desk}`,
    },
  }
}

/** What a process needs to run a command. */
export interface Asked extends Pick<Place, 'folder' | 'environment'> {
  readonly args: readonly string[]
  /** What it reads from its standard input. */
  readonly input: string
}

/** Runs a command to its end, in a process that runs others before and after. */
export async function run(where: Place, args: readonly string[], input = ''): Promise<Ended> {
  return await begin(askedOf(where, args, input)).ended
}

/** Stops it; a test can also set its clock ahead. */
export interface Serving extends Pick<Begun, 'advance'> {
  (): Promise<Ended>
}

/**
 * Runs a server until it answers, in a process that runs others before and after. It is stopped
 * when the test is over, or by what is returned.
 */
export async function serving(
  t: TestContext,
  where: Place,
  args: readonly string[],
): Promise<Serving> {
  const { ended, stop, kill, advance } = begin(askedOf(where, args, ''))
  let stopped: Promise<Ended> | null = null
  const stopOnce = () => (stopped ??= stopping({ ended, stop, kill }))
  t.after(stopOnce)
  const early = await Promise.race([answering(`${where.management}/readyz`), ended])
  if (early) throw new Error(`it ended: ${early.stderr}`)
  return Object.assign(stopOnce, { advance })
}

async function stopping({ ended, stop, kill }: Omit<Begun, 'advance'>): Promise<Ended> {
  stop()
  const impatient = setTimeout(kill, STOP_MAX_MS)
  impatient.unref()
  try {
    return await ended
  } finally {
    clearTimeout(impatient)
  }
}

const askedOf = (where: Place, args: readonly string[], input: string): Asked => ({
  folder: where.folder,
  environment: environmentFor(where, args),
  args,
  input,
})

const environmentFor = ({ environment, mailPort }: Place, [command]: readonly string[]) =>
  command === 'demo'
    ? { ...environment, COUNTERSIGN_DOCUMENTS_MAIL_PORT: String(mailPort) }
    : environment

/** Runs a command to its end as a shell does: in a process of its own, through `bin`. */
export async function runAlone(where: Place, args: readonly string[], input = ''): Promise<Ended> {
  const child = start(where, args)
  child.stdin?.end(input)
  const [stdout, stderr] = [textOf(child.stdout), textOf(child.stderr)]
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, stdout: stdout(), stderr: stderr() }
}

/** A server that takes longer to stop has failed to. */
const STOP_MAX_MS = 10_000

export interface Running {
  readonly child: ChildProcess
  readonly said: () => string
  stop(): Promise<Ended>
}

/** Runs a command until it says that it is ready. */
export async function running(
  t: TestContext,
  where: Place,
  args: readonly string[],
): Promise<Running> {
  const child = start(where, args)
  const [stdout, stderr] = [textOf(child.stdout), textOf(child.stderr)]
  const closed = once(child, 'close')
  const stop = async () => {
    child.kill('SIGTERM')
    const impatient = setTimeout(() => child.kill('SIGKILL'), STOP_MAX_MS)
    impatient.unref()
    const [code] = (await closed) as [number | null]
    return { code, stdout: stdout(), stderr: stderr() }
  }
  t.after(async () => {
    if (child.exitCode === null) await stop()
  })
  await Promise.race([answering(`${where.management}/readyz`), closed])
  if (child.exitCode !== null) throw new Error(`it ended: ${stderr()}`)
  return { child, said: () => stdout() + stderr(), stop }
}

const start = (where: Place, args: readonly string[]) =>
  spawn(process.execPath, [COMMAND, ...args], {
    cwd: where.folder,
    env: environmentFor(where, args),
  })

/** Resolves when an address answers 200. */
async function answering(address: string): Promise<void> {
  for (let attempt = 0; attempt < 1_200; attempt += 1) {
    const response = await fetch(address).catch(() => null)
    if (response?.ok) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`${address} does not answer`)
}

function textOf(stream: NodeJS.ReadableStream | null): () => string {
  let text = ''
  stream?.on('data', (chunk: Buffer) => {
    text += chunk.toString()
  })
  return () => text
}
