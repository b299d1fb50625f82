import assert from 'node:assert/strict'
import { suite, test, type TestContext } from 'node:test'
import type { SubscriberId } from '#core/ids.ts'
import { after, days } from '#core/time/time.ts'
import {
  addressChangeOf,
  askToMove,
  cancelMove,
  obstacleToMoving,
} from '#engine/devices/address-change.ts'
import { setContact } from '#engine/contact/addresses.ts'
import { decide } from '#engine/documents/review/decisions.ts'
import { send } from '#engine/documents/submissions.ts'
import { waitingLetters } from '#engine/notices/letters.ts'
import { noticeDue } from '#engine/notices/notices.ts'
import { getOrder } from '#engine/orders/fulfilment.ts'
import { orderPacked, orderSent } from '#engine/orders/sending.ts'
import { endSession } from '#engine/sessions/sessions.ts'
import { startHold } from '#engine/subscribers/accounts.ts'
import { setFullName } from '#engine/subscribers/full-name.ts'
import type { World } from '#engine/world.ts'
import { sampleCard } from '#methods/security-card/sample.ts'
import { listContacts } from '#store/contact/addresses.ts'
import { auditOf } from '../../support/audit.ts'
import { deliver } from '../../support/clients/card.ts'
import { ADDRESS, inPortal, ordered, wealthy } from '../../support/clients/orders.ts'
import { hired } from '../../support/desk/staff.ts'
import { proven, received, says, takes, waiting } from '../../support/documents/reviewing.ts'
import { DATABASES, type DatabaseKind } from '../../support/databases/databases.ts'
import { type TestWorld, testWorld } from '../../support/server/world.ts'

const HOME = '2 New Street\nShelbyville'
/** As it goes on an envelope: the name heads what is on record, too. */
const HEADED = `Anna Example\n${HOME}`
const COMMAND = { at: 'command-line', agent: 'agent-7' } as const

const addressesOf = async (world: World, id: SubscriberId) =>
  (await listContacts(world.db, id))
    .filter(({ kind, replacedAt }) => kind === 'postal' && replacedAt === null)
    .map(({ value, verifiedAt }) => [value, verifiedAt !== null])

/** Anna is in the portal, with her phone. */
async function opened(t: TestContext, database: DatabaseKind, wantsCard = false) {
  const world = await testWorld(t, { database })
  // A large account takes two people, also for a while after it was one.
  const anna = await wealthy(world, 'anna', wantsCard ? undefined : 10_000)
  const session = await inPortal(world, anna)
  const id = session.subscriberId
  const order = wantsCard ? await ordered(world, session) : null
  assert.ok((await setFullName(world, { id, name: 'Anna Example', by: 'operator' })).ok)
  const shows = async (movesTo?: string) =>
    await waiting(world, id, { account: 'U-anna', ...(movesTo !== undefined && { movesTo }) })
  return { world, anna, id, session, shows, order }
}

/** Between what is read and the commit, this comes. */
function between(world: World, act: () => Promise<unknown>): World {
  const { db } = world
  let isFirst = true
  const commit: typeof db.commit = async (writes) => {
    if (isFirst) {
      isFirst = false
      await act()
    }
    return await db.commit(writes)
  }
  return { ...world, db: { ...db, commit } }
}

const accepted = async (world: TestWorld, id: Awaited<ReturnType<typeof waiting>>) => {
  const done = await decide(world, COMMAND, { ...proven('address'), id })
  return done.ok ? 'ok' : done.problem
}

