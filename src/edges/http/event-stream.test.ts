import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { suite, test, type TestContext } from 'node:test'
import type { FastifyInstance } from 'fastify'
import { type EventStream, eventStream, lookOn, STREAMS_PER_KEY } from '#edges/http/event-stream.ts'
import { openDoor } from '../../../test/support/server/door.ts'

interface Opened {
  readonly app: FastifyInstance
  readonly streams: EventStream[]
  readonly closed: string[]
  listen(key: string, headers?: Readonly<Record<string, string>>): Promise<IncomingMessage>
}

async function openStreams(t: TestContext): Promise<Opened> {
  const streams: EventStream[] = []
  const closed: string[] = []
  const { app } = await openDoor(t, {
    extend: (door) =>
      void door.get<{ Params: { key: string } }>('/stream/:key', (request, reply) => {
        const { key } = request.params
        const stream = eventStream(request, reply, { key })
        streams.push(stream)
        stream.onClose(() => void closed.push(key))
        stream.send('hello', { key })
      }),
  })
  await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as AddressInfo
  const listen = async (key: string, headers = {}) => {
    const asked = request({ port, host: '127.0.0.1', path: `/stream/${key}`, headers }).end()
    const [response] = (await once(asked, 'response')) as [IncomingMessage]
    return response.setEncoding('utf8')
  }
  return { app, streams, closed, listen }
}

suite('An event stream', () => {
  test('says how long to wait before connecting again, and numbers its events on', async (t) => {
    const { listen } = await openStreams(t)
    const response = await listen('one', { 'last-event-id': '41' })
    const [text] = (await once(response, 'data')) as [string]
    assert.equal(response.headers['content-type'], 'text/event-stream; charset=utf-8')
    assert.equal(response.headers['cache-control'], 'no-store')
    assert.match(text, /^retry: \d+\n\n/)
    const more = text.includes('hello') ? text : String((await once(response, 'data'))[0])
    assert.match(more, /id: 42\nevent: hello\ndata: {"key":"one"}\n\n/)
  })

  test('is cleaned up when the browser goes', async (t) => {
    const { app, closed, listen } = await openStreams(t)
    const response = await listen('one')
    assert.equal(app.streams.count, 1)
    const gone = once(response, 'close')
    response.destroy()
    await gone
    while (closed.length === 0) await new Promise(setImmediate)
    assert.equal(app.streams.count, 0)
  })

  test('of one owner makes room for the newest', async (t) => {
    const { app, closed, listen } = await openStreams(t)
    const first = await listen('one')
    const over = once(first.resume(), 'end')
    for (let count = 0; count < STREAMS_PER_KEY; count += 1) await listen('one')
    await over
    assert.deepEqual(closed, ['one'])
    assert.equal(app.streams.count, STREAMS_PER_KEY)
    await listen('other')
    assert.equal(app.streams.count, STREAMS_PER_KEY + 1)
  })

  test('ends when the server does', async (t) => {
    const { app, listen } = await openStreams(t)
    const over = once((await listen('one')).resume(), 'end')
    await app.close()
    await over
  })

  test('that has ended tells so at once, and takes no more', async (t) => {
    const { streams, listen } = await openStreams(t)
    await listen('one')
    const [stream] = streams
    stream?.close()
    let told = false
    stream?.onClose(() => {
      told = true
    })
    assert.ok(told)
    stream?.send('late')
  })
})

/** A stream that a test ends and beats. */
function followed() {
  const closers: (() => void)[] = []
  const beaters: (() => void)[] = []
  let isOpen = true
  return {
    beat: () => beaters.forEach((beat) => beat()),
    isOpen: () => isOpen,
    onClose: (closer: () => void) => void closers.push(closer),
    onBeat: (beater: () => void) => void beaters.push(beater),
    close: () => {
      isOpen = false
      for (const closer of closers.splice(0)) closer()
    },
  }
}

const turns = async () => {
  for (let count = 0; count < 5; count += 1) await new Promise(setImmediate)
}

suite('Looking for what a stream tells', () => {
  test('is done once at a time, and once more where it was asked for meanwhile', async () => {
    const stream = followed()
    const looks: (() => void)[] = []
    const lookNow = lookOn(stream, () => new Promise<void>((resolve) => looks.push(resolve)))
    lookNow()
    lookNow()
    stream.beat()
    await turns()
    assert.equal(looks.length, 1, 'while the first goes on')
    looks[0]?.()
    await turns()
    assert.equal(looks.length, 2, 'once more, and not twice')
    looks[1]?.()
    await turns()
    assert.equal(looks.length, 2)
  })

  test('is over with the stream: what was asked for later waits for nothing', async (t) => {
    const waiting: (() => void)[] = []
    t.mock.method(globalThis, 'setTimeout', (then: () => void) => void waiting.push(then))
    const stream = followed()
    let looks = 0
    const lookNow = lookOn(stream, async (again) => {
      looks += 1
      if (looks === 2) stream.close()
      again(1_000)
    })
    lookNow()
    await turns()
    waiting[0]?.()
    await turns()
    assert.equal(looks, 2, 'what ends by itself is looked at when it ends')
    assert.equal(waiting.length, 1, 'no timer waits for what has ended')
    lookNow()
    stream.beat()
    await turns()
    assert.equal(looks, 2)
  })

  test('ends the stream where it fails, and says so', async () => {
    const stream = followed()
    const told: unknown[] = []
    const failing = async () => await Promise.reject(new Error('no database'))
    lookOn(stream, failing, (error) => told.push((error as Error).message))()
    await turns()
    assert.deepEqual([stream.isOpen(), told], [false, ['no database']])
  })
})
