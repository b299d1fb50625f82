import assert from 'node:assert/strict'
import { suite, test, type TestContext } from 'node:test'
import type { CarrierCall } from '#channels/channel.ts'
import { openDoor } from '../../../test/support/server/door.ts'

/** The door with a carrier behind it that remembers what it was handed. */
async function doorWithCarrier(t: TestContext) {
  const calls: CarrierCall[] = []
  const door = await openDoor(t)
  door.world.channels.set('sms', {
    name: 'sms',
    retries: [],
    deliver: async () => ({ outcome: 'sent' }),
    answer: async (call) => {
      calls.push(call)
      return { status: 200, type: 'text/xml; charset=utf-8', body: '<Response/>' }
    },
  })
  const send = (url: string, payload: string, headers: Record<string, string> = {}) =>
    door.app.inject({ method: 'POST', url, payload, headers })
  return { ...door, calls, send }
}

suite('the door of carriers', () => {
  const TYPES = ['application/x-www-form-urlencoded', 'application/json', 'text/plain', 'x/y']
  for (const type of TYPES) {
    test(`hands on ${type} as it came, from any origin and without a cookie`, async (t) => {
      const { calls, send } = await doorWithCarrier(t)
      const body = 'MessageSid=SM1&X=%20{"not": json'
      const headers = { 'content-type': type, origin: 'https://elsewhere.example' }
      const reply = await send('/carriers/sms/status/a', body, headers)
      assert.equal(reply.statusCode, 200)
      assert.equal(reply.body, '<Response/>')
      assert.match(String(reply.headers['content-type']), /^text\/xml/)
      const [call] = calls
      assert.deepEqual([call?.path, call?.body], ['status/a', body])
    })
  }

  test('knows no channel that is not there, or that has nothing to be asked', async (t) => {
    const { calls, send, world } = await doorWithCarrier(t)
    world.channels.set('email', {
      name: 'email',
      retries: [],
      deliver: async () => ({ outcome: 'sent' }),
    })
    for (const url of ['/carriers/voice/say/x', '/carriers/email/x', '/carriers/constructor/x'])
      assert.equal((await send(url, '')).statusCode, 404, url)
    assert.equal(calls.length, 0)
  })

  test('takes nothing that is larger than a receipt', async (t) => {
    const { calls, send } = await doorWithCarrier(t)
    assert.equal((await send('/carriers/sms/x', 'a'.repeat(16_384))).statusCode, 200)
    assert.equal((await send('/carriers/sms/x', 'a'.repeat(16_385))).statusCode, 413)
    assert.equal((await send('/carriers/sms/x', '')).statusCode, 200)
    assert.equal(calls.length, 2)
  })

  test('tells one network address that sends too much to come back', async (t) => {
    const { send } = await doorWithCarrier(t)
    for (let count = 0; count < 6_000; count += 1) await send('/carriers/sms/x', '')
    assert.equal((await send('/carriers/sms/x', '')).statusCode, 429)
  })
})
