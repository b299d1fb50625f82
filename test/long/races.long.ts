/**
 * What is had once is had once: a thousand times of each kind, over PostgreSQL, on two processes.
 */
import { suite, test } from 'node:test'
import {
  CONTESTS,
  FIRST_FACTORS,
  runContest,
  runFirstGuesses,
  runGuesses,
} from '../support/models/contests.ts'
import { DATABASES } from '../support/databases/databases.ts'
import { HOLDERS, SAMPLE_TOOLS } from '../support/holders.ts'
import { processNode } from '../support/server/processes.ts'
import { testWorld } from '../support/server/world.ts'

const RACES = 1_000
const ROUNDS = 100

suite('two processes over one PostgreSQL', { skip: !DATABASES.includes('postgres') }, () => {
  for (const contest of CONTESTS) {
    test(`A7 ${contest.name} is had once, ${RACES} times`, async (t) => {
      const world = await testWorld(t, { database: 'postgres', tools: SAMPLE_TOOLS })
      const nodes = [await processNode(t, world), await processNode(t, world)]
      const run = await runContest(world, nodes, { contest, rounds: RACES, abreast: 8 })
      t.diagnostic(`${run} races, ${run} with exactly one winner`)
    })
  }

  for (const holder of HOLDERS) {
    const { name } = holder.method
    test(`A4 fifty answers by ${name} at once are judged within the cap, ${ROUNDS} times`, async (t) => {
      const world = await testWorld(t, { database: 'postgres', tools: SAMPLE_TOOLS })
      const nodes = [await processNode(t, world), await processNode(t, world)]
      const run = await runGuesses(world, nodes, { holder, rounds: ROUNDS, abreast: 2 })
      t.diagnostic(`${run} rounds of fifty, none beyond the cap`)
    })
  }

  for (const method of FIRST_FACTORS) {
    test(`A4 fifty guesses of ${method.name} at once are judged within the budget, ${ROUNDS} times`, async (t) => {
      const world = await testWorld(t, { database: 'postgres', tools: SAMPLE_TOOLS })
      const nodes = [await processNode(t, world), await processNode(t, world)]
      const run = await runFirstGuesses(world, nodes, { method, rounds: ROUNDS, abreast: 2 })
      t.diagnostic(`${run} rounds of fifty, none beyond the budget`)
    })
  }
})
