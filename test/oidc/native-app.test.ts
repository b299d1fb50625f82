import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { Settings } from '#config/settings.ts'
import { createLogger } from '#edges/http/log.ts'
import { buildServer } from '#edges/server/server.ts'
import { registerOidc } from '#edges/oidc/routes.ts'
import { platformsOf } from '#engine/sessions/platforms.ts'
import { annaAt, signIn } from '../support/server/site.ts'
import { testWorld } from '../support/server/world.ts'

/** Apps as clients of OpenID Connect: RFC 8252. */

/** The example of RFC 7636, appendix B. */
const VERIFIER = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'
const CHALLENGE = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'

const APP = {
  id: 'app',
  name: { en: 'App', fr: 'Application' },
  secret: null,
  applicationType: 'native' as const,
  redirectUris: [
    'http://127.0.0.1/callback',
    'http://[::1]:9000/callback?x=1',
    'com.example.app:/callback',
    'https://app.example.com/callback',
  ],
  postLogoutRedirectUris: ['com.example.app:/left', 'http://127.0.0.1/left'],
  ...({ idTokenSignedResponseAlg: 'ES256', pkce: 'required' } as const),
}

/** A server that has the app as its client, and a browser that is logged in there. */
async function openApp(t: TestContext) {
  const home = await annaAt(t)
  await signIn(home)
  const { issuer } = home
  const platform = { id: APP.id, name: APP.name, needs: '2t', purpose: 'other', startUri: null }
  const platforms = platformsOf([platform as Parameters<typeof platformsOf>[0][number]])
  const world = { ...home.world, platforms: new Map([...home.world.platforms, ...platforms]) }
  const settings = {
    issuer,
    name: 'Example Brokerage',
    helpLine: '+1 212 555 0100',
    helpLines: {},
    technicalLine: null,
    accent: '#0a5c4a',
    brand: { logo: { light: null, dark: null }, accentDark: null, legal: [] },
    portal: { formerAddresses: {} },
    gateway: { ports: [], host: null },
    timeZone: 'America/New_York',
    trustedProxies: [],
    log: { level: 'silent' },
  }
  const app = await buildServer(world, settings, { logger: createLogger('silent') })
  await registerOidc(app, world, { clients: [APP], backOffice: [] })
  t.after(() => app.close())
  const cookie = `session=${home.anna.cookies.get('session')?.value ?? ''}`
  const ask = async (uri: string) => {
    const asked = new URLSearchParams({
      client_id: APP.id,
      response_type: 'code',
      scope: 'openid',
      redirect_uri: uri,
      code_challenge: CHALLENGE,
      code_challenge_method: 'S256',
    })
    const url = `/oidc/auth?${asked.toString()}`
    const { headers } = await app.inject({ url, headers: { cookie } })
    return headers.location
  }
  const exchange = async (code: string, uri: string) => {
    const payload = new URLSearchParams({
      grant_type: 'authorization_code',
      client_id: APP.id,
      code,
      redirect_uri: uri,
      code_verifier: VERIFIER,
    }).toString()
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    return await app.inject({ method: 'POST', url: '/oidc/token', headers, payload })
  }
  return { app, cookie, ask, exchange }
}

test('an app is answered at its scheme, and on its own machine at any port', async (t) => {
  const { ask, exchange } = await openApp(t)
  for (const uri of [
    'http://127.0.0.1/callback',
    'http://127.0.0.1:51004/callback',
    'http://[::1]:61023/callback?x=1',
    'http://[::1]/callback?x=1',
    'com.example.app:/callback',
    'https://app.example.com/callback',
  ]) {
    const location = (await ask(uri)) ?? assert.fail(`${uri} is refused`)
    assert.ok(location.startsWith(uri), `${uri}: ${location}`)
    const code = new URL(location).searchParams.get('code') ?? ''
    assert.equal((await exchange(code, uri)).statusCode, 200, uri)
  }
})

test('the address of the exchange is that of the request, its port included', async (t) => {
  const { ask, exchange } = await openApp(t)
  const location = (await ask('http://127.0.0.1:51004/callback')) ?? ''
  const code = new URL(location).searchParams.get('code') ?? ''
  assert.equal((await exchange(code, 'http://127.0.0.1:51005/callback')).statusCode, 400)
})

test('A11 only the port is free, and only on this machine', async (t) => {
  const { ask } = await openApp(t)
  for (const uri of [
    'http://127.0.0.1:51004/other',
    'http://127.0.0.1:51004/callback?x=1',
    'http://localhost:51004/callback',
    'https://127.0.0.1:51004/callback',
    'http://127.0.0.2/callback',
    'http://127.0.0.1.example.net:51004/callback',
    'http://user@127.0.0.1:51004/callback',
    'http://127.0.0.1:51004@example.net/callback',
    'http://127.0.0.1:51004/callback#x',
    'http://127.0.0.1:99999/callback',
    'https://app.example.com:444/callback',
    'com.example.app:/other',
    'com.example.app://callback',
    'com.example.app.evil:/callback',
    'http://2130706433/callback',
  ]) {
    assert.equal(await ask(uri), undefined, uri)
  }
})

test('what the settings accept, the provider accepts', async (t) => {
  const world = await testWorld(t)
  const uris = {
    web: [
      'https://rp.example.com/cb?x=1',
      'http://localhost/cb',
      'http://127.0.0.1:9/cb',
      'https://localhost/cb',
    ],
    native: [
      'com.example.app:/',
      'com.example.app://cb',
      'http://localhost/cb',
      'http://[::1]/',
      'https://a.example.com/',
    ],
  }
  const parties = Object.entries(uris).flatMap(([applicationType, redirectUris]) =>
    [redirectUris, []].map((list) => ({ applicationType, redirectUris: list })),
  )
  const settings = Settings.parse({
    relyingParties: parties.map((party, index) => ({
      id: `rp-${index}`,
      name: { en: 'RP', fr: 'RP' },
      ...party,
      postLogoutRedirectUris: party.redirectUris,
      secret: index % 2 === 0 ? null : ' ~"+%:'.padEnd(40, '&'),
    })),
    log: { level: 'silent' },
  })
  const app = await buildServer(world, settings, { logger: createLogger('silent') })
  t.after(() => app.close())
  const { relyingParties: clients, backOffice } = settings
  await registerOidc(app, world, { clients, backOffice })
})

test('a client that the provider will not have is told at the start', async (t) => {
  const world = await testWorld(t)
  const settings = Settings.parse({ log: { level: 'silent' } })
  const app = await buildServer(world, settings, { logger: createLogger('silent') })
  t.after(() => app.close())
  const clients = [{ ...APP, applicationType: 'web' as const }]
  await assert.rejects(
    registerOidc(app, world, { clients, backOffice: [] }),
    /invalid_client_metadata/,
  )
})

test('an app is gone back to after logging out', async (t) => {
  const { app, cookie } = await openApp(t)
  for (const uri of ['com.example.app:/left', 'http://127.0.0.1:51004/left']) {
    const query = `client_id=${APP.id}&post_logout_redirect_uri=${encodeURIComponent(uri)}`
    const url = `/oidc/logout?${query}`
    const asked = await app.inject({ url, headers: { cookie } })
    assert.equal(asked.statusCode, 200, uri)
  }
  const uri = 'com.example.other:/left'
  const url = `/oidc/logout?client_id=${APP.id}&post_logout_redirect_uri=${encodeURIComponent(uri)}`
  assert.equal((await app.inject({ url, headers: { cookie } })).statusCode, 400)
})
