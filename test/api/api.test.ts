import assert from 'node:assert/strict'
import test, { type TestContext } from 'node:test'
import fc from 'fast-check'
import { minutes, seconds } from '#core/time/time.ts'
import type { Login, NewSession, Session } from '#edges/api/schemas.ts'
import { describeApi } from '#edges/api/routes.ts'
import type { TestPhone } from '../support/clients/phone.ts'
import { openSite, personAt, type Site } from '../support/server/site.ts'
import { PASSWORD, requestsOf, sendAnswer } from '../support/clients/engine-story.ts'

/** The JSON API as a platform that is a program finds it. */

interface Story extends Site {
  readonly phone: TestPhone
}

async function openStory(t: TestContext): Promise<Story> {
  const site = await openSite(t)
  const accounts = [{ number: 'U0000001', environment: 'live' as const }]
  return {
    ...site,
    phone: await personAt(site, { userName: 'anna', password: PASSWORD, accounts }),
  }
}

interface Answer<T> {
  readonly status: number
  readonly type: string
  readonly headers: Headers
  readonly body: T
}

interface Sending {
  readonly secret?: string
  readonly body?: unknown
  readonly text?: string
  readonly type?: string
  readonly method?: string
}

async function send<T = { code: string }>(
  { issuer }: Pick<Site, 'issuer'>,
  path: string,
  { secret, body, text, type, method }: Sending = {},
): Promise<Answer<T>> {
  const sent = text ?? (body === undefined ? null : JSON.stringify(body))
  const response = await fetch(issuer + path, {
    method: method ?? (sent === null ? 'GET' : 'POST'),
    ...(sent !== null && { body: sent }),
    headers: {
      ...(sent !== null && { 'content-type': type ?? 'application/json' }),
      ...(secret !== undefined && { authorization: `Bearer ${secret}` }),
    },
  })
  const said = await response.text()
  return {
    status: response.status,
    type: response.headers.get('content-type') ?? '',
    headers: response.headers,
    body: (said === '' ? null : JSON.parse(said)) as T,
  }
}

const CLAIM = { userName: 'anna', password: PASSWORD, environment: 'live', platform: 'trade' }

async function begun(story: Pick<Site, 'issuer'>, changes: object = {}) {
  const answer = await send<{ login: Login; secret: string }>(story, '/api/logins', {
    body: { ...CLAIM, ...changes },
  })
  assert.equal(answer.status, 201, JSON.stringify(answer.body))
  return { ...answer.body, path: `/api/logins/${answer.body.login.id}`, headers: answer.headers }
}

const numberIn = ({ views }: Login): string =>
  views.flatMap(({ number }) => (number ? [number.digits] : []))[0] ?? ''

/** Approves on the phone. */
async function approve({ world, phone }: Story, number: string): Promise<void> {
  const [request] = await requestsOf(world, phone)
  assert.ok(request)
  const signed = await phone.approve(request, { now: world.now(), number })
  const sent = await sendAnswer(world, request, signed)
  assert.ok(sent.ok)
}

test('R037: a program logs in with the response of the phone', async (t) => {
  const story = await openStory(t)
  const { login, secret, path, headers } = await begun(story)
  assert.equal(headers.get('location'), path)
  assert.equal(headers.get('access-control-allow-origin'), null)
  assert.equal(login.state, 'challenged')
  assert.deepEqual(
    login.choices.map(({ method, label }) => [method, label]),
    [['phone-key', null]],
  )
  const response = await story.phone.respond(numberIn(login), story.world.now())
  const answered = await send<{ login: Login; session: NewSession }>(story, `${path}/answer`, {
    secret,
    body: { answer: { response } },
  })
  assert.equal(answered.status, 200)
  assert.equal(answered.body.login.state, 'completed')
  const { token, recognition } = answered.body.session
  const session = await send<Session>(story, '/api/session', { secret: token })
  assert.equal(session.body.userName, 'anna')
  assert.equal(session.body.account, 'U0000001')
  assert.equal(session.body.acr, 'urn:countersign:acr:3')
  assert.equal(session.body.rights.trading, true)

  // Next time the program is recognised: it hears names, and the phone asks for no number.
  const again = await begun(story, { recognition })
  assert.equal(again.login.choices[0]?.label, 'Test phone')
  assert.equal(again.login.views[0]?.number, null)

  const ended = await send(story, '/api/session', { secret: token, method: 'DELETE' })
  assert.equal(ended.status, 204)
  assert.equal((await send(story, '/api/session', { secret: token })).status, 401)
})

