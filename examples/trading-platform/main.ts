/**
 * The sample trading platform on its own:
 *
 *   ISSUER=https://login.example.com CLIENT_ID=trade CLIENT_SECRET=… ADDRESS=http://localhost:4700/trade \
 *     node examples/trading-platform/main.ts
 */
import fastify from 'fastify'
import { openQuotes } from './market/quotes.ts'
import { tradingPlatform } from './plugin.ts'

const {
  ISSUER: issuer = 'http://localhost:4600',
  CLIENT_ID: clientId = 'trade',
  CLIENT_SECRET: clientSecret = null,
  ADDRESS: address = 'http://localhost:4700/trade',
  NAME: name = 'Example Brokerage',
  TIME_ZONE: timeZone = 'America/New_York',
  STREAMS: streams = '',
  QUOTES_PORT: quotesPort = '4800',
} = process.env

const app = fastify({ logger: { level: 'warn' } })
app.addHook('onRequest', async (_request, reply) => {
  reply.headers({
    'content-security-policy':
      "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; " +
      "frame-ancestors 'none'; base-uri 'none'",
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
  })
})
const options = { issuer, clientId, clientSecret, address, name, timeZone }
const quotes = streams === '' ? null : await openQuotes(Number(quotesPort))
await app.register(tradingPlatform, {
  ...options,
  ...(quotes && { market: quotes.market, streams: streams.split(' ') }),
})
await app.listen({ host: '127.0.0.1', port: Number(new URL(address).port || 80) })
console.log(`The sample trading platform is at ${address}; its login server is ${issuer}.`)
