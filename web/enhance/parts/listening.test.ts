import assert from 'node:assert/strict'
import { suite, test, type TestContext } from 'node:test'
import { listening } from './listening.ts'

/** Two elements of a page, and the connections that it has opened. */
function page(t: TestContext) {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const shown = new Map([
    ['moves-on', { hidden: true }],
    ['unconnected', { hidden: true }],
  ])
  const sources: Source[] = []
  class Source extends EventTarget {
    static readonly CLOSED = 2
    readyState = 0
    readonly address: string
    constructor(address: string) {
      super()
      this.address = address
      sources.push(this)
    }
    says(event: string, readyState: number) {
      this.readyState = readyState
      this.dispatchEvent(new Event(event))
    }
    close() {
      this.readyState = 2
    }
  }
  const globals = {
    EventSource: Source,
    document: { getElementById: (id: string) => shown.get(id) },
  }
  for (const [name, value] of Object.entries(globals)) {
    Object.defineProperty(globalThis, name, { value, configurable: true })
    t.after(() => Reflect.deleteProperty(globalThis, name))
  }
  const isShown = (id: string) => shown.get(id)?.hidden === false
  return { sources, isShown, tick: (ms: number) => t.mock.timers.tick(ms) }
}

suite('A page that listens', () => {
  test('asks again after an answer that is no stream, more and more seldom', (t) => {
    const { sources, tick } = page(t)
    const news: string[] = []
    const events = listening('/events')
    events.on('news', () => news.push('heard'))
    for (const wait of [5_000, 10_000, 20_000, 40_000, 60_000, 60_000]) {
      const count = sources.length
      sources.at(-1)?.says('error', 2)
      assert.ok(events.isAway)
      tick(wait - 1)
      assert.equal(sources.length, count)
      tick(1)
      assert.equal(sources.length, count + 1)
    }
    sources.at(-1)?.says('open', 1)
    sources.at(-1)?.says('news', 1)
    assert.deepEqual(news, ['heard'])
    // It was there: the next refusal is a new one.
    sources.at(-1)?.says('error', 2)
    const count = sources.length
    tick(5_000)
    assert.equal(sources.length, count + 1)
  })

  test('leaves it to the browser to connect again where the network was away', (t) => {
    const { sources, tick } = page(t)
    listening('/events')
    sources[0]?.says('error', 0)
    tick(120_000)
    assert.equal(sources.length, 1)
  })

  test('R156 says after five seconds that nothing is heard, until it is heard again', (t) => {
    const { sources, isShown, tick } = page(t)
    listening('/events')
    assert.ok(isShown('moves-on') && !isShown('unconnected'))
    sources[0]?.says('error', 0)
    tick(4_999)
    assert.ok(!isShown('unconnected'))
    sources[0]?.says('error', 0)
    tick(1)
    assert.ok(isShown('unconnected'))
    sources[0]?.says('open', 1)
    assert.ok(!isShown('unconnected'))
  })

  test('says nothing, and asks for nothing, once it is closed', (t) => {
    const { sources, isShown, tick } = page(t)
    const events = listening('/events')
    sources[0]?.says('error', 2)
    events.close()
    tick(120_000)
    assert.equal(sources.length, 1)
    assert.ok(!isShown('unconnected'))
  })
})
