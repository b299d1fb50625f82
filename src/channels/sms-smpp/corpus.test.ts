import assert from 'node:assert/strict'
import { suite, test, type TestContext } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { messageCentre } from '../../../examples/simulators/message-centre.ts'
import type { CarrierReceipt, TextedBack } from '#channels/channel.ts'
import { smsOverSmpp, type SmppOptions } from '#channels/sms-smpp/channel.ts'
import { HANDLED_MAX } from '#channels/sms-smpp/protocol/connection.ts'
import { DAMAGED, type Shape, TEXTS } from '#channels/sms-smpp/corpus.fixture.ts'
import { RECEIPTS } from '#channels/sms-smpp/receipts.fixture.ts'
import { JOINING } from '#channels/sms-smpp/joiner.ts'
import { CLIENT, framed, part8, pduOf, receipt } from '#channels/sms-smpp/protocol/pdu.fixture.ts'
import { COMMAND, PDU_LENGTH_MAX } from '#channels/sms-smpp/protocol/pdu.ts'
import { millis } from '#core/time/time.ts'

const PATIENCE = { bind: 2_000, begin: 2_000, answer: 2_000, silence: 60_000, reconnect: [20] }

/** A session over a socket, and all that came through it. */
async function session(t: TestContext, changes: Partial<SmppOptions> = {}) {
  const given = { id: '1' }
  const centre = await messageCentre({ travelMs: 1, idOf: () => given.id })
  centre.fault = 'silent'
  const receipts: CarrierReceipt[] = []
  const texted: TextedBack[] = []
  const reports: string[] = []
  const channel = smsOverSmpp({
    host: '127.0.0.1',
    port: centre.port,
    tls: false,
    systemId: centre.systemId,
    password: centre.password,
    systemType: '',
    window: 5,
    perSecond: 1_000,
    receiptIds: 'same',
    patience: PATIENCE,
    senderOf: () => ({ from: 'Example', registration: null }),
    note: async (one) => void receipts.push(one),
    noteTextedBack: async (one) => void texted.push(one),
    report: (line) => void reports.push(line),
    ...changes,
  })
  t.after(async () => {
    await channel.close?.()
    await centre.close()
  })
  const until = async (holds: () => boolean) => {
    for (let tries = 0; !holds(); tries += 1) {
      if (tries > 400) throw new Error('it never became so')
      await wait(10)
    }
  }
  await until(() => centre.isBound)
  /** Sends a text that the centre calls so; @returns how we call it. */
  const sendAs = async (id: string): Promise<string> => {
    given.id = id
    const payload = { text: 'Hello', language: 'en', name: 'login' }
    const sent = await channel.deliver({ id: `out_${id}`, address: `+${CLIENT}`, payload })
    assert.ok(sent.outcome === 'sent')
    return sent.messages?.[0] ?? assert.fail('it has no name')
  }
  return { centre, receipts, texted, reports, sendAs, until }
}

type Session = Awaited<ReturnType<typeof session>>

async function tried({ centre, receipts, texted, reports, sendAs }: Session, shape: Shape) {
  const { sentAs, pdus, answers = ['deliver_sm_resp 0'] } = shape
  const message = sentAs === undefined ? null : await sendAs(sentAs)
  const before = { receipts: receipts.length, texted: texted.length, reports: reports.length }
  for (const [index, pdu] of pdus.entries()) {
    const expected = answers[index] ?? answers[0] ?? null
    // What gets no answer is known by the answer to what is asked after it.
    if (expected === null) void centre.send(pdu).then((answer) => assert.equal(answer, null))
    else assert.equal(await centre.send(pdu), expected)
  }
  assert.equal(
    await centre.send(framed(COMMAND.enquireLink, Buffer.alloc(0))),
    'enquire_link_resp 0',
  )
  const told = shape.told === undefined ? [] : [{ channel: 'sms', message, failure: shape.told }]
  assert.deepEqual(receipts.slice(before.receipts), told)
  assert.deepEqual(texted.slice(before.texted), shape.texted ?? [])
  const { reported } = shape
  if (reported === undefined) return
  // What cannot be read, or is asked in vain, is said once a session.
  const isOnce = /cannot be read|not known here/.test(reported)
  const heard = isOnce ? reports : reports.slice(before.reports)
  const lines = heard.filter((line) => line.includes(reported))
  assert.ok(isOnce ? lines.length > 0 : lines.length === pdus.length, heard.join('\n'))
}

