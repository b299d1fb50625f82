import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { days } from '#core/time/time.ts'
import { actOnOrder, actOnToken, lookAtOrder, sheetFor } from '#engine/desk/fulfilment/board.ts'
import { suspendMember } from '#engine/desk/staff.ts'
import { tieOf } from '#engine/desk/ties.ts'
import { orderSent } from '#engine/orders/sending.ts'
import { softKey } from '#methods/passkey/sample.ts'
import { sampleCard } from '#methods/security-card/sample.ts'
import { findToken } from '#store/inventory/hardware-tokens.ts'
import { findAuthenticator } from '#store/devices/authenticators.ts'
import { findOrder } from '#store/orders/orders.ts'
import { auditOf } from '../../../support/audit.ts'
import { deliver } from '../../../support/clients/card.ts'
import { inPortal, ordered, wealthy, withCard } from '../../../support/clients/orders.ts'
import { comesIn, openDesk } from '../../../support/desk/door.ts'
import { CONSOLE, hired } from '../../../support/desk/staff.ts'
import { overtaken } from '../../../support/models/interrupted.ts'
import { type TestWorld, testWorld } from '../../../support/server/world.ts'

/** A client has ordered a card; three lie in the inventory. */
async function waiting(world: TestWorld, userName = 'anna') {
  const order = await ordered(world, await inPortal(world, await wealthy(world, userName)))
  const cards = ['c', 'd', 'e'].map(
    (one) => [`CARD-${one.toUpperCase()}`, sampleCard(one)] as const,
  )
  await deliver(world, new Map(cards))
  return order
}

const ofMember = async (world: TestWorld, agentId: string) =>
  (await auditOf(world)).flatMap((event) =>
    'agent' in event && event.agent === agentId ? [event.kind] : [],
  )

