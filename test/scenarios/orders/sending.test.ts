import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { after, days } from '#core/time/time.ts'
import { noticeDue } from '#engine/notices/notices.ts'
import { ledgerAfter } from '#engine/orders/deposits.ts'
import { answerArrival, beginArrival } from '#engine/orders/arrival.ts'
import { activateDue, named, ordersIn, tokenReturned } from '#engine/orders/fulfilment.ts'
import { withdrawOrder } from '#engine/orders/orders.ts'
import {
  orderDelivered,
  orderLost,
  orderPacked,
  orderRelabelled,
  orderSent,
} from '#engine/orders/sending.ts'
import { sampleCard } from '#methods/security-card/sample.ts'
import { findToken } from '#store/inventory/hardware-tokens.ts'
import { listSentNotices } from '#store/notices/notices.ts'
import { findOrder } from '#store/orders/orders.ts'
import { auditOf } from '../../support/audit.ts'
import { deliver } from '../../support/clients/card.ts'
import {
  askedOnArrival,
  inPortal,
  ordered,
  proved,
  sentTo,
  wealthy,
} from '../../support/clients/orders.ts'
import { overtaken } from '../../support/models/interrupted.ts'
import { DATABASES } from '../../support/databases/databases.ts'
import { type TestWorld, testWorld } from '../../support/server/world.ts'

const BY = { by: 'operator', agent: 'agent-7' } as const

const problemOf = (result: { readonly ok: boolean } & object): string =>
  'problem' in result ? String(result.problem) : 'ok'

const orderIn = async (world: TestWorld, { id }: Parameters<typeof sentTo>[1]) =>
  (await findOrder(world.db, id))?.value ?? assert.fail('no order')

const kindsOf = async (world: TestWorld) =>
  (await auditOf(world)).flatMap(({ kind }) =>
    /^(?:order|deposit)\.|^token\.ret/.test(kind) ? kind : [],
  )

/** A client who has ordered a card; two cards lie in the inventory. */
async function waiting(world: TestWorld, userName = 'anna') {
  const client = await wealthy(world, userName)
  const session = await inPortal(world, client)
  return { client, session, order: await ordered(world, session) }
}

const CARDS = new Map([
  ['CARD-C', sampleCard('c')],
  ['CARD-D', sampleCard('d')],
])

