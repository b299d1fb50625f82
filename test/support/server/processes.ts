import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { Node, Outcome } from '../clients/acts.ts'
import type { Site } from './site.ts'
import type { TestWorld } from './world.ts'

const FIXTURE = fileURLToPath(new URL('node.fixture.ts', import.meta.url))
const SITE = fileURLToPath(new URL('site.fixture.ts', import.meta.url))

/** A server in a process of its own, over the database of a site. @returns its address. */
export async function processSite(
  t: TestContext,
  { world, issuer }: Pick<Site, 'world' | 'issuer'>,
): Promise<string> {
  const child = forked(t, SITE, { ...toldOf(world), issuer })
  const [{ port }] = (await once(child, 'message')) as [{ readonly port: number }]
  return `http://localhost:${port}`
}

/** What a process needs to be a node over the database of a world. */
const toldOf = ({ keys, url, ...world }: TestWorld) => ({
  url,
  now: world.now(),
  rootKey: keys.root.get(keys.current)?.export().toString('base64url'),
})

/** A process that ends with the test. */
function forked(t: TestContext, fixture: string, told: object): ChildProcess {
  const child = fork(fixture, [JSON.stringify(told)])
  t.after(async () => {
    const gone = once(child, 'exit')
    child.disconnect()
    await gone
  })
  return child
}

/** A node in a process of its own, over the database of a world. */
export async function processNode(t: TestContext, world: TestWorld): Promise<Node> {
  const child = forked(t, FIXTURE, toldOf(world))
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
