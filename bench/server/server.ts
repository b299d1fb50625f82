import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { Settings } from '#config/settings.ts'
import { openWorld, startServer } from '../../src/main.ts'
import type { AnswerRow } from '../report/answer-rows.ts'
import { agentsOf, type Taken } from './desk.ts'
import { houseOfSamples, type Prepared, preparedAnswer } from './sample-server.ts'
import {
  abreast,
  type Activation,
  type Challenge,
  type Clients,
  stagehand,
  type Stagehand,
  type Timed,
} from './fixtures.ts'

/**
 * The server that is measured: the product as `countersign serve` starts it, in a process of its
 * own, and beside it a process that prepares clients when the bench asks for them.
 */

/** What the bench may ask of a server, and what it hears. */
export interface Orders {
  /** Begins logins as if their passwords had been right, up to the open challenge. */
  challenge: { readonly asks: Clients; readonly gives: readonly Challenge[] }
  /** Logs clients in; the tokens of their sessions. */
  signIn: { readonly asks: Clients; readonly gives: readonly string[] }
  /**
   * Logs clients in one after the other, and says how long the server was busy with each, in ms.
   */
  time: { readonly asks: Clients; readonly gives: readonly Timed[] }
  /** Clients whose new phones have only to present themselves. */
  invite: { readonly asks: Clients; readonly gives: readonly Activation[] }
  /** Another client each time, whose login waits for its answer. */
  answers: { readonly asks: Answers; readonly gives: readonly Prepared[] }
  /** Ends these sessions; when the last was over, by the clock of the machine, in ms. */
  endSessions: { readonly asks: readonly string[]; readonly gives: number }
  /** So many agents come in at the desk; the tokens of their sessions. */
  hire: { readonly asks: number; readonly gives: readonly string[] }
  /** An agent takes a call and ends it; when it was written, by the clock of the machine, in ms. */
  call: { readonly asks: Taken; readonly gives: number }
  /** Begins to watch the event loop. */
  watchLoop: { readonly asks: null; readonly gives: null }
  /** The 99th percentile since then, in ms. */
  loopDelay: { readonly asks: null; readonly gives: number }
  /** Collects garbage. */
  tidy: { readonly asks: null; readonly gives: null }
  stop: { readonly asks: null; readonly gives: null }
}

export interface Answers {
  readonly row: AnswerRow
  readonly count: number
  readonly abreast: number
}

type Name = keyof Orders
type Order = { readonly [N in Name]: { readonly name: N; readonly asks: Orders[N]['asks'] } }[Name]
type Asked = Order & { readonly id: number }
export interface Given {
  readonly id: number
  readonly gives?: unknown
  readonly error?: string
}

/** Every `RESOLUTION_MS` the loop is asked whether it is on time. */
const RESOLUTION_MS = 1
/** Sessions that end at a time. */
const ENDED_ABREAST = 64

const settings = Settings.parse(JSON.parse(process.argv[2] ?? '{}'))
const plain = await openWorld(settings)
const opened = process.argv[3] === 'samples' ? houseOfSamples(plain) : plain
const server = await startServer(settings, opened)
const hand: Stagehand = stagehand(opened.world)
const agents = agentsOf(opened.world)
const loop = monitorEventLoopDelay({ resolution: RESOLUTION_MS })

process.on('message', (asked: Asked) => void answer(asked))
process.once('disconnect', () => process.exit(0))
process.send?.({ id: 0 } satisfies Given)

async function answer(asked: Asked): Promise<void> {
  const { id } = asked
  try {
    process.send?.({ id, gives: await obeyed(asked) } satisfies Given)
  } catch (error) {
    process.send?.({ id, error: error instanceof Error ? String(error.stack) : 'unknown' })
  }
  if (asked.name === 'stop') process.disconnect()
}

async function obeyed(order: Order): Promise<Orders[Name]['gives']> {
  switch (order.name) {
    case 'challenge':
      return await hand.challenge(order.asks)
    case 'signIn':
      return await hand.signIn(order.asks)
    case 'time':
      return await hand.time(order.asks)
    case 'invite':
      return await hand.invite(order.asks)
    case 'answers': {
      const { row, count, abreast: width } = order.asks
      const each = Array.from({ length: count }, () => row)
      return await abreast(each, width, (one) => preparedAnswer(opened.world, one))
    }
    case 'endSessions':
      await abreast(order.asks, ENDED_ABREAST, (token) => hand.endSession(token))
      return Number(process.hrtime.bigint()) / 1e6
    case 'hire':
      return await agents.hire(order.asks)
    case 'call':
      return await agents.call(order.asks)
    case 'watchLoop':
      loop.reset()
      loop.enable()
      return null
    case 'loopDelay':
      loop.disable()
      // What it records is the time between two looks, and so much of it is meant to pass.
      return Math.max(0, loop.percentile(99) / 1e6 - RESOLUTION_MS)
    case 'tidy':
      setFlagsFromString('--expose-gc')
      runInNewContext('gc')()
      return null
    case 'stop':
      await server.stop()
      return null
  }
}
