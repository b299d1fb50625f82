import assert from 'node:assert/strict'
import { suite, test, type TestContext } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { messageCentre, type TextFault } from '../../../examples/simulators/message-centre.ts'
import type { Channel, Delivered } from '#channels/channel.ts'
import { smsOverSmpp } from '#channels/sms-smpp/channel.ts'
import { part8, pduOf, wide } from '#channels/sms-smpp/protocol/pdu.fixture.ts'
import { COMMAND } from '#channels/sms-smpp/protocol/pdu.ts'
import { days, millis, minutes, seconds } from '#core/time/time.ts'
import { areTextsStopped, noteTextedBack, resumeTexts } from '#engine/contact/text-opt-out.ts'
import { noteCarrierReceipt } from '#engine/delivery/receipts.ts'
import { provenContact, setContact } from '#engine/contact/addresses.ts'
import { openChallenge } from '#engine/login/challenge.ts'
import { viewLogin } from '#engine/login/view.ts'
import { deliverDue, openOutbox } from '#engine/delivery/outbox.ts'
import type { Method } from '#methods/method.ts'
import { changeContact } from '#store/contact/addresses.ts'
import { commitLogin, findLogin } from '#store/login/logins.ts'
import { purge } from '#store/server/purge.ts'
import { auditOf } from '../../support/audit.ts'
import { DATABASES, type DatabaseKind } from '../../support/databases/databases.ts'
import { pebble } from '../../support/sample-method.ts'
import { begun, firstSession, PASSWORD } from '../../support/clients/engine-story.ts'
import { browser, type TestWorld, testWorld } from '../../support/server/world.ts'

const NUMBER = '+41790000042'
const DATA_SM = COMMAND.dataSm
const TEXT = 'Example Brokerage: 551908 is your login code.'

const DELIVERY = { sent: 'login.title', delivered: 'login.title', failed: 'login.title' }

/** A pebble whose challenge goes out as a text, or by whatever channel is said. */
const carried = (channel = 'sms'): Method => ({
  ...pebble,
  name: `pebble by ${channel}`,
  describe: () => [
    { name: 'word', title: 'login.title', lead: { key: 'login.title' }, delivery: DELIVERY },
  ],
  challenge(state, asking) {
    const drawn = pebble.challenge(state, asking)
    const payload = { text: TEXT, language: 'en' }
    return drawn.ok ? { ...drawn, deliver: [{ channel, address: NUMBER, payload }] } : drawn
  },
})

/** A client whose login waits for a text. */
async function waiting(t: TestContext, database: DatabaseKind, channel = 'sms') {
  const method = carried(channel)
  const world = await testWorld(t, { database, methods: [method] })
  const holds = [{ method: method.name, state: { word: 'one' } }]
  await world.add({ userName: 'anna', password: PASSWORD, holds })
  return { world, ...(await asked(world)) }
}

/** Logs in as far as the question; `news` is what the page says of its delivery. */
async function asked(world: TestWorld) {
  const client = browser()
  const login = await begun(world, client, 'anna')
  const held = { id: login.id, holder: client.holder }
  const news = async (from: TestWorld = world) => {
    const view = await viewLogin(from, held)
    assert.ok(view.ok)
    return view.receipts.map((one) => (one.kind === 'failed' ? `failed: ${one.reason}` : one.kind))
  }
  const again = async () => {
    const view = await viewLogin(world, held)
    assert.ok(view.ok)
    const [choice] = view.choices
    assert.ok(choice)
    const opened = await openChallenge(world, { ...held, authenticatorId: choice.id, way: null })
    assert.ok(opened.ok, 'problem' in opened ? opened.problem : '')
  }
  return { login, news, again }
}

/** Notices that go to an address: a step that leads to many of them. */
async function post(
  world: TestWorld,
  { channel, count }: { readonly channel: string; readonly count: number },
): Promise<void> {
  const now = world.now()
  const { login } = await asked(world)
  const found = (await findLogin(world.db, login.id)) ?? assert.fail('no login')
  const effect = { kind: 'deliver', channel, to: null, address: NUMBER, payload: {} } as const
  const effects = Array.from({ length: count }, () => effect)
  assert.ok(await commitLogin(world.db, { now, login: found, effects, events: [] }))
}

