import assert from 'node:assert/strict'
import { suite, test, type TestContext } from 'node:test'
import type { Channel, Delivered } from '#channels/channel.ts'
import type { ContactKind } from '#core/contact/address.ts'
import { days, minutes, seconds } from '#core/time/time.ts'
import { setContact } from '#engine/contact/addresses.ts'
import { waitingLetters } from '#engine/notices/letters.ts'
import { noticeDue } from '#engine/notices/notices.ts'
import { deliverDue } from '#engine/delivery/outbox.ts'
import { areTextsStopped, noteTextedBack } from '#engine/contact/text-opt-out.ts'
import { hashNumbers } from '#store/contact/addresses.ts'
import { listNotices } from '#store/notices/notices.ts'
import { auditOf } from '../../support/audit.ts'
import { DATABASES, type DatabaseKind } from '../../support/databases/databases.ts'
import { playReach, setups } from '../../support/models/reach.ts'
import { PASSWORD } from '../../support/clients/engine-story.ts'
import { type TestWorld, testWorld } from '../../support/server/world.ts'

const CARRIERS = [
  [['email', 'mobile'], 3],
  [['mobile'], 1],
  [['email'], 1],
  [[], 1],
] as const satisfies readonly (readonly [readonly ContactKind[], number])[]

/** Other clients each time are in `npm run test:long`: what passes here passes again. */
const SEED = 4711
const NUMBER = '+12025550142'
const OTHER_NUMBER = '+12025550143'
const STREET = '1 Example Street\nExampletown'

async function reachable(t: TestContext, database: DatabaseKind) {
  const world = await testWorld(t, { database })
  const sent: { readonly to: unknown; readonly words: string }[] = []
  const failing = new Set<string>()
  const carrier = (name: string): Channel => ({
    name,
    retries: [seconds(10)],
    async deliver({ address, payload }): Promise<Delivered> {
      assert.ok(typeof address === 'string')
      if (failing.has(address)) return { outcome: 'later', reason: 'down' }
      sent.push({ to: address, words: JSON.stringify(payload) })
      return { outcome: 'sent' }
    },
  })
  for (const name of ['email', 'sms']) world.channels.set(name, carrier(name))
  const client = async (userName: string, contacts: Partial<Record<ContactKind, string>>) => {
    const subscriberId = await world.add({ userName, password: PASSWORD })
    for (const [kind, value] of Object.entries(contacts) as readonly [ContactKind, string][])
      await setContact(world, { subscriberId, kind, value, by: 'operator' })
    await told(world)
    sent.length = 0
    return subscriberId
  }
  const told = async (on: TestWorld) => {
    await noticeDue(on)
    await deliverDue(on)
  }
  const letters = async (about: RegExp) =>
    (await waitingLetters(world, null)).filter(({ subject }) => about.test(subject))
  return { world, sent, failing, client, told, letters }
}

