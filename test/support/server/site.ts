import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import type { FastifyInstance } from 'fastify'
import * as oidc from 'openid-client'
import type { Logger } from 'pino'
import type { Json } from '#core/json.ts'
import { instant } from '#core/time/time.ts'
import { registerApi } from '#edges/api/routes.ts'
import { createLogger } from '#edges/http/log.ts'
import { buildServer } from '#edges/server/server.ts'
import { registerOidc } from '#edges/oidc/routes.ts'
import type { OidcClient } from '#edges/oidc/clients.ts'
import { answerLogin } from '#engine/login/answer.ts'
import { platformsOf } from '#engine/sessions/platforms.ts'
import { newSigningKeys } from '#engine/keyring/signing-keys.ts'
import type { World } from '#engine/world.ts'
import { pageRoutes } from '#edges/pages/routes.ts'
import { phoneRoutes } from '#edges/phone/routes.ts'
import { tradingPlatform } from '../../../examples/trading-platform/plugin.ts'
import type { TestPhone } from '../clients/phone.ts'
import { freePorts } from './ports.ts'
import { activate, begin, firstSession, numberOn, PASSWORD } from '../clients/engine-story.ts'
import { browser, type Person, type TestWorld, testWorld, type TestWorldOptions } from './world.ts'

/** A running server of a test, with the sample trading platform in it. */
export interface Site {
  readonly app: FastifyInstance
  readonly world: TestWorld
  /** The address of the login server. */
  readonly issuer: string
  /** Where it listens. */
  readonly port: number
  readonly client: OidcClient & { readonly secret: string }
}

export const CLIENT_SECRET = 'a-secret-of-the-trading-platform-0001'

export const BACK_OFFICE_SECRET = 'a-secret-of-the-back-office-000000001'

/** Another platform is registered too: a public client, `other`. */
const OTHER_CALLBACK = 'https://other.example.com/callback'

/** What a relying party gets whose settings say nothing of it. */
const SILENT_SETTINGS = { idTokenSignedResponseAlg: 'RS256', pkce: 'required' } as const

interface SiteOptions extends TestWorldOptions {
  /** The address that it goes by, where something stands in front of it. */
  readonly issuer?: string
  /** Relying parties besides the two; any session opens them. */
  readonly clients?: readonly OidcClient[]
  /** The ports that the test of the connection asks for; none by default. */
  readonly gateway?: { readonly ports: readonly number[]; readonly host: null }
  /** Where the log goes; nowhere by default. */
  readonly logger?: Logger
}

