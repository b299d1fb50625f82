import assert from 'node:assert/strict'
import test from 'node:test'
import { createContext, runInContext } from 'node:vm'
import fastify from 'fastify'
import { minutes, seconds } from '#core/time/time.ts'
import { endSession, findOpenSession } from '#engine/sessions/sessions.ts'
import { isFrom } from '../../examples/trading-platform/networks.ts'
import { tradingPlatform } from '../../examples/trading-platform/plugin.ts'
import { readWithdrawal } from '../../examples/trading-platform/withdrawals.ts'
import { freePorts } from '../support/server/ports.ts'
import {
  annaAt,
  type AtHome,
  hiddenFields,
  loggedInAt,
  type Page,
  signIn,
  visitor,
} from '../support/server/site.ts'
import { PASSWORD, requestsOf, sendAnswer } from '../support/clients/engine-story.ts'

/** The sample trading platform, from the button to the page that says what one may do. */

const titleOf = ({ body }: Page): string => /<h1>([^<]*)<\/h1>/.exec(body)?.[1] ?? ''
const linkTo = ({ body }: Page, path: string): string =>
  new RegExp(`href="([^"]*${path}[^"]*)"`).exec(body)?.[1]?.replaceAll('&amp;', '&') ?? ''

/** Goes to the login page and types user name and password; what is shown next. */
async function typePassword({ anna }: AtHome, environment = 'live'): Promise<Page> {
  const form = await anna.follow(await anna.get(`/trade/login?environment=${environment}`))
  const fields = { ...hiddenFields(form), userName: 'anna', password: PASSWORD, environment }
  return await anna.follow(await anna.post('/login', fields))
}

/** Approves on the phone, with the number that the page shows. */
async function decide({ world, phone }: AtHome, page: Page, decision: 'approve' | 'deny') {
  const [request] = await requestsOf(world, phone)
  assert.ok(request)
  // A browser that is known shows no number: the phone has it.
  const shown = /<p class="number"><span class="hidden">([\d ]+)</.exec(page.body)?.[1]
  const number = shown?.replaceAll(' ', '') ?? request.number ?? ''
  const now = world.now()
  const signed =
    decision === 'approve'
      ? await phone.approve(request, { now, number })
      : await phone.decide(request, { now, decision })
  const sent = await sendAnswer(world, request, signed)
  assert.ok(sent.ok)
}

async function loggedIn(story: AtHome, environment = 'live'): Promise<Page> {
  const waiting = await typePassword(story, environment)
  await decide(story, waiting, 'approve')
  return await story.anna.follow(await story.anna.get(waiting.address))
}

test('R021: password, approval on the phone, and the platform opens by itself', async (t) => {
  const story = await annaAt(t)
  const before = await story.anna.get('/trade')
  assert.equal(titleOf(before), 'Trade')
  const page = await loggedIn(story)
  assert.equal(page.address, `${story.issuer}/trade`)
  assert.equal(titleOf(page), 'Live trading')
  for (const text of ['anna', 'U0000001', 'USD\u00a01,000,000', 'Phone', 'Sample']) {
    assert.ok(page.body.includes(text), text)
  }
  // One script, of this house: it ends the page when the session ends, and nothing depends on it.
  assert.deepEqual(page.body.match(/<script[^>]*>/g), ['<script src="/trade/live.js" defer>'])
})

test('R017: the paper account is another login, and says so', async (t) => {
  const story = await annaAt(t)
  await loggedIn(story)
  const page = await loggedIn(story, 'paper')
  assert.equal(titleOf(page), 'Paper trading')
  assert.ok(page.body.includes('DU000001'))
})

test('R170: the platform and the login page that it leads to speak French', async (t) => {
  const { anna } = await annaAt(t)
  const page = await anna.follow(await anna.get('/trade/language/fr'))
  assert.match(page.body, /<html lang="fr">/)
  assert.equal(titleOf(page), 'Trading')
  const form = await anna.follow(await anna.get('/trade/login?environment=live'))
  assert.match(form.body, /<html lang="fr">/)
})

