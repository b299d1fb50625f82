import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { suite, test, type TestContext } from 'node:test'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import {
  annaAt,
  type AtHome,
  BACK_OFFICE_SECRET,
  CLIENT_SECRET,
  type Page,
  signIn,
  type Visitor,
  visitor,
} from '../support/server/site.ts'

/**
 * The discovery document, held to its word: each value it names is tried, and for each list one
 * that it does not.
 */

const CALLBACK = 'https://rp.example.com/callback'
/** The example of RFC 7636, appendix B. */
const VERIFIER = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'
const CHALLENGE = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'
const TRADE = { authorization: `Basic ${btoa(`trade:${CLIENT_SECRET}`)}` }
const LEDGER = { authorization: `Basic ${btoa(`ledger:${BACK_OFFICE_SECRET}`)}` }

interface Document {
  readonly [name: string]: readonly string[]
}

interface Story extends AtHome {
  readonly document: Document
}

async function openStory(t: TestContext): Promise<Story> {
  const home = await annaAt(t)
  await signIn(home)
  const answer = await fetch(`${home.issuer}/.well-known/openid-configuration`)
  return { ...home, document: (await answer.json()) as Document }
}

const requestOf = (changes: Readonly<Record<string, string>>) =>
  new URLSearchParams({
    client_id: 'trade',
    response_type: 'code',
    scope: 'openid',
    redirect_uri: CALLBACK,
    code_challenge: CHALLENGE,
    code_challenge_method: 'S256',
    state: 'st',
    ...changes,
  })

async function ask(
  { anna }: Pick<Story, 'anna'>,
  changes: Readonly<Record<string, string>>,
  who: Visitor = anna,
): Promise<Page> {
  return await who.follow(await who.get(`/oidc/auth?${requestOf(changes).toString()}`))
}

/** What the relying party hears in the query: `code`, or the error. */
function heardIn({ leadsTo, address }: Page): string {
  if (!leadsTo?.startsWith(CALLBACK)) return `asked at ${new URL(address).pathname}`
  const { searchParams, hash } = new URL(leadsTo)
  assert.equal(hash, '')
  assert.equal(searchParams.get('state'), 'st')
  return searchParams.get('error') ?? (searchParams.has('code') ? 'code' : 'nothing')
}

const heard = async (story: Story, changes: Readonly<Record<string, string>>, who?: Visitor) =>
  heardIn(await ask(story, changes, who))

async function send(
  address: string,
  form: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>> = TRADE,
) {
  const answer = await fetch(address, { method: 'POST', headers, body: new URLSearchParams(form) })
  const json = (await answer.json()) as Readonly<Record<string, string>>
  return { status: answer.status, json }
}

async function exchange(
  story: Story,
  changes: Readonly<Record<string, string>>,
  given: { readonly headers?: Readonly<Record<string, string>>; readonly form?: object } = {},
) {
  const { leadsTo } = await ask(story, changes)
  const code = new URL(leadsTo ?? '').searchParams.get('code') ?? ''
  const form = { grant_type: 'authorization_code', code, redirect_uri: CALLBACK, ...given.form }
  const { issuer } = story
  const fields = { ...form, code_verifier: VERIFIER }
  return await send(`${issuer}/oidc/token`, fields, given.headers ?? TRADE)
}

const payloadOf = (token: string) =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as object

