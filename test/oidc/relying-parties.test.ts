import assert from 'node:assert/strict'
import type { webcrypto } from 'node:crypto'
import { suite, test, type TestContext } from 'node:test'
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from 'jose'
import { ID_TOKEN_ALGORITHMS, type OidcClient } from '#edges/oidc/clients.ts'
import { createLogger } from '#edges/http/log.ts'
import { ensureSigningKeys, signingKeysOf } from '#engine/keyring/signing-keys.ts'
import { DATABASES } from '../support/databases/databases.ts'
import { annaAt, type AtHome, signIn } from '../support/server/site.ts'
import { testWorld } from '../support/server/world.ts'

/**
 * What one relying party gets and another does not: the algorithm of its ID tokens, and a login
 * without PKCE.
 */

const SECRET = 'a-secret-of-a-platform-of-a-test-0001'
const CALLBACK = 'https://rp.example.com/callback'
/** The example of RFC 7636, appendix B. */
const VERIFIER = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'
const CHALLENGE = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'
const PKCE = { code_challenge: CHALLENGE, code_challenge_method: 'S256' }
const NONCE = { nonce: 'a-nonce' }

const client = (id: string, changes: Partial<OidcClient> = {}): OidcClient => ({
  id,
  name: { en: id, fr: id },
  secret: SECRET,
  applicationType: 'web',
  redirectUris: [CALLBACK],
  postLogoutRedirectUris: [],
  idTokenSignedResponseAlg: 'RS256',
  pkce: 'required',
  ...changes,
})

type Fields = Readonly<Record<string, string>>

/** Anna comes from a relying party, logged in already; what the relying party is told. */
/** Where a relying party sends a client to log in. */
function authorization(id: string, query: Fields): string {
  const asked = { client_id: id, response_type: 'code', scope: 'openid', ...query }
  return `/oidc/auth?${new URLSearchParams(asked).toString()}`
}

async function ask({ anna }: AtHome, id: string, changes: Fields): Promise<URLSearchParams> {
  const query = new URLSearchParams({
    client_id: id,
    response_type: 'code',
    scope: 'openid',
    redirect_uri: CALLBACK,
    ...changes,
  })
  const page = await anna.follow(await anna.get(`/oidc/auth?${query.toString()}`))
  assert.ok(page.leadsTo?.startsWith(CALLBACK), `not answered: ${page.status} ${page.address}`)
  return new URL(page.leadsTo ?? '').searchParams
}

interface Answer {
  readonly status: number
  readonly json: Readonly<Record<string, unknown>>
}

async function backChannel({ issuer }: AtHome, path: string, fields: Fields): Promise<Answer> {
  const body = new URLSearchParams({ client_secret: SECRET, ...fields })
  const response = await fetch(`${issuer}${path}`, { method: 'POST', body })
  return { status: response.status, json: (await response.json()) as Answer['json'] }
}

const exchange = async (home: AtHome, id: string, told: URLSearchParams, more: Fields = {}) =>
  await backChannel(home, '/oidc/token', {
    grant_type: 'authorization_code',
    client_id: id,
    redirect_uri: CALLBACK,
    code: told.get('code') ?? '',
    ...more,
  })

async function loggedIn(t: TestContext, clients: readonly OidcClient[]) {
  const lines: string[] = []
  const logger = createLogger('warn', { write: (line: string) => void lines.push(line) })
  const home = await annaAt(t, { clients, logger })
  await signIn(home)
  return { home, lines }
}

