import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { days } from '#core/time/time.ts'
import {
  type ActOnOrder,
  actOnOrder,
  type ActOnToken,
  actOnToken,
  labelFor,
  lookAtOrder,
  sheetFor,
  touchOfOrder,
  touchOfToken,
} from '#engine/desk/fulfilment/board.ts'
import { suspendMember } from '#engine/desk/staff.ts'
import { tieOf } from '#engine/desk/ties.ts'
import { sendBack } from '#engine/orders/fulfilment.ts'
import { orderSent } from '#engine/orders/sending.ts'
import { type SoftKey, softKey } from '#methods/passkey/sample.ts'
import { sampleCard } from '#methods/security-card/sample.ts'
import { findToken } from '#store/inventory/hardware-tokens.ts'
import { findAuthenticator } from '#store/devices/authenticators.ts'
import { findOrder } from '#store/orders/orders.ts'
import { auditOf } from '../../../support/audit.ts'
import { deliver } from '../../../support/clients/card.ts'
import { inPortal, ordered, wealthy, withCard } from '../../../support/clients/orders.ts'
import { comesIn, openDesk, touches } from '../../../support/desk/door.ts'
import { CONSOLE, type Hired, hired, touched } from '../../../support/desk/staff.ts'
import { overtaken } from '../../../support/models/interrupted.ts'
import type { Visitor } from '../../../support/server/door.ts'
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

/** Asks for an act, and touches the passkey for it as it is shown. */
async function acts(
  { browser, key }: { readonly browser: Visitor; readonly key: SoftKey },
  at: string,
  fields: Readonly<Record<string, string>>,
) {
  const asked = await browser.submit(`${at}/confirm`, fields)
  return asked.status === 200 ? await touches(browser, key) : asked
}

const actedOnOrder = async (world: TestWorld, by: Hired, { late = world, ...act }: OrderAct) =>
  await actOnOrder(late, by.open, { ...act, touch: await touched(world, by, touchOfOrder(act)) })
type OrderAct = ActOnOrder & { readonly late?: TestWorld }

const actedOnToken = async (world: TestWorld, by: Hired, { late = world, ...act }: TokenAct) =>
  await actOnToken(late, by.open, { ...act, touch: await touched(world, by, touchOfToken(act)) })