test('R001: a client who is logged in already is not asked again', async (t) => {
  const story = await annaAt(t)
  await signIn(story)
  const page = await story.anna.follow(await story.anna.get('/trade/login?environment=live'))
  assert.equal(titleOf(page), 'Live trading')
})

test('S85: a session that ends at the login server ends here at the next view', async (t) => {
  const story = await annaAt(t)
  const { anna, world } = story
  await loggedIn(story)
  const session = await findOpenSession(world, anna.cookies.get('session')?.value ?? '')
  assert.ok(session)
  await endSession(world, session, { id: session.id, by: 'holder' })
  assert.equal(titleOf(await anna.get('/trade')), 'You were logged out')
  assert.equal(titleOf(await anna.get('/trade')), 'Trade')
})

test('S105: logging out here logs out there, and no foreign page can do it', async (t) => {
  const story = await annaAt(t)
  const { anna, world } = story
  const page = await loggedIn(story)
  const token = anna.cookies.get('session')?.value ?? ''
  for (const address of ['/trade/logout', '/trade/logout?token=x']) {
    assert.equal(titleOf(await anna.follow(await anna.get(address))), 'Live trading')
  }
  const left = await anna.follow(await anna.get(linkTo(page, '/trade/logout')))
  assert.equal(titleOf(left), 'You are logged out')
  assert.equal(await findOpenSession(world, token), null)
  assert.equal(titleOf(await anna.get('/trade')), 'Trade')
})

test('a client who cancels or denies is told in plain words', async (t) => {
  const story = await annaAt(t)
  const { anna } = story
  const form = await anna.follow(await anna.get('/trade/login?environment=live'))
  const uid = new URL(form.address).searchParams.get('interaction')
  const cancelled = await anna.follow(await anna.get(`/oidc/continue/${uid}/cancel`))
  assert.equal(titleOf(cancelled), 'You did not log in')
  assert.equal(cancelled.status, 403)

  const waiting = await typePassword(story)
  await decide(story, waiting, 'deny')
  const refused = await anna.get(waiting.address)
  assert.equal(refused.leadsTo, null)
  assert.equal(titleOf(await anna.get('/trade')), 'Trade')
})

test('A11: an answer that does not belong to this browser opens nothing', async (t) => {
  const story = await annaAt(t)
  const { anna, issuer } = story
  const waiting = await typePassword(story)
  await decide(story, waiting, 'approve')
  let page = await anna.get(waiting.address)
  while (page.leadsTo !== null && !page.leadsTo.includes('/trade/callback')) {
    page = await anna.get(page.leadsTo)
  }
  const callback = page.leadsTo ?? ''
  const victim = visitor(issuer)
  const lured = await victim.get(callback)
  assert.equal(titleOf(lured), 'This login was not started here')
  assert.equal(lured.status, 400)

  const forged = [
    callback.replace(/state=[^&]+/, 'state=other'),
    callback.replace(/iss=[^&]+/, 'iss=https%3A%2F%2Fevil.example'),
    callback.replace(/&?iss=[^&]+/, ''),
    '/trade/callback',
    '/trade/callback?error=access_denied',
    `/trade/callback?${'x'.repeat(5_000)}`,
  ]
  for (const address of forged) {
    const other = visitor(issuer)
    for (const [name, cookie] of anna.cookies) other.cookies.set(name, cookie)
    const answer = await other.get(address)
    assert.equal(titleOf(answer), 'This login was not started here', address)
  }
})

test('two tabs that log in at once do not disturb each other', async (t) => {
  const story = await annaAt(t)
  const token = await loggedInAt(story, story.phone, { userName: 'anna' })
  const { anna } = story
  const [one, other] = [await anna.get('/trade/login'), await anna.get('/trade/login')]
  const [first, second] = [await anna.follow(one), await anna.follow(other)]
  anna.cookies.set('session', { value: token, path: '/' })
  for (const page of [first, second]) {
    const uid = new URL(page.address).searchParams.get('interaction')
    const opened = await anna.follow(await anna.get(`/oidc/continue/${uid}`))
    assert.equal(titleOf(opened), 'Live trading')
  }
})