suite('ID tokens', () => {
  test('each relying party gets them signed as it was set, with a key of that algorithm', async (t) => {
    const clients = ID_TOKEN_ALGORITHMS.map((alg) =>
      client(alg.toLowerCase(), { idTokenSignedResponseAlg: alg }),
    )
    const { home } = await loggedIn(t, clients)
    const jwks = createRemoteJWKSet(new URL(`${home.issuer}/oidc/jwks`))
    for (const { id, idTokenSignedResponseAlg: alg } of clients) {
      const told = await ask(home, id, { ...PKCE, ...NONCE })
      const { json } = await exchange(home, id, told, { code_verifier: VERIFIER })
      const expected = { algorithms: [alg], issuer: home.issuer, audience: id }
      const { payload, key } = await jwtVerify(String(json['id_token']), jwks, expected)
      assert.equal(payload['nonce'], 'a-nonce', alg)
      if (alg === 'ES256') continue
      const { modulusLength } = key.algorithm as webcrypto.RsaHashedKeyAlgorithm
      assert.equal(modulusLength, 3_072, alg)
    }
  })

  test('are signed with RS256 where nothing is said, which discovery promises', async (t) => {
    const { home } = await loggedIn(t, [])
    const query = { ...PKCE, ...NONCE, redirect_uri: `${home.issuer}/trade/callback` }
    const { leadsTo } = await home.anna.get(authorization('trade', query))
    const { json } = await backChannel(home, '/oidc/token', {
      grant_type: 'authorization_code',
      client_id: 'trade',
      code_verifier: VERIFIER,
      client_secret: home.client.secret,
      redirect_uri: query.redirect_uri,
      code: new URL(leadsTo ?? '').searchParams.get('code') ?? '',
    })
    assert.equal(decodeProtectedHeader(String(json['id_token'])).alg, 'RS256')
    const discovery = await fetch(`${home.issuer}/.well-known/openid-configuration`)
    const { id_token_signing_alg_values_supported: named } = (await discovery.json()) as Fields
    assert.deepEqual(named, ['RS256', 'PS256', 'ES256'])
  })

  for (const database of DATABASES) {
    test(`two nodes that start at once agree on the keys (${database})`, async (t) => {
      const one = await testWorld(t, { database })
      const two = await testWorld(t, { database, beside: one })
      await Promise.all([ensureSigningKeys(one), ensureSigningKeys(two)])
      const [made, found] = [signingKeysOf(one.keyring), signingKeysOf(two.keyring)]
      assert.deepEqual(made, found)
      assert.deepEqual(
        made.keys.map(({ alg }) => alg),
        ['RS256', 'PS256', 'ES256'],
      )
      assert.equal(new Set(made.keys.map(({ kid }) => kid)).size, 3)
    })
  }
})

suite('S97 a relying party that is set to do without PKCE', () => {
  const plain = client('plain', { pkce: 'optional' })

  test('logs in with a nonce in its place, and the log says so', async (t) => {
    const { home, lines } = await loggedIn(t, [plain])
    const told = await ask(home, 'plain', NONCE)
    const { status, json } = await exchange(home, 'plain', told)
    assert.equal(status, 200, JSON.stringify(json))
    const said = lines.filter((line) => line.includes('without PKCE'))
    assert.equal(said.length, 1, lines.join(''))
    assert.equal((JSON.parse(said[0] ?? '') as Fields)['client'], 'plain')
  })

  test('sends one of the two, by link and in a pushed request', async (t) => {
    const { home } = await loggedIn(t, [plain])
    for (const nothing of [{}, { nonce: '' }]) {
      const told = await ask(home, 'plain', nothing)
      assert.equal(told.get('error'), 'invalid_request')
      assert.match(told.get('error_description') ?? '', /code_challenge or a nonce/)
    }
    const pushed = { client_id: 'plain', response_type: 'code', scope: 'openid' }
    const fields = { ...pushed, redirect_uri: CALLBACK }
    const refused = await backChannel(home, '/oidc/par', fields)
    assert.equal(refused.status, 400)
    const accepted = await backChannel(home, '/oidc/par', { ...fields, ...NONCE })
    assert.equal(accepted.status, 201, JSON.stringify(accepted.json))
  })

  test('has its code bound as soon as it sends a challenge, and by no verifier without one', async (t) => {
    const { home, lines } = await loggedIn(t, [plain])
    const bound = await ask(home, 'plain', { ...PKCE, ...NONCE })
    assert.equal((await exchange(home, 'plain', bound)).json['error'], 'invalid_grant')
    assert.deepEqual(lines, [])
    const unbound = await ask(home, 'plain', NONCE)
    const answer = await exchange(home, 'plain', unbound, { code_verifier: VERIFIER })
    assert.equal(answer.json['error'], 'invalid_grant')
  })

  test('has a secret: without one, and where nothing is set, a nonce is not enough', async (t) => {
    const open = client('open', { secret: null, pkce: 'optional' })
    const { home } = await loggedIn(t, [open, client('strict')])
    for (const id of ['open', 'strict', 'other']) {
      const query = id === 'other' ? { redirect_uri: 'https://other.example.com/callback' } : {}
      const { leadsTo } = await home.anna.get(
        authorization(id, { redirect_uri: CALLBACK, ...NONCE, ...query }),
      )
      assert.equal(new URL(leadsTo ?? '').searchParams.get('error'), 'invalid_request', id)
    }
  })
})