type TokenAct = ActOnToken & { readonly late?: TestWorld }

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
    assert.match(board.words, /3 free, below the minimum of 10/)
    assert.match(board.words, / United States leaves by /)
    assert.doesNotMatch(board.words, /Invented Street|anna/, 'whose it is stands on its own page')
    const page = await browser.open(`/orders/${id}`)
    assert.match(page.words, /anna/)
    assert.match(page.words, /17 Invented Street/)
    assert.match(page.words, /Free in the stock: CARD-C, CARD-D, CARD-E/)

    const by = { browser, key }
    const at = `/orders/${id}`
    const unknown = await acts(by, at, { act: 'packed', serial: 'CARD-<b>' })
    assert.equal(unknown.status, 404)
    assert.match(unknown.html, /value="CARD-&lt;b&gt;"/, 'nothing that was typed is lost')
    assert.match(unknown.html, /href="#serial"/, 'the field is named above')
    assert.match(unknown.html, /<input id="serial"[^>]* aria-invalid="true"/)
    // Until it is packed its client may still move: there is no label yet.
    const early = await browser.ask({ method: 'GET', url: `${at}/label` })
    assert.equal(early.statusCode, 409)
    const packed = await acts(by, at, { act: 'packed', serial: ' card-c' })
    assert.deepEqual([packed.status, packed.address], [200, `${at}?done=packed`])
    assert.match(packed.words, /Card CARD-C is packed/)
    const label = { act: 'sent', serial: 'CARD-C', carrier: '', tracking: 'JD1' }
    const bad = await acts(by, at, label)
    assert.equal(bad.status, 400)
    assert.match(bad.html, /value="JD1"/)
    await acts(by, at, { ...label, carrier: 'DHL' })
    assert.match(browser.page().words, /This card is in the post/)
    assert.match(browser.page().words, /2 days, to United States/)
    const envelope = await browser.ask({ method: 'GET', url: `${at}/label` })
    assert.match(envelope.payload, /17 Invented Street/)
    assert.doesNotMatch(envelope.payload, /CARD-C/, 'what is in it stands nowhere on it')
    assert.match(envelope.payload, /UNITED STATES/)
    const { headers } = envelope
    assert.equal(headers['content-disposition'], undefined, 'it opens, and is printed from there')
    assert.match(
      String(headers['content-security-policy']),
      /default-src 'none'; style-src 'sha256-/,
    )
    const stale = await browser.open(`${at}?done=packed`)
    assert.doesNotMatch(stale.words, /is packed/, 'an old address says nothing untrue')
    const sheet = await browser.ask({ method: 'GET', url: `/orders/${id}/sheet` })
    assert.match(sheet.payload, /17 Invented Street/)
    world.advance(days(7))
    // A session ends meanwhile: they come in again.
    const again = await comesIn(door, { agentId: 'gerda', role: 'fulfilment', key: softKey('h') })
    assert.match((await again.open('/orders?state=sent')).words, /missing/)
    await again.open(`/orders/${id}`)
    const hers = { browser: again, key: softKey('h') }
    await acts(hers, at, { act: 'lost' })
    assert.match(again.page().words, /This card was lost in the post/)
    await again.open('/stock')
    await again.submit('/stock', { serial: 'card-c' })
    await acts(hers, '/stock/CARD-C', { act: 'returned' })
    assert.notEqual((await findToken(world.db, 'CARD-C'))?.returnedAt, null)
    await acts(hers, '/stock/CARD-C', { act: 'destroyed' })
    assert.match(again.page().words, /Destroyed/)
    const stock = await again.open('/stock')
    assert.match(stock.words, /Security card Main stock 2 0 0 0 0 1/)
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
        `/orders/${id}/label`,
        '/stock',
        '/stock/CARD-C',
      ]) {
        assert.equal((await browser.ask({ method: 'GET', url })).statusCode, 403, `${role} ${url}`)
      }
    }
  })

  const serial = 'CARD-C'
  const LATE = [
    { act: 'packed', serial },
    { act: 'sent', serial, carrier: '', tracking: '' },
    { act: 'relabelled', carrier: 'DHL', tracking: '' },
    { act: 'delivered' },
    { act: 'lost' },
    { act: 'returned' },
    { act: 'destroyed' },
  ] as const
  for (const told of LATE) {
    test(`S69 nothing is ${told.act} by a member who is suspended at the same moment`, async (t) => {
      const world = await testWorld(t)
      const { id } = await waiting(world)
      const gustav = await hired(world, 'gustav', { role: 'fulfilment' })
      const { open } = gustav
      const isOut = ['relabelled', 'delivered', 'lost', 'returned'].includes(told.act)
      const by = { by: 'operator', agent: 'agent-7' } as const
      if (isOut) assert.ok((await orderSent(world, { id, serial: 'CARD-C', ...by })).ok)
      const before = await findOrder(world.db, id)
      const suspended = async () =>
        assert.ok((await suspendMember(world, CONSOLE, open.member.id)).ok)
      const late = overtaken(world, suspended)
      const { act } = told
      const said =
        act === 'returned' || act === 'destroyed'
          ? await actedOnToken(world, gustav, { act, serial, late })
          : await actedOnOrder(world, gustav, { id, ...told, late })
      assert.match('problem' in said ? said.problem : 'ok', /\.conflict$/)
      assert.deepEqual(await findOrder(world.db, id), before)
      assert.equal((await findToken(world.db, serial))?.returnedAt, null)
    })
  }

  test('A13 A31 a touch of the passkey stands for one act, with its card and its label, and once', async (t) => {
    const world = await testWorld(t)
    const { id } = await waiting(world)
    const gustav = await hired(world, 'gustav', { role: 'fulfilment' })
    const { open } = gustav
    const packing = { id, act: 'packed', serial: 'CARD-C' } as const
    const touch = await touched(world, gustav, touchOfOrder(packing))
    const other = await actOnOrder(world, open, { ...packing, serial: 'CARD-D', touch })
    assert.deepEqual(other, { ok: false, problem: 'desk.not-touched' })
    assert.ok((await actOnOrder(world, open, { ...packing, touch })).ok)
    assert.ok((await actedOnOrder(world, gustav, { ...packing, serial: 'CARD-E' })).ok)
    const again = await actOnOrder(world, open, { ...packing, touch })
    assert.match('problem' in again ? again.problem : 'ok', /conflict|not-touched/)
    const token = { act: 'destroyed', serial: 'CARD-D' } as const
    const stolen = await touched(world, gustav, touchOfToken({ ...token, serial: 'CARD-C' }))
    assert.deepEqual(await actOnToken(world, open, { ...token, touch: stolen }), {
      ok: false,
      problem: 'desk.not-touched',
    })
    assert.equal((await findToken(world.db, 'CARD-D'))?.returnedAt, null)
  })

  test('R117 R118 what is used no more stands on the board until it is back, or written off with a reason', async (t) => {
    const door = await openDesk(t)
    const { world } = door
    const { session, id, serial } = await withCard(world)
    const key = softKey('g')
    const browser = await comesIn(door, { agentId: 'gustav', role: 'fulfilment', key })
    const due = async () => (await browser.open('/orders?state=due-back')).words
    assert.doesNotMatch(await due(), /CARD-C/, 'it is in use')
    assert.ok((await sendBack(world, session, id)).ok)
    // Sent back on a Friday: five business days, and no days of the calendar.
    assert.match(await due(), /CARD-C Security card sent back on 20 November 2026 27 November 2026/)
    world.advance(days(7))
    const again = await comesIn(door, { agentId: 'gerda', role: 'fulfilment', key: softKey('h') })
    assert.match((await again.open('/orders?state=due-back')).words, /27 November 2026 late/)
    const seen = await again.open(`/stock/${serial}`)
    assert.match(seen.words, /Client a•••/)
    assert.doesNotMatch(seen.words, /anna/, 'no look at a client is written down here')
    const by = { browser: again, key: softKey('h') }
    await acts(by, `/stock/${serial}`, { act: 'written-off', why: 'expired' })
    assert.equal(again.page().status, 409, 'its key has not come to its end')
    await again.open(`/stock/${serial}`)
    await acts(by, `/stock/${serial}`, { act: 'written-off', why: 'broken' })
    assert.match(again.page().words, /Written off 27 November 2026 Why broken/)
    assert.doesNotMatch((await again.open('/orders?state=due-back')).words, /CARD-C/)
    const off = await again.open('/orders?state=written-off')
    assert.match(off.words, /CARD-C Security card 27 November 2026 broken/)
    assert.match((await again.open('/stock')).words, /Security card Main stock 0 0 0 1 0 0/)
    await again.open(`/stock/${serial}`)
    await acts(by, `/stock/${serial}`, { act: 'returned' })
    assert.doesNotMatch((await again.open('/orders?state=written-off')).words, /CARD-C/)
    const told = (await auditOf(world)).flatMap((event) =>
      event.kind.startsWith('deposit.') ? [event.kind] : [],
    )
    assert.deepEqual(told.slice(1), ['deposit.due', 'deposit.charged', 'deposit.refunded'])
  })

  test('an order of one of the staff, or of who shares something with them, is nothing for a member', async (t) => {
    const world = await testWorld(t)
    const { id } = await waiting(world)
    const gustav = await hired(world, 'gustav', { role: 'fulfilment' })
    const { open } = gustav
    assert.ok((await lookAtOrder(world, open, id)).ok)
    const tie = tieOf(world.keys, 'user-name', 'anna') ?? assert.fail()
    await hired(world, 'emma', { role: 'agent', ties: [tie] })
    const act = { id, act: 'packed', serial: 'CARD-C' } as const
    for (const said of [await lookAtOrder(world, open, id), await actedOnOrder(world, gustav, act)])
      assert.deepEqual(said, { ok: false, problem: 'desk.not-allowed' })
    for (const page of [sheetFor, labelFor])
      assert.deepEqual(await page(world, open, id), { ok: false, problem: 'desk.not-allowed' })
  })

  test('a card that its client logs in with is taken back by no member, nor one of the staff', async (t) => {
    const world = await testWorld(t)
    const { serial, id } = await withCard(world)
    const gustav = await hired(world, 'gustav', { role: 'fulfilment' })
    for (const act of [{ act: 'returned' }, { act: 'written-off', why: 'lost' }] as const) {
      const said = await actedOnToken(world, gustav, { ...act, serial })
      assert.deepEqual(said, { ok: false, problem: 'token.given' })
    }
    assert.equal((await findAuthenticator(world.db, id))?.value.lifecycle, 'active')
    const tie = tieOf(world.keys, 'user-name', 'anna') ?? assert.fail()
    await hired(world, 'emma', { role: 'agent', ties: [tie] })
    for (const act of ['returned', 'destroyed'] as const)
      assert.deepEqual(await actedOnToken(world, gustav, { act, serial }), {
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
    const by = { browser, key }
    await acts(by, `/orders/${id}`, { act: 'packed', serial: 'CARD-C' })
    await browser.open('/stock/CARD-D')
    await acts(by, '/stock/CARD-D', { act: 'moved', place: '<b>' })
    assert.equal(browser.page().status, 400)
    await acts(by, '/stock/CARD-D', { act: 'moved', place: ' Paris ' })
    assert.match((await browser.open('/stock')).words, /paris 1 0 0 0 0 0/)
    await browser.open('/stock/CARD-D')
    await acts(by, '/stock/CARD-D', { act: 'destroyed' })
    const told = (await auditOf(world)).filter(({ kind }) => kind === 'token.destroyed')
    assert.equal(told.length, 1)
    assert.equal((await browser.open('/stock/CARD-X')).status, 404)
  })
})
