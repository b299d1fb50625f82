import assert from 'node:assert/strict'
import { type AddressInfo, connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { hours, minutes } from '#core/time/time.ts'
import { BODY_BYTES_MAX } from '#edges/server/server.ts'
import { DatabaseAway } from '#store/database/connection.ts'
import { type Door, openDoor, visitor } from '../../../test/support/server/door.ts'
import { ISSUER, NOON } from '../../../test/support/server/world.ts'
import { before } from '#core/time/time.ts'

const FORM = 'application/x-www-form-urlencoded'
const own = { origin: ISSUER, 'content-type': FORM }

/** Sends a login form as a browser would, with anything in it. */
async function sendLogin(door: Door, fields: string): Promise<number> {
  const browser = visitor(door)
  await browser.open('/login')
  const [form = ''] = /<form[\s\S]*?<\/form>/.exec(browser.page().html) ?? []
  const hidden = [...form.matchAll(/type="hidden" name="(\w+)" value="([^"]*)"/g)]
  const carried = hidden.map(([, name = '', value = '']) => `${name}=${encodeURIComponent(value)}`)
  const payload = [...carried, fields].join('&')
  const response = await browser.ask({ method: 'POST', url: '/login', headers: own, payload })
  return response.statusCode
}

suite('A31 malformed requests', () => {
  const ADDRESSES = [
    '/%',
    '/%zz',
    '/login/%E0%A4%A',
    '/login/%00',
    '/login/log_',
    `/login/${'x'.repeat(500)}`,
    '/login?platform=a&platform=b',
    '/login?platform[]=a',
    '/login?__proto__[x]=1',
    '/login?platform=%00',
    '/login?constructor=1&prototype=2',
    '/login?interaction=../../x',
    '/login?language=xx',
    '/login?language=fr&language=en',
    '//evil.example',
    '//evil.example/?language=fr',
    '/\\evil.example',
    '//[?language=fr',
    '/assets/../../package.json',
    '/assets/%2e%2e%2fpackage.json',
    '/assets/',
    '/portal/security/devices/aut_x',
    '/.well-known/',
    '/phone/api/list',
    '/api',
    '/api/nothing',
    '/login/log_01ABCDEFGHJKMNPQRSTVWXYZ12/events?since=x',
    '/login/log_01ABCDEFGHJKMNPQRSTVWXYZ12?view=<script>&problem=__proto__',
  ]

  test('are never answered as if the server had failed', async (t) => {
    const { app } = await openDoor(t)
    for (const url of ADDRESSES) {
      for (const cookie of [
        '',
        'pre=%',
        'session=%E0%A4%A; pre=;;;=',
        `browser=${'x'.repeat(3_000)}`,
        '__proto__=x',
      ]) {
        const response = await app.inject({
          url,
          headers: { cookie, 'accept-language': ',;q=,q=2;;*' },
        })
        assert.ok(
          response.statusCode < 500,
          `${url} with ${cookie.slice(0, 20)}: ${response.statusCode}`,
        )
      }
    }
  })

  test('S116 bear the headers of every answer, also where the address cannot be read', async (t) => {
    const { app } = await openDoor(t)
    for (const url of ADDRESSES) {
      const { headers } = await app.inject({ url })
      assert.equal(headers['x-content-type-options'], 'nosniff', url)
      assert.equal(headers['x-frame-options'], 'DENY', url)
    }
  })

  test('that are no HTTP hear so in good order, and the connection ends', async (t) => {
    const { app } = await openDoor(t)
    await app.listen({ host: '127.0.0.1', port: 0 })
    const { port } = app.server.address() as AddressInfo
    const rows: readonly [string, number][] = [
      ['GARBAGE\r\n\r\n', 400],
      ['POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n', 400],
      [`GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
    ]
    for (const [sent, status] of rows) {
      const socket = connect({ host: '127.0.0.1', port })
      socket.end(sent)
      const answer = await text(socket)
      const [head = '', body = ''] = answer.split('\r\n\r\n')
      assert.match(head, new RegExp(`^HTTP/1.1 ${status} `), sent.slice(0, 40))
      assert.match(head, /content-type: application\/problem\+json/)
      assert.match(head, /x-content-type-options: nosniff/)
      const details = JSON.parse(body) as { readonly status: number; readonly code: string }
      assert.equal(details.status, status)
      assert.equal(details.code, 'request.malformed')
    }
  })

  test('lead to no other site', async (t) => {
    const { app } = await openDoor(t)
    for (const url of [...ADDRESSES, '/login?language=fr', '/help/..//evil.example?language=fr']) {
      const { location } = (await app.inject({ url })).headers
      if (location === undefined) continue
      assert.equal(new URL(location, ISSUER).origin, ISSUER, `${url} leads to ${location}`)
    }
  })

  test('in a form are refused, whatever stands in it', async (t) => {
    const door = await openDoor(t)
    const usual = 'userName=anna&password=x&environment=live'
    const rows: readonly [string, number][] = [
      [usual, 401],
      [`${usual}&admin=true`, 400],
      [`${usual}&userName=other`, 400],
      [`${usual}&__proto__[admin]=1`, 400],
      [`${usual}&constructor.prototype.admin=1`, 400],
      ['userName=anna&password=x&environment=moon', 400],
      ['userName=anna&password=x', 400],
      ['userName[]=anna&password=x&environment=live', 400],
      ['userName=%00%01%1b[31m&password=%00&environment=live', 401],
      ['userName=%F0%9F%98&password=%ED%A0%80&environment=live', 401],
      [`userName=${'a'.repeat(10_000)}&password=${'b'.repeat(10_000)}&environment=live`, 401],
      [`userName=a&password=${'b'.repeat(BODY_BYTES_MAX)}&environment=live`, 413],
    ]
    for (const [fields, status] of rows) {
      assert.equal(await sendLogin(door, fields), status, fields.slice(0, 80))
    }
  })

  test('cannot name what every object has', async (t) => {
    const door = await openDoor(t)
    assert.equal(await sendLogin(door, 'userName=a&password=b&environment=live&__proto__=1'), 400)
    assert.equal(({} as { admin?: unknown }).admin, undefined)
  })

  test('of any kind bring no 5xx (60 generated forms)', async (t) => {
    const door = await openDoor(t)
    const field = fc.tuple(
      fc.constantFrom('userName', 'password', 'environment', 'continue', 'form', '__proto__', 'x'),
      fc.oneof(
        fc.string({ unit: 'binary', maxLength: 40 }),
        fc.constantFrom('live', 'paper', '\u0000', '[object Object]'),
      ),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(field, { maxLength: 6 }), async (fields) => {
        const payload = fields
          .map((pair) => pair.map((part) => encodeURIComponent(part.toWellFormed())).join('='))
          .join('&')
        assert.ok((await sendLogin(door, payload)) < 500)
      }),
      { numRuns: 60 },
    )
  })
})

suite('A problem', () => {
  test('is a page for a person, in their language, with a way on', async (t) => {
    const door = await openDoor(t)
    const browser = visitor(door)
    const shown = await browser.open('/nothing', { 'accept-language': 'fr-CH, fr;q=0.9' })
    assert.equal(shown.status, 404)
    assert.equal(shown.heading, 'Cette page n’existe pas')
    assert.match(shown.html, /<a class="button" href="\/login">/)
  })

  test('is problem details for a program', async (t) => {
    const { app } = await openDoor(t)
    const response = await app.inject({ url: '/phone/api/nothing?secret=1' })
    assert.equal(response.headers['content-type'], 'application/problem+json')
    assert.deepEqual(response.json(), {
      type: 'urn:countersign:problem:request.not-found',
      title: 'This page does not exist',
      status: 404,
      instance: '/phone/api/nothing',
      code: 'request.not-found',
    })
  })

  test('of the framework has our own code', async (t) => {
    const { app } = await openDoor(t)
    const ask = async (payload: string, type: string) => {
      const headers = { 'content-type': type }
      return (await app.inject({ method: 'POST', url: '/phone/api/list', payload, headers })).json<{
        code: string
      }>().code
    }
    assert.equal(await ask('{', 'application/json'), 'request.malformed')
    assert.equal(await ask('{"jws":1}', 'application/json'), 'request.malformed')
    assert.equal(await ask('{"jws":"x","more":1}', 'application/json'), 'request.malformed')
    assert.equal(await ask('{"__proto__":{"jws":"x"}}', 'application/json'), 'request.malformed')
    assert.equal(await ask('x', 'text/plain'), 'request.media-type')
    assert.equal(await ask('x'.repeat(BODY_BYTES_MAX + 1), 'application/json'), 'request.too-large')
  })

  test('says when to try again', async (t) => {
    const door = await openDoor(t)
    const browser = visitor(door)
    await browser.open('/login')
    const fields = { userName: 'anna', password: 'x', environment: 'live' }
    for (let count = 0; count < 30; count += 1) {
      await browser.submit('/login', fields)
      door.world.advance(minutes(0.01))
    }
    const shown = await browser.submit('/login', fields)
    assert.equal(shown.status, 429)
    assert.match(String(shown.headers['retry-after']), /^[1-9]\d*$/)
    assert.match(
      shown.words,
      /You can try again (in \d+ seconds?|at \d\d:\d\d \(New York time\))\./,
    )
  })

  test('A24 of a clock that stands behind is told as such, and nothing is judged', async (t) => {
    const door = await openDoor(t)
    const browser = visitor(door)
    await browser.open('/login')
    door.world.now()
    door.world.setClock(before(NOON, hours(1)))
    const shown = await browser.submit('/login', {
      userName: 'anna',
      password: 'x',
      environment: 'live',
    })
    assert.equal(shown.status, 503)
    assert.ok(Number(shown.headers['retry-after']) > 0)
  })

  test('F8 of a database that is away is no failure of ours: the caller comes back', async (t) => {
    const lines: string[] = []
    const { createLogger } = await import('#edges/http/log.ts')
    const logger = createLogger('info', { write: (line: string) => void lines.push(line) })
    const cause = Object.assign(new Error('hush'), { code: '57P01' })
    const { app } = await openDoor(t, {
      logger,
      extend: (door) =>
        void door.get('/away', () => {
          throw new DatabaseAway('away', { cause })
        }),
    })
    const response = await app.inject({ url: '/away' })
    assert.equal(response.statusCode, 503)
    assert.ok(Number(response.headers['retry-after']) > 0)
    assert.match(response.payload, /The service is not available just now/)
    assert.match(lines.join(), /"cause":"57P01"/)
    assert.doesNotMatch(lines.join(), /hush/)
  })

  test('that is unexpected shows nothing of itself', async (t) => {
    const lines: string[] = []
    const { createLogger } = await import('#edges/http/log.ts')
    const logger = createLogger('info', { write: (line: string) => void lines.push(line) })
    const { app } = await openDoor(t, {
      logger,
      extend: (door) =>
        void door.get('/broken', () => {
          throw new Error('secret-4711 of the database')
        }),
    })
    const response = await app.inject({ url: '/broken?user=anna' })
    assert.equal(response.statusCode, 500)
    assert.doesNotMatch(response.payload, /4711/)
    assert.doesNotMatch(lines.join(), /4711|anna/)
    assert.match(lines.join(), /"name":"Error"/)
    const { reqId } = JSON.parse(lines[0] ?? '{}') as { reqId: string }
    assert.ok(response.payload.includes(reqId), 'the page shows what the desk finds in the log')
  })
})