test('an access token that has run out is renewed without a question', async (t) => {
  const story = await annaAt(t)
  await loggedIn(story)
  const start = Date.now()
  t.mock.timers.enable({ apis: ['Date'], now: start + minutes(10) + seconds(1) })
  story.world.advance(minutes(10))
  const renewing = await story.anna.get('/trade')
  assert.match(renewing.leadsTo ?? '', /prompt=none/)
  assert.equal(titleOf(await story.anna.follow(renewing)), 'Live trading')

  t.mock.timers.setTime(start + minutes(60))
  story.world.advance(minutes(50))
  const ended = await story.anna.follow(await story.anna.get('/trade'))
  assert.equal(titleOf(ended), 'You were logged out')
  t.mock.timers.reset()
})

test('while the login server is away the platform says so, and starts all the same', async (t) => {
  const [port = 0] = await freePorts(1)
  const app = fastify()
  await app.register(tradingPlatform, {
    issuer: `http://localhost:${port}`,
    clientId: 'trade',
    clientSecret: null,
    address: 'http://localhost:4700/trade',
    name: 'Example Brokerage',
    timeZone: 'UTC',
  })
  t.after(() => app.close())
  assert.equal((await app.inject('/trade')).statusCode, 200)
  const away = await app.inject('/trade/login')
  assert.equal(away.statusCode, 503)
  assert.match(away.body, /The login server does not answer/)
})

/** The client has opted out, and trades from these networks alone; from all where it says none. */
async function optOut({ world }: AtHome, networks: readonly string[]): Promise<void> {
  const named = networks.length === 0 ? null : JSON.stringify(networks)
  const set = world.db.write.updateTable('account').set({ opted_out: 1, trading_networks: named })
  await world.db.commit([{ ...set.compile(), rows: null }])
}

test('R130 the platform shows stocks of Pink Sheet and OTCBB, and lets them be traded, from a named network alone', async (t) => {
  const story = await annaAt(t)
  await optOut(story, [])
  const anywhere = await typePassword(story)
  assert.match(anywhere.body, /Pink Sheet and OTCBB<\/dt><dd><span class="tag bad">No/)
  assert.doesNotMatch(anywhere.body, /Garrow Moss|Trading only from/)
  await optOut(story, ['127.0.0.1', '203.0.113.0/24'])
  const named = await story.anna.get('/trade')
  assert.match(named.body, /Pink Sheet and OTCBB<\/dt><dd><span class="tag ok">Yes/)
  assert.match(named.body, /Garrow Moss/)
  assert.match(named.body, /Trading only from<\/dt><dd>127\.0\.0\.1, 203\.0\.113\.0\/24/)
  await optOut(story, ['203.0.113.0/24'])
  assert.equal(titleOf(await story.anna.get('/trade')), 'You were logged out')
  const refused = await typePassword(story)
  assert.equal(refused.status, 403)
  assert.equal(titleOf(refused), 'You cannot trade from this network')
})

test('R130 a session that goes on from another network ends at the platform, which alone sees it', async (t) => {
  const story = await annaAt(t)
  await optOut(story, ['127.0.0.1'])
  assert.equal(titleOf(await typePassword(story)), 'Live trading')
  const cookie = [...story.anna.cookies].map(([name, { value }]) => `${name}=${value}`).join('; ')
  const from = async (remoteAddress: string, url: string) =>
    await story.app.inject({ url, remoteAddress, headers: { cookie } })
  const form = await from('198.51.100.9', '/trade/withdraw')
  assert.equal(form.headers.location, '/trade')
  const away = await from('198.51.100.9', '/trade')
  assert.equal(away.statusCode, 403)
  assert.match(away.body, /You cannot trade from this network/)
  assert.equal(titleOf(await story.anna.get('/trade')), 'Trade')
})

