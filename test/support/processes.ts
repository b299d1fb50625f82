import { fork } from 'node:child_process'
import { once } from 'node:events'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { Node, Outcome } from './acts.ts'
import type { TestWorld } from './world.ts'

const FIXTURE = fileURLToPath(new URL('node.fixture.ts', import.meta.url))

/** A node in a process of its own, over the database of a world. */
export async function processNode(t: TestContext, world: TestWorld): Promise<Node> {
  const rootKey = world.keys.root.get(world.keys.current)?.export().toString('base64url')
  const told = JSON.stringify({ url: world.url, rootKey, now: world.now() })
  const child = fork(FIXTURE, [told])
  t.after(async () => {
    const gone = once(child, 'exit')
    child.disconnect()
    await gone
  })
  const waiting = new Map<number, (outcome: Outcome) => void>()
  child.on('message', ({ id, outcome }: { readonly id: number; readonly outcome: Outcome }) => {
    waiting.get(id)?.(outcome)
    waiting.delete(id)
  })
  await once(child, 'message')
  let last = 0
  return async (asked) => {
    last += 1
    const id = last
    const heard = new Promise<Outcome>((resolve) => waiting.set(id, resolve))
    child.send({ id, asked })
    return await heard
  }
}
