import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { array, assert as holds, asyncProperty, constantFrom, tuple } from 'fast-check'
import type { AuthenticatorId, OrderId } from '#core/ids.ts'
import { reservedBy } from '#core/orders/ledger.ts'
import { days, seconds } from '#core/time/time.ts'
import { revokeAuthenticator, suspendAuthenticator } from '#engine/devices/overview.ts'
import { chargeDue, ledgerAfter, type NumberedEntry } from '#engine/orders/deposits.ts'
import { sendBack, tokenReturned } from '#engine/orders/fulfilment.ts'
import { withdrawOrder } from '#engine/orders/orders.ts'
import { writeOff } from '#engine/orders/write-off.ts'
import type { OpenSession } from '#engine/sessions/rights.ts'
import { listAccounts } from '#store/accounts/accounts.ts'
import { SAMPLE_PIN } from '#methods/security-card/sample.ts'
import { findToken } from '#store/inventory/hardware-tokens.ts'
import { findOrder } from '#store/orders/orders.ts'
import { isHeld } from '#core/orders/deposit.ts'
import { cardOf } from '../../support/clients/card.ts'
import { inPortal, ordered, withCard } from '../../support/clients/orders.ts'
import { DATABASES } from '../../support/databases/databases.ts'
import { type TestWorld, testWorld } from '../../support/server/world.ts'

/**
 * Whatever becomes of two orders and of a card without one, in one account, and whichever node
 * hears of it, the books of the broker agree with the account and with the orders (R117).
 */

type Set = Omit<Awaited<ReturnType<typeof withCard>>, 'session'> & {
  readonly session: OpenSession
  readonly other: { readonly id: OrderId }
  /** A card that no order of theirs has brought. */
  readonly byHand: {
    readonly id: AuthenticatorId
    readonly serial: string
    readonly order: OrderId
  }
}

/** A client with a card that came by post, one that was given by hand, and one more on its way. */
async function threeCards(world: TestWorld): Promise<Set> {
  const held = await withCard(world)
  const given = await cardOf(world, held.session.subscriberId, 'h')
  const order = (await findToken(world.db, 'CARD-H'))?.orderId ?? assert.fail('nothing is kept')
  // With the card by hand those who were inside have to come in again.
  const respond = async (number: string) =>
    await Promise.resolve(held.card.press(SAMPLE_PIN, number))
  const session = await inPortal(world, { userName: 'anna', phone: { respond } })
  const byHand = { id: given.id, serial: given.serial, order }
  return { ...held, session, byHand, other: await ordered(world, session) }
}

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
  'send back what was given': (world: TestWorld, { session, byHand: { id } }: Set) =>
    sendBack(world, session, id),
  'report what was given lost': (world: TestWorld, { session, byHand: { id } }: Set) =>
    suspendAuthenticator(world, session, { id }),
  'returned what was given': (world: TestWorld, { byHand: { serial } }: Set) =>
    tokenReturned(world, { serial, ...BACK }),
  'not returned': (world: TestWorld, { byHand: { serial } }: Set) =>
    writeOff(world, { serial, why: 'not-returned', ...BACK }),
  'it was the battery': (world: TestWorld, { byHand: { serial } }: Set) =>
    writeOff(world, { serial, why: 'battery', ...BACK }),
  'cancel the other': (world: TestWorld, { session, other }: Set) =>
    withdrawOrder(world, session, other.id),
  'look at the day': (world: TestWorld) => chargeDue(world),
} as const

const NAMES = Object.keys(ACTS) as readonly (keyof typeof ACTS)[]

const sumOf = (book: readonly NumberedEntry[], kind: NumberedEntry['kind']): number =>
  book.filter((one) => one.kind === kind).reduce((sum, { usd }) => sum + usd, 0)

/** The books, the account and the orders say the same. */
async function agree(world: TestWorld, { session, order, other, byHand }: Set): Promise<void> {
  world.advance(seconds(61))
  const book = await ledgerAfter(world, 0)
  assert.equal(new Set(book.map(({ id }) => id)).size, book.length)
  const reserved = book.map(reservedBy)
  assert.ok(reserved.every((_, index) => reserved.slice(0, index + 1).reduce(plus, 0) >= 0))
  const [account] = await listAccounts(world.db, session.subscriberId)
  assert.equal(account?.reservedUsd, reserved.reduce(plus, 0))
  let kept = 0
  for (const id of [order.id, other.id, byHand.order]) {
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
      const byHand = { release: 0, charge: 0, refund: 0 }
      await holds(
        asyncProperty(pairs, async (history) => {
          const world = await testWorld(t, { database })
          const beside = await testWorld(t, { database, beside: world })
          const set = await threeCards(world)
          await agree(world, set)
          for (const [one, two, later] of history) {
            await Promise.all([ACTS[one](world, set), ACTS[two](beside, set)])
            world.advance(days(later))
            await agree(world, set)
          }
          for (const { kind, orderId } of await ledgerAfter(world, 0)) {
            if (kind !== 'reserve') ended[kind] += 1
            if (kind !== 'reserve' && orderId === set.byHand.order) byHand[kind] += 1
          }
        }),
        { numRuns: 6, seed: 20_261_120 },
      )
      // The histories came to every end there is.
      for (const ends of [ended, byHand])
        assert.ok(
          Object.values(ends).every((count) => count > 0),
          JSON.stringify(ends),
        )
    })
  })
}
