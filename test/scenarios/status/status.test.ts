import assert from 'node:assert/strict'
import { suite, test, type TestContext } from 'node:test'
import type { AgentId } from '#core/agent.ts'
import { LATE_MIN } from '#core/status/lateness.ts'
import { LOOK_EVERY, SHOWN_DAYS } from '#core/status/subjects.ts'
import type { Channel, Delivered } from '#channels/channel.ts'
import { days, hours, minutes, seconds } from '#core/time/time.ts'
import { deliverDue } from '#engine/delivery/outbox.ts'
import { noteCarrierReceipt } from '#engine/delivery/receipts.ts'
import { tellClients, tellNothing } from '#engine/status/notice.ts'
import { lookAtStatus } from '#engine/status/look.ts'
import { statusNow, wholeStatus } from '#engine/status/status.ts'
import type { Method } from '#methods/method.ts'
import { any } from '#store/queries/writes.ts'
import { auditOf } from '../../support/audit.ts'
import { begun, PASSWORD } from '../../support/clients/engine-story.ts'
import { pebble } from '../../support/sample-method.ts'
import { DATABASES, type DatabaseKind } from '../../support/databases/databases.ts'
import { browser, type TestWorld, testWorld } from '../../support/server/world.ts'

const DELIVERY = { sent: 'login.title', delivered: 'login.title', failed: 'login.title' }

/** A pebble whose challenge goes to the number that is its word. */
const texted: Method = {
  ...pebble,
  describe: () => [
    { name: 'word', title: 'login.title', lead: { key: 'login.title' }, delivery: DELIVERY },
  ],
  challenge(state, asking) {
    const drawn = pebble.challenge(state, asking)
    const address = (state as { readonly word: string }).word
    const payload = { text: 'Your code', language: 'en' }
    return drawn.ok ? { ...drawn, deliver: [{ channel: 'sms', address, payload }] } : drawn
  },
}

/** A carrier for texts: it takes each, or says what it is told to say. */
function carrier(world: TestWorld) {
  const taken: string[] = []
  const says: { answer: ((id: string) => Delivered) | null } = { answer: null }
  const channel: Channel = {
    name: 'sms',
    retries: [seconds(2)],
    deliver: async ({ id }) => {
      taken.push(id)
      return says.answer?.(id) ?? { outcome: 'sent', messages: [`m ${id}`] }
    },
  }
  world.channels.set('sms', channel)
  const arrive = async () => {
    for (const id of taken.splice(0))
      await noteCarrierReceipt(world, { channel: 'sms', message: `m ${id}`, failure: null })
  }
  return { says, taken, arrive }
}

async function clients(world: TestWorld, prefix: string, count = LATE_MIN) {
  const names = Array.from({ length: count }, (_, index) => `client${prefix.slice(1)}x${index}`)
  for (const [index, userName] of names.entries()) {
    const word = `${prefix}${String(index).padStart(5, '0')}`
    await world.add({
      userName,
      password: PASSWORD,
      holds: [{ method: 'pebble', state: { word } }],
    })
  }
  return names
}

async function askedFor(world: TestWorld, names: readonly string[]): Promise<void> {
  for (const userName of names) await begun(world, browser(), userName)
  await deliverDue(world)
}

async function look(world: TestWorld): Promise<readonly string[]> {
  world.advance(LOOK_EVERY)
  await lookAtStatus(world)
  const { late } = await wholeStatus(world)
  return late.map(({ subject, place }) => `${subject} ${place}`.trim())
}

const story = async (t: TestContext, database: DatabaseKind) => {
  const world = await testWorld(t, { database, methods: [texted] })
  return { world, ...carrier(world) }
}

const OLGA = 'olga' as AgentId
const FAILED = (): Delivered => ({ outcome: 'failed', reason: 'blocked' })

