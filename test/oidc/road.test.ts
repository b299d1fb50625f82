import assert from 'node:assert/strict'
import { suite, test, type TestContext } from 'node:test'
import { findOpenSession } from '#engine/sessions/sessions.ts'
import { PASSWORD, requestsOf, sendAnswer } from '../support/clients/engine-story.ts'
import type { TestWorld } from '../support/server/world.ts'
import {
  annaAt,
  type AtHome,
  CLIENT_SECRET,
  hiddenFields,
  loggedInAt,
  type Page,
  personAt,
  signIn,
  type Visitor,
  visitor,
} from '../support/server/site.ts'

/**
 * The road from the button of a platform to its tokens: how many requests it takes, and whose
 * request is answered at its end.
 */

const CALLBACK = 'https://rp.example.com/callback'
/** The example of RFC 7636, appendix B. */
const CHALLENGE = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'
const VERIFIER = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'
const REQUESTS_MAX = 6

interface Road extends AtHome {
  /** Requests of this browser and of the platform's server so far. */
  readonly count: () => number
}

/** Anna at home, with a browser whose requests are counted. */
async function openRoad(t: TestContext): Promise<Road> {
  const home = await annaAt(t)
  let requests = 0
  home.app.server.on('request', () => {
    requests += 1
  })
  return { ...home, count: () => requests }
}

const asking = (changes: Readonly<Record<string, string>> = {}): string => {
  const query = new URLSearchParams({
    client_id: 'trade',
    redirect_uri: CALLBACK,
    response_type: 'code',
    scope: 'openid',
    state: 'st',
    code_challenge: CHALLENGE,
    code_challenge_method: 'S256',
    ...changes,
  })
  return `/oidc/auth?${query.toString()}`
}

const TYPED = { userName: 'anna', password: PASSWORD, environment: 'live' }

/** From the form to the page of the phone. */
async function typePassword(browser: Visitor, form: Page): Promise<Page> {
  assert.equal(new URL(form.address).pathname, '/login')
  return await browser.follow(await browser.post('/login', { ...hiddenFields(form), ...TYPED }))
}

const numberOn = ({ body }: Page): string =>
  /<p class="number"><span class="hidden">([\d ]+)</.exec(body)?.[1]?.replaceAll(' ', '') ?? ''

/** The client types what the phone shows. @returns the answer to that form, not followed. */
async function typeResponse({ phone, world }: AtHome, browser: Visitor, page: Page) {
  const path = new URL(page.address).pathname
  const shown = await browser.get(`${path}?view=response`)
  const answer = await phone.respond(numberOn(shown), world.now())
  return await browser.post(`${path}/answer`, { ...hiddenFields(shown), answer, view: 'response' })
}

async function approve({ phone, world }: AtHome, page: Page): Promise<void> {
  const [request] = await requestsOf(world, phone)
  assert.ok(request)
  const signed = await phone.approve(request, { now: world.now(), number: numberOn(page) })
  assert.deepEqual(await sendAnswer(world, request, signed), { ok: true, outcome: 'approved' })
}

const codeOf = ({ leadsTo }: Page): string | null =>
  leadsTo?.startsWith(CALLBACK) ? new URL(leadsTo).searchParams.get('code') : null

/** Of two that look for the request that waits, neither goes on before the other has seen it. */
function bothLook(db: Pick<TestWorld['db'], 'ask'>): () => number {
  const { ask } = db
  const seen = Promise.withResolvers<void>()
  let looks = 0
  const waiting: typeof ask = async (query) => {
    const rows = await ask(query)
    if (!query.parameters.includes('Interaction')) return rows
    looks += 1
    if (looks === 2) seen.resolve()
    await seen.promise
    return rows
  }
  Object.assign(db, { ask: waiting })
  return () => looks
}

/** A database of which one table cannot be read for a while. */
function breaking(db: Pick<TestWorld['db'], 'ask'>, table: string) {
  const { ask } = db
  let isAway = false
  const broken: typeof ask = async (query) => {
    if (isAway && query.sql.includes(`from "${table}"`)) throw new Error('disk I/O error')
    return await ask(query)
  }
  Object.assign(db, { ask: broken })
  return {
    fails(now: boolean) {
      isAway = now
    },
  }
}

interface Tokens {
  readonly id_token?: string
}

