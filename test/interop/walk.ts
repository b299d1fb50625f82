import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import type { OidcClient } from '#edges/oidc/clients.ts'
import { SAMPLE_PIN, type SampleCard } from '#methods/security-card/sample.ts'
import { cardOf } from '../support/clients/card.ts'
import type { TestPhone } from '../support/clients/phone.ts'
import { activate, firstSession, PASSWORD } from '../support/clients/engine-story.ts'
import { hiddenFields, openSite, type Site } from '../support/server/site.ts'
import { type Browser, openBrowser, type Page } from './browser.ts'

/**
 * What every client of another language is taken through: log in, step up, refresh, log out, once
 * more in the same browser, and in two tabs. The client is a small program of its own at 127.0.0.1,
 * so that it shares no cookie with the login server at localhost.
 */
export interface RelyingParty {
  /** Where it is, such as `http://127.0.0.1:5000`. */
  readonly address: string
  /** Begins a login, with this strength where one is named. */
  readonly logIn: (acr?: string) => string
  /** A page that tells what it knows, once a client is logged in. */
  readonly me: string
  /** Asks for new tokens, where the client can do so by itself. */
  readonly refresh: string
  readonly logOut: string
  /** What a page of it says of who is logged in; `null` when it says that no client is. */
  readonly told: (page: Page) => Told | null
}

export interface Told {
  readonly sub: string
  readonly acr: string
  readonly accessToken: string
}

export interface House extends Site {
  readonly phone: TestPhone
  readonly card: SampleCard
}

export const CLIENT_ID = 'interop'
export const SECRET = 'a-secret-of-a-client-of-other-people-01'
const ACR = 'urn:countersign:acr:'

/** The login server with one client registered, and Anna, who has a phone and a security card. */
export async function openHouse(t: TestContext, client: Partial<OidcClient>): Promise<House> {
  const registered: OidcClient = {
    id: CLIENT_ID,
    name: { en: 'Interop', fr: 'Interop' },
    secret: SECRET,
    applicationType: 'web',
    redirectUris: [],
    postLogoutRedirectUris: [],
    idTokenSignedResponseAlg: 'RS256',
    pkce: 'required',
    ...client,
  }
  const site = await openSite(t, { clients: [registered] })
  const accounts = [{ number: 'U0000001', environment: 'live' as const }]
  const id = await site.world.add({ userName: 'anna', password: PASSWORD, accounts })
  const phone = await activate(site.world, await firstSession(site.world, 'anna'))
  const { card } = await cardOf(site.world, id)
  return { ...site, phone, card }
}

/** Walks the whole way. @throws AssertionError where a step is not as it should be */
export async function walk(t: TestContext, house: House, party: RelyingParty): Promise<void> {
  const browser = openBrowser()
  const steps: readonly (readonly [string, () => Promise<void>])[] = [
    ['logs in', () => logsIn(house, party, browser)],
    ['refreshes', () => refreshes(house, party, browser)],
    ['steps up', () => stepsUp(house, party, browser)],
    ['logs out', () => logsOut(house, party, browser)],
    ['logs in again in the same browser', () => logsIn(house, party, browser)],
    ['logs out again', () => logsOut(house, party, browser)],
    ['logs in with two tabs open', () => inTwoTabs(house, party, openBrowser())],
  ]
  for (const [name, step] of steps) await t.test(name, step)
}

async function logsIn(house: House, party: RelyingParty, browser: Browser): Promise<void> {
  const page = await confirm(house, browser, await browser.get(party.logIn()), 'phone')
  assert.equal(party.told(page)?.acr, `${ACR}3`, saidOn(page))
}

async function refreshes(house: House, party: RelyingParty, browser: Browser): Promise<void> {
  const before = party.told(await browser.get(party.me))
  assert.ok(before)
  await browser.get(party.refresh)
  const after = party.told(await browser.get(party.me))
  assert.ok(after)
  assert.notEqual(after.accessToken, before.accessToken)
  assert.equal(await userInfo(house, after.accessToken), 200)
}

