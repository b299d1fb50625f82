import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { AgentId } from '#core/agent.ts'
import type { AuthenticatorId } from '#core/ids.ts'
import { after, days, millis, seconds } from '#core/time/time.ts'
import { blockDevice } from '#engine/devices/block.ts'
import { revokeAuthenticator, suspendAuthenticator } from '#engine/devices/overview.ts'
import { chargeDue, ledgerAfter } from '#engine/orders/deposits.ts'
import { sendBack, tokenReturned, viewReturn } from '#engine/orders/fulfilment.ts'
import { placeOrder, withdrawOrder } from '#engine/orders/orders.ts'
import { writeOff } from '#engine/orders/write-off.ts'
import type { OpenSession } from '#engine/sessions/rights.ts'
import { useTask, viewTask } from '#engine/tasks/tasks.ts'
import { reactivateAuthenticator } from '#engine/temporary-access/stand-ins.ts'
import { SAMPLE_PIN, type SampleCard, sampleCard } from '#methods/security-card/sample.ts'
import { listAccounts } from '#store/accounts/accounts.ts'
import { findAuthenticator } from '#store/devices/authenticators.ts'
import { findOrder, orderWrite } from '#store/orders/orders.ts'
import { any } from '#store/queries/writes.ts'
import { auditOf } from '../../support/audit.ts'
import { cardOf, deliver } from '../../support/clients/card.ts'
import {
  type Client,
  chosen,
  inPortal,
  ordered,
  sentTo,
  setEquity,
  wealthy,
  withCard,
} from '../../support/clients/orders.ts'
import { subscriberOf } from '../../support/clients/printed.ts'
import { approvedTask, opened, withdrawal } from '../../support/clients/task.ts'
import { overtaken } from '../../support/models/interrupted.ts'
import { DATABASES } from '../../support/databases/databases.ts'
import { type TestWorld, testWorld } from '../../support/server/world.ts'

/** What stands in the books once it is settled, as kind and reason. */
async function bookOf(world: TestWorld): Promise<readonly string[]> {
  world.advance(seconds(61))
  const entries = await ledgerAfter(world, 0)
  assert.ok(entries.every(({ usd, account }) => usd === 20 && account === 'U-anna'))
  return entries.map(({ kind, why }) => `${kind} ${why}`)
}

async function reservedIn(world: TestWorld): Promise<number | undefined> {
  const { id } = await world.db.read
    .selectFrom('subscriber')
    .select('id')
    .where('user_name', '=', 'anna')
    .executeTakeFirstOrThrow()
  return (await listAccounts(world.db, id as never))[0]?.reservedUsd
}

const depositOf = async (world: TestWorld, { id }: Parameters<typeof sentTo>[1]) =>
  (await findOrder(world.db, id))?.value.deposit ?? assert.fail('no order')

const eventsOf = async (world: TestWorld) =>
  (await auditOf(world)).filter(({ kind }) => kind.startsWith('deposit.'))

const problemOf = (result: { readonly ok: boolean } & object): string =>
  'problem' in result ? String(result.problem) : 'ok'

/** By an agent, on the word of a caller who has proven nothing. */
async function blockedByCaller(
  world: TestWorld,
  { subscriberId }: OpenSession,
  id: AuthenticatorId,
): Promise<void> {
  const facts = { caseId: 'cas_01ABCDEFGHJKMNPQRSTVWXYZ12' as never }
  const told = { kind: 'browser.forgotten', subscriberId } as const
  const onCase = { facts, told, uses: () => [] }
  const by = 'agent-7' as AgentId
  assert.ok((await blockDevice(world, { subscriberId, id, by, onCase })).ok)
}

/** As before anything was kept back for what is given by hand. */
const freeOfCharge = (world: TestWorld): TestWorld => ({
  ...world,
  settings: { ...world.settings, orders: { ...world.settings.orders, fees: {} } },
})

