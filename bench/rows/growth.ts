import type { DatabaseKind } from '../report/figures.ts'
import { type Bench, gathering, type Measure, withServers } from './run.ts'
import type { Server } from '../server/server-process.ts'
import { median } from '../report/statistics.ts'

const FEW = 1_000
/** Logins of one turn; the two databases take turns, so that both see the same machine. */
const TURN = 25
const TURNS = 12
const HOLDER = 'h'.repeat(43)

/** How much longer a login takes among a million subscribers than among a thousand. */
export const measureGrowth: Measure = async (bench) => {
  const { place, extent, tell } = bench
  const gathered = gathering()
  const few = await place.populated(FEW)
  tell(`${extent.subscribers.toLocaleString('en-US')} subscribers are written, with all they hold`)
  const many = await place.populated(extent.subscribers)
  await withServers(bench, few, async (small) => {
    await withServers(bench, many, async (large) => {
      for (let run = 0; run <= extent.runs; run += 1) {
        for (const [kind, server] of small) {
          tell(`logins among few and many over ${kind}, run ${run} of ${extent.runs}`)
          const ratio = await grown(bench, { kind, few: server, many: large })
          // The first one warms up.
          if (run > 0) gathered.add('login.growth', kind, ratio)
        }
      }
    })
  })
  return gathered.measured()
}

async function grown(
  { extent }: Bench,
  {
    kind,
    few,
    many,
  }: {
    readonly kind: DatabaseKind
    readonly few: Server
    readonly many: ReadonlyMap<DatabaseKind, Server>
  },
): Promise<number> {
  const large = many.get(kind)
  if (!large) throw new Error(`no ${kind}`)
  const times = { few: [] as number[], many: [] as number[] }
  for (let turn = 0; turn < TURNS; turn += 1) {
    times.few.push(...(await turnOf(few, FEW)))
    times.many.push(...(await turnOf(large, extent.subscribers)))
  }
  return median(times.many) / median(times.few)
}

const turnOf = async (server: Server, count: number): Promise<readonly number[]> =>
  await server.order('time', {
    indexes: Array.from({ length: TURN }, () => Math.floor(Math.random() * count)),
    abreast: 1,
    holder: HOLDER,
  })
