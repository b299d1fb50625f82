import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { suite, test, type TestContext } from 'node:test'
import type { CarrierReceipt, Channel, TextedBack } from '#channels/channel.ts'
import type { RequestTemplate } from '#channels/http-request.ts'
import { twilioSignature } from '#channels/signature.ts'
import { smsOverHttp, type TemplatedTextOptions } from '#channels/sms-http/templated.ts'
import { smsOverTwilio } from '#channels/sms-http/twilio.ts'

interface Got {
  readonly method: string
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** A provider that answers as it is told to, and remembers what it was sent. */
async function provider(t: TestContext, answer: (response: ServerResponse) => void) {
  const got: Got[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk) => (body += String(chunk)))
    request.on('end', () => {
      got.push({
        method: request.method ?? '',
        url: request.url ?? '',
        headers: request.headers,
        body,
      })
      answer(response)
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return { got, url: `http://127.0.0.1:${port}` }
}

const json = (status: number, body: unknown) => (response: ServerResponse) =>
  void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))

const CALLBACK = 'https://login.example.com/carriers/sms'
const TEXT = 'A "quoted" line\n<b>&\u00e9</b> 551908'

const TEMPLATE = (url: string): RequestTemplate => ({
  url: `${url}/send?to={{to}}`,
  method: 'POST',
  headers: { 'Content-Type': 'application/json', 'X-Id': '{{id}}' },
  body: '{"from":"{{from}}","text":"{{text}}","report":"{{status}}"}',
})

function templated(url: string, changes: Partial<TemplatedTextOptions> = {}) {
  const receipts: CarrierReceipt[] = []
  const texted: TextedBack[] = []
  const channel = smsOverHttp({
    template: TEMPLATE(url),
    idAt: '/messages/0/id',
    success: null,
    senderOf: () => ({ from: 'Example', registration: null }),
    noteTextedBack: async (text) => void texted.push(text),
    callback: CALLBACK,
    fetch,
    patienceMs: 2_000,
    receipts: {
      secret: 'shared secret of a test',
      header: 'X-Signature',
      idAt: '/id',
      statusAt: '/state',
      fromAt: '/message/from',
      textAt: '/message/text',
      delivered: ['DELIVERED'],
      failed: ['FAILED', 'EXPIRED', 'SPAM_BLOCKED', 'REJECTED'],
    },
    note: async (receipt) => void receipts.push(receipt),
    report: () => {},
    ...changes,
  })
  return { channel, receipts, texted }
}

const sendBy = (channel: Channel) =>
  channel.deliver({
    id: 'out_1',
    address: '+41790000042',
    payload: { text: TEXT, language: 'en', name: 'login' },
  })

