import { randomBytes } from 'node:crypto'
import { createHasher } from '#methods/password/hasher.ts'
import { CORES } from '../report/machine.ts'
import { PASSWORD } from '../server/population.ts'

/**
 * The limit: how many passwords this machine verifies a second when it does nothing else, with the
 * hasher of the product and its parameters. Run in a process of its own for each order.
 */

const hasher = await createHasher({
  pepper: randomBytes(32),
  random: (length) => randomBytes(length),
})
const stored = await hasher.hash(PASSWORD)

process.on('message', (forMs: number) => void measure(forMs))
process.send?.('ready')

async function measure(forMs: number): Promise<void> {
  const startedAt = performance.now()
  const until = startedAt + forMs
  let verified = 0
  const verify = async () => {
    while (performance.now() < until) {
      if (!(await hasher.verify(stored, PASSWORD))) throw new Error('the right password is wrong')
      verified += 1
    }
  }
  // One more than there are threads, so that none of them waits for the loop.
  await Promise.all(Array.from({ length: CORES * 2 }, verify))
  process.send?.((verified * 1_000) / (performance.now() - startedAt))
}