async function stepsUp(house: House, party: RelyingParty, browser: Browser): Promise<void> {
  const asked = await browser.get(party.logIn(`${ACR}4`))
  const page = await confirm(house, browser, asked, 'card')
  assert.equal(party.told(page)?.acr, `${ACR}4`, saidOn(page))
}

async function logsOut(house: House, party: RelyingParty, browser: Browser): Promise<void> {
  const told = party.told(await browser.get(party.me))
  assert.ok(told)
  const left = await browser.get(party.logOut)
  assert.ok(left.address.startsWith(party.address), saidOn(left))
  assert.equal(party.told(await browser.get(party.me)), null)
  assert.equal(await userInfo(house, told.accessToken), 401, 'the session is over')
}

/**
 * Both tabs wait at the login page. The first logs in; the second goes on with the session that is
 * open now.
 */
async function inTwoTabs(house: House, party: RelyingParty, browser: Browser): Promise<void> {
  const first = await browser.get(party.logIn())
  const second = await browser.get(party.logIn())
  assert.ok(isLogin(first) && isLogin(second))
  const done = await confirm(house, browser, first, 'phone')
  assert.equal(party.told(done)?.acr, `${ACR}3`, saidOn(done))
  const interaction = new URL(second.address).searchParams.get('interaction') ?? ''
  const then = await browser.get(`${house.issuer}/oidc/continue/${interaction}`)
  assert.equal(party.told(then)?.acr, `${ACR}3`, saidOn(then))
}

/** From the login page back to the client: user name, password, and what the device answers. */
async function confirm(
  house: House,
  browser: Browser,
  login: Page,
  device: 'phone' | 'card',
): Promise<Page> {
  assert.ok(isLogin(login), saidOn(login))
  // Two logins in one second would show one number twice to the phone.
  house.world.advance(1_000 as Parameters<typeof house.world.advance>[0])
  const typed = { userName: 'anna', password: PASSWORD, environment: 'live' }
  let page = await browser.post(`${house.issuer}/login`, { ...hiddenFields(login), ...typed })
  const id = /\/login\/log_\w{26}/.exec(page.address)?.[0] ?? ''
  assert.notEqual(id, '', saidOn(page))
  const address = house.issuer + id
  // The device of the last login is asked at once; the others are behind a link.
  if (device === 'phone') page = await browser.get(`${address}?view=choose`)
  // A browser that is known hears the name of a device, and a new one only its kind.
  const named = new RegExp(`<strong>[^<]*${device}`, 'i')
  const item = page.body.split('<li>').find((one) => named.test(one))
  const authenticator = /value="(aut_\w{26})"/.exec(item ?? '')?.[1]
  if (authenticator !== undefined) {
    page = await browser.post(`${address}/challenge`, { ...hiddenFields(page), authenticator })
  }
  if (device === 'phone') page = await browser.get(`${address}?view=response`)
  const shown = /<p class="number"><span class="hidden">([\d ]+)</.exec(page.body)?.[1] ?? ''
  assert.notEqual(shown, '', saidOn(page))
  const number = shown.replaceAll(' ', '')
  const answer =
    device === 'phone'
      ? await house.phone.respond(number, house.world.now())
      : house.card.press(SAMPLE_PIN, number)
  return await browser.post(`${address}/answer`, { ...hiddenFields(page), answer })
}

const isLogin = ({ address }: Page): boolean => new URL(address).pathname === '/login'

const saidOn = ({ status, address, body }: Page): string =>
  `${status} ${address}\n${body
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .slice(0, 800)}`

async function userInfo({ issuer }: Site, token: string): Promise<number> {
  const headers = { authorization: `Bearer ${token}` }
  return (await fetch(`${issuer}/oidc/userinfo`, { headers })).status
}
