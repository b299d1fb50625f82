import { once } from 'node:events'
import { createServer } from 'node:http'
import { type WebSocket, WebSocketServer } from 'ws'
import { type Instrument, WATCH_LIST } from './watch-list.ts'

/**
 * The market of this sample: prices that wander about those of the list.
 */
export interface Market {
  /** The instrument at its price of this moment. */
  now(instrument: Instrument): Instrument
}

/** Where prices do not move. */
export const STILL: Market = { now: (instrument) => instrument }

/** The streams of this platform: only the gateway of the login server may reach them. */
export interface Quotes {
  readonly market: Market
  /** Where the gateway finds them, such as `ws://127.0.0.1:4800`. */
  readonly address: string
  close(): Promise<void>
}

const TICK_MS = 1_000
/** A price moves by no more than this in a second, and no further than that from its beginning. */
const STEP = 0.002
const RANGE = 0.05

/**
 * Sends the prices once a second, as `{"quotes":[{"symbol":"ALDM","price":41.2,"change":0.4}]}`.
 * The gateway has looked at who is connected, and says in a header whether they may see stocks of
 * Pink Sheet and OTCBB.
 *
 * @param port 0 for any that is free
 */
export async function openQuotes(port = 0): Promise<Quotes> {
  const prices = new Map(WATCH_LIST.map(({ symbol, price }) => [symbol, price]))
  const now = (instrument: Instrument): Instrument => {
    const price = prices.get(instrument.symbol) ?? instrument.price
    const yesterday = instrument.price / (1 + instrument.change / 100)
    return { ...instrument, price, change: rounded((price / yesterday - 1) * 100, 1) }
  }
  const server = createServer((_request, reply) => reply.writeHead(404).end())
  const sockets = new WebSocketServer({ server, maxPayload: 1_024, perMessageDeflate: false })
  const seesPenny = new WeakSet<WebSocket>()
  const tell = (socket: WebSocket) => {
    const shown = WATCH_LIST.filter(({ isPenny = false }) => !isPenny || seesPenny.has(socket))
    const quotes = shown.map(now).map(({ symbol, price, change }) => ({ symbol, price, change }))
    socket.send(JSON.stringify({ quotes }))
  }
  sockets.on('connection', (socket, { headers }) => {
    if (headers['countersign-penny'] === 'yes') seesPenny.add(socket)
    socket.on('error', () => socket.terminate())
    tell(socket)
  })
  const timer = setInterval(() => {
    for (const { symbol, price: start } of WATCH_LIST)
      prices.set(symbol, wandered(prices.get(symbol) ?? start, start))
    for (const socket of sockets.clients) tell(socket)
  }, TICK_MS)
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const at = server.address() as { readonly port: number }
  return {
    market: { now },
    address: `ws://127.0.0.1:${at.port}`,
    async close() {
      clearInterval(timer)
      for (const socket of sockets.clients) socket.terminate()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function wandered(price: number, start: number): number {
  const moved = price * (1 + (Math.random() * 2 - 1) * STEP)
  return rounded(Math.min(Math.max(moved, start * (1 - RANGE)), start * (1 + RANGE)), 2)
}

const rounded = (value: number, digits: number): number => Number(value.toFixed(digits))