/** A message centre on this machine, and the channel to it. */
async function centreFor(t: TestContext, world: TestWorld, idOf?: () => string) {
  const centre = await messageCentre({ travelMs: 10, ...(idOf && { idOf }) })
  const { port, systemId, password } = centre
  const channel = smsOverSmpp({
    host: '127.0.0.1',
    port,
    tls: false,
    systemId,
    password,
    systemType: '',
    window: 10,
    perSecond: 1_000,
    receiptIds: 'same',
    senderOf: () => ({ from: 'Example', registration: null }),
    noteTextedBack: (texted) => noteTextedBack(world, texted),
    patience: { bind: 500, begin: 400, answer: 300, silence: 5_000, reconnect: [20] },
    note: (receipt) => noteCarrierReceipt(world, receipt),
    report: () => {},
  })
  world.channels.set('sms', channel)
  t.after(async () => {
    await channel.close?.()
    await centre.close()
  })
  return centre
}

/** A carrier that says what it is told to say. */
function carrier(world: TestWorld, deliver: () => Promise<Delivered>, name = 'sms') {
  const sent: string[] = []
  const channel: Channel = {
    name,
    retries: [seconds(2), seconds(10)],
    async deliver({ id }) {
      sent.push(id)
      return await deliver()
    },
  }
  world.channels.set(name, channel)
  return sent
}

async function until(holds: () => Promise<boolean> | boolean): Promise<void> {
  for (let tries = 0; !(await holds()); tries += 1) {
    if (tries > 300) throw new Error('it never became so')
    await wait(10)
  }
}

const receipt = (message: string, failure: 'unreachable' | null = null) => ({
  channel: 'sms',
  message,
  failure,
})

