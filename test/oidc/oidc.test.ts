import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import test, { type TestContext } from 'node:test'
import { exportJWK, SignJWT } from 'jose'
import type { AdapterPayload } from 'oidc-provider'
import * as oidc from 'openid-client'
import { days, millis, minutes, seconds } from '#core/time/time.ts'
import { adapterOn } from '#edges/oidc/adapter.ts'
import { ensureSigningKeys, signingKeysOf } from '#engine/keyring/signing-keys.ts'
import { claimLogin } from '#engine/login/answer.ts'
import { newGrantId, shelfOf } from '#engine/sessions/relying-parties.ts'
import { endSession, findOpenSession } from '#engine/sessions/sessions.ts'
import {
  annaAt,
  type AtHome,
  BACK_OFFICE_SECRET,
  CLIENT_SECRET,
  discovered,
  hiddenFields,
  openSite,
  type Page,
  signIn,
  type Site,
  type Visitor,
  visitor,
} from '../support/server/site.ts'
import { begin, PASSWORD } from '../support/clients/engine-story.ts'
import { browser } from '../support/server/world.ts'

/**
 * OpenID Connect as relying parties find it: real requests, the real engine, a database of its own.
 */

const CALLBACK = 'https://rp.example.com/callback'
/** The example of RFC 7636, appendix B. */
const CHALLENGE = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'

interface Story extends AtHome {
  readonly config: oidc.Configuration
}

/** Anna is logged in to her live account already. */
async function openStory(t: TestContext): Promise<Story> {
  const home = await annaAt(t)
  await signIn(home)
  return { ...home, config: await discovered(home) }
}

const sessionOf = async ({ world, anna }: Pick<Story, 'world' | 'anna'>) => {
  const session = await findOpenSession(world, anna.cookies.get('session')?.value ?? '')
  assert.ok(session)
  return session
}

interface Asked {
  readonly page: Page
  readonly verifier: string
  readonly nonce: string
}

/** Sends the browser to the login server, as a relying party would. */
async function ask(
  { config }: Pick<Story, 'config'>,
  who: Visitor,
  changes: Readonly<Record<string, string>> = {},
): Promise<Asked> {
  const [verifier, nonce] = [oidc.randomPKCECodeVerifier(), oidc.randomNonce()]
  const address = oidc.buildAuthorizationUrl(config, {
    redirect_uri: CALLBACK,
    scope: 'openid profile',
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    nonce,
    state: 'st',
    ...changes,
  })
  return { page: await who.follow(await who.get(address.href)), verifier, nonce }
}

const exchange = async ({ config }: Pick<Story, 'config'>, { page, verifier, nonce }: Asked) =>
  await oidc.authorizationCodeGrant(config, answerOf(page), {
    pkceCodeVerifier: verifier,
    expectedNonce: nonce,
    expectedState: 'st',
    idTokenExpected: true,
  })

/** What came back to the relying party. */
function answerOf(page: Page): URL {
  const { leadsTo, status, address } = page
  assert.ok(leadsTo?.startsWith(CALLBACK), `not answered: ${status} ${address}`)
  return new URL(leadsTo ?? '')
}

const codeIn = (page: Page): string => answerOf(page).searchParams.get('code') ?? ''
const errorIn = (page: Page): string | null => answerOf(page).searchParams.get('error')
const isAsked = ({ address }: Page): boolean => new URL(address).pathname === '/login'

/** The name of the request that a login page serves. */
const uidIn = ({ address }: Page): string => new URL(address).searchParams.get('interaction') ?? ''

/** The browser comes back to the request that waits, as it does after a login. */
const comeBack = async (who: Visitor, page: Page): Promise<Page> =>
  await who.follow(await who.get(`/oidc/continue/${uidIn(page)}`))

/** The browser puts its session aside, so that a request waits until it has one again. */
function leave({ cookies }: Visitor): { comeBack(): void } {
  const session = cookies.get('session') ?? assert.fail()
  cookies.delete('session')
  return { comeBack: () => void cookies.set('session', session) }
}

const userInfoStatus = async ({ issuer }: Site, token: string): Promise<number> => {
  const headers = { authorization: `Bearer ${token}` }
  return (await fetch(`${issuer}/oidc/userinfo`, { headers })).status
}

/** A request of the relying party's server. */
async function backChannel(
  { issuer }: Site,
  path: string,
  fields: Readonly<Record<string, string>>,
) {
  const secret = Buffer.from(`trade:${CLIENT_SECRET}`).toString('base64')
  const response = await fetch(`${issuer}${path}`, {
    method: 'POST',
    headers: { authorization: `Basic ${secret}` },
    body: new URLSearchParams(fields),
  })
  const text = await response.text()
  const json = (text === '' ? {} : JSON.parse(text)) as Readonly<Record<string, unknown>>
  return { status: response.status, json }
}