for (const database of DATABASES) {
  suite(`A client moves, on ${database}`, () => {
    test('R112 and counts as living there in the commit that accepts the document, and not before', async (t) => {
      const { world, session, id } = await opened(t, database)
      assert.deepEqual(await askToMove(world, session, HOME), { ok: true })
      assert.deepEqual(await addressesOf(world, id), [[ADDRESS, false]])
      const about = { purpose: 'address', account: 'U-anna' }
      const sent = await send(world, session, { ...about, pages: [await received(world)] })
      assert.ok(sent.ok)
      assert.equal(sent.submission.movesTo, HOME)
      const identity = { purpose: 'identity', account: 'U-anna', pages: [await received(world)] }
      const other = await send(world, session, identity)
      assert.ok(other.ok && other.submission.movesTo === undefined)
      const olga = await hired(world, 'olga', { role: 'documents' })
      const document = await waiting(world, id, { account: 'U-anna', movesTo: HOME })
      const seen = await takes(world, olga)
      assert.deepEqual([seen.record.compared, seen.record.address?.value], [HOME, ADDRESS])
      const { print } = seen
      await noticeDue(world)
      const before = new Set((await waitingLetters(world, null)).map((one) => one.id))
      assert.ok((await says(world, olga, { ...proven('address'), id: document, print })).ok)
      assert.deepEqual(await addressesOf(world, id), [[HEADED, true]])
      const again = await askToMove(world, session, HOME)
      assert.equal(again.ok ? 'ok' : again.problem, 'contact.same')
      assert.equal(await addressChangeOf(world, id), null)
      const set = (await auditOf(world)).filter(({ kind }) => kind === 'contact.set').at(-1)
      assert.equal(String(set?.actor), 'staff:olga')
      await noticeDue(world)
      const letters = (await waitingLetters(world, null)).filter(
        (one) => !before.has(one.id) && /postal address/.test(one.paragraphs.join()),
      )
      assert.deepEqual(
        letters.map(({ address }) => address).toSorted(),
        [HEADED, ADDRESS].toSorted(),
      )
    })

    test('not with a document that shows the address of before, nor where they have changed their mind', async (t) => {
      const { world, session, id, shows } = await opened(t, database)
      await askToMove(world, session, HOME)
      const [home, plain] = [await shows(HOME), await shows()]
      assert.deepEqual(await cancelMove(world, session), { ok: true })
      assert.deepEqual(await cancelMove(world, session), { ok: true }, 'twice')
      assert.equal(await accepted(world, home), 'submission.nothing-recorded')
      await askToMove(world, session, '3 Other Street\nShelbyville')
      assert.equal(await accepted(world, home), 'submission.nothing-recorded', 'elsewhere by now')
      assert.equal(await accepted(world, plain), 'ok')
      assert.deepEqual(await addressesOf(world, id), [[ADDRESS, true]])
      world.advance(days(30))
      assert.equal(await addressChangeOf(world, id), null)
      assert.equal(
        await accepted(world, await shows('3 Other Street\nShelbyville')),
        'submission.nothing-recorded',
      )
    })

    test('not where it is taken back between the look and the commit, nor twice at once', async (t) => {
      const { world, session, id, shows } = await opened(t, database)
      await askToMove(world, session, HOME)
      const document = await shows(HOME)
      const slow = between(world, async () => await cancelMove(world, session))
      const said = await decide(slow, COMMAND, { ...proven('address'), id: document })
      assert.equal(said.ok ? 'ok' : said.problem, 'submission.nothing-recorded')
      assert.deepEqual(await addressesOf(world, id), [[ADDRESS, false]])
      const late = between(
        world,
        async () => await askToMove(world, session, '3 Other Street\nShelbyville'),
      )
      assert.ok((await askToMove(late, session, HOME)).ok, 'the last one counts')
      assert.equal((await addressChangeOf(world, id))?.address, HOME)
      const sending = between(world, async () => await cancelMove(world, session))
      const pages = [await received(world)]
      const about = { purpose: 'address', account: 'U-anna', pages }
      const sent = await send(sending, session, about)
      assert.ok(sent.ok && sent.submission.movesTo === undefined, 'it shows the one on record')
    })

    test('A12 not in a session that is disowned, that has ended, or while binding is on hold', async (t) => {
      const { world, anna, session, id, shows } = await opened(t, database)
      const other = await inPortal(world, anna)
      await askToMove(world, other, HOME)
      const document = await shows(HOME)
      await endSession(world, session, { by: 'holder', id: other.id })
      assert.equal(await addressChangeOf(world, id), null)
      assert.equal(await accepted(world, document), 'submission.nothing-recorded')
      assert.equal((await askToMove(world, other, HOME)).ok, false)
      const until = after(world.now(), days(1))
      const hold = { kind: 'review', forbids: ['binding'], until } as const
      await startHold(world, { subscriberId: id, ...hold, by: 'operator' })
      assert.equal(await obstacleToMoving(world, session), 'account.on-hold')
      const held = await askToMove(world, session, HOME)
      assert.equal(held.ok ? 'ok' : held.problem, 'account.on-hold')
    })

    test('R111 R112 and a card goes where they are proven to live when it is packed', async (t) => {
      const { world, anna, id, shows, order } = await opened(t, database, true)
      assert.ok(order)
      const cards = new Map([1, 2].map((at) => [`CARD-${at}`, sampleCard(`${at}`)]))
      await deliver(world, cards)
      const addressNow = async () => {
        const found = await getOrder(world, order.id)
        return found.ok ? found.order.address : found.problem
      }
      const told = '4 Told Street\nOgdenville'
      const set = { subscriberId: id, kind: 'postal', value: told, by: 'operator' } as const
      assert.ok((await setContact(world, set)).ok)
      assert.equal(await addressNow(), ADDRESS, 'what was only told to us sends it nowhere')
      const by = { id: order.id, by: 'operator' } as const
      assert.ok((await orderPacked(world, { ...by, serial: 'CARD-1' })).ok)
      assert.equal(await addressNow(), ADDRESS)
      // An address that was changed lately takes two people.
      world.advance(days(40))
      const again = await inPortal(world, anna)
      await askToMove(world, again, HOME)
      assert.equal(await accepted(world, await shows(HOME)), 'ok')
      assert.equal(await addressNow(), ADDRESS, 'it lies in its envelope')
      const last = '5 Last Street\nCapital City'
      const racing = between(world, async () => {
        await askToMove(world, again, last)
        const said = { ...proven('address'), id: await shows(last) }
        // It was changed a moment ago.
        for (const agent of ['agent-7', 'agent-8'])
          assert.ok((await decide(world, { at: 'command-line', agent }, said)).ok)
      })
      assert.ok((await orderPacked(racing, { ...by, serial: 'CARD-2' })).ok)
      assert.equal(await addressNow(), last)
      const packed = (await auditOf(world)).filter(({ kind }) => kind === 'order.packed')
      assert.deepEqual(
        packed.map((one) => 'contactId' in one),
        [false, true],
      )
      const left = await orderSent(world, { ...by, serial: 'CARD-2' })
      assert.ok(left.ok && left.order.address === last)
    })
  })
}