for (const database of DATABASES) {
  suite(`the status of the channels, on ${database}`, () => {
    test('texts to one country that five clients miss are late there, until they arrive again', async (t) => {
      const { world, says, arrive } = await story(t, database)
      const indians = await clients(world, '+9198765')
      const swiss = await clients(world, '+4179000', 1)
      assert.deepEqual(await look(world), [])
      says.answer = FAILED
      await askedFor(world, indians.slice(1))
      says.answer = null
      await askedFor(world, swiss)
      await arrive()
      assert.deepEqual(await look(world), [], 'four are too few')
      says.answer = FAILED
      await askedFor(world, indians.slice(0, 1))
      assert.deepEqual(await look(world), ['sms IN'])
      assert.deepEqual((await statusNow(world)).late.length, 1)
      says.answer = null
      await askedFor(world, indians)
      await arrive()
      assert.deepEqual(await look(world), [])
      const { hours: seen, since } = await wholeStatus(world)
      assert.deepEqual(
        seen.map(({ subject, place }) => [subject, place]),
        [['sms', 'IN']],
      )
      assert.ok(since !== null && (seen[0]?.lateMs ?? 0) >= LOOK_EVERY)
    })

    test('one attacker whose texts all fail puts up no notice, however many they are', async (t) => {
      const { world, says } = await story(t, database)
      const [mallory = ''] = await clients(world, '+9198765', 1)
      says.answer = FAILED
      await askedFor(
        world,
        Array.from({ length: 2 * LATE_MIN }, () => mallory),
      )
      assert.deepEqual(await look(world), [])
    })

    test('texts that a carrier takes and never delivers are late when it has ever told of one', async (t) => {
      const { world, taken, arrive } = await story(t, database)
      const names = await clients(world, '+9198765')
      await askedFor(world, names)
      world.advance(minutes(2))
      assert.deepEqual(await look(world), [], 'silence of a carrier that tells nothing')
      await arrive()
      assert.deepEqual(await look(world), [])
      world.advance(minutes(20))
      await askedFor(world, names)
      assert.equal(taken.length, names.length)
      assert.deepEqual(await look(world), [])
      world.advance(minutes(1))
      assert.deepEqual(await look(world), ['sms IN'])
      world.advance(minutes(20))
      assert.deepEqual(await look(world), [], 'of which nothing is heard any more')
      taken.splice(0)
      await askedFor(world, names)
      for (const id of taken) {
        const message = `m ${id}`
        await noteCarrierReceipt(world, { channel: 'sms', message, failure: 'blocked' })
      }
      assert.deepEqual(await look(world), ['sms IN'], 'at once, where it says that none arrives')
    })

    test('a country whose phones say nothing is not late because another one says much', async (t) => {
      const { world, taken, arrive } = await story(t, database)
      await askedFor(world, await clients(world, '+4179000', 1))
      await arrive()
      await askedFor(world, await clients(world, '+9198765'))
      assert.equal(taken.length, LATE_MIN)
      world.advance(minutes(2))
      assert.deepEqual(await look(world), [])
    })

    test('texts that are late are seen behind thousands that have just arrived', async (t) => {
      const { world, says } = await story(t, database)
      says.answer = () => ({ outcome: 'later', reason: 'away' })
      await askedFor(world, await clients(world, '+9198765'))
      world.advance(minutes(2))
      const [some] = await world.db.read.selectFrom('delivery_outcome').selectAll().execute()
      assert.ok(some)
      const begun = { ...some, begun_at_ms: world.now(), place: 'CH', state: 'taken' }
      const many = Array.from({ length: 1_000 }, (_, at) => ({ ...begun, id: `out_${at}` }))
      assert.ok(
        await world.db.commit([any(world.db.write.insertInto('delivery_outcome').values(many))]),
      )
      assert.deepEqual(await look(world), ['sms IN'])
    })

    test('what waits for a carrier that does not answer is late, and stays so when it is given up', async (t) => {
      const { world, says } = await story(t, database)
      const names = await clients(world, '+9198765')
      says.answer = () => ({ outcome: 'later', reason: 'away' })
      await askedFor(world, names.slice(1))
      world.advance(minutes(2))
      assert.deepEqual(await look(world), [])
      await askedFor(world, names.slice(0, 1))
      world.advance(minutes(2))
      await deliverDue(world)
      assert.deepEqual(await look(world), ['sms IN'])
      // What was given up has failed.
      const rows = await world.db.read.selectFrom('delivery_outcome').selectAll().execute()
      assert.deepEqual(new Set(rows.map(({ state }) => state)), new Set(['failed']))
    })

    test('of two nodes that look at once one has looked, and a time in which none did is told', async (t) => {
      const { world } = await story(t, database)
      const other = await testWorld(t, { database, methods: [texted], beside: world })
      await Promise.all([lookAtStatus(world), lookAtStatus(other)])
      const both = async () => {
        world.advance(LOOK_EVERY)
        await Promise.all([lookAtStatus(world), lookAtStatus(other)])
        return (await wholeStatus(world)).hours
      }
      assert.deepEqual(await both(), [])
      world.advance(minutes(3))
      const seen = await both()
      const total = seen.reduce((sum, { lateMs }) => sum + lateMs, 0)
      assert.deepEqual(new Set(seen.map(({ subject }) => subject)), new Set(['database']))
      assert.equal(total, minutes(3) + LOOK_EVERY, 'once, and all of it')
      world.advance(hours(1))
      assert.equal((await wholeStatus(world)).isFresh, false)
      world.advance(days(SHOWN_DAYS + 2))
      const kept = await both()
      assert.ok(kept.every(({ hour }) => hour >= world.now() - days(SHOWN_DAYS)))
      const rows = await world.db.read.selectFrom('status_hour').select('hour_ms').execute()
      assert.ok(rows.every(({ hour_ms }) => hour_ms >= world.now() - days(SHOWN_DAYS + 1)))
    })

    test('an operator tells all clients something, with a reason in the log, and takes it back', async (t) => {
      const world = await testWorld(t, { database })
      const typed = { words: { en: 'Cards are late.', fr: 'Cartes en retard.' }, hours: 2 }
      assert.deepEqual(await tellNothing(world, { by: OLGA, reason: 'over' }), {
        ok: false,
        problem: 'none',
      })
      const told = await tellClients(world, { ...typed, reason: 'the printer', by: OLGA })
      assert.ok(told.ok)
      assert.equal((await statusNow(world)).notice?.words.fr, 'Cartes en retard.')
      const again = { ...typed, words: { ...typed.words, en: 'Cards are very late.' } }
      assert.ok((await tellClients(world, { ...again, reason: 'still', by: OLGA })).ok)
      world.advance(seconds(5))
      assert.equal((await statusNow(world)).notice?.words.en, 'Cards are very late.')
      assert.ok((await tellNothing(world, { by: OLGA, reason: 'over' })).ok)
      world.advance(seconds(5))
      assert.equal((await statusNow(world)).notice, null)
      assert.ok((await tellClients(world, { ...typed, reason: 'again', by: OLGA })).ok)
      world.advance(hours(2))
      assert.equal((await statusNow(world)).notice, null, 'its time is over')
      const log = (await auditOf(world)).filter(({ kind }) => kind.startsWith('status.'))
      assert.deepEqual(
        log.map((event) => [event.kind, event.actor, (event as { why?: string }).why]),
        [
          ['status.notice-set', 'operator:olga', 'the printer'],
          ['status.notice-set', 'operator:olga', 'still'],
          ['status.notice-removed', 'operator:olga', 'over'],
          ['status.notice-set', 'operator:olga', 'again'],
        ],
      )
    })
  })
}
