import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { openDoor } from '../../../test/support/server/door.ts'

suite('The name of this machine', () => {
  test('is one: a browser that opens another is led to it', async (t) => {
    const { app } = await openDoor(t)
    for (const host of ['127.0.0.1:4600', '[::1]:4600']) {
      const response = await app.inject({ url: '/login?platform=trade', headers: { host } })
      assert.equal(response.headers.location, 'http://localhost:4600/login?platform=trade', host)
    }
  })

  test('is no matter for programs, for other hosts, or behind a proxy that renames', async (t) => {
    const { app } = await openDoor(t)
    const status = async (url: string, host: string) =>
      (await app.inject({ url, headers: { host } })).statusCode
    assert.equal(await status('/login', 'localhost:4600'), 200)
    assert.equal(await status('/login', 'backend.internal:8080'), 200)
    const issuer = 'https://login.example.com'
    const proxied = await openDoor(t, { settings: { issuer }, http: { issuer } })
    const answer = await proxied.app.inject({ url: '/login', headers: { host: '127.0.0.1:4600' } })
    assert.equal(answer.statusCode, 200)
  })
})