for (const database of DATABASES) {
  suite(`A card on its way, on ${database}`, () => {
    test('R113 is packed, leaves with its label, is delivered and proven; each is told once', async (t) => {
      const world = await testWorld(t, { database })
      const { session, order } = await waiting(world)
      await deliver(world, CARDS)
      const { id } = order
      for (const _ of [1, 2]) {
        const said = await orderPacked(world, { id, serial: ' card-c', ...BY })
        assert.ok(said.ok && said.order.state === 'packed' && !('wishes' in said.order))
      }
      assert.equal((await findToken(world.db, 'CARD-C'))?.orderId, id)
      world.advance(days(1))
      const label = { carrier: 'La Poste', tracking: '8r 001', serial: 'CARD-C' }
      for (const _ of [1, 2]) assert.ok((await orderSent(world, { id, ...label, ...BY })).ok)
      const left = await orderIn(world, order)
      assert.ok(left.state === 'sent')
      assert.deepEqual(left.shipment, { carrier: 'La Poste', tracking: '8R 001' })
      assert.equal(left.activatesAt, after(world.now(), days(14)))
      for (const _ of [1, 2]) assert.ok((await orderDelivered(world, { id, ...BY })).ok)
      const there = await orderIn(world, order)
      assert.ok(there.state === 'delivered' && there.deliveredBy === 'carrier')
      assert.deepEqual(await ordersIn(world, { state: 'sent', after: null }), [])
      assert.deepEqual(
        (await ordersIn(world, { state: 'delivered', after: null })).map((one) => one.id),
        [id],
      )
      assert.equal(await proved(world, session, { order, card: sampleCard('c') }), 'ok')
      assert.deepEqual(await kindsOf(world), [
        ...['order.placed', 'deposit.held', 'order.packed', 'order.sent', 'order.delivered'],
        'order.activated',
      ])
    })

    test('its label is put right while it is in the post, and its client is told once', async (t) => {
      const world = await testWorld(t, { database })
      const { session, order } = await waiting(world)
      const label = { id: order.id, carrier: 'La Poste', tracking: '8r 002', ...BY }
      assert.equal(problemOf(await orderRelabelled(world, label)), 'order.not-sent')
      await sentTo(world, order)
      const wrong = { ...label, carrier: '' }
      assert.equal(problemOf(await orderRelabelled(world, wrong)), 'order.no-label')
      for (const _ of [1, 2]) assert.equal(problemOf(await orderRelabelled(world, label)), 'ok')
      const there = await orderIn(world, order)
      assert.ok(there.state === 'sent')
      assert.deepEqual(there.shipment, { carrier: 'La Poste', tracking: '8R 002' })
      assert.ok((await orderDelivered(world, { id: order.id, ...BY })).ok)
      const late = { ...label, tracking: '8r 003' }
      assert.equal(problemOf(await orderRelabelled(world, late)), 'order.arrived')
      await noticeDue(world)
      const told = await listSentNotices(world.db, session.subscriberId, 20)
      assert.equal(told.filter(({ kind }) => kind === 'order-relabelled').length, 1)
    })

    test('R113 delivered by the word of its carrier opens nothing, and its day still comes', async (t) => {
      const world = await testWorld(t, { database })
      const { order } = await waiting(world)
      await sentTo(world, order)
      assert.ok((await orderDelivered(world, { id: order.id, ...BY })).ok)
      assert.equal((await findToken(world.db, 'CARD-C'))?.authenticatorId, null)
      await activateDue(world)
      assert.equal((await orderIn(world, order)).state, 'delivered')
      world.advance(days(14))
      await activateDue(world)
      assert.equal((await orderIn(world, order)).state, 'active')
    })

    test('R165 a client who asks for its number says that it is there', async (t) => {
      const world = await testWorld(t, { database })
      const { session, order } = await waiting(world)
      await sentTo(world, order)
      for (const _ of [1, 2]) assert.ok((await beginArrival(world, session, order.id)).ok)
      const there = await orderIn(world, order)
      assert.ok(there.state === 'delivered' && there.deliveredBy === 'holder')
      const told = (await auditOf(world)).filter(({ kind }) => kind === 'order.delivered')
      assert.deepEqual(
        told.map((event) => [event.within, 'by' in event && event.by]),
        [[session.id, 'holder']],
      )
    })

    test('R116 is cancelled out of its envelope: another client gets that card', async (t) => {
      const world = await testWorld(t, { database })
      const { session, order } = await waiting(world)
      const boris = await waiting(world, 'boris')
      await deliver(world, CARDS)
      const pack = async (id: string, serial: string) =>
        problemOf(await orderPacked(world, { id, serial, ...BY }))
      assert.equal(await pack(order.id, 'CARD-C'), 'ok')
      assert.equal(await pack(boris.order.id, 'CARD-C'), 'token.given')
      assert.equal(await pack(boris.order.id, 'CARD-X'), 'token.not-found')
      assert.ok((await withdrawOrder(world, session, order.id)).ok)
      const gone = await orderIn(world, order)
      assert.ok(gone.state === 'withdrawn' && !('held' in gone) && !('serial' in gone))
      assert.equal(await pack(order.id, 'CARD-D'), 'order.withdrawn')
      assert.equal(await pack(boris.order.id, 'CARD-C'), 'ok')
    })

    test('R116 another card in the envelope has the same PIN, and the first is free', async (t) => {
      const world = await testWorld(t, { database })
      const { session, order } = await waiting(world)
      await deliver(world, CARDS)
      const { id } = order
      assert.ok((await orderPacked(world, { id, serial: 'CARD-C', ...BY })).ok)
      assert.ok((await orderSent(world, { id, serial: 'CARD-D', ...BY })).ok)
      assert.equal((await findToken(world.db, 'CARD-C'))?.orderId, null)
      assert.equal(
        problemOf(await orderPacked(world, { id, serial: 'CARD-C', ...BY })),
        'order.left',
      )
      assert.equal(await proved(world, session, { order, card: sampleCard('d') }), 'ok')
    })

    test('R116 cancelled at the moment in which it leaves: one of both is done', async (t) => {
      const world = await testWorld(t, { database })
      const { session, order } = await waiting(world)
      await deliver(world, CARDS)
      const { id } = order
      assert.ok((await orderPacked(world, { id, serial: 'CARD-C', ...BY })).ok)
      const cancelled = async () => assert.ok((await withdrawOrder(world, session, id)).ok)
      const sent = await orderSent(overtaken(world, cancelled), { id, serial: 'CARD-C', ...BY })
      assert.equal(problemOf(sent), 'order.withdrawn')
      // It may be in the street by now: no client gets that card.
      assert.notEqual((await findToken(world.db, 'CARD-C'))?.returnedAt, null)
    })

    test('lost in the post is proven by no answer, accepted on no day, and its deposit is free', async (t) => {
      const world = await testWorld(t, { database })
      const { session, order } = await waiting(world)
      await sentTo(world, order)
      const { id } = order
      const number = await askedOnArrival(world, session, order)
      for (const _ of [1, 2]) assert.ok((await orderLost(world, { id, ...BY })).ok)
      const answer = { response: sampleCard('c').press('2580', number) }
      assert.equal(problemOf(await answerArrival(world, session, { id, answer })), 'order.lost')
      assert.equal(problemOf(await beginArrival(world, session, id)), 'order.lost')
      for (const late of [orderDelivered, orderLost]) {
        const said = await late(world, { id, ...BY })
        assert.equal(problemOf(said), late === orderLost ? 'ok' : 'order.lost')
      }
      world.advance(days(30))
      await activateDue(world)
      assert.equal((await orderIn(world, order)).state, 'lost')
      const books = (await ledgerAfter(world, 0)).map(({ kind, why }) => `${kind} ${why}`)
      assert.deepEqual(books, ['reserve ordered', 'release lost-in-post'])
      // Its client orders another one, and gets another card.
      const again = await ordered(world, session)
      const same = await orderSent(world, { id: again.id, serial: 'CARD-C', ...BY })
      assert.equal(problemOf(same), 'token.given')
      assert.equal((await ordersIn(world, { state: 'lost', after: null })).length, 1)
    })

    test('lost in the post and found is returned, once, and nothing is paid twice', async (t) => {
      const world = await testWorld(t, { database })
      const beside = await testWorld(t, { database, beside: world })
      const { order } = await waiting(world)
      const { serial } = await sentTo(world, order)
      assert.ok((await orderLost(world, { id: order.id, ...BY })).ok)
      const back = await Promise.all(
        [world, beside].map(async (one) => tokenReturned(one, { serial, ...BY })),
      )
      assert.ok(
        back.every(({ ok }) => ok),
        JSON.stringify(back),
      )
      assert.equal((await orderIn(world, order)).state, 'returned')
      assert.equal(problemOf(await orderLost(world, { id: order.id, ...BY })), 'order.returned')
      assert.deepEqual((await kindsOf(world)).slice(-3), [
        'order.lost',
        'deposit.released',
        'token.returned',
      ])
    })

    test('A35 given up as lost while its client proves it is one or the other, on two nodes', async (t) => {
      const world = await testWorld(t, { database })
      const { session, order } = await waiting(world)
      const { card } = await sentTo(world, order)
      const { id } = order
      const proven = async () => assert.equal(await proved(world, session, { order, card }), 'ok')
      const said = await orderLost(overtaken(world, proven), { id, ...BY })
      assert.equal(problemOf(said), 'order.active')
      const next = await waiting(world, 'boris')
      const other = await sentTo(world, next.order, 'd')
      const number = await askedOnArrival(world, next.session, next.order)
      const lose = async () => assert.ok((await orderLost(world, { id: next.order.id, ...BY })).ok)
      const answer = { response: other.card.press('2580', number) }
      const late = overtaken(world, lose)
      const answered = await answerArrival(late, next.session, { id: next.order.id, answer })
      assert.equal(problemOf(answered), 'order.conflict')
      assert.equal((await findToken(world.db, other.serial))?.authenticatorId, null)
    })

    test('R113 given up as lost on the day on which it is accepted is one or the other', async (t) => {
      const world = await testWorld(t, { database })
      const { order } = await waiting(world)
      await sentTo(world, order)
      world.advance(days(14))
      const lose = async () => assert.ok((await orderLost(world, { id: order.id, ...BY })).ok)
      await activateDue(overtaken(world, lose))
      assert.equal((await orderIn(world, order)).state, 'lost')
      assert.equal((await findToken(world.db, 'CARD-C'))?.authenticatorId, null)
    })

    test('is lost or delivered only where it has left, and by an agent who can be one', async (t) => {
      const world = await testWorld(t, { database })
      const { session, order } = await waiting(world)
      await deliver(world, CARDS)
      const { id } = order
      const say = async (by: object = BY) =>
        await Promise.all(
          [orderDelivered, orderLost].map(async (one) =>
            problemOf(await one(world, { id, ...BY, ...by })),
          ),
        )
      const both = (problem: string) => [problem, problem]
      assert.deepEqual(await say(), both('order.not-sent'))
      assert.ok((await orderPacked(world, { id, serial: 'CARD-C', ...BY })).ok)
      assert.deepEqual(await say(), both('order.not-sent'))
      assert.deepEqual(await say({ id: 'ord_nothing' }), both('order.not-found'))
      assert.deepEqual(await say({ agent: 'two words' }), both('desk.not-an-agent'))
      const wrong = { id, serial: 'CARD-C', tracking: '1', ...BY }
      assert.equal(problemOf(await orderSent(world, wrong)), 'order.no-label')
      assert.ok((await orderSent(world, { id, serial: 'CARD-C', ...BY })).ok)
      assert.equal((await named(world, await orderIn(world, order))).lateness, 'in-time')
      world.advance(days(7))
      assert.equal((await named(world, await orderIn(world, order))).lateness, 'missing')
      assert.ok((await tokenReturned(world, { serial: 'CARD-C', ...BY })).ok)
      assert.deepEqual(await say(), both('order.returned'))
      const again = await ordered(world, session)
      assert.ok((await withdrawOrder(world, session, again.id)).ok)
      assert.deepEqual(await say({ id: again.id }), both('order.withdrawn'))
    })
  })
}
