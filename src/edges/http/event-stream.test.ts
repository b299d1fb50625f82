import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { suite, test, type TestContext } from 'node:test'
import type { FastifyInstance } from 'fastify'
import { type EventStream, eventStream, STREAMS_PER_KEY } from '#edges/http/event-stream.ts'
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
