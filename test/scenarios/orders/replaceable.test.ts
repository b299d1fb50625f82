import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { days } from '#core/time/time.ts'
import type { Fault } from '#core/orders/order.ts'
import { activateDue } from '#engine/orders/fulfilment.ts'
import { ledgerAfter } from '#engine/orders/deposits.ts'
import {
  beginOrder,
  chooseAccount,
  chooseWishes,
  draftMark,
  mayOrder,
  orderOnItsWay,
  orderSummary,
  placeOrder,
  withdrawOrder,
} from '#engine/orders/orders.ts'
import { orderTask } from '#engine/orders/order-tasks.ts'
import { orderLost } from '#engine/orders/sending.ts'
import { FACT_LENGTH_MAX } from '#core/task-details.ts'
import { renameAuthenticator } from '#engine/devices/overview.ts'
import type { OpenSession } from '#engine/sessions/rights.ts'
import { reactivateAuthenticator } from '#engine/temporary-access/stand-ins.ts'
import { findAuthenticator } from '#store/devices/authenticators.ts'
import { findDraft, findOrder } from '#store/orders/orders.ts'
import { any } from '#store/queries/writes.ts'
import { auditOf } from '../../support/audit.ts'
import {
  inPortal,
  ordered,
  proved,
  sentTo,
  setEquity,
  wealthy,
  withCard,
} from '../../support/clients/orders.ts'
import { givenPasscode, inWithPasscode } from '../../support/clients/printed.ts'
import { overtaken } from '../../support/models/interrupted.ts'
import { DATABASES } from '../../support/databases/databases.ts'
import { type TestWorld, testWorld } from '../../support/server/world.ts'

const PIN = { pin: '7193', again: '7193' }

const problemOf = (result: { readonly ok: boolean } & object): string =>
  'problem' in result ? String(result.problem) : 'ok'

type Card = Omit<Awaited<ReturnType<typeof withCard>>, 'session'> & {
  readonly session: OpenSession
}

/** Everything up to the summary of another card in the place of this one. */
async function chosenInstead(
  world: TestWorld,
  session: OpenSession,
  { id, fault }: { readonly id: Card['id']; readonly fault: Fault },
) {
  const shown = draftMark(await findDraft(world.db, session.id))
  const replaces = { id, fault }
  const form = { shown, showing: 'one', request: PIN, replaces }
  const wishes = await chooseWishes(world, session, form)
  assert.ok(wishes.ok, JSON.stringify(wishes))
  const account = { shown: wishes.draft, showing: 'two', number: 'U-anna' }
  const chosen = await chooseAccount(world, session, account)
  assert.ok(chosen.ok, JSON.stringify(chosen))
  const summary = await orderSummary(world, session, chosen.draft)
  assert.ok(summary.ok, JSON.stringify(summary))
  return summary
}

/** On temporary access, which the desk has given. */
async function onAccess(world: TestWorld, userName = 'anna'): Promise<OpenSession> {
  const passcode = await givenPasscode(world, userName)
  return (await inWithPasscode(world, { userName }, passcode)).session as OpenSession
}

/** A client with a card who has moved most of the money away since. */
async function poorer(world: TestWorld): Promise<Card> {
  const card = await withCard(world)
  await setEquity(world, 'U-anna', 999_999)
  return { ...card, session: await onAccess(world) }
}

const lifecycleOf = async (world: TestWorld, { id }: Pick<Card, 'id'>) =>
  (await findAuthenticator(world.db, id))?.value.lifecycle

const bookOf = async (world: TestWorld): Promise<readonly string[]> => {
  world.advance(days(1))
  return (await ledgerAfter(world, 0)).map(({ kind, why }) => `${kind} ${why}`)
}

