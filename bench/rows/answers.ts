import { instant } from '#core/time/time.ts'
import { addressOf, responseOf } from '../server/client.ts'
import { openConnection } from '../load/http.ts'
import { gathering, type Measure, POPULATION, rateFor, rateOf, withServers } from './run.ts'
import type { Server } from '../server/server-process.ts'
import type { Challenge } from '../server/fixtures.ts'

/** Requests at a time. */
const ABREAST = 64
const HOLDER = 'h'.repeat(43)

/**
 * Second factors alone: the challenge is open, the response is typed, the session opens on disk.
 */
export const measureAnswers: Measure = async (bench) => {
  const { place, extent, tell } = bench
  const gathered = gathering()
  await withServers(bench, await place.populated(POPULATION), async (servers) => {
    const indexes = Array.from({ length: extent.answers }, (_, index) => index)
    for (let run = 0; run < extent.runs; run += 1) {
      for (const [kind, server] of servers) {
        tell(`answers over ${kind}, run ${run + 1} of ${extent.runs}`)
        const open = await server.order('challenge', { indexes, abreast: ABREAST, holder: HOLDER })
        gathered.add('answer.rate', kind, await answered(server, open))
      }
    }
  })
  return gathered.measured()
}

async function answered(server: Server, open: readonly Challenge[]): Promise<number> {
  const now = instant(Date.now())
  const typed = open.map(({ index, id, number }) => ({
    index,
    path: `/api/logins/${id}/answer`,
    body: JSON.stringify({ answer: { response: responseOf(index, number, now) } }),
  }))
  const connections = Array.from({ length: ABREAST }, () => openConnection(server.port))
  const free = [...connections]
  const common =
    `host: 127.0.0.1:${server.port}\r\ncontent-type: application/json\r\n` +
    `authorization: Bearer ${HOLDER}\r\n`
  const rate = await rateOf(typed, ABREAST, async ({ index, path, body }) => {
    const connection = free.pop() ?? openConnection(server.port)
    const headers = `${common}x-forwarded-for: ${addressOf(index)}\r\n`
    const { status, body: said } = await connection.ask({ method: 'POST', path, headers, body })
    if (status !== 200) throw new Error(`an answer was refused: ${said.toString()}`)
    free.push(connection)
  })
  for (const connection of connections) connection.close()
  return rate
}

/** A client who is logged in asks for a page: the session and its subscriber are looked up. */
export const measureSessions: Measure = async (bench) => {
  const { place, extent, tell } = bench
  const gathered = gathering()
  await withServers(bench, await place.populated(POPULATION), async (servers) => {
    const indexes = Array.from({ length: Math.min(200, extent.clients) }, (_, index) => index)
    const checks = new Map<string, () => Promise<void>>()
    for (const [kind, server] of servers) {
      const tokens = await server.order('signIn', { indexes, abreast: ABREAST, holder: HOLDER })
      checks.set(kind, checking(server, tokens))
    }
    for (let run = 0; run <= extent.runs; run += 1) {
      for (const [kind] of servers) {
        tell(`session checks over ${kind}, run ${run} of ${extent.runs}`)
        const check = checks.get(kind) ?? Promise.resolve
        const rate = await rateFor({ forMs: extent.runMs / 2, abreast: ABREAST }, check)
        // The first one warms up.
        if (run > 0) gathered.add('session.check.rate', kind, rate)
      }
    }
  })
  return gathered.measured()
}

/** One check after the other, by whichever client is next. */
export function checking(server: Server, tokens: readonly string[]): () => Promise<void> {
  const free = [openConnection(server.port)]
  let count = 0
  return async () => {
    count += 1
    const connection = free.pop() ?? openConnection(server.port)
    const token = tokens[count % tokens.length] ?? ''
    const headers = `host: 127.0.0.1:${server.port}\r\nauthorization: Bearer ${token}\r\n`
    const { status } = await connection.ask({ method: 'GET', path: '/api/session', headers })
    if (status !== 200) throw new Error(`a session was not known: ${status}`)
    free.push(connection)
  }
}