test('R001: an open session that is strong enough is let in without a question', async (t) => {
  const story = await openStory(t)
  const granted = await exchange(story, await ask(story, story.anna))
  const claims = granted.claims()
  const session = await sessionOf(story)
  assert.ok(claims)
  assert.equal(claims.sub, session.subscriberId)
  assert.equal(claims['sid'], session.id)
  assert.equal(claims['acr'], 'urn:countersign:acr:3')
  assert.deepEqual(claims['amr'], ['pwd', 'pop', 'user', 'mfa'])
  assert.equal(claims.auth_time, Math.floor(session.openedAt / 1_000))
  assert.equal(claims['environment'], 'live')
  assert.equal(claims['account'], 'U0000001')
  assert.equal(granted.refresh_token, undefined)
  assert.equal(granted.expires_in, 600)

  const info = await oidc.fetchUserInfo(story.config, granted.access_token, claims.sub)
  assert.equal(info.preferred_username, 'anna')
  assert.equal(info.locale, 'en')
  assert.deepEqual(info['rights'], {
    trading: true,
    trade_penny: true,
    trade_network: null,
    withdrawal_per_day_usd: 1_000_000,
    withdrawal_per_5_days_usd: 1_000_000,
    reserved_usd: 0,
    portal: 'full',
    decided_by: ['trades'],
  })
})

test('S97: the discovery document promises a code, S256 and nothing older', async (t) => {
  const { issuer, config } = await openStory(t)
  const server = config.serverMetadata()
  assert.deepEqual(server.code_challenge_methods_supported, ['S256'])
  assert.deepEqual(server.response_types_supported, ['code'])
  const grants = server.grant_types_supported?.toSorted()
  assert.deepEqual(grants, ['authorization_code', 'client_credentials', 'refresh_token'])
  assert.deepEqual(server['response_modes_supported'], ['query'])
  assert.deepEqual(server.id_token_signing_alg_values_supported, ['RS256', 'PS256', 'ES256'])
  assert.equal(server.authorization_response_iss_parameter_supported, true)
  assert.ok(server['acr_values_supported'])
  for (const [name, value] of Object.entries(server)) {
    if (!/_endpoint$|^jwks_uri$/.test(name)) continue
    assert.ok(JSON.stringify(value).startsWith(`"${issuer}/oidc/`), name)
  }
})

test('A11: what the server says of itself does not depend on who asks how', async (t) => {
  const { app, issuer } = await openStory(t)
  const headers = { host: 'evil.example', 'x-forwarded-host': 'evil.example' }
  const answer = await app.inject({ url: '/.well-known/openid-configuration', headers })
  assert.equal(answer.json<{ issuer: string }>().issuer, issuer)
  assert.ok(!answer.body.includes('evil'))
})

test('S95: a code that comes twice takes back what it gave', async (t) => {
  const story = await openStory(t)
  const asked = await ask(story, story.anna)
  const granted = await exchange(story, asked)
  assert.equal(await userInfoStatus(story, granted.access_token), 200)
  await assert.rejects(exchange(story, asked))
  assert.equal(await userInfoStatus(story, granted.access_token), 401)
})

test('A7: of two that hold one unused code, one uses it, and the other takes it back', async (t) => {
  const story = await openStory(t)
  const { world } = story
  const grantId = newGrantId(world.random, await sessionOf(story))
  const about = { expiresIn: minutes(1), grantId }
  const [codes, tokens] = [shelfOf(world, 'AuthorizationCode'), shelfOf(world, 'AccessToken')]
  await codes.put('code', { grantId }, about)
  await tokens.put('token', { grantId }, about)
  const both = await Promise.all([codes.find('code'), codes.find('code')])
  assert.deepEqual(
    both.map((one) => one?.consumedAt),
    [null, null],
  )
  // What the provider calls has to throw: it takes silence for success.
  const provided = adapterOn(world)('AuthorizationCode')
  await provided.consume('code')
  assert.ok(await tokens.find('token'))
  await assert.rejects(provided.consume('code'), /invalid_grant/)
  assert.equal(await tokens.find('token'), null)
})

test('A7: a waiting request that was answered does not come back by an answer that was under way', async (t) => {
  const { world } = await openStory(t)
  const provided = adapterOn(world)('Interaction')
  const put = async (payload: AdapterPayload) => await provided.upsert('waits', payload, 60)
  await put({ params: {} })
  await put({ params: {}, result: { consent: {} } })
  await provided.destroy('waits')
  assert.equal(await provided.find('waits'), undefined)
  await assert.rejects(put({ params: {}, result: { login: { accountId: 'x' } } }), SESSION_IS_OVER)
  await assert.rejects(provided.destroy('waits'), SESSION_IS_OVER)
  assert.equal(await provided.find('waits'), undefined)
})
const SESSION_IS_OVER = { name: 'SessionNotFound' }

