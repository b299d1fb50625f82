import { type RawHash, startRawHash } from '../load/hash-process.ts'
import { logInAtPlatform } from '../load/platform.ts'
import { cpuOf, type Server } from '../server/server-process.ts'
import { ABREAST, browsersOf } from './logins.ts'
import { gathering, type Gathering, type Measure, POPULATION, rateFor, withServers } from './run.ts'

/**
 * The road from the button of a platform to its tokens, saturated: how many clients go it a second,
 * in how many requests, and what the server computes for one of them.
 */
export const measureRoad: Measure = async (bench) => {
  const { place, extent, tell } = bench
  const gathered = gathering()
  const raw = await startRawHash()
  try {
    await withServers(bench, await place.populated(POPULATION), async (servers) => {
      const roads = [...servers].map(([kind, server]) => {
        const next = browsersOf(bench, server)
        const walk = async () => {
          const [index, browser] = next()
          return await logInAtPlatform(server, browser, index)
        }
        return { kind, server, walk }
      })
      for (const { kind, walk } of roads) {
        tell(`logins at a platform over ${kind}, until the server is warm`)
        await rateFor({ forMs: extent.warmUpMs, abreast: ABREAST }, walk)
      }
      for (let run = 0; run < extent.runs; run += 1) {
        for (const road of roads) {
          tell(`logins at a platform over ${road.kind}, run ${run + 1} of ${extent.runs}`)
          await oneRun({ ...road, raw, gathered, forMs: extent.runMs })
        }
      }
    })
    return gathered.measured()
  } finally {
    raw.stop()
  }
}

interface Run {
  readonly kind: 'sqlite' | 'postgres'
  readonly server: Server
  readonly walk: () => Promise<number>
  readonly raw: RawHash
  readonly gathered: Gathering
  readonly forMs: number
}

async function oneRun({ kind, server, walk, raw, gathered, forMs }: Run): Promise<void> {
  const limitBefore = await raw.rate(forMs / 2)
  const before = cpuOf(server)
  const requests: number[] = []
  const rate = await rateFor({ forMs, abreast: ABREAST }, async () => {
    requests.push(await walk())
  })
  const after = cpuOf(server)
  const limit = (limitBefore + (await raw.rate(forMs / 2))) / 2
  const otherwise = (after.otherwise - before.otherwise) / requests.length
  const pool = (after.hashing - before.hashing) / requests.length
  gathered.add('login.oidc.rate', kind, rate)
  gathered.add('login.oidc.ratio', kind, rate / limit)
  gathered.add('login.oidc.cpu', kind, otherwise)
  gathered.add('login.oidc.cpu.all', kind, otherwise + pool)
  gathered.add('login.oidc.requests', kind, Math.max(...requests))
}