test('R130 an address is looked for among networks of both kinds, however the system writes it', () => {
  const networks = ['203.0.113.0/24', '198.51.100.7', '2001:db8::/48']
  for (const address of ['203.0.113.9', '::ffff:203.0.113.9', '198.51.100.7', '2001:db8::9'])
    assert.ok(isFrom(networks, address), address)
  for (const address of ['203.0.114.9', '198.51.100.8', '2001:db8:1::9', ''])
    assert.equal(isFrom(networks, address), false, address)
  assert.ok(isFrom(null, '198.51.100.8'))
})

/** Types the withdrawal on the platform; what the login server shows. */
async function wish(story: AtHome, fields: Readonly<Record<string, string>>): Promise<Page> {
  const form = await story.anna.get('/trade/withdraw')
  const typed = { ...hiddenFields(form), payee: 'Client A', account: 'Demo Bank 4471', ...fields }
  return await story.anna.follow(await story.anna.post('/trade/withdraw', typed))
}

/** Password again, then the response of the phone: in flight mode that is all it can give. */
async function confirm({ anna, phone, world }: AtHome, task: Page): Promise<Page> {
  const path = new URL(task.address).pathname
  const password = { ...hiddenFields(task), userName: 'anna', password: PASSWORD }
  const waiting = await anna.follow(await anna.post(path, password))
  const login = /\/login\/log_\w{26}/.exec(waiting.body)?.[0] ?? ''
  const asked = await anna.follow(await anna.get(`${login}?view=response`))
  const shown = /<p class="number"><span class="hidden">([\d ]+)</.exec(asked.body)?.[1] ?? ''
  const answer = await phone.respond(shown.replaceAll(' ', ''), world.now())
  return await anna.follow(await anna.post(`${login}/answer`, { ...hiddenFields(asked), answer }))
}

test('R023 a withdrawal is approved at the login server, and paid once', async (t) => {
  const story = await annaAt(t)
  const { anna } = story
  await loggedIn(story)
  const task = await wish(story, { amount: '12,500' })
  assert.equal(titleOf(task), 'Approve this withdrawal')
  const done = await confirm(story, task)
  assert.equal(titleOf(done), 'The money is on its way')
  for (const text of ['USD\u00a012,500.00', 'Client A', 'Demo Bank 4471', 'tsk_']) {
    assert.ok(done.body.includes(text), text)
  }
  const again = await anna.get(new URL(done.address).pathname)
  assert.equal(titleOf(again), 'The money is on its way', 'the page can be looked at again')
  const stranger = visitor(story.issuer)
  assert.equal((await stranger.get(new URL(done.address).pathname)).status, 303)
  const twice = await anna.follow(await anna.get(new URL(task.address).pathname))
  assert.match(twice.body, /This approval was already used/)
})

test('R023 the amount is shown as it was understood before the password is asked', async (t) => {
  const story = await annaAt(t)
  await loggedIn(story)
  for (const amount of ['12500,00', '12,500.00', '12 500']) {
    const task = await wish(story, { amount })
    assert.match(task.body, /USD\u00a012,500\.00/, amount)
    assert.match(task.body, /type="password"/, amount)
  }
})

test('R170 an amount is read as it is written in either language, and never a hundredfold', () => {
  const read = (amount: string) => {
    const found = readWithdrawal({ amount, payee: 'Client A', account: 'Demo Bank 4471' })
    return found.ok ? found.withdrawal.amount : null
  }
  for (const typed of ['12500', '12500.00', '12,500.00', '12\u202f500,00', '12 500,0', '12500,00'])
    assert.equal(read(typed), '12500.00', typed)
  for (const [typed, amount] of [
    ['12,5', '12.50'] as const,
    ['12,50', '12.50'] as const,
    ['0,01', '0.01'] as const,
    ['1,250', '1250.00'] as const,
    ['1,250,000', '1250000.00'] as const,
  ])
    assert.equal(read(typed), amount, typed)
  for (const typed of [
    '',
    '0',
    '0,00',
    '-5',
    '1e5',
    '12,50,00',
    '1.250,00',
    '12,5000',
    ',5',
    '5,',
    '01',
  ])
    assert.equal(read(typed), null, typed)
})

