import { ANSWER_ROWS, type AnswerRow } from '../report/answer-rows.ts'
import { type Connection, openConnection } from '../load/http.ts'
import { gathering, type Measure, withServers } from './run.ts'
import type { Prepared } from '../server/sample-server.ts'
import { cpuOf, type Server } from '../server/server-process.ts'

/** Requests at a time: as many as when answers are counted (`answer.rate`). */
const ABREAST = 64

/**
 * What the server computes for one answer by each method: the request, the judging, the commit and
 * the reply. Only the pool of threads is left out, in which passwords are hashed and signatures
 * verified by WebCrypto; cryptography on the main thread is of microseconds, and counts as ours.
 */
export const measureMethods: Measure = async (bench) => {
  const { place, extent, tell, wants } = bench
  const gathered = gathering()
  const urls = await place.populated(0)
  await withServers({ place, ofSamples: true }, urls, async (servers) => {
    for (let run = 0; run <= extent.runs; run += 1) {
      for (const [kind, server] of servers) {
        tell(`answers by each method over ${kind}, run ${run} of ${extent.runs}`)
        for (const row of ANSWER_ROWS.filter(({ id }) => wants(id))) {
          const ms = await answered(server, row, extent.samples)
          // The first one warms up.
          if (run > 0) gathered.add(row.id, kind, ms)
        }
      }
    }
  })
  return gathered.measured()
}

/** @returns ms of CPU for each. */
async function answered(server: Server, row: AnswerRow, count: number): Promise<number> {
  const prepared = await server.order('answers', { row, count, abreast: ABREAST })
  const connections = Array.from({ length: ABREAST }, () => openConnection(server.port))
  const before = cpuOf(server)
  const waiting = prepared.values()
  await Promise.all(connections.map((connection) => sendAll(server, connection, waiting)))
  const after = cpuOf(server)
  for (const connection of connections) connection.close()
  return (after.otherwise - before.otherwise) / count
}

async function sendAll(
  { port }: Server,
  connection: Connection,
  waiting: Iterable<Prepared>,
): Promise<void> {
  for (const { path, headers, body } of waiting) {
    const request = { path, headers: `host: 127.0.0.1:${port}\r\n${headers}`, body }
    const { status, body: said } = await connection.ask({ method: 'POST', ...request })
    if (status >= 400) throw new Error(`${path} was refused: ${said.toString()}`)
  }
}