test('R130: a program is told whether its client trades from where it asks', async (t) => {
  const story = await openStory(t)
  const { login, secret, path } = await begun(story)
  const response = await story.phone.respond(numberIn(login), story.world.now())
  const answered = await send<{ session: NewSession }>(story, `${path}/answer`, {
    secret,
    body: { answer: { response } },
  })
  const { write } = story.world.db
  const networks = JSON.stringify(['127.0.0.1'])
  const set = write.updateTable('account').set({ opted_out: 1, trading_networks: networks })
  await story.world.db.commit([{ ...set.compile(), rows: null }])
  const rightsFrom = async (remoteAddress: string) => {
    const headers = { authorization: `Bearer ${answered.body.session.token}` }
    const said = await story.app.inject({ url: '/api/session', remoteAddress, headers })
    const { trading, tradePenny, tradeNetwork, decidedBy } = said.json<Session>().rights
    return { trading, tradePenny, tradeNetwork, decidedBy }
  }
  const named = { tradeNetwork: ['127.0.0.1'] }
  assert.deepEqual(await rightsFrom('127.0.0.1'), {
    ...named,
    trading: true,
    tradePenny: true,
    decidedBy: ['trades', 'opted-out-limits'],
  })
  assert.deepEqual(await rightsFrom('198.51.100.9'), {
    ...named,
    trading: false,
    tradePenny: false,
    decidedBy: ['trades', 'outside-networks', 'opted-out-limits'],
  })
})

test('R021: a program that waits hears of the approval, and takes its session once', async (t) => {
  const story = await openStory(t)
  const { login, secret, path } = await begun(story)
  const headers = { authorization: `Bearer ${secret}` }
  // Less than the heartbeat of a stream: a wake-up has to come, because a check by itself would be
  // too late.
  const signal = AbortSignal.timeout(10_000)
  const stream = await fetch(`${story.issuer}${path}/events`, { headers, signal })
  assert.match(stream.headers.get('content-type') ?? '', /^text\/event-stream/)
  await approve(story, numberIn(login))
  const heard = await stream.text()
  const states = [...heard.matchAll(/"state":"(\w+)"/g)].map(([, state]) => state)
  assert.equal(states[0], 'challenged')
  assert.equal(states.at(-1), 'completed')

  const claimed = await send<{ session: NewSession }>(story, `${path}/session`, {
    secret,
    method: 'POST',
  })
  assert.equal(claimed.status, 201)
  const { token } = claimed.body.session
  assert.equal((await send(story, '/api/session', { secret: token })).status, 200)
  const second = await send(story, `${path}/session`, { secret, method: 'POST' })
  assert.equal(second.status, 409)
  assert.equal(second.body.code, 'login.already-claimed')
})

test('the phone names the program by its platform, and never by what it calls itself', async (t) => {
  const story = await openStory(t)
  await fetch(`${story.issuer}/api/logins`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'user-agent': 'Your bank, approve now' },
    body: JSON.stringify(CLAIM),
  })
  const [request] = await requestsOf(story.world, story.phone)
  assert.equal(request?.context.browser, 'Trading platform')
})

