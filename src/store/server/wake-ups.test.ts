import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { suite, test } from 'node:test'
import { memoryWakeUps, redisWakeUps, type WakeUps } from '#store/server/wake-ups.ts'

const REDIS = process.env['COUNTERSIGN_TEST_REDIS']

suite('wake-ups in one process', () => {
  test('a listener of the topic is woken, and no other', async () => {
    const wakeUps = memoryWakeUps()
    const heard = listening(wakeUps, ['login:1', 'login:2'])
    wakeUps.publish('login:1')
    assert.deepEqual(heard, [], 'the publisher is done first')
    await turn()
    assert.deepEqual(heard, ['login:1'])
  })

  test('a listener that has stopped hears nothing, and only that one', async () => {
    const wakeUps = memoryWakeUps()
    const heard: number[] = []
    const same = () => void heard.push(1)
    const stop = wakeUps.subscribe('topic', same)
    wakeUps.subscribe('topic', same)
    stop()
    stop()
    wakeUps.publish('topic')
    await turn()
    assert.deepEqual(heard, [1])
  })

  test('a topic needs no listener', () => {
    memoryWakeUps().publish('topic')
  })
})

suite('wake-ups over Redis', () => {
  test('while Redis is away, listeners of the same process still hear', async () => {
    const errors: Error[] = []
    const wakeUps = await redisWakeUps('redis://127.0.0.1:1', (error) => errors.push(error))
    const heard = listening(wakeUps, ['login:1'])
    wakeUps.publish('login:1')
    await turn()
    await wakeUps.close()
    assert.deepEqual(heard, ['login:1'])
    assert.ok(errors.length > 0)
  })

  test('that Redis is away is said once for each connection, however often it is tried again', async () => {
    let tries = 0
    const enough = Promise.withResolvers<void>()
    const closing = createServer((socket) => {
      socket.destroy()
      tries += 1
      if (tries === 8) enough.resolve()
    }).listen(0, '127.0.0.1')
    await once(closing, 'listening')
    const { port } = closing.address() as { port: number }
    const errors: Error[] = []
    const wakeUps = await redisWakeUps(`redis://127.0.0.1:${port}`, (error) => errors.push(error))
    await enough.promise
    await wakeUps.close()
    closing.close()
    assert.equal(errors.length, 2)
  })

  test('a Redis that accepts and says nothing delays no caller', async () => {
    const sockets: Socket[] = []
    const silent = createServer((socket) => sockets.push(socket)).listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const { port } = silent.address() as { port: number }
    const wakeUps = await redisWakeUps(`redis://127.0.0.1:${port}`, () => undefined)
    const heard = listening(wakeUps, ['login:1'])
    wakeUps.publish('login:1')
    await turn()
    assert.deepEqual(heard, ['login:1'])
    await wakeUps.close()
    for (const socket of sockets) socket.destroy()
    silent.close()
  })

  test('one node wakes the listeners of another, and its own once', { skip: !REDIS }, async () => {
    const fail = (error: Error) => assert.fail(error)
    const [here, there] = [
      await redisWakeUps(REDIS ?? '', fail),
      await redisWakeUps(REDIS ?? '', fail),
    ]
    const [heardHere, heardThere] = [listening(here, ['login:1']), listening(there, ['login:1'])]
    const woken = new Promise<void>((resolve) => there.subscribe('done', resolve))
    const wokenHere = new Promise<void>((resolve) => here.subscribe('done', resolve))
    here.publish('login:1')
    here.publish('login:2')
    here.publish('done')
    await Promise.all([woken, wokenHere])
    assert.deepEqual([heardHere, heardThere], [['login:1'], ['login:1']])
    await Promise.all([here.close(), there.close()])
  })
})

function listening(wakeUps: WakeUps, topics: readonly string[]): string[] {
  const heard: string[] = []
  for (const topic of topics) wakeUps.subscribe(topic, () => void heard.push(topic))
  return heard
}

const turn = () => new Promise((resolve) => setImmediate(resolve))
