import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { suite, test, type TestContext } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import {
  type MessageCentre,
  messageCentre,
  type MessageCentreOptions,
} from '../../../examples/simulators/message-centre.ts'
import type { CarrierReceipt, Delivered, TextedBack } from '#channels/channel.ts'
import type { Json } from '#core/json.ts'
import { smsOverSmpp, type SmppOptions } from '#channels/sms-smpp/channel.ts'

/** In a hurry: real time passes here, since the package has no other. */
const PATIENCE = { bind: 500, begin: 400, answer: 300, silence: 150, reconnect: [20, 40] }

const NUMBER = '+41790000042'

interface Carried {
  readonly centre: MessageCentre
  readonly receipts: CarrierReceipt[]
  readonly texted: TextedBack[]
  readonly reports: string[]
  deliver(address: string, payload: Json): Promise<Delivered>
  send(text: string, id?: string): Promise<Delivered>
  /** Waits until something is so, and fails when it never is. */
  until(holds: () => boolean): Promise<void>
}

async function carried(
  t: TestContext,
  changes: Partial<SmppOptions> & { readonly centre?: MessageCentreOptions } = {},
): Promise<Carried> {
  const centre = await messageCentre({ travelMs: 10, lateMs: 600, ...changes.centre })
  const receipts: CarrierReceipt[] = []
  const texted: TextedBack[] = []
  const reports: string[] = []
  const channel = smsOverSmpp({
    host: '127.0.0.1',
    port: centre.port,
    tls: false,
    systemType: '',
    systemId: centre.systemId,
    password: centre.password,
    window: 5,
    perSecond: 1_000,
    receiptIds: 'same',
    patience: PATIENCE,
    senderOf: () => ({ from: 'Example', registration: null }),
    noteTextedBack: async (text) => void texted.push(text),
    note: async (receipt) => void receipts.push(receipt),
    report: (line) => void reports.push(line),
    ...changes,
  })
  t.after(async () => {
    await channel.close?.()
    await centre.close()
  })
  return {
    centre,
    receipts,
    texted,
    reports,
    deliver: (address, payload) => channel.deliver({ id: 'out_2', address, payload }),
    send: (text, id = 'out_1') =>
      channel.deliver({ id, address: NUMBER, payload: { text, language: 'en', name: 'login' } }),
    until,
  }
}

async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; !holds(); tries += 1) {
    if (tries > 300) throw new Error('it never became so')
    await wait(10)
  }
}

const LOGIN_CODE = 'Example Brokerage: 551908 is your login code.\n\n@login.example.com #551908'