test('R170: every text of a view comes in the language that was asked for', async (t) => {
  const story = await openStory(t)
  const [english, french] = [await begun(story), await begun(story, { language: 'fr' })]
  const textsOf = ({ login }: { login: Login }) =>
    login.views.flatMap(({ title, lead, field, other, steps }) => [
      title,
      lead,
      field?.label,
      field?.button,
      other?.text,
      ...steps.map(({ text }) => text),
    ])
  const [en, fr] = [textsOf(english), textsOf(french)]
  assert.ok(en.length > 5)
  for (const [index, text] of en.entries()) {
    if (text === undefined) continue
    assert.notEqual(text, fr[index])
    assert.doesNotMatch(text, /^[a-z-]+\.[a-z.-]+$|\{\{/, 'a key is no text')
  }
  const scan = english.login.views[0]?.number?.scan
  assert.equal(scan, `${story.issuer}/phone#login=${english.login.id}.${numberIn(english.login)}`)
})

test('A1: unknown name, wrong password and odd names hear the same', async (t) => {
  const story = await openStory(t)
  const odd = [
    'nobody',
    'an\u0000na',
    'a\u202enna',
    ' ',
    '\uffff',
    "' or 1=1 --",
    '\u{1f600}'.repeat(60),
  ]
  const wrong = await send(story, '/api/logins', { body: { ...CLAIM, password: 'wrong' } })
  assert.equal(wrong.status, 401)
  for (const userName of odd) {
    const answer = await send(story, '/api/logins', { body: { ...CLAIM, userName } })
    assert.deepEqual([answer.status, answer.body], [wrong.status, wrong.body], userName)
  }
})

test('A31: what does not fit is refused as malformed, and named as such', async (t) => {
  const story = await openStory(t)
  const long = 'x'.repeat(10_000)
  const bodies: readonly unknown[] = [
    null,
    [],
    'anna',
    1,
    {},
    { userName: 'anna' },
    { ...CLAIM, extra: 1 },
    { ...CLAIM, userName: '' },
    { ...CLAIM, userName: long },
    { ...CLAIM, password: long },
    { ...CLAIM, userName: ['anna'] },
    { ...CLAIM, userName: { $ne: '' } },
    { ...CLAIM, environment: 'LIVE' },
    { ...CLAIM, language: 'de' },
    { ...CLAIM, recognition: 'x' },
    { ...CLAIM, recognition: long },
  ]
  for (const body of bodies) {
    const answer = await send(story, '/api/logins', { body })
    assert.equal(answer.status, 400, JSON.stringify(body).slice(0, 80))
    assert.equal(answer.body.code, 'request.malformed')
    assert.match(answer.type, /^application\/problem\+json/)
  }
  const texts = [
    '',
    '{',
    '{"userName":',
    '\u0000',
    '{"__proto__":{"a":1}}',
    'NaN',
    '[1,]',
    '"\\ud800"',
  ]
  for (const text of texts) {
    const answer = await send(story, '/api/logins', { text })
    assert.equal(answer.status, 400, text)
  }
  const twice =
    '{"userName":"anna","userName":"ben","password":"x","environment":"live","platform":"trade"}'
  assert.equal((await send(story, '/api/logins', { text: twice })).status, 401)
  assert.equal((await send(story, '/api/logins', { text: `"${'x'.repeat(70_000)}"` })).status, 413)
  assert.equal(
    (await send(story, '/api/logins', { body: { ...CLAIM, platform: 'no' } })).status,
    400,
  )
})

test('A10: only JSON is read, so that no form of a foreign page is', async (t) => {
  const story = await openStory(t)
  const text = JSON.stringify(CLAIM)
  const types = [
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
  ]
  for (const type of types) {
    const answer = await send(story, '/api/logins', { text, type })
    assert.equal(answer.status, 415, type)
  }
  const preflight = await fetch(`${story.issuer}/api/logins`, {
    method: 'OPTIONS',
    headers: { origin: 'https://evil.example', 'access-control-request-method': 'POST' },
  })
  assert.equal(preflight.headers.get('access-control-allow-origin'), null)
  assert.ok(preflight.status >= 400)
})

test('A8: a login of another client does not exist, and neither does one without a secret', async (t) => {
  const story = await openStory(t)
  const [mine, other] = [await begun(story), await begun(story)]
  const unknown = '/api/logins/log_00000000000000000000000000'
  const secrets = [other.secret, undefined, '', 'x'.repeat(43), `${mine.secret}x`]
  for (const path of [mine.path, unknown, '/api/logins/x', '/api/logins/ses_1']) {
    for (const secret of path === mine.path ? secrets : [mine.secret]) {
      const sending = secret === undefined ? {} : { secret }
      const answers = [
        await send(story, path, sending),
        await send(story, `${path}/events`, sending),
        await send(story, `${path}/answer`, { ...sending, body: { answer: { response: '1' } } }),
        await send(story, `${path}/session`, { ...sending, method: 'POST' }),
      ]
      for (const { status, body } of answers) {
        assert.deepEqual([status, body.code], [404, 'login.not-found'], `${path} ${secret}`)
      }
    }
  }
  assert.equal((await send(story, mine.path, { secret: mine.secret })).status, 200)
  const long = `/api/logins/${'x'.repeat(10_000)}`
  assert.equal((await send(story, long, { secret: mine.secret })).status, 404)
})

test('A8: an authenticator of another client cannot be asked', async (t) => {
  const story = await openStory(t)
  const stranger = await personAt(story, { userName: 'ben', password: PASSWORD })
  const { secret, path, login } = await begun(story)
  const challenge = async (body: unknown) =>
    await send<{ code: string }>(story, `${path}/challenge`, { secret, body })
  for (const authenticator of [stranger.self.authenticator, 'aut_x', '', 'x'.repeat(40)]) {
    const answer = await challenge({ authenticator })
    assert.deepEqual([answer.status, answer.body.code], [404, 'authenticator.not-found'])
  }
  assert.equal((await challenge({ authenticator: 'x'.repeat(41) })).status, 400)
  assert.equal((await challenge({ authenticator: 1 })).status, 400)
  const own = login.choices[0]?.authenticator
  const renewed = await send<Login>(story, `${path}/challenge`, {
    secret,
    body: { authenticator: own, way: 'response' },
  })
  assert.equal(renewed.status, 200)
  assert.deepEqual(
    renewed.body.views.map(({ name }) => name),
    ['response'],
  )
  assert.notEqual(numberIn(renewed.body), numberIn(login))
})

test('A7: a challenge is answered once, and an old one not at all', async (t) => {
  const story = await openStory(t)
  const { login, secret, path } = await begun(story)
  const answer = async (response: string) =>
    await send(story, `${path}/answer`, { secret, body: { answer: { response } } })
  const old = await story.phone.respond(numberIn(login), story.world.now())
  const body = { authenticator: login.choices[0]?.authenticator }
  const renewed = await send<Login>(story, `${path}/challenge`, { secret, body })
  const wrong = await answer(old)
  assert.deepEqual([wrong.status, wrong.body.code], [401, 'login.wrong-answer'])
  const closed = await answer(await story.phone.respond(numberIn(renewed.body), story.world.now()))
  assert.deepEqual([closed.status, closed.body.code], [409, 'login.not-challenged'])
  const fresh = await send<Login>(story, `${path}/challenge`, { secret, body })
  const right = await story.phone.respond(numberIn(fresh.body), story.world.now())
  assert.equal((await answer(right)).status, 200)
  const twice = await answer(right)
  assert.deepEqual([twice.status, twice.body.code], [409, 'login.not-challenged'])
})

test('A31: an answer that is none is not counted', async (t) => {
  const story = await openStory(t)
  const { login, secret, path } = await begun(story)
  const odd: readonly unknown[] = [
    null,
    {},
    { answer: null },
    { answer: [] },
    { answer: { response: 1 } },
    { answer: {} },
    { answer: { response: '' } },
    { answer: { response: 'x'.repeat(10_000) } },
    { answer: { response: '1234567' } },
    { answer: { other: '12345678' } },
    { answer: { response: '12345678' }, more: 1 },
    { answer: { response: '12345678', a: 'b' } },
    { answer: { approval: 'x.y.z' } },
    { answer: { __proto__: null, constructor: 'x' } },
  ]
  for (const body of odd) {
    const answer = await send(story, `${path}/answer`, { secret, body })
    assert.equal(answer.status, 400, JSON.stringify(body).slice(0, 80))
  }
  const seen = await send<Login>(story, path, { secret })
  assert.deepEqual([seen.body.state, seen.body.triesLeft], ['challenged', 5])
  const response = await story.phone.respond(numberIn(login), story.world.now())
  const spaced = `${response.slice(0, 4)} ${response.slice(4)}`
  const body = { answer: { response: spaced } }
  assert.equal((await send(story, `${path}/answer`, { secret, body })).status, 200)
})

test('A4: of fifty guesses at once only five are looked at', async (t) => {
  const story = await openStory(t)
  const { login, secret, path } = await begun(story)
  const right = await story.phone.respond(numberIn(login), story.world.now())
  const guesses = Array.from({ length: 50 }, (_, at) => String((Number(right) + 1 + at) % 1e8))
  const answers = await Promise.all(
    guesses.map(async (guess) => {
      const body = { answer: { response: guess.padStart(8, '0') } }
      return await send(story, `${path}/answer`, { secret, body })
    }),
  )
  const looked = answers.filter(({ status }) => status === 401 || status === 403)
  assert.ok(looked.length <= 5, `${looked.length} were looked at`)
  assert.ok(answers.every(({ status }) => status >= 400 && status < 500))
})

test('A24: after its time nothing is right any more', async (t) => {
  const story = await openStory(t)
  const { login, secret, path } = await begun(story)
  story.world.advance(minutes(3))
  const response = await story.phone.respond(numberIn(login), story.world.now())
  const late = await send(story, `${path}/answer`, { secret, body: { answer: { response } } })
  assert.deepEqual([late.status, late.body.code], [410, 'login.too-late'])
  story.world.advance(minutes(7))
  const seen = await send<Login>(story, path, { secret })
  assert.equal(seen.body.state, 'expired')
  const body = { authenticator: login.choices[0]?.authenticator }
  const challenge = await send(story, `${path}/challenge`, { secret, body })
  assert.deepEqual([challenge.status, challenge.body.code], [410, 'login.expired'])
  const claim = await send(story, `${path}/session`, { secret, method: 'POST' })
  assert.deepEqual([claim.status, claim.body.code], [409, 'login.not-completed'])
})

test('A24: an approved login is taken within its ten minutes', async (t) => {
  const story = await openStory(t)
  const { login, secret, path } = await begun(story)
  await approve(story, numberIn(login))
  story.world.advance(minutes(10))
  const claim = await send(story, `${path}/session`, { secret, method: 'POST' })
  assert.deepEqual([claim.status, claim.body.code], [410, 'login.expired'])
})

test('a denial is told, and the login is over', async (t) => {
  const story = await openStory(t)
  const { secret, path } = await begun(story)
  const [request] = await requestsOf(story.world, story.phone)
  assert.ok(request)
  const decision = { now: story.world.now(), decision: 'not-me' as const }
  await sendAnswer(story.world, request, await story.phone.decide(request, decision))
  const seen = await send<Login>(story, path, { secret })
  assert.equal(seen.body.state, 'refused')
  assert.equal(seen.body.refusal?.code, 'login.not-me')
  assert.deepEqual(seen.body.views, [])
})

test('a caller who guesses too often hears when to come back', async (t) => {
  const story = await openStory(t)
  let answer = await send(story, '/api/logins', { body: { ...CLAIM, password: 'x' } })
  for (let count = 0; answer.status === 401 && count < 200; count += 1) {
    answer = await send(story, '/api/logins', { body: { ...CLAIM, password: 'x' } })
  }
  assert.equal(answer.status, 429)
  assert.ok(Number(answer.headers.get('retry-after')) >= 1)
})

test('a session is asked for with its token, and with nothing else', async (t) => {
  const story = await openStory(t)
  const { login, secret, path } = await begun(story)
  await approve(story, numberIn(login))
  const { body } = await send<{ session: NewSession }>(story, `${path}/session`, {
    secret,
    method: 'POST',
  })
  const { token } = body.session
  for (const wrong of [
    undefined,
    '',
    secret,
    `${token}x`,
    token.toLowerCase(),
    'x'.repeat(10_000),
  ]) {
    const answer = await send(story, '/api/session', wrong === undefined ? {} : { secret: wrong })
    assert.deepEqual([answer.status, answer.body.code], [401, 'session.missing'])
    assert.equal(answer.headers.get('www-authenticate'), 'Bearer')
  }
  for (const authorization of [token, `Basic ${token}`, `Bearer ${token} x`, `Bearer  ${token}`]) {
    const headers = { authorization }
    assert.equal((await fetch(`${story.issuer}/api/session`, { headers })).status, 401)
  }
  const cookie = { cookie: `session=${token}` }
  assert.equal((await fetch(`${story.issuer}/api/session`, { headers: cookie })).status, 401)
  story.world.advance(minutes(30))
  assert.equal((await send(story, '/api/session', { secret: token })).status, 401)
})

test('A31: no body that could be typed makes the server fail', async (t) => {
  const story = await openStory(t)
  const { app } = story
  const { secret, path } = await begun(story)
  const { paths } = (await describeApi()) as { readonly paths: Record<string, object> }
  const urls = Object.entries(paths)
    .filter(([, methods]) => 'post' in methods)
    .map(([url]) => url.replace('/api/logins/{id}', path))
  const names = ['userName', 'password', 'environment', 'platform', 'language', 'recognition']
  const member = fc.constantFrom(...names, 'authenticator', 'way', 'answer', '__proto__')
  const body = fc.oneof(fc.jsonValue(), fc.dictionary(member, fc.jsonValue()))
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...urls), body, async (url, payload) => {
      story.world.advance(seconds(30))
      const headers = { authorization: `Bearer ${secret}`, 'content-type': 'application/json' }
      const sent = { method: 'POST', url, headers, payload: JSON.stringify(payload) } as const
      const answer = await app.inject(sent)
      return answer.statusCode >= 400 && answer.statusCode < 500
    }),
    { numRuns: 1_000 },
  )
})
