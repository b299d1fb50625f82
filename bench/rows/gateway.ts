import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { WebSocket } from 'ws'
import { openStreams } from '../../test/support/server/streams.ts'
import { addressOf } from '../server/client.ts'
import { isAskedOnPhone } from '../server/population.ts'
import { residentBytes, type Server, startServer } from '../server/server-process.ts'
import { type Bench, gathering, type Measure, POPULATION, sqliteOf } from './run.ts'

/** Streams that connect at a time. */
const ABREAST = 64
const SETTLE_MS = 500
const WARM_UP = 200
const DROPPED_MS_MAX = 30_000
const HOLDER = 'h'.repeat(43)

/** What streams of the trading platform cost, and how fast they end with their sessions (R158). */
export const measureGateway: Measure = async (bench) => {
  const { place, extent, tell } = bench
  const gathered = gathering()
  const url = sqliteOf(await place.populated(POPULATION))
  const platform = await openStreams()
  try {
    for (let run = 0; run < extent.runs; run += 1) {
      tell(`${extent.streams} streams, run ${run + 1} of ${extent.runs}`)
      const starting = { url, ofSamples: false, upstream: platform.upstream }
      // Logins leave memory behind that streams would use: they are made in another process.
      const tokens = await withOne(bench, starting, (server) => sessionsOf(server, extent.streams))
      await withOne(bench, starting, async (server) => {
        const { bytes, drop } = await measured(bench, { server, tokens })
        gathered.add('gateway.socket.bytes', 'sqlite', bytes / 1_000)
        gathered.add('gateway.drop', 'sqlite', drop)
      })
    }
  } finally {
    platform.close()
  }
  return gathered.measured()
}

async function withOne<T>(
  { place }: Bench,
  starting: Parameters<typeof startServer>[1],
  work: (server: Server) => Promise<T>,
): Promise<T> {
  const server = await startServer(place, starting)
  try {
    return await work(server)
  } finally {
    await server.stop()
  }
}

interface Measuring {
  readonly server: Server
  readonly tokens: readonly string[]
}

async function measured({ extent: { dropped } }: Bench, { server, tokens }: Measuring) {
  const warmUp = Math.min(WARM_UP, Math.floor(tokens.length / 2))
  // The first ones warm up: what they leave behind is not theirs.
  const first = await connected(server, tokens.slice(0, warmUp))
  const alone = await settledBytes(server)
  const others = await connected(server, tokens.slice(warmUp))
  const together = await settledBytes(server)
  const streams = new Map([...first, ...others])
  const ended = tokens.slice(-dropped)
  const closed = Promise.all(
    ended.map(async (token) => {
      const signal = AbortSignal.timeout(DROPPED_MS_MAX)
      const socket = streams.get(token)
      if (socket) await once(socket, 'close', { signal })
      return Number(process.hrtime.bigint()) / 1e6
    }),
  )
  const endedAt = await server.order('endSessions', ended)
  const drop = Math.max(0, Math.max(...(await closed)) - endedAt)
  for (const socket of streams.values()) socket.terminate()
  return { bytes: (together - alone) / others.size, drop }
}

/** So many sessions, each of another client. */
async function sessionsOf(server: Server, count: number): Promise<readonly string[]> {
  const indexes = Array.from({ length: POPULATION }, (_, index) => index)
    .filter(isAskedOnPhone)
    .slice(0, count)
  if (indexes.length < count) throw new Error(`there are only ${indexes.length} clients`)
  const clients = { indexes, abreast: ABREAST, holder: HOLDER, platform: 'trade' }
  return await server.order('signIn', clients)
}

/** A stream of each session, once the platform has spoken on it. */
async function connected(
  { streams: port }: Server,
  tokens: readonly string[],
): Promise<ReadonlyMap<string, WebSocket>> {
  const open = new Map<string, WebSocket>()
  const waiting = tokens.entries()
  const walk = async () => {
    for (const [index, token] of waiting) {
      const headers = { authorization: `Bearer ${token}`, 'x-forwarded-for': addressOf(index) }
      const address = `ws://127.0.0.1:${port}/stream`
      const socket = new WebSocket(address, { headers, perMessageDeflate: false })
      await once(socket, 'message')
      socket.on('error', () => {})
      open.set(token, socket)
    }
  }
  await Promise.all(Array.from({ length: ABREAST }, walk))
  return open
}

/** Resident memory after garbage collection. */
async function settledBytes(server: Server): Promise<number> {
  await server.order('tidy', null)
  await pause(SETTLE_MS)
  await server.order('tidy', null)
  return residentBytes(server.pid)
}