test('S98: a pushed request in two tabs is answered in one, however slowly the client logs in', async (t) => {
  for (const slowly of [minutes(2), minutes(19)]) {
    const story = await openStory(t)
    const { config, anna, world } = story
    const address = await oidc.buildAuthorizationUrlWithPAR(config, {
      redirect_uri: CALLBACK,
      scope: 'openid',
      prompt: 'consent',
      code_challenge: CHALLENGE,
      code_challenge_method: 'S256',
    })
    const loggedOut = leave(anna)
    const tabs = [
      await anna.follow(await anna.get(address.href)),
      await anna.follow(await anna.get(address.href)),
    ]
    loggedOut.comeBack()
    world.advance(slowly)
    const answers: string[] = []
    for (const tab of tabs) {
      const { body, leadsTo: next } = await comeBack(anna, tab)
      answers.push(new URL(next ?? story.issuer).searchParams.has('code') ? 'code' : body)
    }
    assert.equal(answers[0], 'code')
    assert.notEqual(answers[1], 'code')
  }
})

test('S98: a pushed request that was forgotten is not answered', async (t) => {
  const story = await openStory(t)
  const { config, anna, world } = story
  const address = await oidc.buildAuthorizationUrlWithPAR(config, {
    redirect_uri: CALLBACK,
    scope: 'openid',
    prompt: 'consent',
    code_challenge: CHALLENGE,
    code_challenge_method: 'S256',
  })
  const loggedOut = leave(anna)
  const waiting = await anna.follow(await anna.get(address.href))
  loggedOut.comeBack()
  const { request_uri: uri = '' } = Object.fromEntries(address.searchParams)
  await shelfOf(world, 'PushedAuthorizationRequest').destroy(uri.split(':').at(-1) ?? '')
  assert.equal(errorIn(await comeBack(anna, waiting)), 'invalid_request_uri')
})

test('S100: a proof that is dated ahead is good once, for as long as it is good at all', async (t) => {
  const { issuer, world } = await openSite(t)
  const { privateKey, publicKey } = await oidc.randomDPoPKeyPair('ES256', { extractable: true })
  const proof = await new SignJWT({ htm: 'POST', htu: `${issuer}/oidc/token`, jti: 'one' })
    .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk: await exportJWK(publicKey) })
    .setIssuedAt(Math.floor(world.now() / 1_000) + 290)
    .sign(privateKey)
  const basic = Buffer.from(`ledger:${BACK_OFFICE_SECRET}`).toString('base64')
  const send = async () =>
    await fetch(`${issuer}/oidc/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${basic}`, dpop: proof },
      body: new URLSearchParams({ grant_type: 'client_credentials', scope: 'back-office' }),
    })
  assert.equal((await send()).status, 200)
  for (const later of [seconds(0), seconds(301), seconds(298)]) {
    world.advance(later)
    const replayed = await send()
    assert.equal(replayed.status, 400)
    assert.match(await replayed.text(), /invalid_grant/)
  }
})

test('S96: a code lives for a minute', async (t) => {
  const story = await openStory(t)
  const inTime = await ask(story, story.anna)
  story.world.advance(millis(59_000))
  await exchange(story, inTime)
  const late = await ask(story, story.anna)
  story.world.advance(millis(60_000))
  await assert.rejects(exchange(story, late))
})

test('S97: a code without its verifier, or with another one, is not valid', async (t) => {
  const story = await openStory(t)
  for (const verifier of [undefined, oidc.randomPKCECodeVerifier(), 'short', '']) {
    const { page } = await ask(story, story.anna)
    const answer = await backChannel(story, '/oidc/token', {
      grant_type: 'authorization_code',
      code: codeIn(page),
      redirect_uri: CALLBACK,
      ...(verifier !== undefined && { code_verifier: verifier }),
    })
    assert.equal(answer.status, 400, JSON.stringify(answer.json))
  }
})

test('S97: what OAuth has left behind is refused', async (t) => {
  const story = await openStory(t)
  const refused = async (changes: Readonly<Record<string, string>>) =>
    errorIn((await ask(story, story.anna, changes)).page)
  assert.equal(await refused({ code_challenge_method: 'plain' }), 'invalid_request')
  assert.equal(await refused({ response_mode: 'form_post' }), 'unsupported_response_mode')
  for (const type of ['token', 'id_token', 'code id_token', 'none']) {
    const { page } = await ask(story, story.anna, { response_type: type })
    assert.match(page.leadsTo ?? '', /error=unsupported_response_type/, type)
  }
  const query = new URLSearchParams({
    client_id: 'trade',
    response_type: 'code',
    scope: 'openid',
    redirect_uri: CALLBACK,
  })
  const withoutPkce = await story.anna.get(`/oidc/auth?${query.toString()}`)
  assert.equal(errorIn(withoutPkce), 'invalid_request')
  // A platform speaks for itself to report what it has done, and for nothing else.
  for (const more of [{}, { scope: 'openid' }, { scope: 'openid events' }, { scope: 'profile' }]) {
    const asked = { grant_type: 'client_credentials', ...more }
    const own = await backChannel(story, '/oidc/token', asked)
    assert.deepEqual([own.status, own.json['error']], [400, 'invalid_scope'], JSON.stringify(more))
    assert.equal(own.json['access_token'], undefined)
  }
  for (const type of ['password', 'implicit', 'urn:x']) {
    const fields = { grant_type: type, username: 'anna', password: PASSWORD }
    const answer = await backChannel(story, '/oidc/token', fields)
    assert.equal(answer.json['error'], 'unsupported_grant_type', type)
  }
})

