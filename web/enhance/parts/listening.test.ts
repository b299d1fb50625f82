import assert from 'node:assert/strict'
import { suite, test, type TestContext } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { EVENTS, LOST, PATHS, TEXT_SENT } from '../../../src/core/connectivity/diagnosis.ts'
import { listening } from './listening.ts'

/** What comes on the way to us, as a page finds it that hears nothing. */
interface Way {
  readonly text: () => Response
  readonly events?: () => Response
}
const CUT: Way = {
  text() {
    throw new TypeError('failed to fetch')
  },
}

/** A few elements of a page, and the connections that it has opened. */
function page(t: TestContext, { text, events = text }: Way = CUT) {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const sentences = ['', ...LOST].map((lost) => ({ hidden: lost !== '', dataset: { lost } }))
  const shown = new Map<string, { hidden: boolean; querySelectorAll?: () => unknown }>([
    ['moves-on', { hidden: true }],
    ['by-hand', { hidden: true }],
    ['unconnected', { hidden: true, querySelectorAll: () => sentences }],
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
    fetch: async (path: string) => (path === PATHS.text ? text() : events()),
    document: { getElementById: (id: string) => shown.get(id) },
  }
  for (const [name, value] of Object.entries(globals)) {
    Object.defineProperty(globalThis, name, { value, configurable: true })
    t.after(() => Reflect.deleteProperty(globalThis, name))
  }
  const told = () => sentences.find(({ hidden }) => !hidden)?.dataset.lost
  const isShown = (id: string) => shown.get(id)?.hidden === false
  return { sources, told, isShown, tick: (ms: number) => t.mock.timers.tick(ms) }
}

/** More turns than it takes to read two answers that are there. */
async function answersRead(): Promise<void> {
  for (let turn = 0; turn < 50; turn += 1) await setImmediate(null)
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

  test('R156 R157 says what it finds on the way, and what to do by hand', async (t) => {
    const plain = () => new Response(TEXT_SENT)
    // All at once, as a proxy lets through what it held back.
    const atOnce = () => new Response('event: test\n\n'.repeat(EVENTS.count))
    const cases: readonly (readonly [string, Way])[] = [
      ['offline', CUT],
      ['replaced', { text: () => new Response('<h1>Welcome to the hotel</h1>') }],
      ['replaced', { text: () => new Response('', { status: 511 }) }],
      ['events-blocked', { text: plain, events: CUT.text }],
      ['events-late', { text: plain, events: atOnce }],
      // Our own proxy, while the server restarts, and a server that is asked too often.
      ['', { text: () => new Response('', { status: 502 }) }],
      ['', { text: plain, events: () => new Response('', { status: 429 }) }],
    ]
    for (const [lost, way] of cases)
      await t.test(lost, async (each) => {
        const { sources, told, isShown, tick } = page(each, way)
        listening('/events')
        sources[0]?.says('error', 0)
        tick(5_000)
        await answersRead()
        assert.equal(told(), lost)
        assert.ok(isShown('unconnected') && !isShown('moves-on'))
        assert.equal(isShown('by-hand'), lost.startsWith('events'))
        sources[0]?.says('open', 1)
        assert.ok(!isShown('unconnected') && isShown('moves-on') && !isShown('by-hand'))
      })
  })

  test('R157 tells of a proxy that holds news back, and of nothing where all is slow', async (t) => {
    const plain = () => new Response(TEXT_SENT)
    for (const [is, events] of [
      [true, () => new Response('event: test\n\n'.repeat(EVENTS.count))],
      [false, () => new Response('', { status: 429 })],
    ] as const)
      await t.test(`${is}`, async (each) => {
        const { isShown, tick } = page(each, { text: plain, events })
        listening('/events')
        tick(5_000)
        await answersRead()
        assert.equal(isShown('unconnected'), is)
        assert.equal(isShown('moves-on'), !is)
      })
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