for (const database of DATABASES) {
  suite(`messages on their way, on ${database}`, () => {
    test('R006 a text leaves by the outbox, arrives once, and the page hears of it', async (t) => {
      const { world, login, news } = await waiting(t, database)
      const centre = await centreFor(t, world)
      let wakes = 0
      world.wakeUps.subscribe(`login:${login.id}`, () => (wakes += 1))
      assert.deepEqual(await news(), [])
      await deliverDue(world)
      await until(async () => (await news()).length === 2)
      assert.deepEqual(await news(), ['sent', 'delivered'])
      // Once when it was sent, once when it arrived.
      await until(() => wakes >= 2)
      await deliverDue(world)
      assert.deepEqual(
        centre.texts.map(({ to, text }) => ({ to, text })),
        [{ to: NUMBER, text: TEXT }],
      )
    })

    const FAULTS: readonly (readonly [TextFault, string])[] = [
      ['never', 'failed: unclear'],
      ['cut', 'failed: unclear'],
      ['refuse', 'failed: rejected'],
      ['lost', 'sent, failed: unreachable'],
    ]
    for (const [fault, words] of FAULTS) {
      test(`F12 R088 with a centre that says "${fault}" the page says "${words}", and no client gets two texts`, async (t) => {
        const { world, news } = await waiting(t, database)
        const centre = await centreFor(t, world)
        centre.fault = fault
        await deliverDue(world)
        await until(async () => (await news()).join(', ') === words)
        for (let later = 0; later < 5; later += 1) {
          world.advance(minutes(1))
          await deliverDue(world)
        }
        assert.equal(centre.submits, 1)
      })
    }

    test('R091 who texts STOP is sent nothing more, the page says so, and START undoes it', async (t) => {
      const { world, news } = await waiting(t, database)
      const centre = await centreFor(t, world)
      await until(() => centre.isBound)
      const back = async (text: string) => await centre.textBack({ from: NUMBER, text })
      assert.equal(await back('Stop.'), true)
      assert.equal(await back('STOP'), true, 'once more')
      await deliverDue(world)
      assert.deepEqual(await news(), ['failed: stopped'])
      assert.equal(centre.submits, 0)
      assert.equal(await back('what is this'), true)
      assert.equal(await back('START'), true)
      const { news: later } = await asked(world)
      await deliverDue(world)
      await until(async () => (await later()).includes('delivered'))
      assert.equal(centre.texts.length, 1)
      // Twice the same is one event, and the log holds no number.
      const events = (await auditOf(world)).filter(({ kind }) => kind.startsWith('texts.'))
      assert.deepEqual(
        events.map(({ kind, subscriberId }) => [kind, subscriberId]),
        [
          ['texts.stopped', null],
          ['texts.resumed', null],
        ],
      )
      assert.doesNotMatch(JSON.stringify(events), /79000004/)
    })

    test('R091 STOP by data_sm, in message_payload and in parts is heard, and is answered', async (t) => {
      const world = await testWorld(t, { database })
      const centre = await centreFor(t, world)
      await until(() => centre.isBound)
      const stopped = async () =>
        (await auditOf(world)).filter(({ kind }) => kind === 'texts.stopped').length
      const payload = (words: string) => [[0x0424, Buffer.from(words)]] as const
      const said = [
        pduOf({ command: DATA_SM, source: '41790000043', tags: payload('STOP') }),
        pduOf({ source: '41790000044', tags: payload('Stop') }),
        pduOf({ source: '41790000045', coding: 8, text: wide('Arrêt') }),
      ]
      const answers = ['data_sm_resp 0', 'deliver_sm_resp 0', 'deliver_sm_resp 0']
      for (const [index, pdu] of said.entries())
        assert.equal(await centre.send(pdu), answers[index])
      assert.equal(await stopped(), 3)
      // A word that is only the end of a sentence stops nothing.
      await centre.send(part8([1, 2, 2], 'STOP'))
      await centre.send(part8([1, 2, 1], 'I cannot '))
      assert.equal(await stopped(), 3)
    })

    test('R088 a receipt in tags of a data_sm, its id in decimal, is that of the text', async (t) => {
      const { world, news } = await waiting(t, database)
      const centre = await centreFor(t, world, () => '5F3A9C01')
      centre.fault = 'silent'
      await deliverDue(world)
      await until(async () => (await news()).length === 1)
      const id = [0x001e, Buffer.from('1597676545\0')] as const
      const state = [0x0427, Buffer.from([2])] as const
      const told = pduOf({ command: DATA_SM, tags: [id, state] })
      assert.equal(await centre.send(told), 'data_sm_resp 0')
      assert.deepEqual(await news(), ['sent', 'delivered'])
    })

    test('R091 only the number that said STOP is stopped, and only for texts', async (t) => {
      const { world, news } = await waiting(t, database)
      const sent = carrier(world, async () => ({ outcome: 'sent' }))
      const mails = carrier(world, async () => ({ outcome: 'sent' }), 'email')
      await noteTextedBack(world, { from: '+41790000043', text: 'STOP' })
      await deliverDue(world)
      assert.equal(sent.length, 1)
      await noteTextedBack(world, { from: NUMBER, text: 'STOP' })
      await post(world, { channel: 'email', count: 1 })
      await deliverDue(world)
      assert.equal(mails.length, 1)
      assert.deepEqual(await news(), [])
    })

    test('R091 bad answers change nothing: no number, no one word, a number that never rests', async (t) => {
      const world = await testWorld(t, { database })
      const wishes = async () =>
        (await auditOf(world)).filter(({ kind }) => kind.startsWith('texts.')).length
      for (const [from, text] of [
        ['', 'STOP'],
        ['Example', 'STOP'],
        ['0790000042', 'STOP'],
        [`+${'9'.repeat(400)}`, 'STOP'],
        [NUMBER, ''],
        [NUMBER, 'please stop'],
        [NUMBER, 'STOP'.repeat(100_000)],
      ] as const)
        await noteTextedBack(world, { from, text })
      assert.equal(await wishes(), 0)
      for (let count = 0; count < 40; count += 1)
        await noteTextedBack(world, { from: NUMBER, text: count % 2 ? 'START' : 'STOP' })
      assert.equal(await wishes(), 40, 'twenty of each kind')
      for (const text of ['START', 'STOP']) await noteTextedBack(world, { from: NUMBER, text })
      assert.equal(await wishes(), 40)
    })

    test('R091 in the portal only the holder of a proven number asks for texts again', async (t) => {
      const world = await testWorld(t, { database })
      const id = await world.add({ userName: 'anna', password: PASSWORD })
      const session = await firstSession(world, 'anna')
      const missing = { ok: false, problem: 'subscriber.no-such-contact' }
      assert.deepEqual(await resumeTexts(world, session), missing)
      const about = { subscriberId: id, kind: 'mobile', by: 'operator' } as const
      await setContact(world, { ...about, value: NUMBER })
      await noteTextedBack(world, { from: NUMBER, text: 'STOP' })
      assert.equal(await areTextsStopped(world, id), true)
      assert.deepEqual(await resumeTexts(world, session), missing, 'it is not proven')
      const proof = { subscriberId: id, kind: 'mobile', value: NUMBER, within: session.id } as const
      const proven = (await provenContact(world, proof)) ?? assert.fail('not proven')
      const { change, event } = proven
      assert.ok(await changeContact(world.db, { change, events: [event], now: world.now() }))
      assert.deepEqual(await resumeTexts(world, session), { ok: true })
      assert.equal(await areTextsStopped(world, id), false)
      assert.deepEqual(await resumeTexts(world, session), { ok: true }, 'once more')
      const resumed = (await auditOf(world)).filter(({ kind }) => kind === 'texts.resumed')
      assert.deepEqual(
        resumed.map(({ subscriberId, within }) => [subscriberId, within]),
        [[id, session.id]],
      )
    })

    test('a centre that is busy is asked again, and the text comes once', async (t) => {
      const { world, news } = await waiting(t, database)
      const centre = await centreFor(t, world)
      centre.fault = 'throttle'
      await deliverDue(world)
      assert.deepEqual(await news(), [])
      centre.fault = null
      world.advance(seconds(3))
      await deliverDue(world)
      await until(async () => (await news()).includes('delivered'))
      assert.equal(centre.texts.length, 1)
    })

    test('R088 when no carrier takes it, the page says so', async (t) => {
      const { world, news } = await waiting(t, database)
      const sent = carrier(world, async () => ({ outcome: 'later', reason: 'away' }))
      for (const pause of [0, 3, 11, 60]) {
        world.advance(seconds(pause))
        await deliverDue(world)
      }
      assert.deepEqual(await news(), ['failed: undelivered'])
      assert.equal(sent.length, 3, 'once, and after each of the two waits')
      assert.equal(new Set(sent).size, 1, 'always under the same id')
    })

    test('a text that never leaves for want of a channel is given up and told', async (t) => {
      const { world, news } = await waiting(t, database, 'smoke')
      for (const pause of [0, 3, 11, 31]) {
        world.advance(seconds(pause))
        await deliverDue(world)
      }
      assert.deepEqual(await news(), ['failed: undelivered'])
    })

    test('a receipt may come before the message is known here, on another node, and twice', async (t) => {
      const { world, news } = await waiting(t, database)
      const other = await testWorld(t, { database, beside: world, methods: [carried()] })
      await noteCarrierReceipt(other, receipt('m1'))
      carrier(world, async () => ({ outcome: 'sent', messages: ['m1'] }))
      await deliverDue(world)
      assert.deepEqual(await news(), ['sent', 'delivered'])
      await noteCarrierReceipt(other, receipt('m1'))
      assert.deepEqual(await news(other), ['sent', 'delivered'])
    })

    test('that it arrived is never taken back, and a failure can turn out to be none', async (t) => {
      const { world, news } = await waiting(t, database)
      carrier(world, async () => ({ outcome: 'sent', messages: ['m1'] }))
      await deliverDue(world)
      await noteCarrierReceipt(world, receipt('m1', 'unreachable'))
      assert.deepEqual(await news(), ['sent', 'failed: unreachable'])
      await noteCarrierReceipt(world, receipt('m1'))
      await noteCarrierReceipt(world, receipt('m1', 'unreachable'))
      assert.deepEqual(await news(), ['sent', 'delivered'])
    })

    test('a text in parts has arrived when all of them have, and has failed with the first', async (t) => {
      const { world, news } = await waiting(t, database)
      carrier(world, async () => ({ outcome: 'sent', messages: ['m1', 'm2'] }))
      await deliverDue(world)
      await noteCarrierReceipt(world, receipt('m1'))
      assert.deepEqual(await news(), ['sent'])
      await noteCarrierReceipt(world, receipt('m2', 'unreachable'))
      assert.deepEqual(await news(), ['sent', 'failed: unreachable'])
      await noteCarrierReceipt(world, receipt('m2'))
      assert.deepEqual(await news(), ['sent', 'delivered'])
    })

    test('a receipt of the text before says nothing about the present one', async (t) => {
      const { world, news, again } = await waiting(t, database)
      let count = 0
      carrier(world, async () => {
        count += 1
        return { outcome: 'sent', messages: [`m${count}`] }
      })
      await deliverDue(world)
      world.advance(minutes(2))
      await again()
      await deliverDue(world)
      await noteCarrierReceipt(world, receipt('m1'))
      assert.deepEqual(await news(), ['sent'])
      await noteCarrierReceipt(world, receipt('m2'))
      assert.deepEqual(await news(), ['sent', 'delivered'])
    })

    test('a name that a carrier uses again says nothing of the message that had it before', async (t) => {
      const { world, news } = await waiting(t, database)
      carrier(world, async () => ({ outcome: 'sent', messages: ['m1'] }))
      await deliverDue(world)
      await noteCarrierReceipt(world, receipt('m1'))
      assert.deepEqual(await news(), ['sent', 'delivered'])
      const later = await asked(world)
      await deliverDue(world)
      assert.deepEqual(await later.news(), ['sent'])
    })

    test('a receipt for an unknown message is kept for a day, and belongs to no delivery', async (t) => {
      const { world, news } = await waiting(t, database)
      await noteCarrierReceipt(world, receipt('of an unknown message', 'unreachable'))
      assert.deepEqual(await news(), [])
      const left = async () => {
        const rows = await world.db.read.selectFrom('carrier_message').select('message').execute()
        return rows.map(({ message }) => message)
      }
      world.advance(days(1))
      await purge(world.db, world.now())
      assert.deepEqual(await left(), ['of an unknown message'])
      world.advance(millis(1))
      await purge(world.db, world.now())
      assert.deepEqual(await left(), [])
    })

    test('F12 a carrier that hangs holds up neither the login nor any other channel', async (t) => {
      const { world } = await waiting(t, database)
      const hung: (() => void)[] = []
      carrier(world, async () => {
        await new Promise<void>((resolve) => void hung.push(resolve))
        return { outcome: 'sent', messages: ['m1'] }
      })
      const outbox = openOutbox(world, () => {})
      await outbox.take()
      await until(() => hung.length === 1)
      const [one, two] = [await asked(world), await asked(world)]
      await outbox.take()
      // The second does not wait for the first.
      await until(() => hung.length === 3)
      for (const release of hung) release()
      await outbox.idle()
      for (const { news } of [one, two]) assert.deepEqual(await news(), ['sent'])
    })

    test('F12 a hundred that hang are enough of one channel, and another goes on beside them', async (t) => {
      const { world } = await waiting(t, database)
      const hung: (() => void)[] = []
      const texts = carrier(world, async () => {
        await new Promise<void>((resolve) => void hung.push(resolve))
        return { outcome: 'sent' }
      })
      const mails = carrier(world, async () => ({ outcome: 'sent' }), 'email')
      await post(world, { channel: 'sms', count: 147 })
      await post(world, { channel: 'email', count: 60 })
      const outbox = openOutbox(world, () => {})
      await outbox.take()
      await until(() => texts.length >= 100 && mails.length === 60)
      await outbox.take()
      assert.equal(texts.length, 100, 'no more of them than that')
      for (const release of hung.splice(0)) release()
      await outbox.idle()
      await outbox.take()
      await until(() => hung.length === 50)
      assert.equal(texts.length, 150)
      for (const release of hung) release()
      await outbox.idle()
      assert.equal(new Set(texts).size, 150, 'and each of them once')
    })
  })
}