suite('texts over a provider that the operator describes', () => {
  test('what is put in stays a value: in an address, in JSON, in a form, in XML', async (t) => {
    const { got, url } = await provider(t, json(200, { messages: [{ id: 77 }] }))
    const { channel } = templated(url)
    assert.deepEqual(await sendBy(channel), { outcome: 'sent', messages: ['77'] })
    assert.equal(got[0]?.url, '/send?to=%2B41790000042')
    assert.equal(got[0]?.headers['x-id'], 'out_1')
    const sent = JSON.parse(got[0]?.body ?? '') as Record<string, string>
    assert.deepEqual(sent, { from: 'Example', text: TEXT, report: `${CALLBACK}/status` })
    const form = { 'content-type': 'application/x-www-form-urlencoded' }
    const asForm = { ...TEMPLATE(url), headers: form, body: 'text={{text}}&x=1' }
    await sendBy(templated(url, { template: asForm }).channel)
    assert.equal(new URLSearchParams(got[1]?.body).get('text'), TEXT)
    assert.equal(new URLSearchParams(got[1]?.body).get('x'), '1')
    const asXml = {
      ...TEMPLATE(url),
      headers: { 'content-type': 'text/xml' },
      body: '<t>{{text}}</t>',
    }
    await sendBy(templated(url, { template: asXml }).channel)
    assert.match(
      got[2]?.body ?? '',
      /^<t>A &#34;quoted&#34; line\n&#60;b&#62;&#38;é&#60;\/b&#62; 551908<\/t>$/,
    )
  })

  test('a value with a line break does not get into a header', async (t) => {
    const { got, url } = await provider(t, json(200, {}))
    const template = { ...TEMPLATE(url), headers: { 'x-text': '{{text}}' } }
    const sent = await sendBy(templated(url, { template }).channel)
    assert.deepEqual(sent, { outcome: 'failed', reason: 'rejected' })
    assert.equal(got.length, 0)
  })

  const ANSWERS = [
    [429, 'later', 'later'],
    [503, 'later', 'later'],
    [302, 'later', 'later'],
    [401, 'later', 'later'],
    [400, 'rejected', 'rejected'],
    [422, 'rejected', 'rejected'],
    [500, 'later', 'unclear'],
    [502, 'later', 'unclear'],
  ] as const
  for (const [status, withId, withoutId] of ANSWERS) {
    test(`F12 status ${status} means ${withId} for a provider that knows repetitions, ${withoutId} for another`, async (t) => {
      const { got, url } = await provider(t, (response) =>
        response.writeHead(status, { location: `${url}/elsewhere` }).end(),
      )
      const known = await sendBy(templated(url).channel)
      assert.equal(
        'reason' in known && known.outcome === 'failed' ? known.reason : known.outcome,
        withId,
      )
      const template = { ...TEMPLATE(url), headers: { 'content-type': 'application/json' } }
      const unknown = await sendBy(templated(url, { template }).channel)
      assert.equal(
        'reason' in unknown && unknown.outcome === 'failed' ? unknown.reason : unknown.outcome,
        withoutId,
      )
      assert.equal(got.length, 2, 'no redirection is followed, and nothing is sent twice')
    })
  }

  test('F12 a provider that never answers, hangs up, or is not there', async (t) => {
    const never = await provider(t, () => {})
    assert.equal((await sendBy(templated(never.url).channel)).outcome, 'later')
    const template = { ...TEMPLATE(never.url), headers: {} }
    const unclear = { outcome: 'failed', reason: 'unclear' }
    assert.deepEqual(await sendBy(templated('', { template }).channel), unclear)
    const cut = await provider(t, (response) => void response.destroy())
    const cutTemplate = { ...TEMPLATE(cut.url), headers: {} }
    assert.deepEqual(await sendBy(templated('', { template: cutTemplate }).channel), unclear)
    const gone = createServer().listen(0, '127.0.0.1')
    await once(gone, 'listening')
    const { port } = gone.address() as AddressInfo
    gone.close()
    const nobody = { ...TEMPLATE(`http://127.0.0.1:${port}`), headers: {} }
    assert.equal((await sendBy(templated('', { template: nobody }).channel)).outcome, 'later')
  })

  test('an answer that says no with status 200 is a no, and a huge or strange one is no name', async (t) => {
    const success = { at: '/ok', is: 'true' }
    const no = await provider(t, json(200, { ok: 'true' }))
    assert.equal((await sendBy(templated(no.url, { success }).channel)).outcome, 'failed')
    const yes = await provider(t, json(200, { ok: true, messages: [{ id: 'a' }] }))
    assert.equal((await sendBy(templated(yes.url, { success }).channel)).outcome, 'sent')
    for (const answer of ['x'.repeat(200_000), 'null', '[]', '{"messages":{"0":{"id":{}}}}', '']) {
      const strange = await provider(t, (response) => void response.end(answer))
      const sent = await sendBy(templated(strange.url).channel)
      assert.deepEqual(sent, { outcome: 'sent', messages: [] })
    }
  })

  test('a signed report is kept, and any other is refused', async () => {
    const { channel, receipts } = templated('http://127.0.0.1:9')
    const tell = async (body: string, secret = 'shared secret of a test', path = 'status') => {
      const signature = createHmac('sha256', secret).update(body).digest('hex')
      const headers = { 'x-signature': `sha256=${signature}` }
      return (await channel.answer?.({ path, headers, body }))?.status
    }
    assert.equal(await tell('{"id":"a","state":"delivered"}'), 204)
    assert.equal(await tell('{"id":"b","state":"EXPIRED"}'), 204)
    assert.equal(await tell('{"id":"c","state":"SPAM_BLOCKED"}'), 204)
    assert.equal(await tell('{"id":"d","state":"REJECTED"}'), 204)
    assert.equal(await tell('{"id":5,"state":"FAILED"}'), 204)
    const found = receipts.map(({ message, failure }) => [message, failure])
    const expected = [
      ['a', null],
      ['b', 'expired'],
      ['c', 'blocked'],
      ['d', 'rejected'],
    ]
    assert.deepEqual(found, [...expected, ['5', 'unreachable']])
    for (const body of [
      '',
      '{}',
      'null',
      '{"id":"e"}',
      '{"id":"e","state":"QUEUED"}',
      '{"id":[],"state":1}',
    ])
      assert.equal(await tell(body), 204)
    assert.equal(await tell('{"id":"f","state":"delivered"}', 'another secret'), 403)
    assert.equal(await tell('{}', 'shared secret of a test', 'elsewhere'), 404)
    const unsigned = {
      path: 'status',

      headers: {},
      body: '{"id":"g","state":"delivered"}',
    }
    assert.equal((await channel.answer?.(unsigned))?.status, 403)
    assert.equal(receipts.length, 5)
  })
})