/** Addresses that look like the registered one. @see security, A11 */
function* lookalikes(): Generator<string> {
  const [base, end] = [CALLBACK, CALLBACK.length]
  for (let at = 0; at <= end; at += 1) {
    const [before, after] = [base.slice(0, at), base.slice(at)]
    for (const put of ['%', '.', '/', '\\', '@', '%2e', '\u3002', '?', '#', ':', '%00', '&', '%5c'])
      yield before + put + after
    yield before + after.charAt(0).toUpperCase() + after.slice(1)
    yield before + after.slice(1)
    if (at < end) yield `${before}%${base.charCodeAt(at).toString(16)}${after.slice(1)}`
  }
  const tails = [
    '/',
    '?',
    '#',
    '#x',
    '?x=1',
    '/..',
    '/../callback',
    '%00',
    '%0d%0a',
    ' ',
    '\t',
    ';',
  ]
  for (const tail of tails) yield base + tail
  yield* [
    'https://rp.example.com:443/callback',
    'https://rp.example.com:444/callback',
    'http://rp.example.com/callback',
    'https://rp.example.com@evil.example/callback',
    'https://evil.example/https://rp.example.com/callback',
    'https://rp.example.com.evil.example/callback',
    'https://rp.example.com%2eevil.example/callback',
    'https://rp.ex\u0430mple.com/callback',
    'https://xn--rp-6kc.example.com/callback',
    '//rp.example.com/callback',
    '/callback',
    'callback',
    'javascript:alert(1)',
    'data:text/html,x',
    'https://127.0.0.1/callback',
    'http://localhost/callback',
    'http://localhost:80/trade/callback',
    '',
  ]
}

test('A11: of hundreds of addresses that look like the registered one, none is used', async (t) => {
  const { app } = await openStory(t)
  const tried = [...new Set(lookalikes())].filter((uri) => uri !== CALLBACK)
  assert.ok(tried.length >= 500, `only ${tried.length}`)
  for (const uri of tried) {
    const query = new URLSearchParams({
      client_id: 'trade',
      response_type: 'code',
      scope: 'openid',
      redirect_uri: uri,
      code_challenge: CHALLENGE,
      code_challenge_method: 'S256',
    })
    const answer = await app.inject({ url: `/oidc/auth?${query.toString()}` })
    assert.equal(answer.headers.location, undefined, uri)
    assert.equal(answer.statusCode, 400, uri)
    assert.match(answer.body, /<body class="narrow">/, 'the page is ours')
  }
})

test('S98: a pushed request is used once, by the client that pushed it, within a minute', async (t) => {
  const story = await openStory(t)
  const { config, anna, world } = story
  const push = async () => {
    const verifier = oidc.randomPKCECodeVerifier()
    const address = await oidc.buildAuthorizationUrlWithPAR(config, {
      redirect_uri: CALLBACK,
      scope: 'openid',
      state: 'st',
      code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    })
    return { address, verifier }
  }
  const { address, verifier } = await push()
  const first = await anna.get(address.href)
  const checks = { pkceCodeVerifier: verifier, expectedState: 'st' }
  await oidc.authorizationCodeGrant(config, answerOf(first), checks)
  const second = await anna.get(address.href)
  assert.equal(second.leadsTo, null)
  assert.equal(second.status, 400)

  for (const clientId of ['other', 'nobody']) {
    const stolen = (await push()).address
    stolen.searchParams.set('client_id', clientId)
    assert.equal((await anna.get(stolen.href)).leadsTo, null, clientId)
  }

  const late = (await push()).address
  world.advance(seconds(61))
  assert.equal((await anna.get(late.href)).leadsTo, null)
})

test('A20: no address in a request is asked, whatever it is called', async (t) => {
  const story = await openStory(t)
  let asked = 0
  const canary = createServer((_request, response) => {
    asked += 1
    response.end('{}')
  })
  await new Promise<void>((resolve) => canary.listen(0, '127.0.0.1', resolve))
  t.after(() => canary.close())
  const { port } = canary.address() as { port: number }
  const address = `http://127.0.0.1:${port}/x`
  const names = ['request_uri', 'jwks_uri', 'sector_identifier_uri', 'logo_uri', 'client_id']
  for (const name of names) {
    const query = new URLSearchParams({
      client_id: 'trade',
      response_type: 'code',
      scope: 'openid',
      redirect_uri: CALLBACK,
      code_challenge: CHALLENGE,
      code_challenge_method: 'S256',
      [name]: address,
    })
    await story.anna.get(`/oidc/auth?${query.toString()}`)
    await backChannel(story, '/oidc/par', Object.fromEntries(query))
  }
  assert.equal(asked, 0)
})

