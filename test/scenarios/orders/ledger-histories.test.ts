import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { array, assert as holds, asyncProperty, constantFrom, tuple } from 'fast-check'
import type { OrderId } from '#core/ids.ts'
import { reservedBy } from '#core/orders/ledger.ts'
import { days, seconds } from '#core/time/time.ts'
import { revokeAuthenticator, suspendAuthenticator } from '#engine/devices/overview.ts'
import { chargeDue, ledgerAfter, type NumberedEntry } from '#engine/orders/deposits.ts'
import { sendBack, tokenReturned } from '#engine/orders/fulfilment.ts'
import { withdrawOrder } from '#engine/orders/orders.ts'
import { writeOff } from '#engine/orders/write-off.ts'
import { listAccounts } from '#store/accounts/accounts.ts'
import { findOrder } from '#store/orders/orders.ts'
import { isHeld } from '#core/orders/deposit.ts'
import { ordered, withCard } from '../../support/clients/orders.ts'
import { DATABASES } from '../../support/databases/databases.ts'
import { type TestWorld, testWorld } from '../../support/server/world.ts'

/**
 * Whatever becomes of two orders in one account, and whichever node hears of it, the books of the
 * broker agree with the account and with the orders (R117).
 */

type Set = Awaited<ReturnType<typeof withCard>> & { readonly other: { readonly id: OrderId } }

const BACK = { by: 'operator', agent: 'agent-7' } as const

/** What can be done, as often as it likes; a refusal is an answer as well. */
const ACTS = {
  'send back': (world: TestWorld, { session, id }: Set) => sendBack(world, session, id),
  'report lost': (world: TestWorld, { session, id }: Set) =>
    suspendAuthenticator(world, session, { id }),
  remove: (world: TestWorld, { session, id }: Set) => revokeAuthenticator(world, session, { id }),
  returned: (world: TestWorld, { serial }: Set) => tokenReturned(world, { serial, ...BACK }),
  'empty battery': (world: TestWorld, { serial }: Set) =>
    writeOff(world, { serial, why: 'battery', ...BACK }),
  broken: (world: TestWorld, { serial }: Set) =>
    writeOff(world, { serial, why: 'broken', ...BACK }),
  'cancel the other': (world: TestWorld, { session, other }: Set) =>
    withdrawOrder(world, session, other.id),
  'look at the day': (world: TestWorld) => chargeDue(world),
} as const

const NAMES = Object.keys(ACTS) as readonly (keyof typeof ACTS)[]

const sumOf = (book: readonly NumberedEntry[], kind: NumberedEntry['kind']): number =>
  book.filter((one) => one.kind === kind).reduce((sum, { usd }) => sum + usd, 0)

/** The books, the account and the orders say the same. */
async function agree(world: TestWorld, { session, order, other }: Set): Promise<void> {
  world.advance(seconds(61))
  const book = await ledgerAfter(world, 0)
  assert.equal(new Set(book.map(({ id }) => id)).size, book.length)
  const reserved = book.map(reservedBy)
  assert.ok(reserved.every((_, index) => reserved.slice(0, index + 1).reduce(plus, 0) >= 0))
  const [account] = await listAccounts(world.db, session.subscriberId)
  assert.equal(account?.reservedUsd, reserved.reduce(plus, 0))
  let kept = 0
  for (const { id } of [order, other]) {
    const mine = book.filter(({ orderId }) => orderId === id)
    const still = isHeld((await findOrder(world.db, id))?.value.deposit ?? assert.fail()) ? 20 : 0
    kept += still
    assert.equal(sumOf(mine, 'reserve'), 20)
    assert.equal(sumOf(mine, 'release') + sumOf(mine, 'charge') + still, 20)
    assert.ok(sumOf(mine, 'refund') <= sumOf(mine, 'charge'))
  }
  assert.equal(account.reservedUsd, kept)
}

const plus = (one: number, other: number): number => one + other

for (const database of DATABASES) {
  suite(`The ledger of devices, on ${database}`, () => {
    test('R117 agrees with the account and with its orders after every history, on two nodes at once', async (t) => {
      const act = constantFrom(...NAMES)
      const pairs = array(tuple(act, act, constantFrom(1, 31)), { minLength: 4, maxLength: 8 })
      const ended = { release: 0, charge: 0, refund: 0 }
      await holds(
        asyncProperty(pairs, async (history) => {
          const world = await testWorld(t, { database })
          const beside = await testWorld(t, { database, beside: world })
          const held = await withCard(world)
          const set: Set = { ...held, other: await ordered(world, held.session) }
          await agree(world, set)
          for (const [one, two, later] of history) {
            await Promise.all([ACTS[one](world, set), ACTS[two](beside, set)])
            world.advance(days(later))
            await agree(world, set)
          }
          for (const { kind } of await ledgerAfter(world, 0))
            if (kind !== 'reserve') ended[kind] += 1
        }),
        { numRuns: 6, seed: 20_261_120 },
      )
      // The histories came to every end there is.
      assert.ok(
        Object.values(ended).every((count) => count > 0),
        JSON.stringify(ended),
      )
    })
  })
}