suite('filters of carriers, over a provider that the operator describes', () => {
  test('R091 the request says who sends which registered words, where there are any', async (t) => {
    const { got, url } = await provider(t, json(200, { messages: [{ id: 1 }] }))
    const template = {
      ...TEMPLATE(url),
      body: '{"from":"{{from}}","pe":"{{entity}}","ct":"{{template}}"}',
    }
    const registration = { entity: '11', templates: { 'login.en': '21' } }
    const senderOf = () => ({ from: 'EXMPLB', registration })
    await sendBy(templated(url, { template, senderOf }).channel)
    await sendBy(templated(url, { template }).channel)
    assert.deepEqual(
      got.map(({ body }) => JSON.parse(body) as unknown),
      [
        { from: 'EXMPLB', pe: '11', ct: '21' },
        { from: 'Example', pe: '', ct: '' },
      ],
    )
  })

  test('R091 A21 what is texted back is believed with its signature only', async () => {
    const { channel, texted } = templated('http://127.0.0.1:9')
    const tell = async (body: string, secret = 'shared secret of a test') => {
      const signature = createHmac('sha256', secret).update(body).digest('hex')
      const headers = { 'x-signature': signature }
      return (await channel.answer?.({ path: 'reply', headers, body }))?.status
    }
    const good = '{"message":{"from":"+41790000042","text":"STOP"}}'
    assert.equal(await tell(good), 204)
    assert.equal(await tell(good, 'another secret'), 403)
    for (const body of ['', '[]', 'null', '{"message":{"from":"+41790000042"}}', '{"message":7}'])
      assert.equal(await tell(body), 204, body)
    assert.deepEqual(texted, [{ from: '+41790000042', text: 'STOP' }])
    const closed = templated('http://127.0.0.1:9', { receipts: null }).channel
    const call = { path: 'reply', headers: {}, body: good }
    assert.equal((await closed.answer?.(call))?.status, 404)
  })
})