test('a withdrawal that is no amount, or that no page of ours sent, goes nowhere', async (t) => {
  const story = await annaAt(t)
  await loggedIn(story)
  for (const amount of ['0', '-1', '1e308', '1.005', '', 'all']) {
    const page = await wish(story, { amount })
    assert.equal(page.status, 400, amount)
    assert.match(page.body, /Type a number above 0/)
  }
  assert.match((await wish(story, { amount: '5', payee: '' })).body, /Type a name/)
  const forged = await wish(story, { amount: '5', token: 'guessed' })
  assert.equal(titleOf(forged), 'Live trading')
})

test('S87 a client who does not send comes back to the form', async (t) => {
  const story = await annaAt(t)
  await loggedIn(story)
  const task = await wish(story, { amount: '5' })
  const cancel = /action="(\/tasks\/tsk_\w{26}\/cancel)"/.exec(task.body)?.[1] ?? ''
  const form = hiddenFields(task)['form'] ?? ''
  const back = await story.anna.follow(await story.anna.post(cancel, { form }))
  assert.equal(titleOf(back), 'Withdraw money')
})

test('S104 the API of the platform says what would be enough (RFC 9470)', async (t) => {
  const story = await annaAt(t)
  const address = `${story.issuer}/trade/api/limits`
  const none = await fetch(address)
  assert.equal(none.status, 401)
  assert.equal(none.headers.get('www-authenticate'), 'Bearer')
  const forged = await fetch(address, { headers: { authorization: 'Bearer nothing' } })
  assert.equal(forged.status, 401)
})

/** A page of the platform in a browser, as far as its scripts need one. */
function openPage(scripts: readonly string[]) {
  const page = { reloads: 0, leave: () => {}, end: () => {}, close: (_code: number) => {} }
  class Listener {
    onclose: (event: { readonly code: number }) => void = () => {}
    constructor() {
      page.close = (code) => this.onclose({ code })
    }
    addEventListener(_name: string, listener: () => void) {
      page.end = listener
    }
    close() {}
  }
  const dataset = { events: '/events', streams: 'wss://trade.example.com', tickets: '/ticket' }
  const browser = createContext({
    EventSource: Listener,
    WebSocket: Listener,
    Intl,
    URLSearchParams,
    document: { documentElement: { dataset, lang: 'en' }, querySelector: () => null },
    location: { reload: () => void (page.reloads += 1) },
    fetch: async () => ({ ok: true, status: 200, json: async () => ({ ticket: 'one' }) }),
    addEventListener: (name: string, listener: () => void) => {
      if (name === 'beforeunload') page.leave = listener
    },
  })
  for (const script of scripts) runInContext(script, browser)
  return page
}

test('a page that ends is loaded again, and not while its client is on the way out', async (t) => {
  const { anna } = await annaAt(t)
  const live = (await anna.get('/trade/live.js')).body
  const both = [live, (await anna.get('/trade/ticker.js')).body]
  for (const [scripts, isEnd] of [
    [[live], (page: ReturnType<typeof openPage>) => page.end()],
    [both, (page: ReturnType<typeof openPage>) => page.close(4401)],
  ] as const) {
    for (const [leaves, reloads] of [
      [false, 1],
      [true, 0],
    ] as const) {
      const page = openPage(scripts)
      // The ticket comes, and with it the stream.
      await new Promise(setImmediate)
      if (leaves) page.leave()
      isEnd(page)
      assert.equal(page.reloads, reloads)
    }
  }
})
