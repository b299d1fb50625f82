import { instant } from '#core/time/time.ts'
import { eventWrites } from '#store/audit/audit.ts'
import { open } from '#store/contract/store.contract.ts'

/**
 * A process that commits, so many commits at a time, and says after each one that it was
 * acknowledged, or why it was not. Without a limit it goes on until it is ended.
 *
 *   committing.fixture.ts <url> <first number> <at a time> [<how many each>]
 */
const [url = '', first = '0', together = '1', each = 'Infinity'] = process.argv.slice(2)
const db = await open(url)
let number = Number(first)

async function committing(): Promise<void> {
  for (let made = 0; made < Number(each); made += 1) {
    const count = number
    number += 1
    const event = { kind: 'subscriber.created', subscriberId: null, by: 'operator' } as const
    const said = await db.commit([...eventWrites(db, [event], instant(count))]).then(
      () => `${count}\n`,
      (error: Error) => `failed: ${error.message}\n`,
    )
    // To a pipe this is synchronous: what was said has left this process.
    process.stdout.write(said)
  }
}

await Promise.all(Array.from({ length: Number(together) }, committing))
await db.close()
