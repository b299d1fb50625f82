import assert from 'node:assert/strict'
import { createHash, randomUUID } from 'node:crypto'
import type { TestContext } from 'node:test'
import { exportJWK, SignJWT } from 'jose'
import * as oidc from 'openid-client'
import type { Node, ProviderAct } from '../clients/acts.ts'
import {
  annaAt,
  type AtHome,
  BACK_OFFICE_SECRET,
  CLIENT_SECRET,
  discovered,
  signIn,
  type Visitor,
  visitor,
} from '../server/site.ts'
import type { TestWorldOptions } from '../server/world.ts'

/**
 * Races for what the provider library keeps and counts once: it looks, and it writes afterwards.
 */

const CALLBACK = 'https://rp.example.com/callback'
const FOUR = [0, 1, 2, 3] as const

/** What is asked of whichever server. @returns whether this one got what only one may get. */
type Ask = (server: string) => Promise<boolean>

export interface ProviderContest {
  readonly name: string
  prepare(house: House): Promise<Ask>
}

/** Anna at home, logged in, and what a relying party knows. */
export interface House extends AtHome {
  readonly config: oidc.Configuration
}

export async function openHouse(t: TestContext, options: TestWorldOptions): Promise<House> {
  const home = await annaAt(t, options)
  await signIn(home)
  return { ...home, config: await discovered(home) }
}

/**
 * Many races, each asked four times at once, of two servers in turn. @returns how many were run.
 */
export async function runProviderContest(
  house: House,
  servers: readonly string[],
  { contest, rounds }: { readonly contest: ProviderContest; readonly rounds: number },
): Promise<number> {
  return await abreast(rounds, async (round) => {
    const ask = await contest.prepare(house)
    const asked = FOUR.map((index) => ask(servers[index % servers.length] ?? ''))
    const winners = (await Promise.all(asked)).filter(Boolean)
    assert.equal(winners.length, 1, `${contest.name}, race ${round}: ${winners.length} won`)
  })
}

/** Races that run at the same time, each about something else. */
const LANES = 5

async function abreast(rounds: number, run: (round: number) => Promise<void>): Promise<number> {
  const waiting = Array.from({ length: rounds }, (_, round) => round).values()
  const walk = async () => {
    for (const round of waiting) await run(round)
  }
  await Promise.all(Array.from({ length: LANES }, walk))
  return rounds
}

const basic = (id: string, secret: string) => ({
  authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
})
const TRADE = basic('trade', CLIENT_SECRET)

interface Sent {
  readonly form?: Readonly<Record<string, string>>
  readonly headers: Readonly<Record<string, string>>
}

async function isOk(address: string, { form, headers }: Sent): Promise<boolean> {
  const body = form && { method: 'POST', body: new URLSearchParams(form) }
  const answer = await fetch(address, { headers, ...body })
  await answer.arrayBuffer()
  assert.ok(answer.status < 500, `${address}: ${answer.status}`)
  return answer.ok
}

/** What a browser sends that holds these cookies, and whether it came back with a code. */
async function isAnswered({ cookies }: Visitor, address: string): Promise<boolean> {
  const { pathname } = new URL(address)
  const sent = [...cookies].filter(([, { path }]) => pathname.startsWith(path))
  const cookie = sent.map(([name, { value }]) => `${name.split('/', 1)[0]}=${value}`).join('; ')
  const answer = await fetch(address, { redirect: 'manual', headers: { cookie } })
  await answer.arrayBuffer()
  assert.ok(answer.status < 500, `${address}: ${answer.status}`)
  const leadsTo = answer.headers.get('location') ?? ''
  return leadsTo.startsWith(CALLBACK) && new URL(leadsTo).searchParams.has('code')
}

interface Begun {
  readonly address: URL
  readonly verifier: string
}

async function begun(
  { config }: House,
  changes: Readonly<Record<string, string>> = {},
): Promise<Begun> {
  const verifier = oidc.randomPKCECodeVerifier()
  const challenge = await oidc.calculatePKCECodeChallenge(verifier)
  const address = oidc.buildAuthorizationUrl(config, {
    redirect_uri: CALLBACK,
    scope: 'openid',
    state: 'st',
    code_challenge: challenge,
    code_challenge_method: 'S256',
    ...changes,
  })
  return { address, verifier }
}