suite('SMPP as carriers speak it', () => {
  for (const [kind, shapes] of Object.entries({
    'a receipt': RECEIPTS,
    'a text of a client': TEXTS,
    'what is damaged or strange': DAMAGED,
  })) {
    test(`${kind}: each is answered, understood, and leaves the session whole`, async (t) => {
      const own = await session(t)
      for (const shape of shapes) {
        await t.test(shape.name, async () => await tried(own, shape))
      }
      assert.doesNotMatch(own.reports.join('\n'), /5550142|STOP/, 'no number and no words')
    })
  }

  test('a receipt for what another node has sent is read as the setting has it', async (t) => {
    const ids = [
      ['same', '00AB1234', 'ab1234'],
      ['decimal', '11211316', 'ab1234'],
      ['hexadecimal', '00AB1234', '11211316'],
      ['decimal', 'ab-12', 'ab-12'],
    ] as const
    for (const [receiptIds, written, message] of ids) {
      const { centre, receipts } = await session(t, { receiptIds })
      assert.equal(await centre.send(receipt(written, 'DELIVRD')), 'deliver_sm_resp 0')
      assert.deepEqual(receipts, [{ channel: 'sms', message, failure: null }], receiptIds)
    }
  })

  test('an id that this node has given counts before one that only might be meant', async (t) => {
    const { centre, receipts, sendAs } = await session(t)
    await sendAs('1234')
    await sendAs('4d2')
    await centre.send(receipt('1234', 'DELIVRD'))
    await centre.send(receipt('4D2', 'DELIVRD'))
    assert.deepEqual(
      receipts.map(({ message }) => message),
      ['1234', '4d2'],
    )
  })

  test('a text in parts that could not be kept is whole when its last part comes again', async (t) => {
    const kept: string[] = []
    let isFull = true
    const noteTextedBack = async ({ text }: TextedBack) => {
      if (isFull) throw new Error('disk full')
      kept.push(text)
    }
    const { centre } = await session(t, { noteTextedBack })
    assert.equal(await centre.send(part8([1, 2, 1], 'one ')), 'deliver_sm_resp 0')
    assert.equal(await centre.send(part8([1, 2, 2], 'two')), 'deliver_sm_resp 100')
    isFull = false
    assert.equal(await centre.send(part8([1, 2, 2], 'two')), 'deliver_sm_resp 0')
    assert.deepEqual(kept, ['one two'])
  })

  test('a part whose others never come is given up in time, and the operator hears of it', async (t) => {
    const { centre, texted, reports, until } = await session(t, { partsWithin: millis(50) })
    await centre.send(part8([1, 2, 1], 'one '))
    await until(() => reports.length === 1)
    assert.match(reports[0] ?? '', /did not become whole/)
    await centre.send(part8([1, 2, 2], 'two'))
    assert.deepEqual(texted, [])
  })

  test('one sender who begins many texts loses their own, and no one else’s', async (t) => {
    const { centre, texted, reports } = await session(t)
    await centre.send(part8([1, 2, 1], 'one ', { source: '41790000042' }))
    for (let reference = 0; reference <= JOINING.textsOfOne; reference += 1)
      await centre.send(part8([reference, 2, 1], 'a'))
    assert.equal(reports.length, 1)
    await centre.send(part8([1, 2, 2], 'two', { source: '41790000042' }))
    await centre.send(part8([0, 2, 2], 'b'))
    await centre.send(part8([2, 2, 2], 'b'))
    assert.deepEqual(
      texted.map(({ text }) => text),
      ['one two', 'ab'],
    )
  })

  test('what is handed over faster than it can be kept comes again later', async (t) => {
    const held: (() => void)[] = []
    const noteTextedBack = () => new Promise<void>((resolve) => void held.push(resolve))
    const { centre, until } = await session(t, { noteTextedBack })
    const asked = Array.from({ length: HANDLED_MAX }, () => centre.send(pduOf({ text: 'STOP' })))
    await until(() => held.length === HANDLED_MAX)
    assert.equal(await centre.send(pduOf({ text: 'STOP' })), 'deliver_sm_resp 100')
    for (const release of held.splice(0)) release()
    assert.ok((await Promise.all(asked)).every((answer) => answer === 'deliver_sm_resp 0'))
    const next = centre.send(pduOf({ text: 'STOP' }))
    await until(() => held.length === 1)
    held[0]?.()
    assert.equal(await next, 'deliver_sm_resp 0')
  })

  for (const length of [0, 15, PDU_LENGTH_MAX + 1, 0xffffffff]) {
    test(`a PDU that says it has ${length} bytes ends the connection, and the next one works`, async (t) => {
      const { centre, sendAs, until } = await session(t)
      const wrong = framed(COMMAND.deliverSm, Buffer.alloc(0))
      wrong.writeUInt32BE(length, 0)
      assert.equal(await centre.send(wrong), null)
      await until(() => centre.isBound)
      assert.equal(await sendAs('abc'), 'abc')
    })
  }
})
