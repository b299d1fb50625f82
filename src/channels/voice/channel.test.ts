import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { suite, test } from 'node:test'
import type { CarrierReceipt } from '#channels/channel.ts'
import { twilioSignature } from '#channels/signature.ts'
import { type CameOfCall, voice } from '#channels/voice/channel.ts'
import { type Dialect, plainDialect, twilioDialect } from '#channels/voice/dialect.ts'
import { type Call, type CallWords, KEYS, TURNS_MAX, turnOf } from '#channels/voice/script.ts'
import type { Json } from '#core/json.ts'

const WORDS: CallWords = {
  greeting: 'Example & Co. Press 1.',
  code: 'Your code is',
  again: 'Press 1 again.',
  nobody: 'Tell nobody.',
  goodbye: 'Good-bye.',
  denied: 'We have ended that call.',
}
const CALL: Call = {
  digits: '551908',
  language: 'en',
  brand: 'Example & Co',
  key: '4',
  turn: 0,
  isHeard: false,
}
const said = (call: Call, key: string | null) => {
  const { say, next } = turnOf(call, key, WORDS)
  return { words: say.map(({ text }) => text), next }
}

suite('what a call says', () => {
  test('R007 no digit is said before a key was pressed: an answering machine hears none', () => {
    for (const key of [null, '4', '2', '*', '', '44']) {
      const { words } = said(CALL, key)
      assert.deepEqual(words, [WORDS.greeting])
    }
    const second = said({ ...CALL, turn: 1 }, null)
    assert.deepEqual(second.words, [WORDS.greeting], 'the greeting is said twice')
    const third = said({ ...CALL, turn: 2 }, null)
    assert.deepEqual(third, { words: [WORDS.goodbye], next: null })
  })

  test('A13 no digit is said for another key: a machine plays back the tone of one', () => {
    for (const key of KEYS.filter((one) => one !== CALL.key)) {
      const { words } = said({ ...CALL, turn: 1 }, key)
      assert.deepEqual(words, [WORDS.greeting], key)
    }
    assert.ok(!KEYS.includes('9' as never), 'that is the denial')
  })

  test('R007 R089 the digits are said three times, one by one, each with time to write it down', () => {
    const { say, next } = turnOf({ ...CALL, turn: 1 }, '4', WORDS)
    const digits = say.filter(({ text }) => /^\d$/.test(text))
    assert.equal(digits.map(({ text }) => text).join(''), '551908'.repeat(3))
    assert.ok(digits.every(({ pauseS }) => pauseS >= 1))
    assert.ok(next?.isHeard)
    assert.equal(say.at(-1)?.text, WORDS.again)
  })

  test('its key says them again, and not for ever', () => {
    let call: Call | null = { ...CALL, turn: 1 }
    let times = 0
    while (call) {
      const { next } = turnOf(call, '4', WORDS)
      call = next
      times += 1
      assert.ok(times <= TURNS_MAX)
    }
    assert.equal(times, TURNS_MAX - 1)
    assert.equal(said({ ...CALL, turn: 2, isHeard: true }, null).next, null)
  })
})

const CALLBACK = 'https://login.example.com/carriers/voice'
const SECRET = 'shared secret of a test'

const PLAIN = plainDialect({
  idAt: '/call/id',
  secret: SECRET,
  header: 'x-signature',
  template: {
    url: 'https://voice.example.com/calls',
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"id":"{{id}}","to":"{{to}}","say":"{{say}}","status":"{{status}}"}',
  },
})
const TWILIO = twilioDialect({ url: 'https://voice.example.com', account: 'AC0', token: SECRET })

/** The channel, a provider that remembers what it was asked, and a clock. */
function calls(dialect: Dialect, answer: unknown) {
  const asked: { readonly url: string; readonly body: string }[] = []
  const receipts: CarrierReceipt[] = []
  const backs: (readonly [string, CameOfCall])[] = []
  const clock = { now: 0 }
  const secretOf = (text: string) => createHmac('sha256', 'seal').update(text).digest('base64url')
  const channel = voice({
    dialect,
    from: '+41440000000',
    callback: CALLBACK,
    words: () => WORDS,
    drawKey: () => '4',
    now: () => clock.now,
    seal: (value) => {
      const text = Buffer.from(JSON.stringify(value)).toString('base64url')
      return `${text}.${secretOf(text)}`
    },
    open: (sealed) => {
      const [text = '', tag] = sealed.split('.')
      if (tag !== secretOf(text)) return null
      return JSON.parse(Buffer.from(text, 'base64url').toString()) as Json
    },
    note: async (receipt) => void receipts.push(receipt),
    noteBack: async (about, came) => void backs.push([about, came]),
    isAwaited: async (about) => about !== 'vrf_over',
    fetch: async (url, init) => {
      asked.push({ url: url as string, body: init?.body as string })
      return Response.json(answer, { status: 201 })
    },
  })
  const start = (more: Readonly<Record<string, string>> = {}) =>
    channel.deliver({
      id: 'out_1',
      address: '+41790000042',
      payload: { digits: '551908', language: 'en', brand: 'Example & Co', ...more },
    })
  return { asked, receipts, backs, clock, channel, start }
}