for (const database of DATABASES) {
  suite(`A card takes the place of another, on ${database}`, () => {
    test('R110 R116 R119 a client who lost theirs gets one with 999,999: the old one is blocked at once and ends with the proof', async (t) => {
      const world = await testWorld(t, { database })
      const { session, id } = await poorer(world)
      assert.ok(await mayOrder(world, session))
      const summary = await chosenInstead(world, session, { id, fault: 'lost' })
      const { facts } = orderTask(world, session, summary)
      assert.equal(
        facts['device'],
        'Security card in place of Security card CARD-C, which we block. We charge its deposit.',
      )
      const resting = (await findAuthenticator(world.db, id))?.value
      assert.ok(resting?.restsSince !== null)
      const placed = await placeOrder(world, session, summary)
      assert.ok(placed.ok, JSON.stringify(placed))
      const blocked = (await findAuthenticator(world.db, id))?.value
      assert.deepEqual([blocked?.lifecycle, blocked?.restsSince], ['suspended', null])
      const back = await reactivateAuthenticator(world, session, { id, from: 'rest' })
      assert.equal(problemOf(back), 'authenticator.not-suspended')
      const [event] = (await auditOf(world)).filter(
        (one) => one.kind === 'order.placed' && one.replaces === id,
      )
      assert.ok(event?.kind === 'order.placed')
      assert.deepEqual([event.fault, event.within], ['lost', session.id])
      const { card } = await sentTo(world, placed.order, 'd')
      const about = { order: placed.order, card, pin: PIN.pin }
      assert.equal(await proved(world, session, about), 'ok')
      assert.equal(await lifecycleOf(world, { id }), 'revoked')
      assert.deepEqual(await bookOf(world), ['reserve ordered', 'reserve ordered', 'charge lost'])
    })

    test('R116 A8 what is confirmed names the old card by its kind and number, whatever a session calls it', async (t) => {
      const world = await testWorld(t, { database })
      const { session, id } = await withCard(world)
      const named = async (label: string) => {
        assert.ok((await renameAuthenticator(world, session, { id, label })).ok)
        const summary = await chosenInstead(world, session, { id, fault: 'lost' })
        return orderTask(world, session, summary).facts['device'] ?? ''
      }
      assert.equal(
        await named('Blue'),
        'Security card in place of Security card CARD-C (“Blue”), which we block. ' +
          'We charge its deposit.',
      )
      const longest = await named('My other card CARD-D, which we do not')
      assert.ok([...longest].length <= FACT_LENGTH_MAX, longest)
      assert.match(longest, /^Security card in place of Security card CARD-C \(“My other/)
      assert.match(longest, /”\), which we block\. We charge its deposit\.$/)
    })

    test('R117 is charged for at once only where it is lost', async (t) => {
      for (const fault of ['broken', 'battery', 'expired'] as const) {
        const world = await testWorld(t, { database })
        const { session, id, order } = await poorer(world)
        const summary = await chosenInstead(world, session, { id, fault })
        const placed = await placeOrder(world, session, summary)
        assert.ok(placed.ok)
        const old = (await findOrder(world.db, order.id))?.value.deposit
        assert.deepEqual([old?.chargedAt, old?.dueAt === null], [null, false], fault)
        await sentTo(world, placed.order, 'd')
        world.advance(days(60))
        await activateDue(world)
        const state = (await findOrder(world.db, placed.order.id))?.value.state
        assert.equal(state, 'sent', 'no day accepts it')
      }
    })

    test('is asked again only of one more, and of a device that is none of theirs', async (t) => {
      const world = await testWorld(t, { database })
      const { session, id } = await poorer(world)
      const choose = async (replaces: object | null, who = session) =>
        problemOf(
          await chooseWishes(world, who, {
            shown: 'none',
            showing: 'x',
            request: PIN,
            replaces: replaces as never,
          }),
        )
      assert.equal(await choose(null), 'order.begin-again')
      assert.equal(await choose({ id: 'aut_none', fault: 'lost' }), 'order.begin-again')
      const boris = await inPortal(world, await wealthy(world, 'boris'))
      assert.equal(await choose({ id, fault: 'lost' }, boris), 'order.begin-again')
      await setEquity(world, 'U-boris', 1)
      const poor = await inPortal(world, { ...(await wealthy(world, 'clara')) })
      await setEquity(world, 'U-clara', 1)
      const now = { ...poor, accounts: poor.accounts.map((one) => ({ ...one, equityUsd: 1 })) }
      assert.equal(problemOf(await beginOrder(world, now)), 'order.not-entitled')
      assert.ok(!(await mayOrder(world, now)))
    })

    test('R120 is none that others use besides', async (t) => {
      const world = await testWorld(t, { database })
      const { session, id } = await poorer(world)
      const other = await inPortal(world, await wealthy(world, 'boris'))
      const shared = { subscriber_id: other.subscriberId, authenticator_id: id }
      const binding = world.db.write.insertInto('binding')
      const row = binding.values({ ...shared, method: 'security-card' })
      assert.ok(await world.db.commit([any(row)]))
      assert.equal(problemOf(await beginOrder(world, session)), 'order.not-entitled')
    })

    test('S12 is placed by no session that ends at the same moment, and then nothing is charged', async (t) => {
      const world = await testWorld(t, { database })
      const { session, id } = await withCard(world)
      const summary = await chosenInstead(world, session, { id, fault: 'lost' })
      assert.equal(await lifecycleOf(world, { id }), 'active')
      const called = async () => assert.ok(await givenPasscode(world, 'anna'))
      const late = overtaken(world, called)
      assert.notEqual(problemOf(await placeOrder(late, session, summary)), 'ok')
      assert.equal(await orderOnItsWay(world, session), null)
      assert.deepEqual(await bookOf(world), ['reserve ordered'])
    })

    test('one that is brought back at the same moment does not go on beside the order', async (t) => {
      const world = await testWorld(t, { database })
      const { session, id } = await poorer(world)
      const first = await chosenInstead(world, session, { id, fault: 'lost' })
      const back = async () => {
        const done = await reactivateAuthenticator(world, session, { id, from: 'rest' })
        assert.ok(done.ok, JSON.stringify(done))
      }
      assert.notEqual(problemOf(await placeOrder(overtaken(world, back), session, first)), 'ok')
      assert.equal(await lifecycleOf(world, { id }), 'active')
    })

    test('R119 a client whose card was lost in the post orders another with any amount', async (t) => {
      const world = await testWorld(t, { database })
      const anna = await wealthy(world)
      const order = await ordered(world, await inPortal(world, anna))
      await sentTo(world, order)
      await setEquity(world, 'U-anna', 1)
      const by = { by: 'operator', agent: 'agent-7' } as const
      assert.ok((await orderLost(world, { id: order.id, ...by })).ok)
      const session = await inPortal(world, anna)
      assert.ok(await mayOrder(world, session))
      const again = await ordered(world, session)
      assert.equal(again.replaces, undefined)
      // Who changes their mind still has none.
      assert.ok((await withdrawOrder(world, session, again.id)).ok)
      assert.ok(await mayOrder(world, session))
      assert.ok((await ordered(world, session)).id)
    })
  })
}
