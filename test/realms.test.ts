import assert from 'node:assert/strict'
import { suite, test, type TestContext } from 'node:test'
import type { FastifyInstance, LightMyRequestResponse } from 'fastify'
import { sessionOf } from '#edges/http/client/cookies.ts'
import { formToken, preSecret, sealed, unsealed } from '#edges/http/client/form-token.ts'
import { POLICY } from '#edges/http/headers.ts'
import { createLogger } from '#edges/http/log.ts'
import { html } from '#edges/pages/frame/html.ts'
import { type ServedRealm } from '#edges/server/realm.ts'
import { buildServer } from '#edges/server/server.ts'
import { inside, type Story } from './support/clients/login-story.ts'
import { type Door, openDoor } from './support/server/door.ts'

/** Another port of the same host: a browser sends the cookies of one to the other. */
const STAFF = 'http://localhost:4610'

const staffRealm: ServedRealm = {
  name: 'staff',
  origin: STAFF,
  cookiePrefix: 'staff-',
  formKey: 'form/staff',
  sessions: null,
  cookieless: [],
  tested: [],
  policy: { ...POLICY, connectSrc: ["'none'"] },
  problemPage: (_context, { problem }) => html`<!doctype html><title>Staff: ${problem}</title>`,
}

interface Realms {
  readonly clients: Door
  readonly staff: FastifyInstance
}

/** A form, its token, and who is logged in; the same routes in both realms. */
function probes(app: FastifyInstance, world: Door['world']): void {
  app.get('/probe', async (request, reply) => {
    const pre = preSecret(world, request, reply)
    const session = await sessionOf(world, request)
    return {
      pre,
      token: formToken(world, app.realm, pre),
      seal: sealed(world, app.realm, 'left here'),
      user: session?.subscriber.userName ?? null,
    }
  })
  app.post('/probe', async () => ({ done: true }))
}

/** Both realms over one database, with the same keys. */
async function realms(t: TestContext, open: typeof openDoor = openDoor): Promise<Realms> {
  const clients = await open(t, { extend: probes })
  const { world, settings } = clients
  const logger = createLogger('silent')
  const staff = await buildServer(world, settings, { logger, dist: '/no-build', realm: staffRealm })
  staff.get('/health', async (_request, reply) =>
    reply.html(html`<!doctype html><title>Alive</title>`),
  )
  probes(staff, world)
  await staff.ready()
  t.after(() => staff.close())
  return { clients, staff }
}

interface Probe {
  readonly token: string
  readonly pre: string
  readonly seal: string
  readonly user: string | null
}

const probe = async (app: FastifyInstance, cookies: Record<string, string> = {}) => {
  const answer = await app.inject({ url: '/probe', cookies })
  assert.equal(answer.statusCode, 200)
  return answer.json<Probe>()
}

/** Sends a form, with this cookie of its pre-session, from this origin. */
const sendForm = async (
  app: FastifyInstance,
  { cookie, token, origin }: { cookie: Record<string, string>; token: string; origin: string },
): Promise<LightMyRequestResponse> =>
  await app.inject({
    method: 'POST',
    url: '/probe',
    cookies: cookie,
    headers: {
      origin,
      'sec-fetch-site': 'same-origin',
      'content-type': 'application/x-www-form-urlencoded',
    },
    payload: new URLSearchParams({ form: token }).toString(),
  })

suite('Two realms of one process', () => {
  test('each serves its own pages, under its own policy, and draws its own refusals', async (t) => {
    const { clients, staff } = await realms(t)
    const alive = await staff.inject('/health')
    assert.equal(alive.statusCode, 200)
    assert.match(alive.body, /Alive/)
    assert.match(String(alive.headers['content-security-policy']), /connect-src 'none'/)
    const login = await clients.app.inject('/login')
    assert.match(String(login.headers['content-security-policy']), /connect-src 'self'/)
    assert.equal((await clients.app.inject('/health')).statusCode, 404)
    const missing = await staff.inject('/login')
    assert.equal(missing.statusCode, 404)
    assert.match(missing.body, /Staff: request\.not-found/)
    // What belongs to the accounts of clients is not announced elsewhere.
    assert.equal((await staff.inject('/.well-known/change-password')).statusCode, 404)
  })

  test('S83 each names its cookies, and reads none of the other', async (t) => {
    const { clients, staff } = await realms(t)
    const named = async (app: FastifyInstance) =>
      (await app.inject('/probe')).cookies.map(({ name }) => name)
    assert.deepEqual(await named(clients.app), ['pre'])
    assert.deepEqual(await named(staff), ['staff-pre'])
    const { pre } = await probe(clients.app)
    assert.notEqual((await probe(staff, { pre })).pre, pre)
  })

  test('S83 a session of a client opens nothing in the other, whatever its cookie is called', async (t) => {
    const { clients, staff } = await realms(t, inside)
    const { browser } = clients as Story
    const session = browser.cookies.get('session') ?? ''
    assert.equal((await probe(clients.app, { session })).user, 'anna')
    assert.equal((await probe(staff, { session })).user, null)
    assert.equal((await probe(staff, { 'staff-session': session })).user, null)
  })

  test('S84 A10 a form token of one is refused by the other, for the same pre-session too', async (t) => {
    const { clients, staff } = await realms(t)
    const of = await probe(clients.app)
    const client = { cookie: { pre: of.pre }, origin: clients.settings.issuer }
    const agent = { cookie: { 'staff-pre': of.pre }, origin: STAFF }
    const { token } = await probe(staff, agent.cookie)
    assert.equal((await sendForm(clients.app, { ...client, token: of.token })).statusCode, 200)
    assert.equal((await sendForm(staff, { ...agent, token })).statusCode, 200)
    assert.equal((await sendForm(staff, { ...agent, token: of.token })).statusCode, 403)
    assert.equal((await sendForm(clients.app, { ...client, token })).statusCode, 403)
  })

  test('A10 the origin of one is a foreign origin to the other', async (t) => {
    const { clients, staff } = await realms(t)
    const of = await probe(clients.app)
    const agent = await probe(staff)
    const fromStaff = { cookie: { pre: of.pre }, token: of.token, origin: STAFF }
    assert.equal((await sendForm(clients.app, fromStaff)).statusCode, 403)
    const fromClients = {
      cookie: { 'staff-pre': agent.pre },
      token: agent.token,
      origin: clients.settings.issuer,
    }
    assert.equal((await sendForm(staff, fromClients)).statusCode, 403)
  })

  test('what one has sealed the other does not open', async (t) => {
    const { clients, staff } = await realms(t)
    const { world } = clients
    const [ours, theirs] = [await probe(clients.app), await probe(staff)]
    assert.equal(unsealed(world, clients.app.realm, ours.seal), 'left here')
    assert.equal(unsealed(world, staff.realm, theirs.seal), 'left here')
    assert.equal(unsealed(world, staff.realm, ours.seal), null)
    assert.equal(unsealed(world, clients.app.realm, theirs.seal), null)
  })

  test('A10 only the realm of the clients lets programs in without a cookie', async (t) => {
    const { staff } = await realms(t)
    assert.deepEqual(staff.realm.cookieless, [])
    const { app, world, settings } = await openDoor(t)
    const other = await buildServer(world, settings, { dist: '/no-build', realm: staffRealm })
    t.after(() => other.close())
    const route = { config: { cookieless: true } }
    const program = async () => ({})
    assert.throws(() => other.post('/api/thing', route, program), /foreign pages/)
    assert.ok(app.realm.cookieless.includes('/api/'))
  })
})