suite('calls over a gateway that speaks our protocol', () => {
  const plain = () => calls(PLAIN, { call: { id: 'c1' } })
  const ask = async (
    { channel }: ReturnType<typeof plain>,
    address: string,
    { secret = SECRET, ...told }: Readonly<Record<string, unknown>>,
  ) => {
    const body = JSON.stringify(told)
    const signature = createHmac('sha256', secret as string)
      .update(body)
      .digest('hex')
    const path = address.slice(CALLBACK.length + 1)
    const call = { path, headers: { 'x-signature': signature }, body }
    const reply = await channel.answer?.(call)
    return { status: reply?.status, ...(JSON.parse(reply?.body ?? '{}') as Spoken) }
  }
  interface Spoken {
    readonly say?: readonly { readonly text: string }[]
    readonly ask?: { readonly url: string } | null
  }

  test('R007 the provider learns the digits when it is to say them, and not before', async () => {
    const world = plain()
    assert.deepEqual(await world.start(), { outcome: 'sent', messages: ['c1'] })
    const started = world.asked[0]?.body ?? ''
    assert.ok(!started.includes('551908'))
    const { say } = JSON.parse(started) as { readonly say: string }
    const greeting = await ask(world, say, { call: 'c1', key: null })
    assert.deepEqual(
      greeting.say?.map(({ text }) => text),
      [WORDS.greeting],
    )
    assert.deepEqual(world.receipts, [])
    const code = await ask(world, greeting.ask?.url ?? '', { call: 'c1', key: '4' })
    assert.match(code.say?.map(({ text }) => text).join('') ?? '', /551908.*551908.*551908/)
    assert.deepEqual(world.receipts, [{ channel: 'voice', message: 'c1', failure: null }])
    const end = await ask(world, code.ask?.url ?? '', { call: 'c1', key: null })
    assert.deepEqual([end.say?.map(({ text }) => text), end.ask], [[WORDS.goodbye], null])
  })

  test('a caller without the secret hears nothing, and an address made up says nothing', async () => {
    const world = plain()
    await world.start()
    const { say } = JSON.parse(world.asked[0]?.body ?? '') as { readonly say: string }
    assert.equal((await ask(world, say, { key: '4', secret: 'another' })).status, 403)
    for (const address of ['say/', 'say/x.y', 'say/a/b', 'else/where', ''].map(
      (path) => `${CALLBACK}/${path}`,
    )) {
      const reply = await ask(world, address, { key: '4' })
      assert.ok(reply.status === 404 || reply.say?.length === 0, address)
    }
  })

  test('a call that is answered after ten minutes says nothing', async () => {
    const world = plain()
    await world.start()
    const { say } = JSON.parse(world.asked[0]?.body ?? '') as { readonly say: string }
    world.clock.now = 10 * 60_000
    assert.equal((await ask(world, say, { call: 'c1', key: null })).say?.length, 1)
    world.clock.now += 1
    const late = await ask(world, say, { call: 'c1', key: null })
    assert.deepEqual([late.say, late.ask], [[], null])
  })

  test('A13 a call about one to the desk tells what came of it, and 9 says that it is none', async () => {
    for (const key of ['4', '9', null]) {
      const world = plain()
      await world.start({ denies: 'vrf_1' })
      const started = JSON.parse(world.asked[0]?.body ?? '') as Record<'say' | 'status', string>
      const greeting = await ask(world, started.say, { call: 'c1', key: '9' })
      assert.deepEqual(world.backs, [], 'no key counts before the greeting')
      if (key === null) {
        await ask(world, started.status, { call: 'c1', status: 'no-answer' })
        assert.deepEqual(world.backs, [['vrf_1', 'unanswered']])
        continue
      }
      const { say, ask: more } = await ask(world, greeting.ask?.url ?? '', { call: 'c1', key })
      const isHeard = key === '4'
      assert.deepEqual(world.backs, [['vrf_1', isHeard ? 'heard' : 'denied']])
      assert.equal(say?.some(({ text }) => text === '5') ?? false, isHeard)
      if (!isHeard) assert.deepEqual([say?.[0]?.text, more], [WORDS.denied, null])
    }
  })

  test('a call that is awaited no more is not made, and one that failed is told unless it may ring', async () => {
    const world = plain()
    const delivered = await world.start({ denies: 'vrf_over' })
    assert.deepEqual([delivered, world.asked], [{ outcome: 'failed', reason: 'expired' }, []])
    const delivery = { id: 'out_1', address: '+41790000042' }
    for (const [denies, reason] of [
      ['vrf_1', 'expired'],
      ['vrf_2', null],
      ['vrf_3', 'unclear'],
      [undefined, 'rejected'],
    ] as const) {
      const payload = { digits: '551908', ...(denies && { denies }) }
      await world.channel.undelivered?.({ ...delivery, payload }, reason)
    }
    assert.deepEqual(world.backs, [
      ['vrf_1', 'unanswered'],
      ['vrf_2', 'unanswered'],
    ])
  })

  test('S24 in a call that is about no other 9 is a key like any', async () => {
    const world = plain()
    await world.start()
    const { say, status } = JSON.parse(world.asked[0]?.body ?? '') as Record<string, string>
    assert.equal(status, `${CALLBACK}/status`)
    const greeting = await ask(world, say ?? '', { call: 'c1', key: null })
    const again = await ask(world, greeting.ask?.url ?? '', { call: 'c1', key: '9' })
    assert.deepEqual([again.say?.[0]?.text, world.backs], [WORDS.greeting, []])
  })

  test('a call that was not answered is told as such', async () => {
    const world = plain()
    const ENDS = [
      ['busy', 'unreachable'],
      ['no-answer', 'unreachable'],
      ['failed', 'rejected'],
    ] as const
    for (const [status] of ENDS) await ask(world, `${CALLBACK}/status`, { call: status, status })
    await ask(world, `${CALLBACK}/status`, { call: 'x', status: 'ringing' })
    await ask(world, `${CALLBACK}/status`, { status: 'busy' })
    const found = world.receipts.map(({ message, failure }) => [message, failure])
    assert.deepEqual(
      found,
      ENDS.map(([status, failure]) => [status, failure]),
    )
  })
})