suite('texts over SMPP', () => {
  test('R091 S91 the sender follows the number, and India is told who sends which registered words', async (t) => {
    const registration = { entity: '1101234567890123456', templates: { login: '1107' } }
    const senderOf = (number: string) =>
      number.startsWith('+91')
        ? { from: 'EXMPLB', registration }
        : { from: '+12025550100', registration: null }
    const { centre, until, deliver } = await carried(t, { senderOf })
    const sent = async (address: string, name: string) => {
      const count = centre.texts.length
      await deliver(address, { text: 'Hello', language: 'en', name })
      await until(() => centre.texts.length === count + 1)
      const { from, entity, template } = centre.texts.at(-1) ?? assert.fail()
      return [from, entity, template]
    }
    const known = [registration.entity, '1107']
    assert.deepEqual(await sent('+919876543210', 'login'), ['EXMPLB', ...known])
    // Words that are registered nowhere go out with the name of the sender alone.
    assert.deepEqual(await sent('+919876543210', 'task'), ['EXMPLB', registration.entity, null])
    assert.deepEqual(await sent(NUMBER, 'login'), ['12025550100', null, null])
  })

  test('R091 what a client texts back comes through as it was written, and a receipt is none', async (t) => {
    const { centre, texted, receipts, until, send } = await carried(t)
    await until(() => centre.isBound)
    for (const [from, text] of [
      ['12025550142', 'STOP'],
      ['+41790000042', 'Arrêt'],
      ['12025550142', '好的'],
    ] as const) {
      assert.equal(await centre.textBack({ from, text }), true)
    }
    // Neither a name nor a short code can be sent anything.
    for (const from of ['Example', '', '0790000042', '123'])
      assert.equal(await centre.textBack({ from, text: 'STOP' }), true, from)
    await send(LOGIN_CODE)
    await until(() => receipts.length === 1)
    assert.deepEqual(texted, [
      { from: '+12025550142', text: 'STOP' },
      { from: '+41790000042', text: 'Arrêt' },
      { from: '+12025550142', text: '好的' },
    ])
  })

  test('R006 a text arrives as it was written, once, and its receipt comes back', async (t) => {
    const { centre, receipts, send, until } = await carried(t)
    const sent = await send(LOGIN_CODE)
    assert.ok(sent.outcome === 'sent')
    await until(() => receipts.length === 1)
    assert.deepEqual(
      centre.texts.map(({ to, from, text }) => ({ to, from, text })),
      [{ to: NUMBER, from: 'Example', text: LOGIN_CODE }],
    )
    assert.deepEqual(receipts, [{ channel: 'sms', message: sent.messages?.[0], failure: null }])
  })

  const TEXTS = [
    'Your code: 551908 [Example] {€ 5}~^|\\',
    'Exemple : 551908 est votre code. Ne le dites à personne, même à nous.',
    'a'.repeat(400),
    'ê'.repeat(150),
    '😀'.repeat(60),
  ]
  for (const text of TEXTS) {
    test(`R006 what is read is what was sent: ${text.slice(0, 20)}, ${text.length} long`, async (t) => {
      const { centre, send, until } = await carried(t)
      assert.equal((await send(text)).outcome, 'sent')
      await until(() => centre.texts.length === 1)
      assert.equal(centre.texts[0]?.text, text)
    })
  }

  test('a text that is too long to send, or has no number, is refused and not sent', async (t) => {
    const { centre, send } = await carried(t)
    assert.deepEqual(await send('a'.repeat(1_000)), { outcome: 'failed', reason: 'rejected' })
    assert.equal(centre.submits, 0)
  })

  test('F12 a centre that never answers costs the channel its patience, and no second text', async (t) => {
    const { centre, send } = await carried(t)
    centre.fault = 'never'
    assert.deepEqual(await send(LOGIN_CODE), { outcome: 'failed', reason: 'unclear' })
    assert.equal(centre.submits, 1)
  })

  test('an answer that comes too late, or twice, changes nothing', async (t) => {
    const { centre, send, until } = await carried(t)
    centre.fault = 'late'
    assert.deepEqual(await send(LOGIN_CODE), { outcome: 'failed', reason: 'unclear' })
    await wait(400)
    centre.fault = 'twice'
    assert.equal((await send(LOGIN_CODE, 'out_2')).outcome, 'sent')
    await until(() => centre.texts.length === 2)
    assert.equal(centre.submits, 2)
  })

  test('a centre that has too much to do is asked again later', async (t) => {
    const { centre, send } = await carried(t)
    centre.fault = 'throttle'
    assert.equal((await send(LOGIN_CODE)).outcome, 'later')
    centre.fault = null
    assert.equal((await send(LOGIN_CODE)).outcome, 'sent')
  })

  test('a number that the centre refuses is not tried again', async (t) => {
    const { centre, send, reports } = await carried(t)
    centre.fault = 'refuse'
    assert.deepEqual(await send(LOGIN_CODE), { outcome: 'failed', reason: 'rejected' })
    assert.ok(reports.some((line) => line.includes('refused')))
    assert.ok(!reports.join('').includes('0042'), 'a report holds no number')
  })

  test('a centre that hangs up in the middle of a submit leaves it unclear, and is called again', async (t) => {
    const { centre, send } = await carried(t)
    centre.fault = 'cut'
    assert.deepEqual(await send(LOGIN_CODE), { outcome: 'failed', reason: 'unclear' })
    assert.equal(centre.submits, 1)
    centre.fault = null
    assert.equal((await send(LOGIN_CODE, 'out_2')).outcome, 'sent')
  })

  test('parts that were taken are not sent again with the rest', async (t) => {
    const { centre, send, until } = await carried(t, { window: 1, perSecond: 20 })
    const long = 'a'.repeat(400)
    const sending = send(long)
    await until(() => centre.submits === 1)
    centre.fault = 'throttle'
    assert.equal((await sending).outcome, 'later')
    centre.fault = null
    const sent = await send(long)
    assert.ok(sent.outcome === 'sent' && sent.messages?.length === 3)
    await until(() => centre.texts.length === 1)
    assert.equal(centre.submits, 4)
    assert.equal(centre.texts[0]?.text, long)
  })

  test('a phone that cannot be reached is told as such', async (t) => {
    const { centre, receipts, send, until } = await carried(t)
    centre.fault = 'lost'
    await send(LOGIN_CODE)
    await until(() => receipts.length === 1)
    assert.equal(receipts[0]?.failure, 'unreachable')
  })

  const STATES = [
    ['DELIVRD', null],
    ['EXPIRED', 'expired'],
    ['UNDELIV', 'unreachable'],
    ['REJECTD', 'blocked'],
    ['DELETED', 'rejected'],
  ] as const
  for (const [state, failure] of STATES) {
    test(`a receipt that says ${state} is kept before the centre may forget it`, async (t) => {
      const { centre, receipts, send } = await carried(t)
      await send(LOGIN_CODE)
      assert.ok(await centre.receipt({ id: '00ABCDEF', state }))
      const told = receipts.find(({ message }) => message === 'abcdef')
      assert.equal(told?.failure, failure)
    })
  }

  test('what does not end the matter is acknowledged and means nothing', async (t) => {
    const { centre, receipts, send } = await carried(t, { centre: { travelMs: 60_000 } })
    await send(LOGIN_CODE)
    for (const state of ['ENROUTE', 'ACCEPTD', 'UNKNOWN', 'NONSENSE', ''])
      assert.ok(await centre.receipt({ id: 'abc', state }))
    assert.deepEqual(receipts, [])
  })

  test('a receipt that could not be kept is refused, so that it comes again', async (t) => {
    let isFull = true
    const { centre, send, reports } = await carried(t, {
      centre: { travelMs: 60_000 },
      note: async () => {
        if (isFull) throw new Error('disk full')
      },
    })
    await send(LOGIN_CODE)
    assert.equal(await centre.receipt({ id: 'abc', state: 'DELIVRD' }), false)
    assert.equal(reports.length, 1)
    isFull = false
    assert.equal(await centre.receipt({ id: 'abc', state: 'DELIVRD' }), true)
  })

  test('a centre that gives ids in hexadecimal and reports in decimal is understood', async (t) => {
    const { centre, receipts, send } = await carried(t, { receiptIds: 'decimal' })
    await send(LOGIN_CODE)
    await centre.receipt({ id: String(0xabc), state: 'DELIVRD' })
    assert.ok(receipts.some(({ message }) => message === 'abc'))
  })

  test('a connection that went is made again, and a text waits for it', async (t) => {
    const { centre, send, reports } = await carried(t)
    await send(LOGIN_CODE)
    centre.hangUp()
    await wait(5)
    assert.equal((await send(LOGIN_CODE, 'out_2')).outcome, 'sent')
    assert.deepEqual(reports, ['the message centre is not connected'])
  })

  test('without a centre a text waits for later; with a wrong password the operator hears why', async (t) => {
    const none = await carried(t, { port: 9 })
    const started = performance.now()
    assert.equal((await none.send(LOGIN_CODE)).outcome, 'later')
    assert.ok(performance.now() - started < 1_000)
    const wrong = await carried(t, { password: 'wrong' })
    assert.equal((await wrong.send(LOGIN_CODE)).outcome, 'later')
    assert.ok(wrong.reports.some((line) => line.includes('refused to bind')))
  })

  test('a peer that takes connections and says nothing, or nonsense, is given up', async (t) => {
    let dialled = 0
    const server = createServer((socket) => {
      dialled += 1
      if (dialled > 1) socket.write('HTTP/1.1 400 Bad Request\r\n\r\n')
      socket.on('error', () => {})
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const { send } = await carried(t, { port, patience: { ...PATIENCE, bind: 100 } })
    assert.equal((await send(LOGIN_CODE)).outcome, 'later')
    await until(() => dialled >= 3)
    server.close()
  })

  test('a centre that fell silent is noticed, and left for a new connection', async (t) => {
    let binds = 0
    const server = createServer((socket) => {
      socket.on('error', () => {})
      // Says yes to the bind, and not another word.
      socket.once('data', (request) => {
        binds += 1
        const reply = Buffer.alloc(17)
        reply.writeUInt32BE(17, 0)
        reply.writeUInt32BE(0x80000009, 4)
        request.copy(reply, 12, 12, 16)
        socket.write(reply)
      })
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    await carried(t, { port })
    await until(() => binds >= 2)
    server.close()
  })

  test('no more wait for an answer than the window allows, and no more go than a second takes', async (t) => {
    const { centre, send } = await carried(t, { window: 2, perSecond: 1_000 })
    centre.fault = 'never'
    const sending = Promise.all(Array.from({ length: 6 }, (_, at) => send(LOGIN_CODE, `out_${at}`)))
    await wait(150)
    assert.equal(centre.submits, 2)
    const outcomes = (await sending).map((one) => one.outcome)
    assert.ok(outcomes.includes('later'), 'who found no place comes again later')
  })
})
