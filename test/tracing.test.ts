import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { Delivered } from '#channels/channel.ts'
import { seconds } from '#core/time/time.ts'
import { setContact } from '#engine/contact/addresses.ts'
import { deliverDue } from '#engine/delivery/outbox.ts'
import { noticeDue } from '#engine/notices/notices.ts'
import { createLogger } from '#edges/http/log.ts'
import { inSpan } from '#tracing/spans.ts'
import { PASSWORD } from './support/clients/engine-story.ts'
import { openDoor } from './support/server/door.ts'
import { traceTo, type WrittenSpan } from './support/server/tracing-sdk.ts'
import { testWorld } from './support/server/world.ts'

const spans: WrittenSpan[] = []

/** A door whose requests to one address fail, and what it logs. */
async function failingDoor(t: Parameters<typeof openDoor>[0]) {
  const lines: string[] = []
  const logger = createLogger('info', { write: (line: string) => void lines.push(line) })
  const door = await openDoor(t, {
    logger,
    extend: async (app) => {
      app.get('/fails', async () => {
        throw new Error('canary')
      })
    },
  })
  const fail = async () => {
    const { body, statusCode } = await door.app.inject({ url: '/fails' })
    const [, reference] = /<p class="mono">([^<]+)</.exec(body) ?? []
    return { statusCode, reference }
  }
  const logged = () => lines.map((line) => JSON.parse(line) as Record<string, string>)
  return { ...door, fail, logged }
}

suite('A reference that a client reads out', () => {
  test('is the id of the request where nothing is traced', async (t) => {
    const { fail, logged } = await failingDoor(t)
    const { reference, statusCode } = await fail()
    assert.equal(statusCode, 500)
    assert.deepEqual(
      logged().map(({ msg, reqId, trace }) => [msg, reqId, trace]),
      [
        ['failed', reference, undefined],
        ['request', reference, undefined],
      ],
    )
  })

  test('is the end of the trace that stands in the log', async (t) => {
    traceTo((span) => void spans.push(span))
    const { fail, logged } = await failingDoor(t)
    const { reference = '' } = await fail()
    assert.match(reference, /^[0-9a-f]{12}$/)
    const [span] = spans.filter(({ name }) => name === 'GET /fails')
    assert.ok(span)
    assert.ok(span.trace.endsWith(reference))
    assert.equal(span.failed, true)
    assert.deepEqual(
      logged().map(({ msg, trace }) => [msg, trace]),
      [
        ['failed', span.trace],
        ['request', span.trace],
      ],
    )
  })
})

suite('A delivery', () => {
  test('is a span for each attempt, which says how it ended', async (t) => {
    const world = await testWorld(t)
    const outcomes: Delivered[] = [{ outcome: 'later', reason: 'away' }, { outcome: 'sent' }]
    world.channels.set('email', {
      name: 'email',
      retries: [seconds(10)],
      deliver: async () => outcomes.shift() ?? assert.fail('asked too often'),
    })
    const subscriberId = await world.add({ userName: 'anna', password: PASSWORD })
    const value = 'canary@example.com'
    await setContact(world, { subscriberId, kind: 'email', value, by: 'operator' })
    await noticeDue(world)
    await deliverDue(world)
    world.advance(seconds(10))
    await deliverDue(world)
    const told = spans.filter(({ name }) => name === 'deliver email')
    assert.deepEqual(
      told.map(({ failed, attributes }) => [failed, attributes]),
      [
        [
          true,
          {
            'countersign.outcome': 'later',
            'countersign.attempts': 0,
            'error.type': 'away',
          },
        ],
        [false, { 'countersign.outcome': 'sent', 'countersign.attempts': 1 }],
      ],
    )
  })
})

suite('A span', () => {
  test('tells the kind of an error and never its words', async () => {
    const failing = inSpan('fails', {}, async () => {
      throw new TypeError('canary')
    })
    await assert.rejects(failing, /canary/)
    const [span] = spans.filter(({ name }) => name === 'fails')
    assert.deepEqual([span?.failed, span?.attributes], [true, { 'error.type': 'TypeError' }])
    assert.doesNotMatch(JSON.stringify(spans), /canary/)
  })
})
