import assert from 'node:assert/strict'
import { request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { suite, test } from 'node:test'
import type { FastifyInstance } from 'fastify'
import { buildManagementServer } from '#edges/server/management.ts'
import { openDoor } from '../../../test/support/server/door.ts'
import { openSite } from '../../../test/support/server/site.ts'
import { testWorld } from '../../../test/support/server/world.ts'

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE'] as const

/** Asks with any method that Node knows, as `inject` does not. */
async function ask(app: FastifyInstance, method: string, path: string) {
  const { port } = app.server.address() as AddressInfo
  return await new Promise<{ status: number | undefined; allow: string | undefined }>(
    (resolve, reject) => {
      const asked = request({ host: '127.0.0.1', port, method, path }, (answer) => {
        answer.resume()
        resolve({ status: answer.statusCode, allow: answer.headers.allow })
      })
      asked.on('error', reject).end()
    },
  )
}

suite('A wrong method', () => {
  test('is 405 at every route, and Allow names the right ones', async (t) => {
    const { app } = await openSite(t)
    const known = new Map<string, Set<string>>()
    for (const { method, url } of app.routeList) {
      known.set(url, (known.get(url) ?? new Set()).add(method))
    }
    assert.ok(known.size > 100)
    for (const [route, allowed] of known) {
      // No word of a route, so that no other route takes it.
      const url = route.replaceAll(/:\w+|\*/g, 'zzz')
      const wrong = METHODS.filter((method) => !allowed.has(method))
      assert.ok(wrong.length > 0, route)
      for (const method of wrong) {
        const { statusCode, headers } = await app.inject({ method: method as 'GET', url })
        if (statusCode !== 405 && isTakenBesides(app, { url, method, route })) continue
        assert.equal(statusCode, 405, `${method} ${url}`)
        const named = String(headers.allow).split(', ')
        for (const one of allowed)
          assert.ok(named.includes(one), `${url}: ${String(headers.allow)}`)
        assert.ok(!named.includes(method), `${method} ${url}: ${String(headers.allow)}`)
      }
    }
  })

  test('is no other than before where nothing is, or where a route finds nothing', async (t) => {
    const { app } = await openSite(t)
    for (const url of ['/nothing', '/assets/nothing.js', '/Login', '/portal/security/x']) {
      const { statusCode, headers } = await app.inject({ url })
      assert.deepEqual([statusCode, headers.allow], [404, undefined], url)
    }
    const nothing = await app.inject({ method: 'DELETE', url: '/nothing' })
    assert.equal(nothing.statusCode, 404)
  })

  test('is told in words, to people and to programs', async (t) => {
    const { app } = await openSite(t)
    const page = await app.inject({ method: 'PUT', url: '/login?platform=portal' })
    assert.equal(page.headers.allow, 'GET, HEAD, POST')
    assert.match(page.body, /This address cannot be used in this way/)
    const { statusCode, body } = await app.inject({ method: 'DELETE', url: '/api/logins' })
    assert.deepEqual(
      [statusCode, (JSON.parse(body) as { code: string }).code],
      [405, 'request.method'],
    )
  })

  test('is told before the body is read, whatever is in it', async (t) => {
    const { app } = await openSite(t)
    for (const type of [
      'text/plain',
      'application/json',
      'application/x-www-form-urlencoded',
      'x',
    ]) {
      const headers = { 'content-type': type, origin: 'https://evil.example' }
      for (const payload of ['{', 'x'.repeat(100_000)]) {
        for (const url of ['/robots.txt', '/oidc/jwks', '/api/session/events']) {
          const { statusCode } = await app.inject({ method: 'POST', url, headers, payload })
          assert.equal(statusCode, 405, `${url} ${type}`)
        }
      }
    }
  })

  test('may be one that only WebDAV has', async (t) => {
    const { app } = await openDoor(t)
    await app.listen({ host: '127.0.0.1', port: 0 })
    for (const method of ['PROPFIND', 'PURGE', 'M-SEARCH', 'QUERY']) {
      const { status, allow } = await ask(app, method, '/login')
      assert.deepEqual([status, allow], [405, 'GET, HEAD, POST'], method)
    }
  })

  test('is 405 at the door of the operator too', async (t) => {
    const app = await buildManagementServer(await testWorld(t))
    t.after(() => app.close())
    for (const url of ['/livez', '/readyz', '/metrics']) {
      const { statusCode, headers } = await app.inject({ method: 'POST', url })
      assert.deepEqual([statusCode, headers.allow], [405, 'GET, HEAD'], url)
    }
    assert.equal((await app.inject('/nothing')).statusCode, 404)
  })
})

interface Taken {
  readonly url: string
  readonly method: string
  readonly route: string
}

/** An address may belong to two routes: `/login/identified` is one of `/login/:id` as well. */
function isTakenBesides(app: FastifyInstance, { url, method, route }: Taken): boolean {
  return app.routeList.some((other) => {
    if (other.method !== method || other.url === route) return false
    const parts = other.url.split('/')
    const asked = url.split('/')
    const isLike = (part: string, at: number) => part.startsWith(':') || part === asked[at]
    return parts.length === asked.length && parts.every(isLike)
  })
}