test('S102: an answer of another server is not taken for one of this', async (t) => {
  const story = await openStory(t)
  const asked = await ask(story, story.anna)
  const answer = answerOf(asked.page)
  assert.equal(answer.searchParams.get('iss'), story.issuer)
  for (const iss of ['https://evil.example', `${story.issuer}/`, null]) {
    const forged = new URL(answer)
    forged.searchParams.delete('iss')
    if (iss !== null) forged.searchParams.set('iss', iss)
    const page = { ...asked.page, leadsTo: forged.href }
    const isOfAnother = ({ cause }: Error) => /"iss"/.test((cause as Error).message)
    await assert.rejects(exchange(story, { ...asked, page }), isOfAnother)
  }
  await exchange(story, asked)
})

for (const wish of [{ prompt: 'login' }, { max_age: '0' }]) {
  test(`S104: ${JSON.stringify(wish)} wants a login made for this request`, async (t) => {
    const story = await openStory(t)
    const { page, ...asked } = await ask(story, story.anna, wish)
    assert.ok(isAsked(page), 'it was answered without a login')
    // The old session will not do, however often it comes.
    assert.ok(isAsked(await comeBack(story.anna, page)))

    story.world.advance(seconds(5))
    await signIn(story)
    const granted = await exchange(story, { ...asked, page: await comeBack(story.anna, page) })
    const { openedAt } = await sessionOf(story)
    assert.equal(granted.claims()?.auth_time, Math.floor(openedAt / 1_000))
  })
}

test('S104: max_age counts from the login, to the second', async (t) => {
  const story = await openStory(t)
  assert.ok(codeIn((await ask(story, story.anna, { max_age: '1' })).page))
  story.world.advance(millis(1_000))
  assert.ok(codeIn((await ask(story, story.anna, { max_age: '1' })).page))
  story.world.advance(millis(1))
  assert.ok(isAsked((await ask(story, story.anna, { max_age: '1' })).page))
  for (const wrong of ['-1', 'x', '1.5', '9007199254740993']) {
    const { page } = await ask(story, story.anna, { max_age: wrong })
    assert.equal(errorIn(page), 'invalid_request')
  }
})

test('S104: with prompt=none the client is asked nothing', async (t) => {
  const story = await openStory(t)
  assert.ok(codeIn((await ask(story, story.anna, { prompt: 'none' })).page))
  const stranger = await ask(story, visitor(story.issuer), { prompt: 'none' })
  assert.equal(errorIn(stranger.page), 'login_required')
})

test('OpenID Connect Core 3.1.2.1: a request may come as a form, from any house', async (t) => {
  const story = await openStory(t)
  const asked = {
    client_id: story.client.id,
    response_type: 'code',
    scope: 'openid',
    state: 'a b&c',
    redirect_uri: CALLBACK,
    code_challenge: CHALLENGE,
    code_challenge_method: 'S256',
  }
  const send = async (body: string) =>
    await fetch(`${story.issuer}/oidc/auth`, {
      method: 'POST',
      redirect: 'manual',
      body,
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        origin: 'https://rp.example.com',
        'sec-fetch-site': 'cross-site',
      },
    })
  const answer = await send(new URLSearchParams(asked).toString())
  assert.equal(answer.status, 303)
  assert.deepEqual(answer.headers.getSetCookie(), [])
  const address = answer.headers.get('location') ?? ''
  assert.match(address, /^\/oidc\/auth\?/)
  const page = await story.anna.follow(await story.anna.get(address))
  assert.equal(answerOf(page).searchParams.get('state'), 'a b&c')
  const twice = await send(`${new URLSearchParams(asked).toString()}&client_id=other`)
  const refused = await fetch(new URL(twice.headers.get('location') ?? '', story.issuer))
  assert.equal(refused.status, 400)
  assert.equal((await send(`state=${'x'.repeat(9_000)}`)).status, 400)
})

test('R003: a session with a password alone is led to the login page', async (t) => {
  const story = await openStory(t)
  await story.world.add({ userName: 'ben', password: PASSWORD })
  const client = browser()
  const started = await begin(story.world, client, { userName: 'ben', platform: 'portal' })
  assert.ok(started.ok)
  const claimed = await claimLogin(story.world, { id: started.login.id, holder: client.holder })
  assert.ok(claimed.ok && claimed.token)
  const ben = visitor(story.issuer)
  ben.cookies.set('session', { value: claimed.token, path: '/' })
  assert.ok(isAsked((await ask(story, ben)).page))
  assert.equal(errorIn((await ask(story, ben, { prompt: 'none' })).page), 'login_required')
})

test('more strength than the platform needs is asked for; its lack is said', async (t) => {
  const story = await openStory(t)
  const urn = (level: string) => `urn:countersign:acr:${level}`
  for (const values of [urn('1'), urn('3'), `${urn('4')} ${urn('3')}`, 'urn:other:1']) {
    assert.ok(codeIn((await ask(story, story.anna, { acr_values: values })).page), values)
  }
  const { page } = await ask(story, story.anna, { acr_values: urn('4') })
  assert.ok(isAsked(page))
  story.world.advance(seconds(1))
  await signIn(story)
  const answer = await comeBack(story.anna, page)
  assert.equal(errorIn(answer), 'unmet_authentication_requirements')
})

