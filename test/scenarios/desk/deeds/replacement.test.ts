import assert from 'node:assert/strict'
import { suite, test, type TestContext } from 'node:test'
import type { AuthenticatorId } from '#core/ids.ts'
import type { Order } from '#core/orders/order.ts'
import { after, days } from '#core/time/time.ts'
import { setContact } from '#engine/contact/addresses.ts'
import { denyCall } from '#engine/desk/cases/denied.ts'
import { noticeDue } from '#engine/notices/notices.ts'
import { activateDue, enclosureOf } from '#engine/orders/fulfilment.ts'
import { findLiveSession } from '#engine/sessions/sessions.ts'
import { softKey } from '#methods/passkey/sample.ts'
import { SAMPLE_PIN } from '#methods/security-card/sample.ts'
import { findAuthenticator } from '#store/devices/authenticators.ts'
import { listNotices } from '#store/notices/notices.ts'
import { findOpenOrder, findOrder, listOrders } from '#store/orders/orders.ts'
import { any } from '#store/queries/writes.ts'
import { cardOf } from '../../../support/clients/card.ts'
import { ADDRESS, inPortal, proved, sentTo, setEquity } from '../../../support/clients/orders.ts'
import { act, acted, call, caller, eventsAbout, warrantOf } from '../../../support/desk/calls.ts'
import { comesIn, openDesk, touches } from '../../../support/desk/door.ts'
import { problemOf } from '../../../support/outcomes.ts'
import { DATABASES, type DatabaseKind } from '../../../support/databases/databases.ts'
import { testWorld, type TestWorld } from '../../../support/server/world.ts'

/** Anna holds a card and a phone; the card is lost, and an agent has her on the telephone. */
async function lost(t: TestContext, database: DatabaseKind) {
  const there = await call(t, database)
  const { world, anna } = there
  const { subscriberId } = anna
  const address = { subscriberId, kind: 'postal', value: ADDRESS, by: 'operator' } as const
  assert.ok((await setContact(world, address)).ok)
  const { card, id } = await cardOf(world, subscriberId, 'a')
  const asked = { deed: 'replace-device', authenticatorId: id } as const
  const replaced = async () => await act(there, asked, await warrantOf(there, 'device'))
  return { ...there, card, cardId: id, asked, replaced }
}

/** What was ordered; for the card that she was given by hand only the deposit stands in one. */
const ordersOf = async (world: TestWorld, subscriberId: Order['subscriberId']) =>
  (await listOrders(world.db, subscriberId))
    .map(({ value }) => value)
    .filter(({ byHand = false }) => !byHand)

async function onlyOrder(world: TestWorld, subscriberId: Order['subscriberId']): Promise<Order> {
  const [order, ...more] = await ordersOf(world, subscriberId)
  assert.equal(more.length, 0)
  return order ?? assert.fail('nothing is ordered')
}

async function openOrder(world: TestWorld, subscriberId: Order['subscriberId']): Promise<Order> {
  return (await findOpenOrder(world.db, subscriberId))?.value ?? assert.fail('nothing is ordered')
}

const lifecycleOf = async (world: TestWorld, id: Parameters<typeof findAuthenticator>[1]) =>
  (await findAuthenticator(world.db, id))?.value.lifecycle