suite('What discovery names is what happens', () => {
  test('response_types_supported, response_modes_supported, code_challenge_methods_supported', async (t) => {
    const story = await openStory(t)
    const { document } = story
    for (const type of document['response_types_supported'] ?? []) {
      assert.equal(await heard(story, { response_type: type }), 'code', type)
    }
    assert.equal(await heard(story, { response_type: 'none' }), 'unsupported_response_type')
    for (const mode of document['response_modes_supported'] ?? []) {
      assert.equal(await heard(story, { response_mode: mode }), 'code', mode)
    }
    for (const mode of ['fragment', 'form_post', 'jwt', 'web_message', 'QUERY', 'x']) {
      assert.equal(await heard(story, { response_mode: mode }), 'unsupported_response_mode', mode)
      const asked = Object.fromEntries(requestOf({ response_mode: mode }))
      const pushed = await send(`${story.issuer}/oidc/par`, asked)
      assert.equal(pushed.json['error'], 'unsupported_response_mode', mode)
    }
    // An error in such a request comes in the query as well.
    assert.equal(
      await heard(story, { response_mode: 'fragment', code_challenge_method: 'plain' }),
      'invalid_request',
    )
    for (const method of document['code_challenge_methods_supported'] ?? []) {
      assert.equal(await heard(story, { code_challenge_method: method }), 'code', method)
    }
    for (const method of ['plain', 's256', 'S512']) {
      assert.equal(await heard(story, { code_challenge_method: method }), 'invalid_request', method)
    }
  })

  test('scopes_supported: without openid the client is asked nothing', async (t) => {
    const story = await openStory(t)
    for (const scope of story.document['scopes_supported'] ?? []) {
      if (['back-office', 'ledger', 'events'].includes(scope)) {
        const form = { grant_type: 'client_credentials', scope }
        const from = scope === 'events' ? TRADE : LEDGER
        const { json } = await send(`${story.issuer}/oidc/token`, form, from)
        assert.equal(json['scope'], scope)
        assert.equal(await heard(story, { scope: `openid ${scope}` }), 'invalid_scope')
        continue
      }
      const wish = { scope: `openid ${scope}`, prompt: 'consent' }
      const { json } = await exchange(story, wish)
      assert.ok(json['scope']?.split(' ').includes(scope), `${scope}: ${JSON.stringify(json)}`)
    }
    const { json } = await exchange(story, { scope: 'openid unknown' })
    assert.equal(json['scope'], 'openid', 'what is not known is passed over (RFC 6749, 3.3)')
    const stranger = visitor(story.issuer)
    for (const scope of ['profile', 'OPENID', 'openid,profile', 'offline_access', 'x', '']) {
      for (const more of [{}, { nonce: 'n' }, { max_age: '9' }, { acr_values: 'a' }]) {
        const changes = { scope, ...more }
        const said = JSON.stringify(changes)
        assert.equal(await heard(story, changes, stranger), 'invalid_scope', said)
        assert.equal(await heard(story, changes), 'invalid_scope', said)
        const pushed = await send(
          `${story.issuer}/oidc/par`,
          Object.fromEntries(requestOf(changes)),
        )
        assert.equal(pushed.json['error'], 'invalid_scope', said)
      }
    }
  })

  test('grant_types_supported, token_endpoint_auth_methods_supported', async (t) => {
    const story = await openStory(t)
    const { document, issuer } = story
    for (const type of document['grant_types_supported'] ?? []) {
      const { json } = await send(`${issuer}/oidc/token`, { grant_type: type })
      const known = ['invalid_request', 'invalid_scope', 'invalid_grant']
      assert.ok(known.includes(json['error'] ?? ''), `${type}: ${json['error']}`)
    }
    for (const type of ['password', 'implicit', 'urn:ietf:params:oauth:grant-type:device_code']) {
      const { json } = await send(`${issuer}/oidc/token`, { grant_type: type })
      assert.equal(json['error'], 'unsupported_grant_type', type)
    }
    const none = { headers: {}, form: { client_id: 'other' } }
    const ways: Readonly<Record<string, Parameters<typeof exchange>[2]>> = {
      client_secret_basic: { headers: TRADE },
      client_secret_post: {
        headers: {},
        form: { client_id: 'trade', client_secret: CLIENT_SECRET },
      },
      none,
    }
    for (const method of document['token_endpoint_auth_methods_supported'] ?? []) {
      const way = ways[method] ?? assert.fail(`${method} is not tried`)
      const { json } = await exchange(story, {}, way)
      // The code was not for `other`, which is known without a secret.
      assert.equal(json['error'], way === none ? 'invalid_grant' : undefined, method)
    }
    const assertion = {
      client_id: 'trade',
      client_assertion: 'x.y.z',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    }
    const { status, json } = await exchange(story, {}, { headers: {}, form: assertion })
    assert.deepEqual([status, json['error']], [401, 'invalid_client'])
  })

  test('dpop_signing_alg_values_supported', async (t) => {
    const story = await openStory(t)
    const status = async (alg: string) => {
      const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true })
      const claims = { htm: 'POST', htu: `${story.issuer}/oidc/token`, jti: randomUUID() }
      const dpop = await new SignJWT(claims)
        .setProtectedHeader({ alg, typ: 'dpop+jwt', jwk: await exportJWK(publicKey) })
        .setIssuedAt()
        .sign(privateKey)
      return (await exchange(story, {}, { headers: { ...TRADE, dpop } })).status
    }
    for (const alg of story.document['dpop_signing_alg_values_supported'] ?? []) {
      assert.equal(await status(alg), 200, alg)
    }
    for (const alg of ['RS256', 'ES384']) assert.equal(await status(alg), 400, alg)
  })

  test('claims_supported, subject_types_supported, id_token_signing_alg_values_supported', async (t) => {
    const story = await openStory(t)
    const { document, issuer } = story
    const { json } = await exchange(story, { scope: 'openid profile', nonce: 'n' })
    const headers = { authorization: `Bearer ${json['access_token']}` }
    const info = (await (await fetch(`${issuer}/oidc/userinfo`, { headers })).json()) as object
    const told = new Set([...Object.keys(payloadOf(json['id_token'] ?? '')), ...Object.keys(info)])
    const named = document['claims_supported'] ?? []
    // That one is told of a task that was approved: `step-up.test.ts`.
    const plain = named.filter((name) => name !== 'authorization_details')
    assert.deepEqual(
      plain.filter((name) => !told.has(name)),
      [],
    )
    const ofTheToken = ['aud', 'exp', 'iat', 'at_hash', 'nonce']
    const unnamed = [...told].filter((name) => ![...named, ...ofTheToken].includes(name))
    assert.deepEqual(unnamed, [])

    assert.deepEqual(document['subject_types_supported'], ['public'])
    const { keys } = (await (await fetch(`${issuer}/oidc/jwks`)).json()) as {
      readonly keys: readonly { readonly alg: string }[]
    }
    const algorithms = document['id_token_signing_alg_values_supported']?.toSorted()
    assert.deepEqual(keys.map(({ alg }) => alg).toSorted(), algorithms)
  })

  test('prompt_values_supported, acr_values_supported, authorization_details_types_supported', async (t) => {
    const story = await openStory(t)
    const { document } = story
    const answers: Readonly<Record<string, string>> = {
      none: 'code',
      consent: 'code',
      login: 'asked at /login',
    }
    for (const prompt of document['prompt_values_supported'] ?? []) {
      assert.equal(await heard(story, { prompt }), answers[prompt], prompt)
    }
    for (const prompt of ['select_account', 'create', 'LOGIN', 'task', 'session']) {
      assert.equal(await heard(story, { prompt }), 'invalid_request', prompt)
    }
    const levels = document['acr_values_supported'] ?? []
    // The session is as strong as a phone.
    const stronger = levels.slice(levels.indexOf('urn:countersign:acr:3') + 1)
    assert.deepEqual(stronger, ['urn:countersign:acr:3c', 'urn:countersign:acr:4'])
    for (const level of levels) {
      const expected = stronger.includes(level) ? 'asked at /login' : 'code'
      assert.equal(await heard(story, { acr_values: level }), expected, level)
    }
    assert.equal(await heard(story, { acr_values: 'urn:other:9' }), 'code', 'it is voluntary')
    for (const type of document['authorization_details_types_supported'] ?? []) {
      const details = JSON.stringify([{ type, nothing: 'that it knows' }])
      const { leadsTo } = await ask(story, { authorization_details: details })
      assert.match(new URL(leadsTo ?? '').searchParams.get('error_description') ?? '', /member/)
    }
    const unknown = JSON.stringify([{ type: 'bind' }])
    const { leadsTo } = await ask(story, { authorization_details: unknown })
    const description = new URL(leadsTo ?? '').searchParams.get('error_description')
    assert.match(description ?? '', /not known/)
  })

  test('ui_locales_supported, and every range that means one of them (RFC 4647)', async (t) => {
    const story = await openStory(t)
    const languageFor = async (locales: string): Promise<string | undefined> => {
      const { body } = await ask(story, { ui_locales: locales }, visitor(story.issuer))
      return /<html lang="(\w+)"/.exec(body)?.[1]
    }
    const rows = (story.document['ui_locales_supported'] ?? []).map((one) => [one, one])
    const ranges = [
      ['fr-CA', 'fr'] as const,
      ['fr-FR en', 'fr'] as const,
      ['de fr', 'fr'] as const,
      ['FR', 'fr'] as const,
      ['fr-Latn-CA-x-y', 'fr'] as const,
      ['en-GB fr', 'en'] as const,
      ['de it', 'en'] as const,
      ['x-fr', 'en'] as const,
      ['*', 'en'] as const,
      ['fra', 'en'] as const,
      ['  ', 'en'] as const,
      ['de  fr', 'fr'] as const,
    ]
    for (const [asked, told] of [...rows, ...ranges]) {
      assert.equal(await languageFor(asked ?? ''), told, asked)
    }
  })

  test('what is said to be off is refused', async (t) => {
    const story = await openStory(t)
    assert.equal(story.document['request_uri_parameter_supported'], false)
    const uri = 'https://rp.example.com/request'
    assert.equal(await heard(story, { request_uri: uri }), 'request_uri_not_supported')
    assert.equal(story.document['request_parameter_supported'], undefined)
    assert.equal(await heard(story, { request: 'x.y.z' }), 'request_not_supported')
    assert.equal(story.document['claims_parameter_supported'], false)
    const claims = JSON.stringify({ id_token: { preferred_username: { essential: true } } })
    const { json } = await exchange(story, { claims })
    assert.ok(!('preferred_username' in payloadOf(json['id_token'] ?? '')))
  })

  test('every endpoint is there, and HEAD where GET is', async (t) => {
    const { document, issuer } = await openStory(t)
    const endpoints = Object.entries(document).filter(([name]) =>
      /_endpoint$|^jwks_uri$/.test(name),
    )
    const others = ['openid-configuration', 'oauth-authorization-server'].map(
      (name) => `${issuer}/.well-known/${name}`,
    )
    const waiting = [`${issuer}/oidc/continue/x`, `${issuer}/oidc/continue/x/cancel`]
    const addresses = [...endpoints.map(([, address]) => String(address)), ...others, ...waiting]
    assert.ok(addresses.length >= 12)
    for (const address of [
      ...addresses,
      `${issuer}/oidc/auth/x`,
      `${issuer}/oidc/logout/success`,
    ]) {
      const statusOf = async (method: string) => {
        const answer = await fetch(address, { method, redirect: 'manual' })
        return { status: answer.status, length: (await answer.text()).length }
      }
      const [got, head] = [await statusOf('GET'), await statusOf('HEAD')]
      assert.equal(head.status, got.status, address)
      assert.equal(head.length, 0, address)
    }
    const keys = await fetch(`${issuer}/oidc/jwks`, { method: 'HEAD' })
    assert.equal(keys.status, 200)
    assert.match(keys.headers.get('content-type') ?? '', /json/)
  })

  test('end_session_endpoint is also asked by a form of another house (RP-Initiated Logout 1.0, section 2)', async (t) => {
    const story = await openStory(t)
    const { json } = await exchange(story, {})
    const form = {
      id_token_hint: json['id_token'] ?? '',
      state: 'bye',
      post_logout_redirect_uri: `${story.issuer}/trade/left`,
    }
    const answer = await fetch(`${story.issuer}/oidc/logout`, {
      method: 'POST',
      redirect: 'manual',
      body: new URLSearchParams(form),
      headers: { origin: 'https://rp.example.com', 'sec-fetch-site': 'cross-site' },
    })
    assert.equal(answer.status, 303)
    const page = await story.anna.get(answer.headers.get('location') ?? '')
    assert.equal(page.leadsTo, `${story.issuer}/trade/left?state=bye`)
    const headers = { authorization: `Bearer ${json['access_token']}` }
    assert.equal((await fetch(`${story.issuer}/oidc/userinfo`, { headers })).status, 401)
  })
})
