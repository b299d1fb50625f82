import { createSecretKey } from 'node:crypto'
import { type Instant, instant } from '#core/time.ts'
import { type Act, nodeOf } from './acts.ts'
import { SAMPLE_TOOLS } from './holders.ts'
import { HONEST, testWorld } from './world.ts'

/**
 * A node in a process of its own. It opens the database that it is told, and does what it is sent.
 *
 *   node.fixture.ts <{ url, rootKey, now }>
 */
const { url, rootKey, now } = JSON.parse(process.argv[2] ?? '') as {
  readonly url: string
  readonly rootKey: string
  readonly now: number
}
const root = createSecretKey(Buffer.from(rootKey, 'base64url'))
const closing: (() => unknown)[] = []
const after = (close: unknown) => {
  if (typeof close === 'function') closing.push(() => (close as () => unknown)())
}
const machine: { now: Instant } = { now: instant(now) }
const beside = { url, keys: { current: 1, root: new Map([[1, root]]) }, machine }
const world = await testWorld({ after }, { beside, tools: SAMPLE_TOOLS, settings: HONEST })
const act = nodeOf(world)

process.on('message', ({ id, asked }: { readonly id: number; readonly asked: Act }) => {
  // Whoever asked may be gone by now.
  const answer = (outcome: string) => process.connected && process.send?.({ id, outcome })
  void act(asked).then(answer, (error: Error) => answer(`thrown: ${error.message}`))
})
process.once('disconnect', () => {
  void Promise.all(closing.map((close) => close())).then(() => process.exit(0))
})
process.send?.({ id: 0, outcome: 'ready' })