/** An unused code, as the fields that exchange it. */
async function unusedCode(house: House, changes: Readonly<Record<string, string>> = {}) {
  const { address, verifier } = await begun(house, changes)
  const page = await house.anna.follow(await house.anna.get(address.href))
  const code = new URL(page.leadsTo ?? '').searchParams.get('code') ?? assert.fail('no code')
  const exchange = { grant_type: 'authorization_code', redirect_uri: CALLBACK }
  return { ...exchange, code, code_verifier: verifier }
}

const proofs = async ({ issuer }: House) => {
  const { privateKey, publicKey } = await oidc.randomDPoPKeyPair('ES256', { extractable: true })
  const jwk = await exportJWK(publicKey)
  return async (htm: string, path: string, claims: object) =>
    await new SignJWT({ htm, htu: issuer + path, jti: randomUUID(), ...claims })
      .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk })
      .setIssuedAt()
      .sign(privateKey)
}

const replayAtToken: ProviderContest = {
  name: 'a token for one proof of possession',
  async prepare(house) {
    const prove = await proofs(house)
    const dpop = await prove('POST', '/oidc/token', {})
    const headers = { ...basic('ledger', BACK_OFFICE_SECRET), dpop }
    const form = { grant_type: 'client_credentials', scope: 'back-office' }
    return async (server) => await isOk(`${server}/oidc/token`, { form, headers })
  },
}

const replayAtUserInfo: ProviderContest = {
  name: 'an answer of userinfo for one proof of possession',
  async prepare(house) {
    const prove = await proofs(house)
    const dpop = await prove('POST', '/oidc/token', {})
    const granted = await fetch(`${house.issuer}/oidc/token`, {
      method: 'POST',
      headers: { ...TRADE, dpop },
      body: new URLSearchParams(await unusedCode(house)),
    })
    const { access_token: token } = (await granted.json()) as { readonly access_token: string }
    const ath = createHash('sha256').update(token).digest('base64url')
    const proof = await prove('GET', '/oidc/userinfo', { ath })
    const headers = { authorization: `DPoP ${token}`, dpop: proof }
    return async (server) => await isOk(`${server}/oidc/userinfo`, { headers })
  },
}

const code: ProviderContest = {
  name: 'tokens for a code',
  async prepare(house) {
    const form = await unusedCode(house)
    return async (server) => await isOk(`${server}/oidc/token`, { form, headers: TRADE })
  },
}

const refresh: ProviderContest = {
  name: 'tokens for a refresh token',
  async prepare(house) {
    const wish = { scope: 'openid offline_access', prompt: 'consent' }
    const granted = await fetch(`${house.issuer}/oidc/token`, {
      method: 'POST',
      headers: TRADE,
      body: new URLSearchParams(await unusedCode(house, wish)),
    })
    const { refresh_token: token } = (await granted.json()) as { readonly refresh_token: string }
    const form = { grant_type: 'refresh_token', refresh_token: token }
    return async (server) => await isOk(`${server}/oidc/token`, { form, headers: TRADE })
  },
}

const pushed: ProviderContest = {
  name: 'a code for a pushed request',
  async prepare(house) {
    const { address } = await begun(house)
    const { request_uri: uri } = await push(house, address)
    const asked = `/oidc/auth?client_id=trade&request_uri=${encodeURIComponent(uri)}`
    return async (server) => await isAnswered(house.anna, server + asked)
  },
}

const pushedInTabs: ProviderContest = {
  name: 'a code for a pushed request that waits in four tabs',
  async prepare(house) {
    const { address } = await begun(house)
    const { request_uri: uri } = await push(house, address)
    const asked = `/oidc/auth?client_id=trade&request_uri=${encodeURIComponent(uri)}`
    const tabs = await Promise.all(FOUR.map(async () => await waiting(house, asked)))
    return async (server) => await isAnswered(house.anna, server + (tabs.pop() ?? ''))
  },
}

const interaction: ProviderContest = {
  name: 'a code for a request that waited',
  async prepare(house) {
    const { address } = await begun(house)
    const path = await waiting(house, address.href)
    return async (server) => await isAnswered(house.anna, server + path)
  },
}

async function push({ issuer }: House, { searchParams }: URL) {
  const answer = await fetch(`${issuer}/oidc/par`, {
    method: 'POST',
    headers: TRADE,
    body: new URLSearchParams(searchParams),
  })
  return (await answer.json()) as { readonly request_uri: string }
}