for (const database of DATABASES) {
  suite(`Whom a notice reaches, on ${database}`, () => {
    for (const [carriers, each] of CARRIERS) {
      test(`R131 no kind of notice ends unreached while an address is left: carriers of ${carriers.join(' and ') || 'nothing'}`, async (t) => {
        const world = await testWorld(t, { database })
        assert.ok((await playReach(world, { all: setups(each, SEED), carriers })) > 0)
      })
    }

    test('R091 R131 STOP in the name of a number is told by every other address, to all who have it', async (t) => {
      const { world, sent, client, told, letters } = await reachable(t, database)
      const anna = await client('anna', {
        mobile: NUMBER,
        email: 'anna@example.com',
        postal: STREET,
      })
      const boris = await client('boris', { mobile: NUMBER, postal: '2 Example Street' })
      const clara = await client('clara', { mobile: NUMBER, email: 'clara@example.com' })
      await client('dora', { mobile: OTHER_NUMBER, email: 'dora@example.com', postal: STREET })
      // Clara has another number by now; the one before is told of what happens for thirty days.
      const set = { subscriberId: clara, kind: 'mobile', by: 'operator' } as const
      await setContact(world, { ...set, value: '+12025550144' })
      await told(world)
      sent.length = 0
      await noteTextedBack(world, { from: NUMBER, text: 'STOP' })
      await noteTextedBack(world, { from: NUMBER, text: 'STOP' })
      await told(world)
      const about = sent.filter(({ words }) => /STOP/.test(words)).map(({ to }) => to)
      assert.deepEqual(about.toSorted(), ['+12025550144', 'anna@example.com', 'clara@example.com'])
      assert.deepEqual(
        (await letters(/stopped sending texts/)).map(({ subscriberId }) => subscriberId),
        [boris],
      )
      assert.equal(await areTextsStopped(world, anna), true)
      const events = (await auditOf(world)).filter(({ kind }) => kind === 'texts.stopped')
      assert.deepEqual(
        events.map(({ subscriberId }) => subscriberId).toSorted(),
        [anna, boris, clara].toSorted(),
      )
      assert.doesNotMatch(JSON.stringify(events), /2025550142/)
      // An attacker who goes on with it sends no mail each time.
      for (const text of ['START', 'STOP', 'START'])
        await noteTextedBack(world, { from: NUMBER, text })
      sent.length = 0
      await told(world)
      assert.deepEqual(sent, [])
      // A month later it belongs to another person for Clara.
      world.advance(days(31))
      await noteTextedBack(world, { from: NUMBER, text: 'STOP' })
      await told(world)
      assert.equal((await listNotices(world.db, clara, 1))[0]?.kind, 'texts-stopped')
      const later = (await auditOf(world)).filter(({ kind }) => kind === 'texts.stopped')
      assert.deepEqual(
        later
          .slice(6)
          .map((one) => one.subscriberId)
          .toSorted(),
        [anna, boris].toSorted(),
      )
    })

    test('R091 a number that was stored before numbers were hashed is found once it is', async (t) => {
      const { world, sent, client, told } = await reachable(t, database)
      await client('anna', { mobile: NUMBER, email: 'anna@example.com' })
      await world.db.commit([
        { sql: 'update contact set address_hash = null', parameters: [], rows: null },
      ])
      assert.equal(await hashNumbers(world.db), 1)
      assert.equal(await hashNumbers(world.db), 0)
      await noteTextedBack(world, { from: NUMBER, text: 'STOP' })
      await told(world)
      assert.deepEqual(
        sent.map(({ to }) => to),
        ['anna@example.com'],
      )
    })

    test('R131 STOP between the notice and its text: a letter is written, once, on whichever node', async (t) => {
      const { world, client, told, letters, sent } = await reachable(t, database)
      const subscriberId = await client('anna', { mobile: NUMBER, postal: STREET })
      const other = await testWorld(t, { database, beside: world })
      for (const [name, channel] of world.channels) other.channels.set(name, channel)
      await setContact(world, { subscriberId, kind: 'mobile', value: OTHER_NUMBER, by: 'operator' })
      await noticeDue(world)
      assert.deepEqual(await letters(/contact details/), [], 'both numbers are texted')
      for (const from of [NUMBER, OTHER_NUMBER]) await noteTextedBack(world, { from, text: 'STOP' })
      await Promise.all([deliverDue(world), deliverDue(other), deliverDue(world)])
      assert.deepEqual(sent, [])
      assert.equal((await letters(/contact details/)).length, 1)
      world.advance(minutes(5))
      await Promise.all([told(world), told(other)])
      assert.equal((await letters(/contact details/)).length, 1)
      assert.equal((await letters(/stopped sending texts/)).length, 1)
    })

    test('R131 a carrier that stays silent is not the end of it: the rest is told when it is given up', async (t) => {
      const { world, client, told, letters, sent, failing } = await reachable(t, database)
      const subscriberId = await client('anna', { email: 'anna@example.com', postal: STREET })
      const before = (await letters(/./)).length
      failing.add('anna@example.com')
      await setContact(world, { subscriberId, kind: 'mobile', value: NUMBER, by: 'operator' })
      failing.add(NUMBER)
      await told(world)
      assert.equal((await letters(/./)).length, before)
      world.advance(minutes(1))
      await deliverDue(world)
      assert.equal((await letters(/./)).length, before + 1)
      assert.deepEqual(sent, [])
      // What was given up stays for the operator to see, and a second end of it changes nothing.
      const given = await world.db.read
        .selectFrom('outbox')
        .select('given_up_at_ms')
        .where('given_up_at_ms', 'is not', null)
        .execute()
      assert.equal(given.length, 2)
      const [notice] = await world.db.read
        .selectFrom('notice')
        .selectAll()
        .orderBy('seq', 'desc')
        .limit(1)
        .execute()
      assert.deepEqual([notice?.pending, notice?.reached_at_ms], [0, null])
    })
  })
}