/** What answers the challenge of a login: the card that a client was given by hand. */
const by = (card: SampleCard) => ({
  userName: 'anna',
  phone: {
    respond: async (number: string) => await Promise.resolve(card.press(SAMPLE_PIN, number)),
  },
})

const BACK = { by: 'operator', agent: 'agent-7' } as const

/** Approves a withdrawal of so much on the phone, and has it made. */
const usedBy =
  (world: TestWorld, session: OpenSession, { phone }: Client) =>
  async (amount: string) => {
    const deed = withdrawal(amount)
    const id = await approvedTask(world, session, { deed, phone })
    return problemOf(await useTask(world, session, { id, deed, usedFor: amount }))
  }

for (const database of DATABASES) {
  suite(`A deposit, on ${database}`, () => {
    test('R117 is kept back with the order, and free with its end', async (t) => {
      const world = await testWorld(t, { database })
      const anna = await wealthy(world)
      const session = await inPortal(world, anna)
      const order = await ordered(world, session)
      assert.equal(await reservedIn(world), 20)
      assert.ok((await withdrawOrder(world, session, order.id)).ok)
      assert.ok((await withdrawOrder(world, session, order.id)).ok)
      assert.equal(await reservedIn(world), 0)
      assert.deepEqual(await bookOf(world), ['reserve ordered', 'release withdrawn'])
      const told = (await eventsOf(world)).map(({ kind, within }) => [kind, within])
      assert.deepEqual(told, [
        ['deposit.held', session.id],
        ['deposit.released', session.id],
      ])
    })

    test('R117 R118 is free when the card is back, and charged on no day after that', async (t) => {
      const world = await testWorld(t, { database })
      const { session, id, serial, order } = await withCard(world)
      const viewed = await viewReturn(world, session, id)
      const dueAt = after(world.now(), days(30))
      assert.ok(viewed.ok)
      assert.deepEqual(viewed.deposit, { usd: 20, dueAt })
      assert.ok((await sendBack(world, session, id)).ok)
      assert.equal((await depositOf(world, order)).dueAt, dueAt)
      assert.equal(await reservedIn(world), 20)
      world.advance(days(5))
      for (const _ of [1, 2]) assert.ok((await tokenReturned(world, { serial, ...BACK })).ok)
      world.advance(days(60))
      await chargeDue(world)
      assert.equal(await reservedIn(world), 0)
      assert.deepEqual(await bookOf(world), ['reserve ordered', 'release returned'])
    })

    test('R117 is charged on its day and not before, once by two nodes, and owed back after that', async (t) => {
      const world = await testWorld(t, { database })
      const beside = await testWorld(t, { database, beside: world })
      const { session, id, serial, order } = await withCard(world)
      assert.ok((await sendBack(world, session, id)).ok)
      world.advance(millis(days(30) - 1))
      await Promise.all([chargeDue(world), chargeDue(beside)])
      assert.equal(await reservedIn(world), 20)
      world.advance(millis(1))
      await Promise.all([chargeDue(world), chargeDue(beside)])
      await chargeDue(beside)
      assert.equal(await reservedIn(world), 0)
      const charged = await depositOf(world, order)
      assert.deepEqual([charged.chargedAt, charged.dueAt], [world.now(), null])
      for (const _ of [1, 2]) assert.ok((await tokenReturned(world, { serial, ...BACK })).ok)
      assert.equal((await depositOf(world, order)).refundedAt, world.now())
      assert.deepEqual(await bookOf(world), [
        'reserve ordered',
        'charge not-returned',
        'refund returned',
      ])
      const by = (await eventsOf(world)).map((event) => 'by' in event && event.by)
      assert.deepEqual(by, ['holder', 'holder', 'calendar', 'operator'])
    })

    test('R117 that comes back in the moment in which it is charged is one or the other', async (t) => {
      const world = await testWorld(t, { database })
      const { session, id, serial } = await withCard(world)
      assert.ok((await sendBack(world, session, id)).ok)
      world.advance(days(30))
      const back = async () => assert.ok((await tokenReturned(world, { serial, ...BACK })).ok)
      await chargeDue(overtaken(world, back))
      assert.deepEqual(await bookOf(world), ['reserve ordered', 'release returned'])
      assert.equal(await reservedIn(world), 0)
    })

    test('R117 has each of its entries once, whatever is written over its order', async (t) => {
      const world = await testWorld(t, { database })
      const { session, id, order } = await withCard(world)
      assert.ok((await sendBack(world, session, id)).ok)
      const before = (await findOrder(world.db, order.id)) ?? assert.fail('no order')
      world.advance(days(30))
      await chargeDue(world)
      // As if the order had been read before it was charged, and nothing else stood in the way.
      const after = (await findOrder(world.db, order.id)) ?? assert.fail('no order')
      const again = orderWrite(world.db, { value: before.value, version: after.version })
      assert.ok(await world.db.commit([again]))
      await chargeDue(world)
      assert.deepEqual(await bookOf(world), ['reserve ordered', 'charge not-returned'])
      assert.equal(await reservedIn(world), 0)
    })

    test('R117 is charged when its holder reports the card lost, and owed back when it is found', async (t) => {
      const world = await testWorld(t, { database })
      const { session, id, serial } = await withCard(world)
      for (const _ of [1, 2]) assert.ok((await suspendAuthenticator(world, session, { id })).ok)
      assert.equal(await reservedIn(world), 0)
      const [, charge] = await eventsOf(world)
      assert.ok(charge?.kind === 'deposit.charged' && charge.why === 'lost')
      assert.deepEqual([charge.within, charge.by], [session.id, 'holder'])
      assert.ok((await tokenReturned(world, { serial, ...BACK })).ok)
      assert.deepEqual(await bookOf(world), ['reserve ordered', 'charge lost', 'refund returned'])
    })

    test('R117 A28 is not charged on the word of a caller who has proven nothing', async (t) => {
      const world = await testWorld(t, { database })
      const { session, id, order } = await withCard(world)
      await blockedByCaller(world, session, id)
      assert.equal(await reservedIn(world), 20)
      assert.equal((await depositOf(world, order)).dueAt, after(world.now(), days(30)))
      const [, due] = await eventsOf(world)
      assert.deepEqual([due?.kind, due && 'by' in due && due.by], ['deposit.due', 'desk'])
    })

    test('R117 A28 is charged on no day for a card that a caller called lost, and that is in use again', async (t) => {
      const world = await testWorld(t, { database })
      const { anna, session: before, id, order } = await withCard(world)
      await blockedByCaller(world, before, id)
      const day = after(world.now(), days(30))
      assert.equal((await depositOf(world, order)).dueAt, day)
      const session = await inPortal(world, anna)
      assert.ok((await reactivateAuthenticator(world, session, { id, from: 'loss' })).ok)
      world.advance(days(31))
      await chargeDue(world)
      assert.deepEqual(await bookOf(world), ['reserve ordered'])
      assert.equal(await reservedIn(world), 20)
    })

    test('R117 R120 is not charged at once on the word of another who uses the card, whose session is not told', async (t) => {
      const world = await testWorld(t, { database })
      const { id, order } = await withCard(world)
      const session = await inPortal(world, await wealthy(world, 'bert'))
      const shared = { subscriber_id: session.subscriberId, authenticator_id: id }
      const binding = world.db.write.insertInto('binding')
      assert.ok(
        await world.db.commit([any(binding.values({ ...shared, method: 'security-card' }))]),
      )
      assert.ok((await suspendAuthenticator(world, session, { id })).ok)
      assert.equal(await reservedIn(world), 20)
      assert.equal((await depositOf(world, order)).dueAt, after(world.now(), days(30)))
      const [, due] = await eventsOf(world)
      assert.deepEqual([due?.kind, due?.within], ['deposit.due', undefined])
    })

    test('R117 waits for a card that its holder has removed, and for none that is in use', async (t) => {
      const world = await testWorld(t, { database })
      const { session, id, order } = await withCard(world)
      world.advance(days(400))
      await chargeDue(world)
      assert.equal(await reservedIn(world), 20)
      assert.ok((await revokeAuthenticator(world, session, { id })).ok)
      assert.equal((await depositOf(world, order)).dueAt, after(world.now(), days(30)))
      world.advance(days(30))
      await chargeDue(world)
      assert.deepEqual(await bookOf(world), ['reserve ordered', 'charge not-returned'])
    })

    test('R117 is free where the battery is empty, without the card, and charged where it is broken', async (t) => {
      for (const [why, after, expected] of [
        ['battery', 3_000, 'release battery'],
        ['fault', 729, 'release fault'],
        ['fault', 730, 'charge fault'],
        ['broken', 1, 'charge broken'],
        ['not-returned', 1, 'charge not-returned'],
      ] as const) {
        const world = await testWorld(t, { database })
        const { id, serial, order } = await withCard(world)
        world.advance(days(after))
        for (const _ of [1, 2]) {
          const done = await writeOff(world, { serial: 'card-c', why, ...BACK })
          assert.ok(done.ok, JSON.stringify(done))
          assert.deepEqual(done.order?.deposit, await depositOf(world, order))
        }
        assert.equal((await findAuthenticator(world.db, id))?.value.lifecycle, 'revoked')
        assert.equal(await reservedIn(world), 0)
        assert.deepEqual(await bookOf(world), ['reserve ordered', expected])
        const events = (await auditOf(world)).filter(({ kind }) => kind === 'token.written-off')
        assert.deepEqual(
          events.map((event) => 'agent' in event && event.agent),
          ['agent-7'],
        )
        assert.ok((await tokenReturned(world, { serial, ...BACK })).ok)
        const isPaid = expected.startsWith('charge')
        assert.equal((await bookOf(world)).at(-1), isPaid ? 'refund returned' : expected)
      }
    })

    test('R117 is owed back where what was reported lost had an empty battery', async (t) => {
      const world = await testWorld(t, { database })
      const { session, id, serial } = await withCard(world)
      assert.ok((await suspendAuthenticator(world, session, { id })).ok)
      assert.ok((await writeOff(world, { serial, why: 'battery', ...BACK })).ok)
      assert.deepEqual(await bookOf(world), ['reserve ordered', 'charge lost', 'refund battery'])
    })

    test('R117 is kept back for a card that was given by hand too, and charged when it does not come back', async (t) => {
      const world = await testWorld(t, { database })
      await wealthy(world)
      const { id, serial, card } = await cardOf(world, await subscriberOf(world, 'anna'))
      assert.equal(await reservedIn(world), 20)
      const [told, ...more] = await eventsOf(world)
      assert.deepEqual([told?.kind, told && 'by' in told && told.by], ['deposit.held', 'operator'])
      assert.equal(more.length, 0)
      const session = await inPortal(world, by(card))
      const dueAt = after(world.now(), days(30))
      const viewed = await viewReturn(world, session, id)
      assert.deepEqual(viewed.ok && viewed.deposit, { usd: 20, dueAt })
      assert.ok((await sendBack(world, session, id)).ok)
      world.advance(days(30))
      await chargeDue(world)
      assert.deepEqual(await bookOf(world), ['reserve given', 'charge not-returned'])
      assert.ok((await tokenReturned(world, { serial, ...BACK })).ok)
      assert.equal((await bookOf(world)).at(-1), 'refund returned')
      assert.equal(await reservedIn(world), 0)
    })

    test('R117 is charged for a card from before anything was kept back for such, once by two nodes', async (t) => {
      for (const [why, expected] of [
        ['not-returned', ['reserve given', 'charge not-returned']],
        ['battery', []],
      ] as const) {
        const world = await testWorld(t, { database })
        const beside = await testWorld(t, { database, beside: world })
        await wealthy(world)
        const { serial } = await cardOf(freeOfCharge(world), await subscriberOf(world, 'anna'))
        assert.equal(await reservedIn(world), 0)
        const said = await Promise.all(
          [world, beside].map((node) => writeOff(node, { serial, why, ...BACK })),
        )
        assert.ok(said.every(({ ok }) => ok))
        assert.deepEqual(await bookOf(world), expected)
        assert.equal(await reservedIn(world), 0)
      }
    })

    test('R117 is due, or charged, with the end of a card from before anything was kept back for such', async (t) => {
      for (const [end, expected] of [
        [suspendAuthenticator, ['reserve given', 'charge lost']],
        [revokeAuthenticator, ['reserve given']],
      ] as const) {
        const world = await testWorld(t, { database })
        await wealthy(world)
        const { id, card } = await cardOf(freeOfCharge(world), await subscriberOf(world, 'anna'))
        assert.ok((await end(world, await inPortal(world, by(card)), { id })).ok)
        assert.deepEqual(await bookOf(world), expected)
        assert.equal(await reservedIn(world), expected.length === 1 ? 20 : 0)
      }
    })

    test('R117 of a card of the past is what replacing one of its kind costs', async (t) => {
      const world = await testWorld(t, { database })
      await wealthy(world)
      const subscriberId = await subscriberOf(world, 'anna')
      let sum = 0
      for (const [letter, kind, usd] of [
        ['o', 'older-card', 20],
        ['g', 'gold-card', 150],
        ['p', 'platinum-card', 150],
      ] as const) {
        await cardOf(world, subscriberId, letter, kind)
        sum += usd
        assert.equal(await reservedIn(world), sum)
      }
    })

    test('R117 is free for a card whose key has come to its end, and for no other that is called so', async (t) => {
      const world = await testWorld(t, { database })
      const { serial, id } = await withCard(world)
      const say = async () => problemOf(await writeOff(world, { serial, why: 'expired', ...BACK }))
      assert.equal(await say(), 'token.not-expired')
      await world.db.commit([
        any(
          world.db.write
            .updateTable('authenticator')
            .set({ expires_at_ms: world.now() })
            .where('id', '=', id),
        ),
      ])
      assert.equal(await say(), 'ok')
      assert.deepEqual(await bookOf(world), ['reserve ordered', 'release expired'])
    })

    test('is written off with what is out, and with nothing else', async (t) => {
      const world = await testWorld(t, { database })
      await deliver(world, new Map([['CARD-N', sampleCard('n')]]))
      const say = async (serial: string, by: object = BACK) =>
        problemOf(await writeOff(world, { serial, why: 'lost', ...BACK, ...by }))
      assert.equal(await say('CARD-N'), 'token.not-out')
      assert.equal(await say('CARD-X'), 'token.not-found')
      assert.equal(await say(''), 'token.not-found')
      assert.equal(await say('CARD-N', { agent: 'two words' }), 'desk.not-an-agent')
      const session = await inPortal(world, await wealthy(world))
      const order = await ordered(world, session)
      await sentTo(world, order)
      assert.equal(await say('CARD-C'), 'token.not-out')
      assert.ok((await tokenReturned(world, { serial: 'CARD-C', ...BACK })).ok)
      assert.equal(await say('CARD-C'), 'token.revoked')
      assert.deepEqual(await bookOf(world), ['reserve ordered', 'release returned'])
    })

    test('R117 is none where the kind of device costs nothing', async (t) => {
      const world = await testWorld(t, { database })
      const { settings } = world
      const free = { ...world, settings: { ...settings, orders: { ...settings.orders, fees: {} } } }
      const session = await inPortal(free, await wealthy(free))
      const order = await ordered(free, session)
      assert.equal(order.deposit.usd, 0)
      await sentTo(free, order)
      assert.ok((await tokenReturned(free, { serial: 'CARD-C', ...BACK })).ok)
      assert.deepEqual(await bookOf(free), [])
      assert.deepEqual(await eventsOf(free), [])
    })

    test('R117 lowers what may be withdrawn of what is in the account', async (t) => {
      const world = await testWorld(t, { database })
      const anna = await wealthy(world)
      const session = await inPortal(world, anna)
      await ordered(world, session)
      await setEquity(world, 'U-anna', 1_000)
      const use = usedBy(world, session, anna)
      const tooMuch = await opened(world, session, withdrawal('980.01'))
      const viewed = await viewTask(world, session, tooMuch)
      assert.ok(viewed.ok)
      assert.deepEqual([viewed.allowance.needs, viewed.allowance.held?.left], [null, 98_000])
      assert.equal(viewed.allowance.reservedUsd, 20)
      assert.equal(await use('980.00'), 'ok')
    })

    test('R117 lowers it by what has left since the amount was told, and by no more than that', async (t) => {
      const world = await testWorld(t, { database })
      const anna = await wealthy(world)
      const session = await inPortal(world, anna)
      await ordered(world, session)
      await setEquity(world, 'U-anna', 1_000)
      const use = usedBy(world, session, anna)
      const left = async () => {
        const viewed = await viewTask(world, session, await opened(world, session, withdrawal('1')))
        return viewed.ok ? viewed.allowance.held?.left : null
      }
      assert.equal(await use('500.00'), 'ok')
      assert.equal(await left(), 48_000)
      assert.equal(await use('480.00'), 'ok')
      assert.equal(await left(), 0)
      await setEquity(world, 'U-anna', 120)
      assert.equal(await use('100.00'), 'ok')
      assert.equal(await left(), 0)
    })

    test('R117 A8 lowers it also when it is kept back in the moment of a withdrawal', async (t) => {
      const world = await testWorld(t, { database })
      const anna = await wealthy(world)
      const session = await inPortal(world, anna)
      await setEquity(world, 'U-anna', 1_000_000)
      const summary = await chosen(world, await inPortal(world, anna))
      const deed = withdrawal('999990.00')
      const id = await approvedTask(world, session, { deed, phone: anna.phone })
      const placing = async () => {
        const placed = await placeOrder(world, await inPortal(world, anna), summary)
        assert.equal(problemOf(placed), 'ok')
      }
      const paying = overtaken(world, placing)
      const done = await useTask(paying, session, { id, deed, usedFor: 'all' })
      assert.equal(problemOf(done), 'task.over-limit')
      assert.equal(await reservedIn(world), 20)
    })

    test('is not kept back where the order is not placed', async (t) => {
      const world = await testWorld(t, { database })
      const anna = await wealthy(world)
      const session = await inPortal(world, anna)
      const summary = await chosen(world, session)
      assert.ok((await placeOrder(world, session, summary)).ok)
      assert.ok(!(await placeOrder(world, session, summary)).ok)
      assert.deepEqual(await bookOf(world), ['reserve ordered'])
      assert.equal(await reservedIn(world), 20)
    })

    test('R117 is read in its order, entry by entry, and no entry before it is settled', async (t) => {
      const world = await testWorld(t, { database })
      const session = await inPortal(world, await wealthy(world))
      const first = await ordered(world, session)
      world.advance(seconds(60))
      assert.deepEqual(await ledgerAfter(world, 0), [])
      world.advance(millis(1))
      assert.ok((await withdrawOrder(world, session, first.id)).ok)
      const [reserve, ...none] = await ledgerAfter(world, 0)
      assert.ok(reserve && none.length === 0)
      assert.deepEqual([reserve.id, reserve.userName], [`${first.id}.reserve`, 'anna'])
      assert.deepEqual(await ledgerAfter(world, reserve.number), [])
      world.advance(seconds(61))
      const [release] = await ledgerAfter(world, reserve.number)
      assert.equal(release?.id, `${first.id}.release`)
    })
  })
}
