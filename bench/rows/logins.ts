import { type Browser, logIn, openBrowser } from '../load/browser.ts'
import { addressOf } from '../server/client.ts'
import { type RawHash, startRawHash } from '../load/hash-process.ts'
import { isAskedOnPhone } from '../server/population.ts'
import {
  type Bench,
  circling,
  gathering,
  type Gathering,
  type Measure,
  POPULATION,
  rateFor,
  withServers,
} from './run.ts'
import { cpuOf, type Server } from '../server/server-process.ts'

/** Logins that wait or are worked on at a time: enough that no core ever waits for the next. */
export const ABREAST = 24

/**
 * Complete logins, saturated: how many a second, beside the raw hash before and after each run,
 * what the server computes for one outside the hash, and how late its event loop is meanwhile.
 */
export const measureLogins: Measure = async (bench) => {
  const { place, extent, tell } = bench
  const gathered = gathering()
  const raw = await startRawHash()
  try {
    if (
      !bench.wants('login.complete.rate', 'login.complete.ratio', 'login.cpu', 'loop.delay.p99')
    ) {
      for (let run = 0; run < extent.runs; run += 1) {
        gathered.add('hash.raw.rate', null, await raw.rate(extent.runMs / 2))
      }
      return gathered.measured()
    }
    await withServers(bench, await place.populated(POPULATION), async (servers) => {
      const clients = [...servers].map(([kind, server]) => ({
        kind,
        server,
        next: clientsOf(bench, server),
      }))
      for (const { kind, next } of clients) {
        tell(`logins over ${kind}, until their browsers are known and the server is warm`)
        await rateFor({ forMs: extent.warmUpMs, abreast: ABREAST }, next)
      }
      for (let run = 0; run < extent.runs; run += 1) {
        for (const each of clients) {
          tell(`logins over ${each.kind}, run ${run + 1} of ${extent.runs}`)
          await oneRun(bench, { ...each, raw, gathered })
        }
      }
    })
    return gathered.measured()
  } finally {
    raw.stop()
  }
}

/** The next client, with the browser that is theirs: it was closed since the last login. */
export function browsersOf({ extent }: Bench, server: Server): () => readonly [number, Browser] {
  const all = typists(extent.clients).map((index): readonly [number, Browser] => [
    index,
    openBrowser(server, addressOf(index)),
  ])
  const next = circling(all)
  return () => {
    const one = next()
    one[1].restart()
    return one
  }
}

/** The next client logs in. */
function clientsOf(bench: Bench, server: Server): () => Promise<void> {
  const next = browsersOf(bench, server)
  return async () => {
    const [index, browser] = next()
    const came = await logIn(browser, index)
    if (came === 'shed') throw new Error('the server sent a client away')
  }
}

/**
 * So many clients who type the response; a client with a request on the phone would first have to
 * say that none came.
 */
export const typists = (count: number): readonly number[] =>
  Array.from({ length: count * 2 }, (_, index) => index).filter((index) => !isAskedOnPhone(index))

async function oneRun(
  { extent }: Bench,
  {
    kind,
    server,
    next,
    raw,
    gathered,
  }: {
    readonly kind: 'sqlite' | 'postgres'
    readonly server: Server
    readonly next: () => Promise<void>
    readonly raw: RawHash
    readonly gathered: Gathering
  },
): Promise<void> {
  const limitBefore = await raw.rate(extent.runMs / 2)
  const before = cpuOf(server)
  await server.order('watchLoop', null)
  let logins = 0
  const rate = await rateFor({ forMs: extent.runMs, abreast: ABREAST }, async () => {
    await next()
    logins += 1
  })
  gathered.add('loop.delay.p99', kind, await server.order('loopDelay', null))
  gathered.add('login.cpu', kind, (cpuOf(server).otherwise - before.otherwise) / logins)
  const limitAfter = await raw.rate(extent.runMs / 2)
  const limit = (limitBefore + limitAfter) / 2
  gathered.add('hash.raw.rate', null, limit)
  gathered.add('login.complete.rate', kind, rate)
  gathered.add('login.complete.ratio', kind, rate / limit)
}
