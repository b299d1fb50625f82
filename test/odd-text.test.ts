import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { FastifyInstance, RouteOptions } from 'fastify'
import type { z } from 'zod'
import { instant } from '#core/time/time.ts'
import { registerApi } from '#edges/api/routes.ts'
import { registerOidc } from '#edges/oidc/routes.ts'
import { softKey } from '#methods/passkey/sample.ts'
import { inside } from './support/clients/login-story.ts'
import { caller } from './support/desk/calls.ts'
import { applicant, waiting } from './support/documents/reviewing.ts'
import { comesIn, openDesk } from './support/desk/door.ts'
import { DATABASES } from './support/databases/databases.ts'
import type { Visitor } from './support/server/door.ts'
import { BACK_OFFICE_SECRET } from './support/server/site.ts'
import { DESK, ISSUER } from './support/server/world.ts'

/**
 * Text that a database does not take, at every door: PostgreSQL refuses a text with U+0000, and
 * half a character is none in UTF-8. It is answered, and never as if the server had failed.
 */
const ODD = ['\u0000', 'a\u0000b', '\ud800', 'a\udfffb', '\u0001\u001b[31m\u007f'] as const

interface Def {
  readonly type: string
  readonly innerType?: z.ZodType
  readonly in?: z.ZodType
  readonly element?: z.ZodType
  readonly options?: readonly z.ZodType[]
  readonly shape?: Readonly<Record<string, z.ZodType>>
  readonly entries?: Readonly<Record<string, string>>
  readonly values?: readonly unknown[]
}

/** What a schema takes, with odd text wherever it takes any, and ids of what exists. */
function fitting(schema: z.ZodType, odd: string, ids: readonly string[]): unknown {
  const { type, innerType, in: first, element, options, shape, entries, values } = schema.def as Def
  if (innerType) return fitting(innerType, odd, ids)
  if (first) return fitting(first, odd, ids)
  if (shape) {
    const fields = Object.entries(shape).map(([name, one]) => [name, fitting(one, odd, ids)])
    return Object.fromEntries(fields)
  }
  if (options?.[0]) return fitting(options[0], odd, ids)
  if (element) return [fitting(element, odd, ids)]
  if (entries) return Object.values(entries)[0]
  if (values) return values[0]
  if (type === 'record') return { [odd]: odd }
  if (type === 'boolean') return true
  if (type === 'number' || type === 'int') return 1
  const texts = [odd, ...ids, ...SHAPES.map((shape) => shape + odd), ...SHAPES]
  return texts.find((text) => schema.safeParse(text).success) ?? odd
}

/** What some fields have to begin with, or to be. */
const SHAPES = ['2026-11-29', '2026-11-29T12:00:00Z', '+12025550123', 'a@example.com', 'a', 'A1']

const MADE_UP = [
  'cas',
  'aut',
  'war',
  'vrf',
  'mem',
  'log',
  'ses',
  'brw',
  'enr',
  'sub',
  'tsk',
  'ord',
  'mai',
]

interface Asking {
  readonly app: FastifyInstance
  readonly routes: readonly RouteOptions[]
  readonly origin: string
  /** A browser that is logged in. */
  readonly browser: Visitor
  /** Ids of what exists, so that a request gets further than to "there is none". */
  readonly ids: readonly string[]
  readonly tokens: readonly string[]
}

/** Every route is asked with odd text in its path, its query and its body; @returns how many. */
async function askAll(asking: Asking): Promise<number> {
  const { routes, ids } = asking
  const known = [...ids, ...MADE_UP.map((prefix) => `${prefix}_${'0'.repeat(26)}`)]
  let count = 0
  for (const route of routes) {
    for (const method of [route.method].flat()) {
      // Streams do not end, and the session goes on.
      if (method === 'HEAD' || /events$|log-out$|\/assets/.test(route.url)) continue
      for (const odd of ODD) {
        for (const inPath of placesOf(route, odd)) {
          for (const token of asking.tokens) {
            await ask(asking, { route, method, odd, inPath, known, token })
            count += 1
          }
        }
      }
    }
  }
  return count
}

/** What its path is asked with: odd text, and ids of the right kind where its body takes a text. */
function placesOf({ url, method, schema }: RouteOptions, odd: string): readonly (string | null)[] {
  const { body } = (schema ?? {}) as { readonly body?: z.ZodType }
  const takesText = method === 'GET' || Object.keys((body?.def as Def | undefined)?.shape ?? {})[0]
  return [...(url.includes(':') ? [odd] : []), ...(takesText ? [null] : [])]
}

interface Odd {
  readonly route: RouteOptions
  readonly method: string
  readonly odd: string
  /** What stands for each name in the path; `null` for ids of the right kind. */
  readonly inPath: string | null
  readonly known: readonly string[]
  readonly token: string
}