test('R017: a live session does not answer a request for the paper account', async (t) => {
  const story = await openStory(t)
  assert.ok(codeIn((await ask(story, story.anna, { environment: 'live' })).page))
  const { page } = await ask(story, story.anna, { environment: 'paper' })
  assert.ok(isAsked(page))
  story.world.advance(seconds(1))
  await signIn(story)
  assert.equal(errorIn(await comeBack(story.anna, page)), 'access_denied')
  const other = await ask(story, story.anna, { environment: 'other' })
  assert.equal(errorIn(other.page), 'invalid_request')
})

test('A11: a client does not answer the request of another browser with their own session', async (t) => {
  const story = await openStory(t)
  const mallory = visitor(story.issuer)
  const { page } = await ask(story, mallory)
  // She goes on to where she is logged in; the request waits for its own browser.
  const isHome = async () => {
    const { address, leadsTo } = await comeBack(story.anna, page)
    assert.deepEqual([new URL(address).pathname, leadsTo], ['/portal', null])
  }
  await isHome()
  assert.ok(isAsked(await comeBack(mallory, page)))
  // The cookie of one request is none for another.
  const other = await ask(story, mallory)
  const [mine, its] = [page, other.page].map(uidIn)
  for (const name of ['countersign-request', 'countersign-request.sig']) {
    const cookie = mallory.cookies.get(`${name}/oidc/continue/${its}`)
    assert.ok(cookie)
    mallory.cookies.set(`${name}/oidc/continue/${mine}`, {
      ...cookie,
      path: `/oidc/continue/${mine}`,
    })
  }
  assert.equal((await comeBack(mallory, page)).status, 404)
  assert.ok(isAsked(await comeBack(mallory, other.page)))
  // A cookie that was not signed by this server is none.
  story.anna.cookies.set('countersign-request', { value: uidIn(page), path: '/' })
  story.anna.cookies.set('countersign-request.sig', { value: 'x'.repeat(27), path: '/' })
  await isHome()
  assert.ok(isAsked(await comeBack(mallory, other.page)))
})

test('a request that is cancelled is answered with access_denied, once', async (t) => {
  const story = await openStory(t)
  const who = visitor(story.issuer)
  const { page } = await ask(story, who)
  const answer = await who.follow(await who.get(`/oidc/continue/${uidIn(page)}/cancel`))
  assert.equal(errorIn(answer), 'access_denied')
  assert.equal((await comeBack(who, page)).status, 404)
})

test('S85: a session that has ended takes every token with it, at once', async (t) => {
  const story = await openStory(t)
  const wish = { scope: 'openid offline_access', prompt: 'consent' }
  const granted = await exchange(story, await ask(story, story.anna, wish))
  const waiting = await ask(story, story.anna)
  const { access_token: token, refresh_token: refresh = '' } = granted
  assert.notEqual(refresh, '')
  const before = await backChannel(story, '/oidc/introspect', { token })
  assert.equal(before.json['active'], true)

  const session = await sessionOf(story)
  await endSession(story.world, session, { id: session.id, by: 'holder' })

  assert.equal(await userInfoStatus(story, token), 401)
  for (const one of [token, refresh]) {
    const { json } = await backChannel(story, '/oidc/introspect', { token: one })
    assert.deepEqual(json, { active: false })
  }
  await assert.rejects(oidc.refreshTokenGrant(story.config, refresh))
  await assert.rejects(exchange(story, waiting))
  assert.ok(isAsked((await ask(story, story.anna)).page))
})

test('S78: tokens end with the session after half an hour without a request', async (t) => {
  const story = await openStory(t)
  const wish = { scope: 'openid offline_access', prompt: 'consent' }
  const first = await exchange(story, await ask(story, story.anna, wish))
  story.world.advance(minutes(9))
  // The platform asks because the client is active there: that keeps the session alive.
  assert.equal(await userInfoStatus(story, first.access_token), 200)
  story.world.advance(minutes(29))
  const later = await oidc.refreshTokenGrant(story.config, first.refresh_token ?? '')
  assert.equal(await userInfoStatus(story, later.access_token), 200)
  story.world.advance(minutes(30))
  await assert.rejects(oidc.refreshTokenGrant(story.config, later.refresh_token ?? ''))
})

test('S101: a refresh token is used once, and a second use ends the family', async (t) => {
  const story = await openStory(t)
  const plain = await exchange(story, await ask(story, story.anna, { scope: 'openid' }))
  assert.equal(plain.refresh_token, undefined)
  const wish = { scope: 'openid offline_access', prompt: 'consent' }
  const first = await exchange(story, await ask(story, story.anna, wish))
  const second = await oidc.refreshTokenGrant(story.config, first.refresh_token ?? '')
  assert.notEqual(second.refresh_token, first.refresh_token)
  assert.equal(await userInfoStatus(story, second.access_token), 200)
  await assert.rejects(oidc.refreshTokenGrant(story.config, first.refresh_token ?? ''))
  assert.equal(await userInfoStatus(story, second.access_token), 401)
  await assert.rejects(oidc.refreshTokenGrant(story.config, second.refresh_token ?? ''))
})