async function exchange({ issuer }: Pick<AtHome, 'issuer'>, code: string): Promise<Tokens> {
  const response = await fetch(`${issuer}/oidc/token`, {
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from(`trade:${CLIENT_SECRET}`).toString('base64')}`,
    },
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      code,
      redirect_uri: CALLBACK,
      code_verifier: VERIFIER,
    }),
  })
  return (await response.json()) as Tokens
}

const claimsIn = ({ id_token: token = '' }: Tokens) =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as {
    readonly sid: string
  }

const sidOf = async ({ world }: AtHome, { cookies }: Visitor) =>
  (await findOpenSession(world, cookies.get('session')?.value ?? ''))?.id

suite('The road from a platform to its tokens', () => {
  test('takes six requests with a code that is typed or a phone that approves, and two with a session', async (t) => {
    const home = await openRoad(t)
    const { anna } = home
    const ways = {
      approval: async (page: Page) => {
        await approve(home, page)
        return await anna.get(page.address)
      },
      // The number stands on another page of the phone than the first: one request more.
      response: async (page: Page) => await typeResponse(home, anna, page),
    }
    for (const [name, answer] of Object.entries(ways)) {
      const before = home.count()
      const form = await anna.follow(await anna.get(asking({ prompt: 'login' })))
      const last = await answer(await typePassword(anna, form))
      const code = codeOf(last) ?? assert.fail(`${name}: no answer but ${last.leadsTo}`)
      const { sid } = claimsIn(await exchange(home, code))
      const more = name === 'response' ? 1 : 0
      assert.equal(home.count() - before, REQUESTS_MAX + more, name)
      assert.equal(sid, await sidOf(home, anna), name)
    }
    const before = home.count()
    const code = codeOf(await anna.get(asking())) ?? assert.fail('asked again')
    assert.ok((await exchange(home, code)).id_token)
    assert.equal(home.count() - before, 2)
  })

  test('ends with a page that gives the code to the platform and to no other link', async (t) => {
    const home = await openRoad(t)
    const { anna } = home
    const form = await anna.follow(await anna.get(asking()))
    const last = await typeResponse(home, anna, await typePassword(anna, form))
    const code = codeOf(last) ?? assert.fail('no answer')
    assert.match(last.headers.get('cache-control') ?? '', /no-store/)
    assert.equal(last.headers.get('referrer-policy'), 'same-origin')
    const links = [...last.body.matchAll(/(?:href|content)="([^"]*)"/g)].map(([, to]) => to ?? '')
    const telling = links.filter((to) => to.includes(code))
    assert.equal(telling.length, 2)
    for (const to of telling) assert.ok(to.replace('0;url=', '').startsWith(`${CALLBACK}?`), to)
    assert.equal(new URL(last.leadsTo ?? '').searchParams.get('state'), 'st')
  })

  test('A11 a request of another browser is answered by no login', async (t) => {
    const home = await openRoad(t)
    const { issuer } = home
    for (const isKnown of [false, true]) {
      // The attacker begins, and sends the client a link to his login form.
      const [anna, attacker] = [visitor(issuer), visitor(issuer)]
      const theirs = await attacker.follow(await attacker.get(asking({ prompt: 'login' })))
      if (isKnown) await anna.get(asking({ prompt: 'login' }))
      const lured = await anna.get(theirs.address)
      const last = await typeResponse(home, anna, await typePassword(anna, lured))
      assert.equal(codeOf(last), null)
      const end = await anna.follow(last)
      assert.equal(codeOf(end), null)
      assert.ok(await sidOf(home, anna), 'the client is logged in all the same')
      // Nor is it answered in the browser that made it, where no client has logged in.
      const uid = new URL(theirs.address).searchParams.get('interaction') ?? ''
      const back = await attacker.follow(await attacker.get(`/oidc/continue/${uid}`))
      assert.equal(codeOf(back), null)
      assert.equal(new URL(back.address).pathname, '/login')
    }
  })

  test('A7 a request that two tabs wait for is answered once', async (t) => {
    const home = await openRoad(t)
    const { anna } = home
    const form = await anna.follow(await anna.get(asking()))
    const [one, other] = [await typePassword(anna, form), await typePassword(anna, form)]
    const first = await typeResponse(home, anna, one)
    assert.ok(codeOf(first))
    for (const page of [await anna.get(other.address), await anna.get(form.address)]) {
      assert.equal(codeOf(await anna.follow(page)), null)
    }
    // At the same moment, too: both have looked before one of them is answered.
    const session = anna.cookies.get('session') ?? assert.fail()
    anna.cookies.delete('session')
    const waiting = await anna.follow(await anna.get(asking()))
    anna.cookies.set('session', session)
    const uid = new URL(waiting.address).searchParams.get('interaction') ?? ''
    const looked = bothLook(home.world.db)
    const both = [0, 1].map(async () => await anna.get(`/oidc/continue/${uid}`))
    const others = (await Promise.all(both)).filter((page) => codeOf(page) === null)
    assert.deepEqual(
      others.map(({ status, leadsTo }) => [status, new URL(leadsTo ?? '').pathname]),
      [[303, '/portal']],
      'the other has nothing to answer any more',
    )
    assert.equal(looked(), 2)
  })

  test('of a browser that lost the secret of its logins goes by the address of the request', async (t) => {
    const home = await openRoad(t)
    const { anna } = home
    const form = await anna.follow(await anna.get(asking()))
    anna.cookies.delete('pre')
    const again = await anna.get(form.address)
    const last = await typeResponse(home, anna, await typePassword(anna, again))
    assert.equal(codeOf(last), null)
    assert.match(last.leadsTo ?? '', /\/oidc\/continue\//)
    assert.ok(codeOf(await anna.follow(last)))
  })

  test('an id_token_hint of another client is not answered by the one who is logged in', async (t) => {
    const home = await openRoad(t)
    const { anna } = home
    const accounts = [{ number: 'U0000002', environment: 'live' as const }]
    const phone = await personAt(home, { userName: 'berta', password: PASSWORD, accounts })
    const berta = visitor(home.issuer)
    const token = await loggedInAt(home, phone, { userName: 'berta' })
    berta.cookies.set('session', { value: token, path: '/' })
    const given = await exchange(home, codeOf(await berta.get(asking())) ?? assert.fail())
    const hinted = (changes = {}) => asking({ id_token_hint: given.id_token ?? '', ...changes })
    assert.ok(codeOf(await berta.get(hinted())), 'to the client whom it names')
    await signIn(home)
    for (const changes of [{}, { prompt: 'consent' }, { prompt: 'login' }]) {
      const form = await anna.follow(await anna.get(hinted(changes)))
      assert.equal(new URL(form.address).pathname, '/login')
      // Nor by the same client who logs in once more.
      const last = await typeResponse(home, anna, await typePassword(anna, form))
      const answer = new URL(last.leadsTo ?? '').searchParams
      assert.deepEqual([answer.get('error'), answer.get('code')], ['login_required', null])
    }
    const form = await anna.follow(await anna.get(hinted()))
    const typed = { ...hiddenFields(form), ...TYPED, userName: 'berta' }
    const page = await anna.follow(await anna.post('/login', typed))
    assert.ok(codeOf(await typeResponse({ ...home, phone }, anna, page)))
  })

  test('keeps the request and the login where the database is away at the last moment', async (t) => {
    const home = await openRoad(t)
    const { anna, world } = home
    await signIn(home)
    const [arrival, ending] = [breaking(world.db, 'login'), breaking(world.db, 'oidc_payload')]
    arrival.fails(true)
    const came = await anna.get(asking({ prompt: 'login' }))
    assert.equal(came.status, 303)
    assert.match(came.leadsTo ?? '', /\/oidc\/continue\//)
    arrival.fails(false)
    const page = await typePassword(anna, await anna.follow(came))
    ending.fails(true)
    const last = await typeResponse(home, anna, page)
    ending.fails(false)
    assert.equal(last.status, 200)
    assert.ok(codeOf(await anna.follow(last)))
  })

  test('of a platform that is gone ends with the reason', async (t) => {
    const home = await openRoad(t)
    const { anna, world } = home
    const page = await typePassword(anna, await anna.follow(await anna.get(asking())))
    assert.ok(world.platforms instanceof Map)
    world.platforms.delete('trade')
    const end = await anna.follow(await typeResponse(home, anna, page))
    assert.equal(end.status, 400)
    assert.match(end.body, /platform/i)
    assert.ok(await sidOf(home, anna), 'the client is logged in all the same')
  })
})