for (const database of DATABASES) {
  suite(`A lost card is replaced by the desk, on ${database}`, () => {
    test('R110 it is blocked at once, and another goes to the address on record, whatever the client owns', async (t) => {
      const there = await lost(t, database)
      const { world, anna, jane, cardId } = there
      const session = await inPortal(world, anna)
      assert.equal(problemOf(await there.replaced()), 'yes')
      assert.equal(await lifecycleOf(world, cardId), 'suspended')
      assert.equal(await findLiveSession(world, session.id), null, 'logged out everywhere')
      const order = await onlyOrder(world, anna.subscriberId)
      assert.deepEqual(
        [order.state, order.address, order.replaces, order.deposit.account, order.mustBeProven],
        ['ordered', ADDRESS, cardId, 'U-anna', true],
      )
      const [event] = await eventsAbout(world, anna, 'order.placed')
      assert.ok(event?.kind === 'order.placed')
      const { by, agent, replaces, actor, caseId, verified } = event
      assert.deepEqual(
        [by, agent, replaces, actor, caseId, verified],
        ['desk', 'jane', cardId, `staff:${jane.member.agentId}`, there.case.id, 'response'],
      )
      await noticeDue(world)
      const told = (await listNotices(world.db, anna.subscriberId, 50)).map(({ kind }) => kind)
      for (const kind of ['order-placed', 'device-suspended'] as const)
        assert.equal(told.filter((one) => one === kind).length, 1, kind)
    })

    test('R110 A8 the lost one ends when the other is proven, with the PIN that only the client knows', async (t) => {
      const there = await lost(t, database)
      const { world, anna, cardId } = there
      assert.equal(problemOf(await there.replaced()), 'yes')
      const { id } = await onlyOrder(world, anna.subscriberId)
      const { card } = await sentTo(world, { id }, 'b')
      const sheet = await enclosureOf(world, id)
      assert.ok(sheet.ok)
      assert.match(sheet.letter.paragraphs.join('\n'), /the PIN of the card that it replaces/)
      assert.match(sheet.letter.paragraphs.join('\n'), /only works once you have activated it/)
      world.advance(days(60))
      await activateDue(world)
      assert.equal((await findOrder(world.db, id))?.value.state, 'sent', 'no day accepts it')
      const session = await inPortal(world, anna)
      const order = { id }
      assert.equal(
        await proved(world, session, { order, card, pin: '1470' }),
        'authenticator.not-proven',
      )
      assert.equal(await lifecycleOf(world, cardId), 'suspended')
      assert.equal(await proved(world, session, { order, card, pin: SAMPLE_PIN }), 'ok')
      const active = (await findOrder(world.db, id))?.value
      assert.ok(active?.state === 'active')
      assert.equal(await lifecycleOf(world, active.authenticatorId), 'active')
      assert.equal(await lifecycleOf(world, cardId), 'revoked')
      const [bound] = await eventsAbout(world, anna, 'authenticator.revoked')
      assert.ok(bound?.kind === 'authenticator.revoked' && bound.authenticatorId === cardId)
    })

    test('R110 R117 what is kept back for the lost one is due with its end, also where it was locked before', async (t) => {
      const there = await lost(t, database)
      const { world, anna } = there
      const replaced = async (authenticatorId: AuthenticatorId, letter: string) => {
        const asked = { deed: 'replace-device', authenticatorId } as const
        const done = await act(there, asked, await warrantOf(there, 'device'))
        assert.equal(problemOf(done), 'yes')
        const order = await openOrder(world, anna.subscriberId)
        const { card } = await sentTo(world, order, letter)
        assert.equal(await proved(world, await inPortal(world, anna), { order, card }), 'ok')
        const active = (await findOrder(world.db, order.id))?.value
        assert.ok(active?.state === 'active')
        return active
      }
      const first = await replaced(there.cardId, 'b')
      const { authenticatorId: id } = first
      const lock = world.db.write.updateTable('authenticator').set({ lifecycle: 'disabled' })
      assert.ok(await world.db.commit([any(lock.where('id', '=', id))]))
      await replaced(id, 'd')
      assert.equal(await lifecycleOf(world, id), 'revoked')
      const until = after(world.now(), days(30))
      assert.equal((await findOrder(world.db, first.id))?.value.deposit.dueAt, until)
      const [due] = await eventsAbout(world, anna, 'deposit.due')
      assert.ok(due?.kind === 'deposit.due' && due.until === until && due.by === 'holder')
    })

    test('R110 A13 without a proof nothing is blocked or ordered, and where anything is unusual one agent is not enough', async (t) => {
      const there = await lost(t, database)
      const { world, anna, asked, cardId } = there
      assert.equal(problemOf(await act(there, asked)), 'desk.more-proof')
      const access = await warrantOf(there, 'access')
      assert.equal(problemOf(await act(there, asked, access)), 'desk.no-warrant')
      await setEquity(world, 'U-anna', 1_000_000)
      assert.equal(problemOf(await there.replaced()), 'desk.second-person')
      assert.deepEqual(await ordersOf(world, anna.subscriberId), [])
      assert.equal(await lifecycleOf(world, cardId), 'active')
    })

    test('R110 not where another is on its way, no address is on record, or nothing comes by post', async (t) => {
      const there = await lost(t, database)
      const { world, anna } = there
      const onPhone = { deed: 'replace-device', authenticatorId: anna.phoneId } as const
      const phone = await act(there, onPhone, await warrantOf(there, 'device'))
      assert.equal(problemOf(phone), 'desk.not-replaced')
      const bert = await caller(world, 'bert')
      const theirs = await cardOf(world, bert.subscriberId, 'z')
      const other = { deed: 'replace-device', authenticatorId: theirs.id } as const
      const foreign = await act(there, other, await warrantOf(there, 'device'))
      assert.equal(problemOf(foreign), 'authenticator.not-found')
      assert.equal(await lifecycleOf(world, theirs.id), 'active')
      await world.db.commit([any(world.db.write.deleteFrom('contact'))])
      assert.equal(problemOf(await there.replaced()), 'order.no-address')
      const { subscriberId } = anna
      const address = { subscriberId, kind: 'postal', value: ADDRESS, by: 'operator' } as const
      assert.ok((await setContact(world, address)).ok)
      assert.equal(problemOf(await there.replaced()), 'yes')
      world.advance(days(1))
      assert.equal((await ordersOf(world, subscriberId)).length, 1)
    })

    test('S12 R110 of two nodes that order at once one does, and a second order is none', async (t) => {
      const there = await lost(t, database)
      const { world, anna, jane, asked } = there
      const other = await testWorld(t, { database, beside: world })
      const warrants = [await warrantOf(there, 'device'), await warrantOf(there, 'device')]
      const done = await Promise.all(
        warrants.map((warrantId, at) =>
          acted(at === 0 ? world : other, jane, { caseId: there.case.id, warrantId, asked }),
        ),
      )
      assert.deepEqual(done.map(problemOf).toSorted(), ['order.open', 'yes'])
      await onlyOrder(world, anna.subscriberId)
      assert.equal((await eventsAbout(world, anna, 'order.placed')).length, 1)
    })

    test('R110 a card that was blocked before is replaced too, and one that others use is not', async (t) => {
      const there = await lost(t, database)
      const { world, anna, cardId, asked } = there
      const block = { deed: 'block-device', authenticatorId: cardId } as const
      assert.equal(problemOf(await act(there, block, await warrantOf(there, 'stop'))), 'yes')
      assert.equal(problemOf(await there.replaced()), 'yes')
      const order = await onlyOrder(world, anna.subscriberId)
      assert.ok(order.mustBeProven && order.replaces === cardId)

      const { subscriberId } = await caller(world, 'bert')
      const shared = await cardOf(world, anna.subscriberId, 's')
      const method = 'security-card'
      const also = { subscriber_id: subscriberId, method, authenticator_id: shared.id }
      assert.ok(await world.db.commit([any(world.db.write.insertInto('binding').values(also))]))
      const sharing = { ...asked, authenticatorId: shared.id }
      const refused = await act(there, sharing, await warrantOf(there, 'device'))
      assert.equal(problemOf(refused), 'desk.not-replaced')
      assert.equal(await lifecycleOf(world, shared.id), 'active')
    })

    test('R110 A13 a client who did not call stops the order, and its deposit is free', async (t) => {
      const there = await lost(t, database)
      const { world, anna } = there
      assert.equal(problemOf(await there.replaced()), 'yes')
      const session = await inPortal(world, anna)
      assert.ok((await denyCall(world, session, there.case.id)).ok)
      const order = await onlyOrder(world, anna.subscriberId)
      assert.equal(order.state, 'withdrawn')
      assert.notEqual(order.deposit.releasedAt, null)
      assert.equal((await eventsAbout(world, anna, 'order.withdrawn')).length, 1)
    })
  })
}