suite('The board of those who send devices', () => {
  test('R111 R112 R113 R118 a card goes from the stock to its client and back into it, by one member', async (t) => {
    const door = await openDesk(t)
    const { world } = door
    const { id } = await waiting(world)
    const key = softKey('g')
    const browser = await comesIn(door, { agentId: 'gustav', role: 'fulfilment', key })
    const board = await browser.open('/orders')
    assert.match(board.words, /too few are free/)
    assert.match(board.words, / US leaves by /)
    assert.doesNotMatch(board.words, /Invented Street|anna/, 'whose it is stands on its own page')
    const page = await browser.open(`/orders/${id}`)
    assert.match(page.words, /anna/)
    assert.match(page.words, /17 Invented Street/)

    const unknown = await browser.submit(`/orders/${id}/packed`, { serial: 'CARD-<b>' })
    assert.equal(unknown.status, 404)
    assert.match(unknown.html, /value="CARD-&lt;b&gt;"/, 'nothing that was typed is lost')
    const packed = await browser.submit(`/orders/${id}/packed`, { serial: ' card-c' })
    assert.deepEqual([packed.status, packed.address], [200, `/orders/${id}`])
    const label = { serial: 'CARD-C', carrier: '', tracking: 'JD1' }
    const bad = await browser.submit(`/orders/${id}/sent`, label)
    assert.equal(bad.status, 400)
    assert.match(bad.html, /value="JD1"/)
    await browser.submit(`/orders/${id}/sent`, { ...label, carrier: 'DHL' })
    assert.match(browser.page().words, /This card is in the post/)
    const sheet = await browser.ask({ method: 'GET', url: `/orders/${id}/sheet` })
    assert.match(sheet.payload, /17 Invented Street/)
    world.advance(days(7))
    // A session ends meanwhile: they come in again.
    const again = await comesIn(door, { agentId: 'gerda', role: 'fulfilment', key: softKey('h') })
    assert.match((await again.open('/orders?state=sent')).words, /missing/)
    await again.open(`/orders/${id}`)
    await again.submit(`/orders/${id}/lost`)
    assert.match(again.page().words, /This card was lost in the post/)
    await again.open('/stock')
    await again.submit('/stock', { serial: 'card-c' })
    await again.submit('/stock/CARD-C/returned')
    assert.notEqual((await findToken(world.db, 'CARD-C'))?.returnedAt, null)
    await again.submit('/stock/CARD-C/destroyed')
    assert.match(again.page().words, /Destroyed/)
    const stock = await again.open('/stock')
    assert.match(stock.words, /Security card main 2 0 0 0 1/)
    assert.deepEqual(await ofMember(world, 'gustav'), ['order.packed', 'order.sent'])
    assert.deepEqual(await ofMember(world, 'gerda'), [
      'order.lost',
      'token.returned',
      'token.destroyed',
    ])
    const looks = (await auditOf(world)).filter(({ kind }) => kind === 'order.looked')
    assert.ok(looks.length > 3)
  })

  test('is for their role alone', async (t) => {
    const door = await openDesk(t)
    const { world } = door
    const { id } = await waiting(world)
    for (const role of ['agent', 'supervisor', 'documents', 'compliance', 'operator'] as const) {
      const browser = await comesIn(door, {
        agentId: `a-${role}`,
        role,
        key: softKey(role[0] ?? ''),
      })
      for (const url of [
        '/orders',
        `/orders/${id}`,
        `/orders/${id}/sheet`,
        '/stock',
        '/stock/CARD-C',
      ]) {
        assert.equal((await browser.ask({ method: 'GET', url })).statusCode, 403, `${role} ${url}`)
      }
    }
  })

  for (const act of ['packed', 'sent', 'delivered', 'lost', 'returned', 'destroyed'] as const) {
    test(`S69 nothing is ${act} by a member who is suspended at the same moment`, async (t) => {
      const world = await testWorld(t)
      const { id } = await waiting(world)
      const { open } = await hired(world, 'gustav', { role: 'fulfilment' })
      const isOut = ['delivered', 'lost', 'returned'].includes(act)
      const by = { by: 'operator', agent: 'agent-7' } as const
      if (isOut) assert.ok((await orderSent(world, { id, serial: 'CARD-C', ...by })).ok)
      const before = await findOrder(world.db, id)
      const suspended = async () =>
        assert.ok((await suspendMember(world, CONSOLE, open.member.id)).ok)
      const late = overtaken(world, suspended)
      const serial = 'CARD-C'
      const said =
        act === 'returned' || act === 'destroyed'
          ? await actOnToken(late, open, { act, serial })
          : await actOnOrder(late, open, { id, act, serial, carrier: '', tracking: '' })
      assert.match('problem' in said ? said.problem : 'ok', /\.conflict$/)
      assert.deepEqual(await findOrder(world.db, id), before)
      assert.equal((await findToken(world.db, serial))?.returnedAt, null)
    })
  }

  test('an order of one of the staff, or of who shares something with them, is nothing for a member', async (t) => {
    const world = await testWorld(t)
    const { id } = await waiting(world)
    const { open } = await hired(world, 'gustav', { role: 'fulfilment' })
    assert.ok((await lookAtOrder(world, open, id)).ok)
    const tie = tieOf(world.keys, 'user-name', 'anna') ?? assert.fail()
    await hired(world, 'emma', { role: 'agent', ties: [tie] })
    const act = { id, act: 'packed', serial: 'CARD-C' } as const
    for (const said of [await lookAtOrder(world, open, id), await actOnOrder(world, open, act)])
      assert.deepEqual(said, { ok: false, problem: 'desk.not-allowed' })
    assert.deepEqual(await sheetFor(world, open, id), { ok: false, problem: 'desk.not-allowed' })
  })

  test('a card that its client logs in with is taken back by no member, nor one of the staff', async (t) => {
    const world = await testWorld(t)
    const { serial, id } = await withCard(world)
    const { open } = await hired(world, 'gustav', { role: 'fulfilment' })
    const returned = async () => await actOnToken(world, open, { act: 'returned', serial })
    assert.deepEqual(await returned(), { ok: false, problem: 'token.given' })
    assert.equal((await findAuthenticator(world.db, id))?.value.lifecycle, 'active')
    const tie = tieOf(world.keys, 'user-name', 'anna') ?? assert.fail()
    await hired(world, 'emma', { role: 'agent', ties: [tie] })
    for (const act of ['returned', 'destroyed'] as const)
      assert.deepEqual(await actOnToken(world, open, { act, serial }), {
        ok: false,
        problem: 'desk.not-allowed',
      })
  })

  test('A31 a card lies in a place that has a name, and one that never left is destroyed', async (t) => {
    const door = await openDesk(t)
    const { world } = door
    const { id } = await waiting(world)
    const key = softKey('g')
    const browser = await comesIn(door, { agentId: 'gustav', role: 'fulfilment', key })
    await browser.open(`/orders/${id}`)
    await browser.submit(`/orders/${id}/packed`, { serial: 'CARD-C' })
    await browser.open('/stock/CARD-D')
    await browser.submit('/stock/CARD-D/moved', { place: '<b>' })
    assert.equal(browser.page().status, 400)
    await browser.submit('/stock/CARD-D/moved', { place: ' Paris ' })
    assert.match((await browser.open('/stock')).words, /paris 1 0 0 0 0/)
    await browser.open('/stock/CARD-D')
    await browser.submit('/stock/CARD-D/destroyed')
    const told = (await auditOf(world)).filter(({ kind }) => kind === 'token.destroyed')
    assert.equal(told.length, 1)
    assert.equal((await browser.open('/stock/CARD-X')).status, 404)
  })
})
