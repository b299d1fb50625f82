import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { SAMPLE_ASKING } from '#methods/sample.ts'
import { freePorts } from '../../test/support/server/ports.ts'
import { CORES } from '../report/machine.ts'
import { PLATFORM } from './platform.ts'
import type { Place } from './workspace.ts'
import type { Given, Orders } from './server.ts'

/** A server in a process of its own, seen from the bench. */
export interface Server {
  readonly port: number
  /** Of the gateway; 0 for none. */
  readonly streams: number
  readonly issuer: string
  /** Where the desk of the staff listens, and what it is called. */
  readonly desk: number
  readonly deskOrigin: string
  readonly pid: number
  order<N extends keyof Orders>(name: N, asks: Orders[N]['asks']): Promise<Orders[N]['gives']>
  stop(): Promise<void>
}

const SERVER = fileURLToPath(new URL('server.ts', import.meta.url))

interface Starting {
  readonly url: string
  readonly ofSamples: boolean
  /** Where the streams of the platform are; none unless said otherwise. */
  readonly upstream?: string | null
}

/**
 * Starts a server on a database, with the limits that every installation has; with the samples,
 * where they live.
 */
export async function startServer(
  { keysFile }: Place,
  { url, ofSamples, upstream = null }: Starting,
): Promise<Server> {
  const usual = await settingsFor(keysFile, url, upstream)
  const settings = ofSamples ? { ...usual, issuer: SAMPLE_ASKING.issuer } : usual
  const child = fork(SERVER, [JSON.stringify(settings), ...(ofSamples ? ['samples'] : [])], {
    execArgv: [...process.execArgv, '--disable-warning=ExperimentalWarning', ...profiling()],
    env: { ...process.env, ...startingEnvironment() },
    // One log line for each request is written, as in production, and discarded.
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const order = ordering(child)
  await once(child, 'message')
  const { issuer, ports } = settings
  return {
    port: ports.public,
    streams: settings.gateway.ports[0] ?? 0,
    issuer,
    desk: ports.desk,
    deskOrigin: settings.desk.origin,
    pid: child.pid ?? 0,
    order,
    async stop() {
      const gone = once(child, 'exit')
      await order('stop', null)
      await gone
    },
  }
}

/** What `bin/countersign` sets before Node starts. */
export const startingEnvironment = () => ({
  UV_THREADPOOL_SIZE: String(CORES),
  NODE_COMPILE_CACHE: fileURLToPath(new URL('../../node_modules/.cache/compiled', import.meta.url)),
})

/** `COUNTERSIGN_BENCH_PROFILES` names a folder for what `--cpu-prof` finds. */
function profiling(): readonly string[] {
  const folder = process.env['COUNTERSIGN_BENCH_PROFILES']
  return folder ? ['--cpu-prof', `--cpu-prof-dir=${folder}`] : []
}

/** Settings of an installation behind a proxy on this machine, which says whom it speaks for. */
export async function settingsFor(keysFile: string, url: string, upstream: string | null = null) {
  const [open = 0, desk = 0, management = 0, streams = 0] = await freePorts(4)
  return {
    issuer: `http://127.0.0.1:${open}`,
    ports: { public: open, desk, management },
    gateway: upstream === null ? { ports: [] } : { ports: [streams], upstream },
    relyingParties: [PLATFORM],
    desk: { origin: `http://localhost:${desk}` },
    database: { url },
    keys: { file: keysFile },
    trustedProxies: ['127.0.0.0/8'],
  }
}

function ordering(child: ChildProcess): Server['order'] {
  const waiting = new Map<number, PromiseWithResolvers<unknown>>()
  let last = 0
  child.on('message', ({ id, gives, error }: Given) => {
    const caller = waiting.get(id)
    waiting.delete(id)
    if (error === undefined) caller?.resolve(gives)
    else caller?.reject(new Error(error))
  })
  child.once('exit', () => {
    for (const caller of waiting.values()) caller.reject(new Error('the server has ended'))
  })
  return (name, asks) => {
    last += 1
    const caller = Promise.withResolvers<unknown>()
    waiting.set(last, caller)
    child.send({ id: last, name, asks })
    // What comes back to an order is what `Orders` says, because one process is both ends.
    return caller.promise as Promise<never>
  }
}

/** CPU that a process has used so far, in ms; hashing is what the threads of the pool do. */
export interface Cpu {
  readonly hashing: number
  readonly otherwise: number
}

/**
 * @throws Error where there is no `/proc`. @see proc_pid_schedstat(5): nanoseconds on a processor
 *   come first
 */
export function cpuOf({ pid }: Pick<Server, 'pid'>): Cpu {
  const threads = readdirSync(`/proc/${pid}/task`).map((thread) => {
    const about = `/proc/${pid}/task/${thread}`
    const [ns = ''] = readFileSync(`${about}/schedstat`, 'utf8').split(' ', 1)
    return { name: readFileSync(`${about}/comm`, 'utf8'), ms: Number(ns) / 1e6 }
  })
  const sum = (pick: (name: string) => boolean) =>
    threads.filter(({ name }) => pick(name)).reduce((all, { ms }) => all + ms, 0)
  const isHash = (name: string) => name.startsWith('libuv-worker')
  return { hashing: sum(isHash), otherwise: sum((name) => !isHash(name)) }
}

/** Memory that a process holds in RAM, in bytes. */
export function residentBytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024
}