suite('texts over a provider like Twilio', () => {
  const account = { account: 'AC0', token: 'token of a test' }
  const twilio = (url: string, from = '+15005550006') => {
    const receipts: CarrierReceipt[] = []
    const texted: TextedBack[] = []
    const channel = smsOverTwilio({
      ...account,
      url,
      callback: CALLBACK,
      fetch,
      patienceMs: 2_000,
      senderOf: () => ({ from, registration: null }),
      noteTextedBack: async (text) => void texted.push(text),
      note: async (receipt) => void receipts.push(receipt),
    })
    return { channel, receipts, texted }
  }

  test('R006 the request is the one it documents', async (t) => {
    const { got, url } = await provider(t, json(201, { sid: 'SM1' }))
    assert.deepEqual(await sendBy(twilio(url).channel), { outcome: 'sent', messages: ['SM1'] })
    const [request] = got
    assert.equal(request?.url, '/2010-04-01/Accounts/AC0/Messages.json')
    const basic = Buffer.from('AC0:token of a test').toString('base64')
    assert.equal(request?.headers.authorization, `Basic ${basic}`)
    assert.deepEqual(Object.fromEntries(new URLSearchParams(request?.body)), {
      To: '+41790000042',
      From: '+15005550006',
      Body: TEXT,
      ValidityPeriod: '300',
      StatusCallback: `${CALLBACK}/status`,
    })
    await sendBy(twilio(url, 'MG0').channel)
    assert.equal(new URLSearchParams(got[1]?.body).get('MessagingServiceSid'), 'MG0')
  })

  const REFUSALS = [
    [400, 21211, 'rejected'],
    [400, 21610, 'stopped'],
    [400, 99999, 'rejected'],
    [500, undefined, 'unclear'],
  ] as const
  for (const [status, code, reason] of REFUSALS) {
    test(`its refusal ${status} ${code ?? ''} is ${reason}`, async (t) => {
      const { url } = await provider(t, json(status, { code }))
      assert.deepEqual(await sendBy(twilio(url).channel), { outcome: 'failed', reason })
    })
  }

  test('R091 what is texted back comes with its signature, and is answered with nothing', async () => {
    const { channel, texted } = twilio('http://127.0.0.1:9')
    const tell = async (path: string, signedFor: string) => {
      const body = new URLSearchParams({ From: '+12025550142', Body: 'Stop' }).toString()
      const address = `${CALLBACK}/${signedFor}`
      const signature = twilioSignature({ token: account.token, address, body })
      return await channel.answer?.({ path, headers: { 'x-twilio-signature': signature }, body })
    }
    const silence = { status: 200, type: 'text/xml', body: '<Response/>' }
    assert.deepEqual(await tell('reply', 'reply'), silence)
    // What was signed for one address counts at no other.
    assert.equal((await tell('reply', 'status'))?.status, 403)
    assert.equal((await tell('status', 'reply'))?.status, 403)
    assert.deepEqual(texted, [{ from: '+12025550142', text: 'Stop' }])
  })

  test('its signature is computed as its documentation shows', () => {
    // The example of "Security: Validating Signatures from Twilio".
    const form = { CallSid: 'CA1234567890ABCDE', Caller: '+14158675310', Digits: '1234' }
    const body = new URLSearchParams({
      ...form,
      From: '+14158675310',
      To: '+18005551212',
    }).toString()
    const address = 'https://example.com/myapp.php?foo=1&bar=2'
    const signature = twilioSignature({ token: '12345', address, body })
    assert.equal(signature, 'L/OH5YylLD5NRKLltdqwSvS0BnU=')
  })

  test('a report with its signature is kept; a changed one, or one for another address, is not', async () => {
    const { channel, receipts } = twilio('http://127.0.0.1:9')
    const tell = async (fields: Record<string, string>, address = `${CALLBACK}/status`) => {
      const body = new URLSearchParams(fields).toString()
      const signature = twilioSignature({ token: account.token, address, body })
      const headers = { 'x-twilio-signature': signature }
      return (await channel.answer?.({ path: 'status', headers, body }))?.status
    }
    assert.equal(await tell({ MessageSid: 'SM1', MessageStatus: 'sent' }), 204)
    assert.equal(await tell({ MessageSid: 'SM1', MessageStatus: 'delivered' }), 204)
    assert.equal(
      await tell({ MessageSid: 'SM2', MessageStatus: 'undelivered', ErrorCode: '30007' }),
      204,
    )
    assert.equal(await tell({ MessageSid: 'SM3', MessageStatus: 'failed' }), 204)
    assert.equal(
      await tell({ MessageSid: 'SM4', MessageStatus: 'delivered' }, 'https://elsewhere'),
      403,
    )
    assert.deepEqual(
      receipts.map(({ message, failure }) => [message, failure]),
      [
        ['SM1', null],
        ['SM2', 'blocked'],
        ['SM3', 'unreachable'],
      ],
    )
  })
})
