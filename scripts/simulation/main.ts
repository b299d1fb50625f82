/**
 * Plays seeds of the simulation: `npm run simulate` for 20,000, `-- --seeds 500 --from 7` for some,
 * `-- --seed 4711` for one with all that happened in it, `-- --seed 3 --bug I4` with a bug that was
 * planted. Ends with 1 where an invariant was broken, and prints the line that plays it again.
 */
import { parseArgs } from 'node:util'
import { BUGS } from '../../test/support/simulation/bugs.ts'
import { ran } from '../../test/support/simulation/run.ts'
import { onGround, replayOf } from '../../test/support/simulation/seeds.ts'

const TOLD_EVERY = 500
const USUAL = '20000'

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    seeds: { type: 'string', default: USUAL },
    from: { type: 'string', default: '1' },
    bug: { type: 'string' },
  },
})
const bug = BUGS.find(({ breaks }) => breaks === values.bug) ?? null
if (values.bug !== undefined && !bug) throw new Error(`no bug breaks ${values.bug}`)
const one = values.seed === undefined ? null : Number(values.seed)
const from = one ?? Number(values.from)
const count = one === null ? Number(values.seeds) : 1
if (!Number.isSafeInteger(from) || !Number.isSafeInteger(count) || count < 1)
  throw new Error('seeds are whole numbers')

await onGround(async (ground) => {
  let broke = 0
  for (let seed = from; seed < from + count; seed += 1) {
    const { broken, trace, digest } = await ran(ground, seed, { bug })
    if (one !== null) console.log([...trace.lines, digest].join('\n'))
    if (broken) {
      broke += 1
      console.log(`${replayOf(seed, bug)}\n  ${broken.message}`)
    }
    if ((seed - from + 1) % TOLD_EVERY === 0)
      console.log(`${seed - from + 1} seeds, ${broke} broken`)
  }
  console.log(`${count} ${count === 1 ? 'seed' : 'seeds'} from ${from}: ${broke} broken`)
  if (broke > 0) process.exitCode = 1
})