/** A request that came before the login of this browser; where it is answered now. */
async function waiting({ anna, issuer }: House, asked: string): Promise<string> {
  const before = visitor(issuer)
  for (const [name, cookie] of anna.cookies) {
    if (name !== 'session') before.cookies.set(name, cookie)
  }
  const page = await before.get(asked)
  for (const [name, cookie] of before.cookies) anna.cookies.set(name, cookie)
  const { searchParams } = new URL(page.leadsTo ?? '', issuer)
  const uid = searchParams.get('interaction') ?? assert.fail(`does not wait: ${page.leadsTo}`)
  return `/oidc/continue/${uid}`
}

/**
 * Each model of the provider that something may be had for once, as a relying party or a browser
 * has it.
 */
export const PROVIDER_CONTESTS: readonly ProviderContest[] = [
  replayAtToken,
  replayAtUserInfo,
  code,
  refresh,
  pushed,
  pushedInTabs,
  interaction,
]

/** One model, as its writes are made: those before the race, and those of which one may succeed. */
export interface ModelContest {
  readonly name: string
  readonly model: string
  readonly before: readonly Stroke[]
  readonly race: readonly Stroke[]
}

type Stroke = Pick<ProviderAct, 'write' | 'payload'>

const CONSUME: Stroke = { write: 'consume', payload: {} }
const DESTROY: Stroke = { write: 'destroy', payload: {} }
const store = (payload: ProviderAct['payload'] = {}): Stroke => ({ write: 'store', payload })
const four = (stroke: Stroke): readonly Stroke[] => FOUR.map(() => stroke)
const FLIGHT = store({ inFlight: true })
const YES = store({ grantId: 'a grant' })
const NO = store({ error: 'access_denied' })

const consumed = (model: string): ModelContest => ({
  name: `${model} is consumed`,
  model,
  before: [store()],
  race: four(CONSUME),
})
const stored = (model: string): ModelContest => ({
  name: `${model} is stored`,
  model,
  before: [],
  race: four(store()),
})

/** What counts once, those that no feature that is on uses yet among them. */
export const MODEL_CONTESTS: readonly ModelContest[] = [
  ...['AuthorizationCode', 'RefreshToken', 'PushedAuthorizationRequest'].map(consumed),
  ...['DeviceCode', 'BackchannelAuthenticationRequest', 'PreAuthorizedCode'].map(consumed),
  ...['ReplayDetection', 'AuthorizationCode', 'RefreshToken', 'AccessToken'].map(stored),
  {
    name: 'Interaction is answered',
    model: 'Interaction',
    before: [store(), store()],
    race: four(DESTROY),
  },
  ...['DeviceCode', 'BackchannelAuthenticationRequest'].map((model) => ({
    name: `${model} is decided`,
    model,
    before: [store()],
    race: [YES, NO, YES, NO],
  })),
  {
    name: 'DeviceCode is taken up',
    model: 'DeviceCode',
    before: [store()],
    race: four(FLIGHT),
  },
]

let drawn = 0

/** All that race have read the same before one of them writes. @returns how many races were run. */
export async function runModelContest(
  nodes: readonly Node[],
  { contest, rounds }: { readonly contest: ModelContest; readonly rounds: number },
): Promise<number> {
  const { name, model, before, race } = contest
  return await abreast(rounds, async (round) => {
    drawn += 1
    const id = `${model}-${drawn}`
    const at = async (index: number, stroke: Stroke | { readonly write: 'none' }) => {
      const node = nodes[index % nodes.length] ?? assert.fail('no node')
      return await node({ do: 'provider', model, id, payload: {}, ...stroke })
    }
    for (const stroke of before) assert.equal(await at(0, stroke), 'yes', name)
    const reads = await Promise.all(race.map((_, index) => at(index, { write: 'none' })))
    const expected = before.length > 0 ? 'unused' : 'nothing'
    assert.deepEqual([...new Set(reads)], [expected], `${name}, race ${round}`)
    const outcomes = await Promise.all(race.map((stroke, index) => at(index, stroke)))
    const winners = outcomes.filter((outcome) => outcome === 'yes')
    assert.equal(winners.length, 1, `${name}, race ${round}: ${outcomes.join()}`)
  })
}
