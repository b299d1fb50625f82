import { parseArgs } from 'node:util'
import { compareWith } from './against.ts'
import { measureMigration, measureStepUp } from './rows/scenarios.ts'
import { ANSWER_ROWS } from './report/answer-rows.ts'
import { measureAnswers, measureSessions } from './rows/answers.ts'
import { measureBare } from './rows/bare.ts'
import { measureBytes } from './rows/bytes.ts'
import { FIGURE_IDS, type FigureId, type Measured } from './report/figures.ts'
import { measureDesk } from './rows/desk.ts'
import { measureGateway } from './rows/gateway.ts'
import { measureGrowth } from './rows/growth.ts'
import { measureLogins } from './rows/logins.ts'
import { machineOf } from './report/machine.ts'
import { measureOverload } from './rows/overload.ts'
import { measurePhones } from './rows/phones.ts'
import { measureMethods } from './rows/methods.ts'
import { openPlace } from './server/workspace.ts'
import { jsonReport, tableReport } from './report/report.ts'
import { type Bench, FULL, type Measure, QUICK } from './rows/run.ts'
import { measureRoad } from './rows/road.ts'
import { measureSetup, measureStart } from './rows/start.ts'

/**
 * `npm run bench`: what this server does on this machine, beside what it has to do. It stops by
 * itself.
 *
 *   --json               for machines
 *   --only <ids>         these figures only, with commas between
 *   --quick              few runs and small populations: shows that everything works, and proves nothing
 *   --against <commit>   that state of the project beside this one, turn by turn
 */

/** Which measurement gives which figures, in the order in which they are taken. */
const MEASUREMENTS: readonly (readonly [Measure, readonly FigureId[]])[] = [
  [measureStart, ['start.cold', 'memory.rest']],
  [measureSetup, ['start.setup']],
  [measureBytes, ['page.login.bytes', 'app.phone.bytes']],
  [
    measureLogins,
    [
      ...(['hash.raw.rate', 'login.complete.rate', 'login.complete.ratio'] as const),
      ...(['login.cpu', 'loop.delay.p99'] as const),
    ],
  ],
  [
    measureRoad,
    [
      ...(['login.oidc.rate', 'login.oidc.ratio', 'login.oidc.requests'] as const),
      ...(['login.oidc.cpu', 'login.oidc.cpu.all'] as const),
    ],
  ],
  [measureBare, ['login.bare.ratio']],
  [measureAnswers, ['answer.rate']],
  [measureMethods, ANSWER_ROWS.map(({ id }) => id)],
  [measureStepUp, ['step-up.rate', 'step-up.cpu']],
  [measureMigration, ['migration.rate', 'migration.cpu']],
  [measureSessions, ['session.check.rate']],
  [measureGateway, ['gateway.socket.bytes', 'gateway.drop']],
  [measurePhones, ['memory.phone', 'push.p50', 'push.p99']],
  [measureOverload, ['overload.p95']],
  [measureGrowth, ['login.growth']],
  [measureDesk, ['desk.search.p99', 'desk.open.p99', 'desk.case.p99', 'desk.call.p99']],
]

/** It needs the network, and takes minutes. */
const ONLY_WHEN_ASKED: readonly FigureId[] = ['start.setup']

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    against: { type: 'string' },
  },
})
const { json, quick, only, against } = values
const asked = only?.split(',').map((id) => id.trim())
const unknown = asked?.filter((id) => !FIGURE_IDS.some((known) => known === id)) ?? []
if (unknown.length > 0) {
  console.error(`There is no figure ${unknown.join(', ')}. There are: ${FIGURE_IDS.join(', ')}`)
  process.exitCode = 2
} else if (against === undefined) {
  await run()
} else if (!compareWith(against, { json, isWanted })) {
  console.error(`There is no commit ${against} here`)
  process.exitCode = 2
}

function isWanted(id: FigureId): boolean {
  return asked ? asked.includes(id) : !ONLY_WHEN_ASKED.includes(id)
}

async function run(): Promise<void> {
  const place = await openPlace()
  const startedAt = performance.now()
  const tell = (line: string) => {
    const seconds = Math.round((performance.now() - startedAt) / 1_000)
    console.error(`${String(seconds).padStart(4)} s  ${line}`)
  }
  const wants = (...ids: readonly FigureId[]) => ids.some(isWanted)
  const bench: Bench = { place, extent: quick ? QUICK : FULL, wants, tell }
  const measured: Measured[] = []
  try {
    for (const [measure, gives] of MEASUREMENTS) {
      if (!wants(...gives)) continue
      measured.push(...(await measure(bench)))
    }
  } finally {
    await place.close()
  }
  const machine = machineOf({ postgres: place.postgres, quick })
  const shown = measured.filter(({ id }) => isWanted(id))
  console.log(json ? jsonReport(machine, shown) : `\n${tableReport(machine, shown)}`)
}