async function ask(asking: Asking, { route, method, odd, inPath, known, token }: Odd) {
  const { url, schema = {} } = route
  const { params, querystring, body } = schema as Readonly<Record<string, z.ZodType>>
  const named = params ? (fitting(params, odd, known) as Record<string, string>) : {}
  const path = url.replaceAll(/:(\w+)/g, (_, name: string) => encoded(inPath ?? named[name] ?? odd))
  const query = querystring ? fitting(querystring, odd, known) : { x: odd }
  const asked = new URLSearchParams(query as Record<string, string>).toString()
  const filled = body ? fitting(body, odd, known) : {}
  const isForProgram = /^\/(api|phone\/api)/.test(url)
  const type = isForProgram ? 'application/json' : 'application/x-www-form-urlencoded'
  const text = isForProgram ? JSON.stringify(filled) : formOf(asking, filled)
  const answer = await asking.app.inject({
    method: method as 'GET',
    url: `${path}?${asked}`,
    headers: {
      origin: asking.origin,
      cookie: [...asking.browser.cookies].map((pair) => pair.join('=')).join('; '),
      authorization: `Bearer ${token}`,
      ...(method !== 'GET' && { 'content-type': type }),
    },
    ...(method !== 'GET' && { payload: text }),
  })
  const about = `${method} ${path} ${JSON.stringify(odd)}: ${answer.statusCode}`
  assert.notEqual(answer.statusCode, 500, `${about} ${text} ${asked}`)
}

/** The number of a page is one in its schema, and text in an address. */
const encoded = (text: unknown): string => encodeURIComponent(String(text).toWellFormed())

function formOf({ browser }: Asking, fields: unknown): string {
  const form = /name="form" value="([^"]+)"/.exec(browser.page().html)?.[1] ?? ''
  return new URLSearchParams({ ...(fields as Record<string, string>), form }).toString()
}

for (const database of DATABASES) {
  suite(`Text that no database takes, on ${database}`, () => {
    test('A31 is answered at every door of clients, programs and phones', async (t) => {
      const routes: RouteOptions[] = []
      const backOffice = [
        { id: 'ledger', secret: BACK_OFFICE_SECRET, scopes: ['back-office', 'ledger'] as const },
      ]
      const anna = await inside(t, {
        database,
        onRoute: (route) => void routes.push(route),
        extend: async (app, world) => {
          world.setClock(instant(Date.now()))
          await registerApi(app, world)
          await registerOidc(app, world, { clients: [], backOffice })
        },
      })
      const { app, browser, world, phone } = anna
      await browser.open('/portal')
      const basic = Buffer.from(`ledger:${BACK_OFFICE_SECRET}`).toString('base64')
      const given = await app.inject({
        method: 'POST',
        url: '/oidc/token',
        headers: {
          authorization: `Basic ${basic}`,
          'content-type': 'application/x-www-form-urlencoded',
        },
        payload: 'grant_type=client_credentials&scope=back-office',
      })
      const { access_token: token = '' } = given.json<{ readonly access_token?: string }>()
      assert.ok(token)
      const tokens = [token, 'x'.repeat(43)]
      const asking = { app, routes, browser, tokens, origin: ISSUER, ids: ['anna', 'U-anna'] }
      assert.ok((await askAll(asking)) > 1_000)
      assert.equal((await browser.open('/portal')).address, '/portal', 'still logged in')
      for (const act of ['received', 'opened'] as const) {
        const jws = await phone.sign(act, { transaction: 'log_\u0000' }, world.now())
        const answer = await app.inject({
          method: 'POST',
          url: `/phone/api/${act}`,
          payload: { jws },
        })
        assert.ok(answer.statusCode < 500, act)
      }
    })

    test('A31 is answered at every door of those who judge documents', async (t) => {
      const all: RouteOptions[] = []
      const onRoute = (route: RouteOptions) => void all.push(route)
      const door = await openDesk(t, { database, onRoute })
      const id = await waiting(door.world, await applicant(door.world))
      const key = softKey('o')
      const browser = await comesIn(door, { agentId: 'olga', role: 'documents', key })
      await browser.open('/documents')
      await browser.submit('/documents/next')
      const routes = all.filter(({ url }) => url.startsWith('/documents/:id'))
      const asking = { app: door.desk, browser, tokens: ['x'.repeat(43)], origin: DESK }
      const mails = all.filter(({ url }) => url.startsWith('/documents/mails'))
      assert.ok((await askAll({ ...asking, routes, ids: [id] })) > 30)
      assert.ok((await askAll({ ...asking, routes: mails, ids: [] })) > 20)
      assert.equal((await browser.open('/')).address, '/', 'still logged in')
    })

    test('A31 is answered at every door of the desk', async (t) => {
      const routes: RouteOptions[] = []
      const onRoute = (route: RouteOptions) => void routes.push(route)
      const door = await openDesk(t, { database, onRoute })
      const { userName, phoneId } = await caller(door.world, 'anna')
      const key = softKey('j')
      for (const role of ['agent', 'operator'] as const) {
        const browser = await comesIn(door, { agentId: `a-${role}`, role, key })
        await browser.open('/cases')
        if (role === 'agent') {
          await browser.submit('/cases', { by: 'user-name', typed: userName, reason: 'question' })
        } else await browser.open('/staff/invite')
        const [caseId = ''] = /cas_\w{26}/.exec(browser.page().address) ?? []
        const ids = [...(caseId ? [caseId] : []), phoneId]
        const tokens = ['x'.repeat(43)]
        const asking = { app: door.desk, routes, browser, tokens, ids, origin: DESK }
        assert.ok((await askAll(asking)) > 200)
        for (const by of ['user-name', 'account', 'case', 'serial']) {
          for (const typed of ODD) {
            await browser.open('/cases')
            if (role === 'operator') continue
            const shown = await browser.submit('/cases', { by, typed, reason: 'question' })
            assert.equal(shown.status, 404, `${by} ${JSON.stringify(typed)}`)
            assert.match(shown.words, /No client has exactly that/)
          }
        }
        assert.equal((await browser.open('/')).address, '/', 'still logged in')
      }
    })
  })
}
