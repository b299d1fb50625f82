import assert from 'node:assert/strict'
import test, { type TestContext } from 'node:test'
import fastify from 'fastify'
import { minutes, seconds } from '#core/time.ts'
import { endSession, findOpenSession } from '#engine/session.ts'
import { tradingPlatform } from '../examples/trading-platform/plugin.ts'
import type { TestPhone } from './support/phone.ts'
import { freePorts } from './support/ports.ts'
import {
  hiddenFields,
  loggedInAt,
  openSite,
  type Page,
  personAt,
  type Site,
  type Visitor,
  visitor,
} from './support/site.ts'
import { PASSWORD, requestsOf, sendAnswer } from './support/story.ts'

/** The sample trading platform, from the button to the page that says what one may do. */

interface Story extends Site {
  readonly phone: TestPhone
  readonly who: Visitor
}

async function openStory(t: TestContext): Promise<Story> {
  const site = await openSite(t)
  const accounts = [
    { number: 'U0000001', environment: 'live' as const },
    { number: 'DU000001', environment: 'paper' as const },
  ]
  const phone = await personAt(site, { userName: 'anna', password: PASSWORD, accounts })
  return { ...site, phone, who: visitor(site.issuer) }
}

const titleOf = ({ body }: Page): string => /<h1>([^<]*)<\/h1>/.exec(body)?.[1] ?? ''
const linkTo = ({ body }: Page, path: string): string =>
  new RegExp(`href="([^"]*${path}[^"]*)"`).exec(body)?.[1]?.replaceAll('&amp;', '&') ?? ''

/** Goes to the login page and types user name and password; what is shown next. */
async function typePassword({ who }: Story, environment = 'live'): Promise<Page> {
  const form = await who.follow(await who.get(`/trade/login?environment=${environment}`))
  const fields = { ...hiddenFields(form), userName: 'anna', password: PASSWORD, environment }
  return await who.follow(await who.post('/login', fields))
}

