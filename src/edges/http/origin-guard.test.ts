import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { openDoor, visitor } from '../../../test/support/server/door.ts'
import { openSite } from '../../../test/support/server/site.ts'
import { ISSUER } from '../../../test/support/server/world.ts'

const FOREIGN = [
  {
    what: 'a form of another site',
    headers: { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' },
  },
  { what: 'another site, by an old browser', headers: { origin: 'https://evil.example' } },
  {
    what: 'a neighbouring host',
    headers: { origin: 'http://other.localhost:4600', 'sec-fetch-site': 'same-site' },
  },
  { what: 'another port', headers: { origin: 'http://localhost:4601' } },
  {
    what: 'a page that hides where it is from',
    headers: { origin: 'null', 'sec-fetch-site': 'cross-site' },
  },
  { what: 'our origin, contradicted by the browser', headers: { 'sec-fetch-site': 'cross-site' } },
  { what: 'a header in two parts', headers: { 'sec-fetch-site': 'same-origin, cross-site' } },
  { what: 'no word of where it is from', headers: {} },
] as const

const BODIES = [
  ['application/x-www-form-urlencoded', 'userName=anna&password=x'],
  ['text/plain', '{"userName":"anna"}'],
  ['application/json', '{"userName":"anna"}'],
] as const

suite('A10 foreign pages', () => {
  test('are refused by every route that changes something, and get no cookie', async (t) => {
    const { app, issuer } = await openSite(t)
    const routes = app.routeList.filter(
      ({ method }) => !['GET', 'HEAD', 'OPTIONS'].includes(method),
    )
    const guarded = routes.filter(({ cookieless }) => !cookieless)
    assert.ok(guarded.length >= 12, `only ${guarded.length} routes are guarded`)
    for (const { method, url } of guarded) {
      for (const { what, headers } of FOREIGN) {
        for (const [type, payload] of BODIES) {
          const response = await app.inject({
            method: method as 'POST',
            url: url.replaceAll(/:\w+/g, 'x'),
            payload,
            headers: { ...headers, 'content-type': type, cookie: 'pre=x; session=y' },
          })
          const told = `${method} ${url}, ${what}, ${type}`
          assert.equal(response.statusCode, 403, told)
          assert.deepEqual(response.cookies, [], told)
        }
      }
    }
    assert.notEqual(issuer, ISSUER)
  })

  test('cannot be let in by a route outside of the places for programs', async (t) => {
    const add = openDoor(t, {
      extend: (app) => void app.post('/portal/new', { config: { cookieless: true } }, () => 'done'),
    })
    await assert.rejects(add, /must not be open to foreign pages/)
  })

  test('meet the guard at a route that is added later, too', async (t) => {
    const { app } = await openDoor(t, { extend: (app) => void app.post('/new', () => 'done') })
    const response = await app.inject({
      method: 'POST',
      url: '/new',
      headers: { origin: 'https://evil.example' },
    })
    assert.equal(response.statusCode, 403)
  })

  test('cannot send a form with the token of their own browser', async (t) => {
    const door = await openDoor(t)
    const [victim, stranger] = [visitor(door), visitor(door)]
    await victim.open('/login')
    await stranger.open('/login')
    const form = /name="form" value="([^"]+)"/
    const token = form.exec(stranger.page().html)?.[1] ?? ''
    assert.notEqual(token, form.exec(victim.page().html)?.[1])
    const shown = await victim.submit('/login', {
      form: token,
      userName: 'anna',
      password: 'x',
      environment: 'live',
    })
    assert.equal(shown.status, 403)
    assert.match(shown.heading, /open too long/)
  })

  test('cannot send a form without a token, or with two', async (t) => {
    const door = await openDoor(t)
    const own = visitor(door)
    await own.open('/login')
    const token = /name="form" value="([^"]+)"/.exec(own.page().html)?.[1] ?? ''
    for (const payload of [
      'userName=a',
      `form=${token}&form=${token}`,
      'form=',
      `form=${token}x`,
    ]) {
      const response = await own.ask({
        method: 'POST',
        url: '/login',
        payload,
        headers: { origin: ISSUER, 'content-type': 'application/x-www-form-urlencoded' },
      })
      assert.equal(response.statusCode, 403, payload)
    }
  })

  test('cannot put a page into a frame, or write a script into it', async (t) => {
    const { app } = await openDoor(t)
    for (const url of ['/login', '/help', '/phone', '/nothing', '/portal']) {
      const { headers } = await app.inject({ url })
      const policy = String(headers['content-security-policy'])
      assert.match(policy, /default-src 'none'.*frame-ancestors 'none'/, url)
      assert.match(policy, /require-trusted-types-for 'script'/, url)
      assert.doesNotMatch(policy, /unsafe-inline|'unsafe-eval'|\*/, url)
      assert.equal(headers['x-frame-options'], 'DENY', url)
    }
  })
})
