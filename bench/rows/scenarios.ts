import { confirmTask, logIn, openBrowser } from '../load/browser.ts'
import { addressOf } from '../server/client.ts'
import type { DatabaseKind } from '../report/figures.ts'
import { openConnection } from '../load/http.ts'
import { ABREAST, typists } from './logins.ts'
import {
  type Bench,
  circling,
  gathering,
  type Gathering,
  type Measure,
  POPULATION,
  rateFor,
  rateOf,
  withServers,
} from './run.ts'
import { cpuOf, type Server } from '../server/server-process.ts'

/** Clients who are logged in, and confirm a task again and again. */
const SIGNED_IN = 200

/**
 * A sensitive task of a client who is logged in: the details, the password, the response, and the
 * result.
 */
export const measureStepUp: Measure = async (bench) => {
  const { place, extent, tell } = bench
  const gathered = gathering()
  await withServers(bench, await place.populated(POPULATION), async (servers) => {
    const all: { kind: DatabaseKind; server: Server; confirm: () => Promise<void> }[] = []
    for (const [kind, server] of servers) {
      const confirm = await confirming(server)
      await rateFor({ forMs: extent.runMs, abreast: ABREAST }, confirm)
      all.push({ kind, server, confirm })
    }
    for (let run = 0; run < extent.runs; run += 1) {
      for (const { kind, server, confirm } of all) {
        tell(`tasks confirmed over ${kind}, run ${run + 1} of ${extent.runs}`)
        const before = cpuOf(server)
        let confirmed = 0
        const rate = await rateFor({ forMs: extent.runMs, abreast: ABREAST }, async () => {
          await confirm()
          confirmed += 1
        })
        gathered.add('step-up.rate', kind, rate)
        gathered.add('step-up.cpu', kind, (cpuOf(server).otherwise - before.otherwise) / confirmed)
      }
    }
  })
  return gathered.measured()
}

/** The next client confirms something; each is busy with one thing at a time. */
async function confirming(server: Server): Promise<() => Promise<void>> {
  const indexes = typists(SIGNED_IN)
  const clients = indexes.map((index) => ({
    index,
    browser: openBrowser(server, addressOf(index)),
  }))
  const arriving = clients.values()
  const arrive = async () => {
    for (const { index, browser } of arriving) await logIn(browser, index)
  }
  await Promise.all(Array.from({ length: ABREAST }, arrive))
  const next = circling(clients)
  return async () => {
    const { index, browser } = next()
    await confirmTask(browser, index)
  }
}

/** Phones that are activated at a time. */
const PHONES_ABREAST = 16

/**
 * A new phone takes the place of the old one: it opens the code that its holder has scanned, and
 * proves its keys; in one commit it is bound, and the old one and its sessions end.
 */
export const measureMigration: Measure = async (bench) => {
  const { place, extent, tell } = bench
  const gathered = gathering()
  const rounds = extent.runs + 1
  const urls = await place.populated(extent.samples * rounds)
  await withServers(bench, urls, async (servers) => {
    for (let run = 0; run < rounds; run += 1) {
      for (const [kind, server] of servers) {
        tell(`new phones over ${kind}, run ${run} of ${extent.runs}`)
        const first = run * extent.samples
        const indexes = Array.from({ length: extent.samples }, (_, index) => first + index)
        // The first ones warm up.
        await migrated(bench, { server, indexes, kind, gathered: run > 0 ? gathered : null })
      }
    }
  })
  return gathered.measured()
}

async function migrated(
  { extent }: Bench,
  {
    server,
    indexes,
    kind,
    gathered,
  }: {
    readonly server: Server
    readonly indexes: readonly number[]
    readonly kind: DatabaseKind
    readonly gathered: Gathering | null
  },
): Promise<void> {
  const clients = { indexes, abreast: PHONES_ABREAST, holder: HOLDER }
  const activations = await server.order('invite', clients)
  const free = Array.from({ length: PHONES_ABREAST }, () => openConnection(server.port))
  const before = cpuOf(server)
  const rate = await rateOf(activations, PHONES_ABREAST, async ({ index, open, complete }) => {
    const connection = free.pop() ?? openConnection(server.port)
    const headers =
      `host: 127.0.0.1:${server.port}\r\ncontent-type: application/json\r\n` +
      `x-forwarded-for: ${addressOf(index)}\r\n`
    for (const [step, body] of [
      ['open', open],
      ['complete', complete],
    ] as const) {
      const path = `/phone/api/activation/${step}`
      const { status, body: said } = await connection.ask({ method: 'POST', path, headers, body })
      if (status !== 200) throw new Error(`a new phone was refused: ${said.toString()}`)
    }
    free.push(connection)
  })
  const ms = (cpuOf(server).otherwise - before.otherwise) / extent.samples
  for (const connection of free) connection.close()
  gathered?.add('migration.rate', kind, rate)
  gathered?.add('migration.cpu', kind, ms)
}

const HOLDER = 'h'.repeat(43)
