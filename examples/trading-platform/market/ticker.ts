import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { LoginServer } from '../login-server.ts'
import type { PlatformSession, Shelf } from '../sessions.ts'

/**
 * Prices that move on the open page. The page reaches the streams of this platform through the
 * gateway of the login server, at whichever of its ports is open, and shows a ticket there: the
 * access token stays on this server.
 */
export interface Ticker {
  readonly base: string
  readonly server: LoginServer
  readonly sessions: Shelf<PlatformSession>
  readonly secretOf: (request: FastifyRequest) => string | undefined
  /** Where the gateway opens streams, such as `wss://trade.example.com:4000/stream`. */
  readonly streams: readonly string[]
}

/** It runs after the script that ends the page. @see ../live.ts */
const SCRIPT = `const { dataset, lang } = document.documentElement
const streams = dataset.streams.split(' ')
const state = document.querySelector('[data-ticker]')
const money = new Intl.NumberFormat(lang === 'fr' ? 'fr-FR' : 'en-GB', { minimumFractionDigits: 2 })
const percent = new Intl.NumberFormat(lang === 'fr' ? 'fr-FR' : 'en-GB', {
  style: 'percent', minimumFractionDigits: 1, signDisplay: 'exceptZero'
})
const say = (word) => { if (state) state.textContent = state.dataset[word] }
const put = (kind, symbol, text) => {
  const cell = document.querySelector('[data-' + kind + '="' + symbol + '"]')
  if (cell) cell.textContent = text
}
let tries = 0
const later = () => {
  say('stopped')
  tries += 1
  setTimeout(connect, Math.min(1000 * 2 ** tries, 60000))
}
async function connect() {
  let answer
  try {
    const body = new URLSearchParams({ token: dataset.token })
    answer = await fetch(dataset.tickets, { method: 'POST', body })
  } catch { return later() }
  if (answer.status === 403) return say('stopped')
  if (!answer.ok) return later()
  const { ticket } = await answer.json()
  // Another port is tried each time: one of them may be blocked.
  const socket = new WebSocket(streams[tries % streams.length])
  socket.onopen = () => socket.send(JSON.stringify({ ticket }))
  socket.onmessage = ({ data }) => {
    tries = 0
    for (const { symbol, price, change } of JSON.parse(data).quotes) {
      put('price', symbol, 'USD\\u00a0' + money.format(price))
      put('change', symbol, percent.format(change / 100).replace('-', '\\u2212'))
    }
    say('live')
  }
  socket.onclose = ({ code }) => {
    if (code === 4401 || code === 4403) return endPage()
    // A fifth window took the place of this one, or what the client may see has changed.
    if (code === 4409) tries = 4
    later()
  }
}
connect()
`

/** Where the script is that shows them. */
export const tickerOf = (base: string): string => `${base}/ticker.js`
/** Where it fetches a ticket. */
export const ticketsOf = (base: string): string => `${base}/ticket`

export function tickerRoutes(app: FastifyInstance, ticker: Ticker): void {
  app.get(tickerOf(ticker.base), async (_request, reply) =>
    reply.type('text/javascript; charset=utf-8').send(SCRIPT),
  )
  app.post(ticketsOf(ticker.base), { config: { ownFormToken: true } }, (request, reply) =>
    give(ticker, request, reply),
  )
}

async function give(
  { server, sessions, secretOf }: Ticker,
  request: FastifyRequest,
  reply: FastifyReply,
) {
  const session = sessions.find(secretOf(request))
  const { token } = (request.body ?? {}) as { readonly token?: unknown }
  if (!session || token !== session.logoutToken) return reply.code(403).send()
  const ticket = await server.ticket(session.tokens)
  if (ticket === 'refused') return reply.code(403).send()
  if (ticket === 'away') return reply.code(503).send()
  return reply.header('cache-control', 'no-store').send(ticket)
}

/** Lets a page ask for the streams, besides what its policy allows already. */
export function allowStreams(reply: FastifyReply, streams: readonly string[]): void {
  const policy = reply.getHeader('content-security-policy')
  if (typeof policy !== 'string' || streams.length === 0) return
  const origins = [...new Set(streams.map((stream) => new URL(stream).origin))].join(' ')
  const allowed = policy.replace("connect-src 'self'", `connect-src 'self' ${origins}`)
  reply.header('content-security-policy', allowed)
}