test('a token that its client gives back is no longer valid', async (t) => {
  const story = await openStory(t)
  const { access_token: token } = await exchange(story, await ask(story, story.anna))
  await oidc.tokenRevocation(story.config, token)
  assert.equal(await userInfoStatus(story, token), 401)
})

test('S100: a token that is bound to a key is not valid without it', async (t) => {
  const story = await openStory(t)
  const asked = await ask(story, story.anna)
  const key = oidc.getDPoPHandle(story.config, await oidc.randomDPoPKeyPair('ES256'))
  const checks = {
    pkceCodeVerifier: asked.verifier,
    expectedNonce: asked.nonce,
    expectedState: 'st',
  }
  const bound = await oidc.authorizationCodeGrant(
    ...([story.config, answerOf(asked.page), checks, undefined, { DPoP: key }] as const),
  )
  assert.equal(bound.token_type, 'dpop')
  assert.equal(await userInfoStatus(story, bound.access_token), 401)
  const subject = bound.claims()?.sub ?? ''
  const options = { DPoP: key }
  const info = await oidc.fetchUserInfo(story.config, bound.access_token, subject, options)
  assert.equal(info.sub, subject)
})

test('a client that does not know its secret is told nothing', async (t) => {
  const story = await openStory(t)
  const asked = await ask(story, story.anna)
  const send = async (path: string, fields: Readonly<Record<string, string>>) => {
    const body = new URLSearchParams({ client_id: 'trade', ...fields })
    return (await fetch(`${story.issuer}${path}`, { method: 'POST', body })).status
  }
  for (const secret of ['wrong', CLIENT_SECRET.toUpperCase(), `${CLIENT_SECRET} `]) {
    assert.equal(await send('/oidc/introspect', { client_secret: secret, token: 'x' }), 401)
  }
  const withoutSecret = await send('/oidc/token', {
    grant_type: 'authorization_code',
    redirect_uri: CALLBACK,
    code: codeIn(asked.page),
    code_verifier: asked.verifier,
  })
  assert.equal(withoutSecret, 401)
  await exchange(story, asked)
})

test('what one platform holds is nothing to another', async (t) => {
  const story = await openStory(t)
  const { issuer } = story
  const asked = await ask(story, story.anna)
  const asOther = async (path: string, fields: Readonly<Record<string, string>>) => {
    const body = new URLSearchParams({ client_id: 'other', ...fields })
    const response = await fetch(issuer + path, { method: 'POST', body })
    return `${response.status} ${await response.text()}`
  }
  const swapped = await asOther('/oidc/token', {
    grant_type: 'authorization_code',
    code: codeIn(asked.page),
    redirect_uri: CALLBACK,
    code_verifier: asked.verifier,
  })
  assert.match(swapped, /^400 .*invalid_grant/)
  const { access_token: token } = await exchange(story, asked)
  assert.equal(await asOther('/oidc/introspect', { token }), '200 {"active":false}')
  await asOther('/oidc/revoke', { token })
  assert.equal(await userInfoStatus(story, token), 200)
})

test('S105: the ID token of a session ends it, here and at the relying party', async (t) => {
  const story = await openStory(t)
  const granted = await exchange(story, await ask(story, story.anna))
  const address = oidc.buildEndSessionUrl(story.config, {
    id_token_hint: granted.id_token ?? '',
    post_logout_redirect_uri: `${story.issuer}/trade/left`,
    state: 'bye',
  })
  const page = await story.anna.get(address.href)
  assert.equal(page.leadsTo, `${story.issuer}/trade/left?state=bye`)
  assert.equal(story.anna.cookies.get('session'), undefined)
  assert.equal(await userInfoStatus(story, granted.access_token), 401)
})

test('S105: without it the person is asked, and no foreign page can answer', async (t) => {
  const story = await openStory(t)
  const { issuer, anna } = story
  const granted = await exchange(story, await ask(story, anna))
  const isAlive = async () => (await userInfoStatus(story, granted.access_token)) === 200
  const target = `${issuer}/trade/left`
  const page = await anna.get(`/oidc/logout?client_id=trade&post_logout_redirect_uri=${target}`)
  assert.equal(page.status, 200)
  assert.doesNotMatch(page.body, /<script/)
  assert.ok(await isAlive())

  const fields = hiddenFields(page)
  const cookie = [...anna.cookies].map(([name, { value }]) => `${name}=${value}`).join('; ')
  const forged = [
    { origin: 'https://evil.example', body: fields },
    { origin: issuer, body: { to: fields['to'] ?? '' } },
    { origin: issuer, body: { ...fields, to: 'https://evil.example' } },
  ]
  for (const { origin, body } of forged) {
    const response = await fetch(`${issuer}/oidc/logout/confirm`, {
      method: 'POST',
      redirect: 'manual',
      headers: { origin, cookie },
      body: new URLSearchParams(body),
    })
    assert.equal(response.status, 403)
    assert.ok(await isAlive())
  }
  const left = await anna.post('/oidc/logout/confirm', fields)
  assert.equal(left.leadsTo, target)
  assert.ok(!(await isAlive()))
})

