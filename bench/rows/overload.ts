import { setTimeout as pause } from 'node:timers/promises'
import { checking } from './answers.ts'
import { logIn, openBrowser } from '../load/browser.ts'
import { addressOf } from '../server/client.ts'
import { typists } from './logins.ts'
import {
  type Bench,
  circling,
  gathering,
  type Measure,
  POPULATION,
  rateFor,
  sqliteOf,
  withServer,
} from './run.ts'
import type { Server } from '../server/server-process.ts'
import { percentile } from '../report/statistics.ts'

const ABREAST = 24
/** So many times what the server can do. */
const TIMES = 5
/** A client who is logged in asks for a page at intervals. */
const CHECK_EVERY_MS = 10
/** Arrivals are let in by the tick. */
const TICK_MS = 10
const HOLDER = 'h'.repeat(43)

/**
 * Five times as many requests come as can be served, at fixed times: none waits for the one before.
 * Clients who are logged in must hardly notice, and a client who is not served gets a clear
 * refusal.
 */
export const measureOverload: Measure = async (bench) => {
  const { place, extent, tell } = bench
  const gathered = gathering()
  const url = sqliteOf(await place.populated(POPULATION))
  await withServer(bench, url, async (server) => {
    const indexes = Array.from({ length: 100 }, (_, index) => index)
    const tokens = await server.order('signIn', { indexes, abreast: ABREAST, holder: HOLDER })
    const next = circling(typists(POPULATION / 2).slice(50))
    const arrive = arriving(server, next)
    const capacity = await rateFor({ forMs: extent.runMs, abreast: ABREAST }, arrive)
    for (let run = 0; run < extent.runs; run += 1) {
      tell(`${TIMES} times the capacity, run ${run + 1} of ${extent.runs}`)
      const waits = await flooded(bench, { arrive, check: checking(server, tokens), capacity })
      gathered.add('overload.p95', 'sqlite', percentile(waits, 0.95))
    }
  })
  return gathered.measured()
}

/** A new client at the door; anything but in, or sent away in good order, is a failure. */
function arriving(server: Server, next: () => number): () => Promise<void> {
  let came = 0
  return async () => {
    came += 1
    await logIn(openBrowser(server, addressOf(came)), next())
  }
}

async function flooded(
  { extent }: Bench,
  {
    arrive,
    check,
    capacity,
  }: {
    readonly arrive: () => Promise<void>
    readonly check: () => Promise<void>
    readonly capacity: number
  },
): Promise<readonly number[]> {
  const waits: number[] = []
  const under: Promise<unknown>[] = []
  const startedAt = performance.now()
  let arrived = 0
  let checked = 0
  for (let at = 0; at < extent.runMs; at = performance.now() - startedAt) {
    for (; arrived < (at / 1_000) * capacity * TIMES; arrived += 1) under.push(arrive())
    for (; checked < at / CHECK_EVERY_MS; checked += 1) {
      const askedAt = performance.now()
      under.push(check().then(() => waits.push(performance.now() - askedAt)))
    }
    await pause(TICK_MS)
  }
  await Promise.all(under)
  return waits
}