test('R110 on the page of the case the card is chosen, and only where there is one', async (t) => {
  const door = await openDesk(t)
  const { world } = door
  const anna = await caller(world, 'anna')
  const { subscriberId } = anna
  const address = { subscriberId, kind: 'postal', value: ADDRESS, by: 'operator' } as const
  assert.ok((await setContact(world, address)).ok)
  const key = softKey('j')
  const browser = await comesIn(door, { agentId: 'jane', role: 'agent', key })
  await browser.open('/cases')
  const found = { by: 'user-name', typed: 'anna', reason: 'lost-device' }
  const { words, address: at } = await browser.submit('/cases', found)
  assert.doesNotMatch(words, /Order a replacement card/)
  const { id } = await cardOf(world, subscriberId, 'a')
  const asked = await browser.submit(`${at}/ask`, { device: anna.phoneId, of: 'device' })
  const number = /class="number"><span class="hidden">([\d ]+)/.exec(asked.html)?.[1] ?? ''
  const response = await anna.phone.respond(number.replaceAll(' ', ''), world.now())
  const shown = await browser.submit(`${at}/answer`, { response })
  const [, form = ''] =
    /(<form class="row" method="get" action="[^"]*replace-device">.*?<\/form>)/s.exec(shown.html) ??
    []
  assert.equal([...form.matchAll(/<option/g)].length, 1, 'the phone is none')
  assert.match(form, new RegExp(`<option value="${id}">`))
  const [, warrant = ''] = /name="warrant" value="(war_\w+)"/.exec(form) ?? []
  const page = await browser.open(`${at}/deeds/replace-device?warrant=${warrant}&device=${id}`)
  assert.match(page.words, /The card is blocked now.*CARD-A/s)
  const done = await touches(browser, key)
  assert.match(done.words, /Done\. The client is told\./)
  assert.equal((await ordersOf(world, subscriberId)).length, 1)
})