test('S105: an ID token of another session ends nothing; no stranger is gone to', async (t) => {
  const story = await openStory(t)
  const { anna } = story
  const { id_token: hint = '' } = await exchange(story, await ask(story, anna))
  await signIn(story)
  const page = await anna.get(`/oidc/logout?id_token_hint=${hint}`)
  assert.equal(page.status, 200)
  assert.equal(page.leadsTo, null)
  await sessionOf(story)
  const strange = [
    `/oidc/logout?id_token_hint=${hint}&post_logout_redirect_uri=https://evil.example`,
    `/oidc/logout?client_id=trade&post_logout_redirect_uri=${story.issuer}/trade`,
    '/oidc/logout?client_id=nobody&post_logout_redirect_uri=https://evil.example',
    '/oidc/logout?id_token_hint=x.y.z',
  ]
  for (const address of strange) {
    const answer = await anna.get(address, { accept: 'text/html' })
    assert.equal(answer.leadsTo, null)
    assert.ok(answer.status >= 400 && answer.status < 500, `${address}: ${answer.status}`)
    assert.match(answer.body, /<body class="narrow">/)
  }
})

test('A31: no parameter makes the authorization endpoint fail', async (t) => {
  const { app } = await openStory(t)
  const odd = ['', 'x'.repeat(10_000), '\u0000', '%', '[]', '{}', '__proto__', 'a\r\nb: c', '1e999']
  const names = [
    'client_id',
    'redirect_uri',
    'scope',
    'response_type',
    'state',
    'nonce',
    'prompt',
    'max_age',
    'acr_values',
    'environment',
    'ui_locales',
    'login_hint',
    'id_token_hint',
    'request',
    'request_uri',
    'claims',
    'code_challenge',
    'response_mode',
    'dpop_jkt',
  ]
  for (const name of names) {
    for (const value of odd) {
      const query = new URLSearchParams({
        client_id: 'trade',
        response_type: 'code',
        scope: 'openid',
        redirect_uri: CALLBACK,
        code_challenge: CHALLENGE,
        code_challenge_method: 'S256',
        [name]: value,
      })
      const answer = await app.inject({ url: `/oidc/auth?${query.toString()}` })
      assert.ok(answer.statusCode < 500, `${name}=${value.slice(0, 20)}: ${answer.statusCode}`)
    }
  }
  const twice = await app.inject({ url: '/oidc/auth?client_id=trade&client_id=other' })
  assert.ok(twice.statusCode < 500)
})

test('A31: no body makes an endpoint for servers fail, and none shows a page', async (t) => {
  const { app } = await openStory(t)
  const paths = ['token', 'par', 'introspect', 'revoke', 'userinfo'].map((name) => `/oidc/${name}`)
  const types = ['application/json', 'text/plain', 'application/x-www-form-urlencoded', '']
  for (const url of paths) {
    for (const type of types) {
      for (const payload of ['{"a":1}', '', 'a='.padEnd(100_000, 'b'), '%%%=%']) {
        const headers = type === '' ? {} : { 'content-type': type }
        const answer = await app.inject({ method: 'POST', url, headers, payload })
        const said = `${url} ${type} ${payload.slice(0, 8)}: ${answer.statusCode}`
        assert.ok(answer.statusCode >= 400 && answer.statusCode < 500, said)
        assert.doesNotMatch(answer.body, /<html/, said)
      }
    }
  }
})

test('S83: what the provider leaves with a browser is hidden from scripts', async (t) => {
  const story = await openStory(t)
  const address = oidc.buildAuthorizationUrl(story.config, {
    redirect_uri: CALLBACK,
    scope: 'openid',
    code_challenge: CHALLENGE,
    code_challenge_method: 'S256',
  })
  const page = await visitor(story.issuer).get(address.href)
  const lines = page.headers.getSetCookie()
  assert.deepEqual(lines.map((line) => /; path=([^;]*\/)/i.exec(line)?.[1]).toSorted(), [
    '/',
    ...['/oidc/auth/', '/oidc/auth/', '/oidc/continue/', '/oidc/continue/'],
  ])
  for (const line of lines) {
    assert.match(line, /; httponly/i)
    assert.match(line, /; samesite=lax/i)
  }
  assert.equal(page.headers.get('x-frame-options'), 'DENY')
  assert.match(page.headers.get('cache-control') ?? '', /no-store/)
})

test('the keys that sign tokens are made once, and only their public half is told', async (t) => {
  const story = await openStory(t)
  const made = signingKeysOf(story.world.keyring)
  story.world.advance(days(1))
  await ensureSigningKeys(story.world)
  assert.deepEqual(signingKeysOf(story.world.keyring), made)
  const published = await fetch(`${story.issuer}/oidc/jwks`)
  const { keys } = (await published.json()) as { keys: { d?: string; alg: string }[] }
  assert.deepEqual(
    keys.map(({ alg, d }) => [alg, d]),
    [
      ['RS256', undefined],
      ['PS256', undefined],
      ['ES256', undefined],
    ],
  )
})
