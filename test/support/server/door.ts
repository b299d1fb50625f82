import type { TestContext } from 'node:test'
import type { FastifyInstance, LightMyRequestResponse, RouteOptions } from 'fastify'
import type { Logger } from 'pino'
import { carrierRoutes } from '#edges/carriers/routes.ts'
import { createLogger } from '#edges/http/log.ts'
import { buildServer } from '#edges/server/server.ts'
import type { HttpSettings } from '#edges/http/settings.ts'
import { pageRoutes } from '#edges/pages/routes.ts'
import { phoneRoutes } from '#edges/phone/routes.ts'
import { type TestWorld, testWorld, type TestWorldOptions } from './world.ts'

/** The public door of a test, without a network. */
export interface Door {
  readonly app: FastifyInstance
  readonly world: TestWorld
  readonly settings: HttpSettings
}

export interface DoorOptions extends TestWorldOptions {
  readonly http?: Partial<HttpSettings>
  readonly logger?: Logger
  /** Hears of every route. */
  readonly onRoute?: (route: RouteOptions) => void
  /** Adds routes before the door is ready. */
  readonly extend?: (app: FastifyInstance, world: TestWorld) => unknown
}

export async function openDoor(t: TestContext, options: DoorOptions = {}): Promise<Door> {
  const world = await testWorld(t, options)
  const settings: HttpSettings = {
    issuer: world.settings.issuer,
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
    ...options.http,
  }
  const logger = options.logger ?? createLogger('silent')
  // What browsers load is not needed to read pages.
  const app = await buildServer(world, settings, { logger, dist: '/no-build' })
  if (options.onRoute) app.addHook('onRoute', options.onRoute)
  await app.register(carrierRoutes(world), { prefix: '/carriers' })
  await app.register(phoneRoutes(world), { prefix: '/phone/api' })
  await app.register(pageRoutes(world, settings))
  await options.extend?.(app, world)
  await app.ready()
  t.after(() => app.close())
  return { app, world, settings }
}

/** The browser of a client: it keeps cookies, fills in forms, and goes where it is sent. */
export interface Visitor {
  readonly cookies: Map<string, string>
  /** What is shown now. */
  readonly page: () => Shown
  open(address: string, headers?: Readonly<Record<string, string>>): Promise<Shown>
  /** Sends the form of the page that leads to `action`, with these fields filled in. */
  submit(action: string | RegExp, fields?: Fields): Promise<Shown>
  /** Asks without following, and without being asked for anything else. */
  ask(request: Asked): Promise<LightMyRequestResponse>
}

/** What is filled in; several values are several boxes of one name. */
export type Fields = Readonly<Record<string, string | readonly string[]>>

export interface Asked {
  readonly method: 'GET' | 'POST'
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly payload?: string | Buffer
}

export interface Shown {
  readonly address: string
  readonly status: number
  readonly headers: LightMyRequestResponse['headers']
  readonly html: string
  /** The words of the page as a client reads them, in one line. */
  readonly words: string
  readonly heading: string
  readonly title: string
}

const REDIRECTIONS_MAX = 8
const FIREFOX = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0'

export function visitor({ app, settings }: Pick<Door, 'app' | 'settings'>): Visitor {
  const cookies = new Map<string, string>()
  const { issuer } = settings
  let shown: Shown | null = null

  const ask = async ({ method, url, headers = {}, payload }: Asked) => {
    const cookie = [...cookies].map((pair) => pair.join('=')).join('; ')
    const response = await app.inject({
      method,
      url,
      ...(payload !== undefined && { payload }),
      headers: { 'user-agent': FIREFOX, ...(cookie && { cookie }), ...headers },
    })
    for (const { name, value, maxAge } of response.cookies) {
      if (maxAge === 0 || value === '') cookies.delete(name)
      else cookies.set(name, value)
    }
    return response
  }
  const follow = async (first: LightMyRequestResponse, address: string): Promise<Shown> => {
    let [response, here] = [first, address]
    for (let count = 0; count < REDIRECTIONS_MAX; count += 1) {
      const { location } = response.headers
      if (typeof location !== 'string') return (shown = shownBy(response, here))
      here = new URL(location, issuer + here).href.slice(issuer.length)
      response = await ask({ method: 'GET', url: here })
    }
    throw new Error(`it goes round in circles: ${here}`)
  }
  const page = () => {
    if (!shown) throw new Error('no page was opened')
    return shown
  }
  return {
    cookies,
    page,
    ask,
    open: async (address, headers = {}) =>
      await follow(await ask({ method: 'GET', url: address, headers }), address),
    async submit(action, fields = {}) {
      const form = formsOn(page().html).find((one) =>
        typeof action === 'string' ? one.action === action : action.test(one.action),
      )
      if (!form) throw new Error(`no form leads to ${String(action)}: ${page().words}`)
      const filled = new URLSearchParams(form.hidden)
      for (const [name, value] of Object.entries<string | readonly string[]>(fields)) {
        filled.delete(name)
        for (const one of [value].flat()) filled.append(name, one)
      }
      const payload = filled.toString()
      const headers = {
        origin: issuer,
        'sec-fetch-site': 'same-origin',
        'content-type': 'application/x-www-form-urlencoded',
      }
      const request = { method: 'POST', url: form.action, headers, payload } as const
      return await follow(await ask(request), form.action)
    },
  }
}

function shownBy(response: LightMyRequestResponse, address: string): Shown {
  const html = response.payload
  const visible = html.replaceAll(/<(\w+)[^>]*\shidden(?=[\s>])[^>]*>[\s\S]*?<\/\1>/g, '')
  const plain = (text: string) =>
    unescaped(text.replaceAll(/<[^>]*>/g, ' '))
      .replaceAll(/\s+/g, ' ')
      .replaceAll(/ (?=[.,])/g, '')
      .trim()
  return {
    address,
    status: response.statusCode,
    headers: response.headers,
    html,
    words: plain(/<main[\s\S]*<\/main>/.exec(visible)?.[0] ?? visible),
    heading: plain(/<h1>([\s\S]*?)<\/h1>/.exec(html)?.[1] ?? ''),
    title: plain(/<title>([\s\S]*?)<\/title>/.exec(html)?.[1] ?? ''),
  }
}

const unescaped = (text: string): string =>
  text
    .replaceAll('&#39;', "'")
    .replaceAll('&quot;', '"')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')

interface Form {
  readonly action: string
  readonly hidden: Readonly<Record<string, string>>
}

/** Every form of a page, with what it carries without being filled in. */
function formsOn(html: string): readonly Form[] {
  return [...html.matchAll(/<form\b([^>]*)>([\s\S]*?)<\/form>/g)].map(
    ([, head = '', body = '']) => {
      const inputs = [
        ...body.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"[^>]*>/g),
      ]
      const hidden = inputs.map(([, name = '', value = '']) => [name, unescaped(value)])
      return {
        action: /action="([^"]*)"/.exec(head)?.[1] ?? '',
        hidden: Object.fromEntries(hidden),
      }
    },
  )
}