/** Approves on the phone, with the number that the page shows. */
async function decide({ world, phone }: Story, page: Page, decision: 'approve' | 'deny') {
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

async function loggedIn(story: Story, environment = 'live'): Promise<Page> {
  const waiting = await typePassword(story, environment)
  await decide(story, waiting, 'approve')
  return await story.who.follow(await story.who.get(waiting.address))
}

test('R021: password, approval on the phone, and the platform opens by itself', async (t) => {
  const story = await openStory(t)
  const before = await story.who.get('/trade')
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
  const story = await openStory(t)
  await loggedIn(story)
  const page = await loggedIn(story, 'paper')
  assert.equal(titleOf(page), 'Paper trading')
  assert.ok(page.body.includes('DU000001'))
})

test('R170: the platform and the login page that it leads to speak French', async (t) => {
  const { who } = await openStory(t)
  const page = await who.follow(await who.get('/trade/language/fr'))
  assert.match(page.body, /<html lang="fr">/)
  assert.equal(titleOf(page), 'Négocier')
  const form = await who.follow(await who.get('/trade/login?environment=live'))
  assert.match(form.body, /<html lang="fr">/)
})

test('R001: whoever is logged in already is not asked again', async (t) => {
  const story = await openStory(t)
  const token = await loggedInAt(story, story.phone, { userName: 'anna' })
  story.who.cookies.set('session', { value: token, path: '/' })
  const page = await story.who.follow(await story.who.get('/trade/login?environment=live'))
  assert.equal(titleOf(page), 'Live trading')
})

test('S85: a session that ends at the login server ends here at the next view', async (t) => {
  const story = await openStory(t)
  const { who, world } = story
  await loggedIn(story)
  const session = await findOpenSession(world, who.cookies.get('session')?.value ?? '')
  assert.ok(session)
  await endSession(world, session, { id: session.id, by: 'holder' })
  assert.equal(titleOf(await who.get('/trade')), 'You were logged out')
  assert.equal(titleOf(await who.get('/trade')), 'Trade')
})

test('S105: logging out here logs out there, and no foreign page can do it', async (t) => {
  const story = await openStory(t)
  const { who, world } = story
  const page = await loggedIn(story)
  const token = who.cookies.get('session')?.value ?? ''
  for (const address of ['/trade/logout', '/trade/logout?token=x']) {
    assert.equal(titleOf(await who.follow(await who.get(address))), 'Live trading')
  }
  const left = await who.follow(await who.get(linkTo(page, '/trade/logout')))
  assert.equal(titleOf(left), 'You are logged out')
  assert.equal(await findOpenSession(world, token), null)
  assert.equal(titleOf(await who.get('/trade')), 'Trade')
})

test('whoever cancels or denies is told in plain words', async (t) => {
  const story = await openStory(t)
  const { who } = story
  const form = await who.follow(await who.get('/trade/login?environment=live'))
  const uid = new URL(form.address).searchParams.get('interaction')
  const cancelled = await who.follow(await who.get(`/oidc/continue/${uid}/cancel`))
  assert.equal(titleOf(cancelled), 'You did not log in')
  assert.equal(cancelled.status, 403)

  const waiting = await typePassword(story)
  await decide(story, waiting, 'deny')
  const refused = await who.get(waiting.address)
  assert.equal(refused.leadsTo, null)
  assert.equal(titleOf(await who.get('/trade')), 'Trade')
})

test('A11: an answer that does not belong to this browser opens nothing', async (t) => {
  const story = await openStory(t)
  const { who, issuer } = story
  const waiting = await typePassword(story)
  await decide(story, waiting, 'approve')
  let page = await who.get(waiting.address)
  while (page.leadsTo !== null && !page.leadsTo.includes('/trade/callback')) {
    page = await who.get(page.leadsTo)
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
    for (const [name, cookie] of who.cookies) other.cookies.set(name, cookie)
    const answer = await other.get(address)
    assert.equal(titleOf(answer), 'This login was not started here', address)
  }
})

test('two tabs that log in at once do not disturb each other', async (t) => {
  const story = await openStory(t)
  const token = await loggedInAt(story, story.phone, { userName: 'anna' })
  const { who } = story
  const [one, other] = [await who.get('/trade/login'), await who.get('/trade/login')]
  const [first, second] = [await who.follow(one), await who.follow(other)]
  who.cookies.set('session', { value: token, path: '/' })
  for (const page of [first, second]) {
    const uid = new URL(page.address).searchParams.get('interaction')
    const opened = await who.follow(await who.get(`/oidc/continue/${uid}`))
    assert.equal(titleOf(opened), 'Live trading')
  }
})

test('an access token that has run out is renewed without a question', async (t) => {
  const story = await openStory(t)
  await loggedIn(story)
  const start = Date.now()
  t.mock.timers.enable({ apis: ['Date'], now: start + minutes(10) + seconds(1) })
  story.world.advance(minutes(10))
  const renewing = await story.who.get('/trade')
  assert.match(renewing.leadsTo ?? '', /prompt=none/)
  assert.equal(titleOf(await story.who.follow(renewing)), 'Live trading')

  t.mock.timers.setTime(start + minutes(60))
  story.world.advance(minutes(50))
  const ended = await story.who.follow(await story.who.get('/trade'))
  assert.equal(titleOf(ended), 'You were logged out')
  t.mock.timers.reset()
})

test('while the login server is away the platform says so, and starts all the same', async (t) => {
  const [port = 0] = await freePorts(1)
  const app = fastify()
  await app.register(tradingPlatform, {
    ...{ issuer: `http://localhost:${port}`, clientId: 'trade', clientSecret: null },
    ...{ address: 'http://localhost:4700/trade', name: 'Example Brokerage', timeZone: 'UTC' },
  })
  t.after(() => app.close())
  assert.equal((await app.inject('/trade')).statusCode, 200)
  const away = await app.inject('/trade/login')
  assert.equal(away.statusCode, 503)
  assert.match(away.body, /The login server does not answer/)
})

/** Types the withdrawal on the platform; what the login server shows. */
async function wish(story: Story, fields: Readonly<Record<string, string>>): Promise<Page> {
  const form = await story.who.get('/trade/withdraw')
  const typed = { ...hiddenFields(form), payee: 'Client A', account: 'Demo Bank 4471', ...fields }
  return await story.who.follow(await story.who.post('/trade/withdraw', typed))
}

/** Password again, then the response of the phone: in flight mode that is all it can give. */
async function confirm({ who, phone, world }: Story, task: Page): Promise<Page> {
  const path = new URL(task.address).pathname
  const password = { ...hiddenFields(task), userName: 'anna', password: PASSWORD }
  const asked = await who.follow(await who.post(path, password))
  const shown = /<p class="number"><span class="hidden">([\d ]+)</.exec(asked.body)?.[1] ?? ''
  const answer = await phone.respond(shown.replaceAll(' ', ''), world.now())
  const login = /\/login\/log_\w{26}/.exec(asked.body)?.[0] ?? ''
  return await who.follow(await who.post(`${login}/answer`, { ...hiddenFields(asked), answer }))
}

test('R023 R121 a withdrawal is approved at the login server, and paid once', async (t) => {
  const story = await openStory(t)
  const { who } = story
  await loggedIn(story)
  const task = await wish(story, { amount: '12,500' })
  assert.equal(titleOf(task), 'Approve this withdrawal')
  const done = await confirm(story, task)
  assert.equal(titleOf(done), 'The money is on its way')
  for (const text of ['USD\u00a012,500.00', 'Client A', 'Demo Bank 4471', 'tsk_']) {
    assert.ok(done.body.includes(text), text)
  }
  const again = await who.get(new URL(done.address).pathname)
  assert.equal(titleOf(again), 'The money is on its way', 'the page can be looked at again')
  const stranger = visitor(story.issuer)
  assert.equal((await stranger.get(new URL(done.address).pathname)).status, 303)
  const twice = await who.follow(await who.get(new URL(task.address).pathname))
  assert.match(twice.body, /This approval was used already/)
})

test('a withdrawal that is no amount, or that no page of ours sent, goes nowhere', async (t) => {
  const story = await openStory(t)
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

test('S87 whoever does not send comes back to the form', async (t) => {
  const story = await openStory(t)
  await loggedIn(story)
  const task = await wish(story, { amount: '5' })
  const cancel = /action="(\/tasks\/tsk_\w{26}\/cancel)"/.exec(task.body)?.[1] ?? ''
  const form = hiddenFields(task)['form'] ?? ''
  const back = await story.who.follow(await story.who.post(cancel, { form }))
  assert.equal(titleOf(back), 'Withdraw money')
})

test('S104 the API of the platform says what would be enough (RFC 9470)', async (t) => {
  const story = await openStory(t)
  const address = `${story.issuer}/trade/api/limits`
  const none = await fetch(address)
  assert.equal(none.status, 401)
  assert.equal(none.headers.get('www-authenticate'), 'Bearer')
  const forged = await fetch(address, { headers: { authorization: 'Bearer nothing' } })
  assert.equal(forged.status, 401)
})