/** Opens every door that a client of the brokerage goes through, on a port of its own. */
export async function openSite(
  t: Pick<TestContext, 'after'>,
  options: SiteOptions = {},
): Promise<Site> {
  const [port = 0] = await freePorts(1)
  const { issuer = `http://localhost:${port}`, clients: more = [] } = options
  const plain = await testWorld(t, { ...options, settings: { ...options.settings, issuer } })
  const other = { id: 'other', name: { en: 'Other', fr: 'Autre' } } as const
  const open = { needs: '2s', purpose: 'other', startUri: null } as const
  const others = [other, ...more].map(({ id, name }) => ({ id, name, ...open }))
  const platforms = [...plain.platforms, ...platformsOf(others)]
  const world = { ...plain, platforms: new Map(platforms) }
  // The provider reads the machine's clock; the world begins at the same time.
  if (!options.beside) world.setClock(instant(Date.now()))
  const settings = {
    issuer,
    name: 'Example Brokerage',
    helpLine: '+1 212 555 0100',
    helpLines: {},
    technicalLine: null,
    accent: '#0a5c4a',
    brand: { logo: { light: null, dark: null }, accentDark: null, legal: [] },
    portal: { formerAddresses: {} },
    gateway: options.gateway ?? { ports: [], host: null },
    timeZone: 'America/New_York',
    trustedProxies: [],
    log: { level: 'silent' },
  }
  const client = {
    id: 'trade',
    name: { en: 'Trading platform', fr: 'Plateforme' },
    secret: CLIENT_SECRET,
    applicationType: 'web' as const,
    redirectUris: [`${issuer}/trade/callback`, 'https://rp.example.com/callback'],
    postLogoutRedirectUris: [`${issuer}/trade/left`],
    ...SILENT_SETTINGS,
  }
  const logger = options.logger ?? createLogger(process.env.TEST_LOG ?? 'silent')
  const app = await buildServer(world, settings, { logger })
  // What a phone sets its clock by.
  app.addHook('onSend', async (_request, reply) => {
    reply.header('date', new Date(world.now()).toUTCString())
  })
  await app.register(phoneRoutes(world), { prefix: '/phone/api' })
  await registerApi(app, world)
  const uris = {
    applicationType: 'web' as const,
    redirectUris: [OTHER_CALLBACK],
    postLogoutRedirectUris: [],
  }
  const clients = [client, { ...other, secret: null, ...uris, ...SILENT_SETTINGS }, ...more]
  const backOffice = [
    { id: 'ledger', secret: BACK_OFFICE_SECRET, scopes: ['back-office', 'ledger'] as const },
  ]
  await signingKeysAgain(world)
  await registerOidc(app, world, { clients, backOffice })
  await app.register(pageRoutes(world, settings))
  await app.register(tradingPlatform, {
    issuer,
    clientId: client.id,
    clientSecret: client.secret,
    address: `${issuer}/trade`,
    name: settings.name,
    timeZone: settings.timeZone,
    now: world.now,
  })
  t.after(() => app.close())
  await app.listen({ host: '127.0.0.1', port })
  return { app, world, issuer, port, client }
}

/** The keys of the first site of this process: making two of RSA takes half a second. */
let signing: Promise<Json> | null = null

/** A server that finds keys makes none. */
async function signingKeysAgain({ keyring }: World): Promise<void> {
  signing ??= newSigningKeys()
  await keyring.ensure('oidc', async () => await (signing ?? newSigningKeys()))
}

/**
 * The browser of a client, as far as a test needs one: it keeps cookies and follows nothing by
 * itself.
 */
export interface Visitor {
  /** By name, and after it the path where that is not `/`. */
  readonly cookies: Map<string, Cookie>
  get(address: string, headers?: Readonly<Record<string, string>>): Promise<Page>
  /** Sends a form of ours, with the value that ties it to this browser. */
  post(address: string, fields: Readonly<Record<string, string>>): Promise<Page>
  /** Goes where it is sent, until a page is shown or another site is reached. */
  follow(page: Page): Promise<Page>
}

interface Cookie {
  readonly value: string
  readonly path: string
}

export interface Page {
  readonly address: string
  readonly status: number
  readonly headers: Headers
  readonly body: string
  /** Where it leads by itself, or `null`. */
  readonly leadsTo: string | null
}

const REDIRECTIONS_MAX = 12

export function visitor(issuer: string): Visitor {
  const cookies = new Map<string, Cookie>()
  const ask = async (address: string, init: RequestInit): Promise<Page> => {
    const url = new URL(address, issuer)
    const sent = [...cookies]
      .filter(([, { path }]) => url.pathname.startsWith(path))
      .map(([name, { value }]) => `${name.split('/', 1)[0]}=${value}`)
      .join('; ')
    const headers = { ...(init.headers as Record<string, string>), ...(sent && { cookie: sent }) }
    const response = await fetch(url, { ...init, headers, redirect: 'manual' })
    for (const line of response.headers.getSetCookie()) keep(cookies, line)
    const body = await response.text()
    const refresh = /http-equiv="refresh" content="0;url=([^"]+)"/.exec(body)?.[1]
    const target = response.headers.get('location') ?? refresh?.replaceAll('&amp;', '&')
    return {
      address: url.href,
      status: response.status,
      headers: response.headers,
      body,
      leadsTo: target ? new URL(target, url).href : null,
    }
  }
  return {
    cookies,
    get: (address, headers = {}) => ask(address, { headers }),
    post: (address, fields) =>
      ask(address, {
        method: 'POST',
        headers: { origin: issuer },
        body: new URLSearchParams(fields),
      }),
    async follow(page) {
      let here = page
      for (let count = 0; count < REDIRECTIONS_MAX; count += 1) {
        if (here.leadsTo === null || new URL(here.leadsTo).origin !== issuer) return here
        here = await ask(here.leadsTo, {})
      }
      throw new Error(`it goes round in circles: ${here.address}`)
    },
  }
}