suite('calls over a provider like Twilio', () => {
  const ask = async (
    { channel }: ReturnType<typeof calls>,
    address: string,
    fields: Record<string, string>,
  ) => {
    const body = new URLSearchParams(fields).toString()
    const headers = { 'x-twilio-signature': twilioSignature({ token: SECRET, address, body }) }
    const path = address.slice(CALLBACK.length + 1)
    return await channel.answer?.({ path, headers, body })
  }

  test('R007 the request and the scripts are those it documents', async () => {
    const world = calls(TWILIO, { sid: 'CA1' })
    assert.deepEqual(await world.start(), { outcome: 'sent', messages: ['CA1'] })
    const fields = new URLSearchParams(world.asked[0]?.body)
    assert.equal(
      world.asked[0]?.url,
      'https://voice.example.com/2010-04-01/Accounts/AC0/Calls.json',
    )
    assert.equal(fields.get('To'), '+41790000042')
    assert.equal(fields.get('StatusCallback'), `${CALLBACK}/status`)
    const greeting = await ask(world, fields.get('Url') ?? '', { CallSid: 'CA1' })
    assert.equal(greeting?.type, 'text/xml; charset=utf-8')
    assert.match(
      greeting?.body ?? '',
      /^<\?xml version="1.0" encoding="UTF-8"\?><Response><Gather numDigits="1"/,
    )
    assert.match(
      greeting?.body ?? '',
      /<Say language="en-US">Example &#38; Co. Press 1.<\/Say><\/Gather>/,
    )
    const next = /action="([^"]+)"/.exec(greeting?.body ?? '')?.[1] ?? ''
    const code = await ask(world, next, { CallSid: 'CA1', Digits: '4' })
    assert.equal(code?.body?.match(/>5</g)?.length, 6)
    assert.deepEqual(world.receipts, [{ channel: 'voice', message: 'CA1', failure: null }])
    const over = /action="([^"]+)"/.exec(code?.body ?? '')?.[1] ?? ''
    assert.match(
      (await ask(world, over, { CallSid: 'CA1' }))?.body ?? '',
      /Good-bye.<\/Say><Hangup\/>/,
    )
  })

  test('an address that was not signed for is refused', async () => {
    const world = calls(TWILIO, { sid: 'CA1' })
    const reply = await world.channel.answer?.({
      path: 'status',
      body: 'CallSid=CA1&CallStatus=busy',
      headers: { 'x-twilio-signature': 'AAAA' },
    })
    assert.equal(reply?.status, 403)
    assert.deepEqual(world.receipts, [])
  })
})
