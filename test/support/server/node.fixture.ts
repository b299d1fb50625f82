import { type Act, nodeOf } from '../clients/acts.ts'
import { SAMPLE_TOOLS } from '../holders.ts'
import { ownProcess } from './own-process.ts'
import { HONEST, testWorld } from './world.ts'

/**
 * A node in a process of its own. It opens the database that it is told, and does what it is sent.
 *
 *   node.fixture.ts <{ url, rootKey, now }>
 */
const { test, beside } = ownProcess()
const world = await testWorld(test, { beside, tools: SAMPLE_TOOLS, settings: HONEST })
const act = nodeOf(world)

process.on('message', ({ id, asked }: { readonly id: number; readonly asked: Act }) => {
  // The test that asked may be gone by now.
  const answer = (outcome: string) => process.connected && process.send?.({ id, outcome })
  void act(asked).then(answer, (error: Error) => answer(`thrown: ${error.message}`))
})
process.send?.({ id: 0, outcome: 'ready' })