function keep(cookies: Map<string, Cookie>, line: string): void {
  const [pair = '', ...attributes] = line.split(';').map((part) => part.trim())
  const [name = '', value = ''] = pair.split(/=(.*)/s)
  const path = attributes.find((one) => one.toLowerCase().startsWith('path='))?.slice(5) ?? '/'
  const isGone = attributes.some((one) => /^(max-age=0|expires=thu, 01 jan 1970.*)$/i.test(one))
  const key = path === '/' ? name : name + path
  if (isGone || value === '') cookies.delete(key)
  else cookies.set(key, { value, path })
}

/** The hidden fields of the first form on a page that is not the switch of languages. */
export function hiddenFields({ body }: Pick<Page, 'body'>): Readonly<Record<string, string>> {
  const [form = ''] = /<form(?![^>]*\/portal\/language)[\s\S]*?<\/form>/.exec(body) ?? []
  const fields = [...form.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)]
  return Object.fromEntries(fields.map(([, name = '', value = '']) => [name, value]))
}

/** Anna, who has an activated phone and both kinds of accounts, and her browser. */
export interface AtHome extends Site {
  readonly phone: TestPhone
  readonly anna: Visitor
}

export async function annaAt(t: TestContext, options: SiteOptions = {}): Promise<AtHome> {
  const site = await openSite(t, options)
  const accounts = [
    { number: 'U0000001', environment: 'live' as const },
    { number: 'DU000001', environment: 'paper' as const },
  ]
  const phone = await personAt(site, { userName: 'anna', password: PASSWORD, accounts })
  return { ...site, phone, anna: visitor(site.issuer) }
}

/** A client with an activated phone. */
export async function personAt({ world }: Site, person: Person): Promise<TestPhone> {
  await world.add(person)
  return await activate(world, await firstSession(world, person.userName))
}

/** What a relying party knows once it has read about the provider. */
export const discovered = async ({ issuer, client }: Site): Promise<oidc.Configuration> =>
  await oidc.discovery(
    new URL(issuer),
    client.id,
    undefined,
    oidc.ClientSecretBasic(client.secret),
    { execute: [oidc.allowInsecureRequests] },
  )

/** Logs in with the phone, and leaves the session in the browser; what its cookie holds. */
export async function signIn(home: AtHome): Promise<string> {
  const token = await loggedInAt(home, home.phone, { userName: 'anna' })
  home.anna.cookies.set('session', { value: token, path: '/' })
  return token
}

/** Logs in with the phone, as the pages would, and says what the session cookie holds. */
export async function loggedInAt(
  { world }: Site,
  phone: TestPhone,
  claim: { readonly userName: string; readonly environment?: 'live' | 'paper' },
): Promise<string> {
  const client = browser()
  const started = await begin(world, client, claim)
  assert.ok(started.ok)
  const number = await numberOn(world, started.login.id, client)
  const response = await phone.respond(number, world.now())
  const held = { id: started.login.id, holder: client.holder }
  const answered = await answerLogin(world, { ...held, answer: { response } })
  assert.ok(answered.ok && answered.token !== null, JSON.stringify(answered))
  return answered.token
}
