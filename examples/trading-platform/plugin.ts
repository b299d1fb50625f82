import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import cookie from '@fastify/cookie'
import formbody from '@fastify/formbody'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { liveRoutes } from './live.ts'
import { type Market, STILL } from './market/quotes.ts'
import { allowStreams, tickerRoutes } from './market/ticker.ts'
import type { Client, Environment, LoginServer, Wish } from './login-server.ts'
import { loginServer } from './login-server.ts'
import { isFrom } from './networks.ts'
import type { Frame, Reason } from './pages.ts'
import { signedInPage, signedOutPage } from './pages.ts'
import { receiptPage, withdrawPage } from './withdraw-pages.ts'
import {
  begunLogins,
  newSecret,
  type PlatformSession,
  platformSessions,
  type Shelf,
} from './sessions.ts'
import { reporter, type Reporter } from './reporter.ts'
import { languageOf } from './texts.ts'
import { orderPage, tradePage } from './trade-pages.ts'
import { readOrder, tradeBook, type TradeBook } from './trades.ts'
import {
  API_MAX_AGE_S,
  approvedTask,
  isFresh,
  type Ledger,
  ledger,
  readWithdrawal,
} from './withdrawals.ts'

export interface TradingPlatformOptions {
  /** The login server. */
  readonly issuer: string
  readonly clientId: string
  /** `null` for a public client. */
  readonly clientSecret: string | null
  /**
   * Where this platform is, without a slash at the end, such as `https://trade.example.com/trade`.
   */
  readonly address: string
  /** The brokerage, as pages call it. */
  readonly name: string
  readonly timeZone: string
  /** Where its streams are opened, at the gateway of the login server; none without a gateway. */
  readonly streams?: readonly string[]
  /** What its prices are; they do not move, unless said otherwise. */
  readonly market?: Market
  /** Milliseconds since 1970; a test has a clock of its own. */
  readonly now?: () => number
}

/** What a platform registers with its login server. */
export const registeredAddresses = (address: string) => ({
  redirectUris: [`${address}/callback`],
  postLogoutRedirectUris: [`${address}/left`],
})

interface Platform {
  readonly server: LoginServer
  readonly sessions: Shelf<PlatformSession>
  readonly begun: ReturnType<typeof begunLogins>
  readonly paid: Ledger
  readonly trades: TradeBook
  readonly reporter: Reporter
  readonly options: TradingPlatformOptions
  readonly market: Market
  readonly streams: readonly string[]
  readonly base: string
  readonly style: { readonly address: string; readonly css: string }
}

/**
 * A sample trading platform: an ordinary relying party that knows its login server by OpenID
 * Connect only.
 *
 *   /trade            what this session may do; asks the login server at every view whether it still is one
 *   /trade/login      begins a login, live or paper
 *   /trade/callback   the browser comes back
 *   /trade/events     tells an open page that its session has ended; /trade/live.js listens
 *   /trade/ticket     a ticket for the streams at the gateway; /trade/ticker.js shows moving prices
 *   /trade/order      buys or sells, and reports it to the login server; then what was executed
 *   /trade/withdraw   asks for a withdrawal, which the client approves at the login server; then what was paid
 *   /trade/api/limits what a program may do for a client, or how to come back with more (RFC 9470)
 *   /trade/logout     ends the session here and there; /trade/left is where that ends
 */
export async function tradingPlatform(
  app: FastifyInstance,
  options: TradingPlatformOptions,
): Promise<void> {
  if (!app.hasRequestDecorator('cookies')) await app.register(cookie)
  if (!app.hasContentTypeParser('application/x-www-form-urlencoded')) await app.register(formbody)
  const platform = open(options)
  const { base, style } = platform
  app.get(base, (request, reply) => home(platform, request, reply))
  app.get(`${base}/login`, (request, reply) => login(platform, request, reply))
  app.get(`${base}/callback`, (request, reply) => callback(platform, request, reply))
  app.addHook('preClose', async () => platform.reporter.close())
  app.get(`${base}/order`, (request, reply) => orderForm(platform, request, reply))
  app.post(`${base}/order`, { config: { ownFormToken: true } }, (request, reply) =>
    placeOrder(platform, request, reply),
  )
  app.get(`${base}/trades/:reference`, (request, reply) => executed(platform, request, reply))
  app.get(`${base}/withdraw`, (request, reply) => withdrawForm(platform, request, reply))
  app.post(`${base}/withdraw`, { config: { ownFormToken: true } }, (request, reply) =>
    withdraw(platform, request, reply),
  )
  app.get(`${base}/withdrawals/:reference`, (request, reply) => receipt(platform, request, reply))
  app.get(`${base}/api/limits`, (request, reply) => limits(platform, request, reply))
  app.get(`${base}/logout`, (request, reply) => logout(platform, request, reply))
  app.get(`${base}/left`, (_request, reply) => signedOut(platform, reply, 'left'))
  const secretOf = (request: FastifyRequest) => cookieOf(platform, request, 'session')
  liveRoutes(app, { ...platform, secretOf })
  tickerRoutes(app, { ...platform, secretOf })
  app.get(`${base}/language/:language`, (request, reply) => language(platform, request, reply))
  app.get(style.address, (_request, reply) =>
    reply
      .type('text/css; charset=utf-8')
      .header('cache-control', 'public, max-age=31536000, immutable')
      .send(style.css),
  )
}

function open(options: TradingPlatformOptions): Platform {
  const { address, issuer, clientId, clientSecret } = options
  const base = new URL(address).pathname
  const css = stylesheet()
  const hash = createHash('sha256').update(css).digest('hex').slice(0, 8)
  const server = loginServer({
    issuer,
    clientId,
    clientSecret,
    callback: `${address}/callback`,
    afterLogout: `${address}/left`,
  })
  const style = { address: `${base}/style-${hash}.css`, css }
  return {
    server,
    sessions: platformSessions(),
    begun: begunLogins(),
    paid: ledger(),
    trades: tradeBook(),
    reporter: reporter(server),
    options,
    market: options.market ?? STILL,
    streams: options.streams ?? [],
    base,
    style,
  }
}

/** The style of the login server's own pages, so that a client feels at home. */
function stylesheet(): string {
  const read = (name: string) =>
    readFileSync(new URL(`../../web/style/${name}.css`, import.meta.url), 'utf8')
  return ['tokens', 'core', 'confirm', 'portal']
    .map((name) => read(name).replaceAll(/@import [^;]*;/g, ''))
    .join('\n')
}

async function home(platform: Platform, request: FastifyRequest, reply: FastifyReply) {
  const { sessions, server, base } = platform
  const session = sessions.find(cookieOf(platform, request, 'session'))
  if (!session) return signedOut(platform, reply, null)
  // An access token lives for minutes; a new one comes without asking the client anything.
  if (Date.now() >= session.tokens.expiresAt) {
    const wish = {
      environment: session.environment,
      language: frameOf(platform, request).language,
      silent: true,
    }
    return await begin(platform, reply, wish)
  }
  const client = await server.ask(session.tokens)
  if (client === 'away') return signedOut(platform, reply, 'away')
  if (client === 'ended') return dropped(platform, request, reply, 'ended')
  if (isElsewhere(client, request)) return dropped(platform, request, reply, 'elsewhere')
  const logoutAddress = `${base}/logout?token=${session.logoutToken}`
  const streams = client.rights.trading ? platform.streams : []
  allowStreams(reply, streams)
  const ticker = { streams, token: session.logoutToken }
  return send(reply, signedInPage(frameOf(platform, request), { client, logoutAddress, ticker }))
}

async function login(platform: Platform, request: FastifyRequest, reply: FastifyReply) {
  const { environment } = request.query as { readonly environment?: unknown }
  const { language } = frameOf(platform, request)
  const wanted: Environment = environment === 'paper' ? 'paper' : 'live'
  return await begin(platform, reply, { environment: wanted, language, silent: false })
}

/**
 * The browser keeps a secret until it is back: an answer that another browser was given is not its
 * own. Each login has a cookie of its own, so that two tabs do not disturb each other.
 */
async function begin(platform: Platform, reply: FastifyReply, wish: Wish) {
  const begun = await platform.server.begin(wish)
  if (begun === 'away') return signedOut(platform, reply, 'away')
  putCookie(platform, reply, loginCookie(begun.begun.state), platform.begun.put(begun.begun))
  return reply.redirect(begun.address, 303)
}

async function callback(platform: Platform, request: FastifyRequest, reply: FastifyReply) {
  const query = request.url.split('?')[1] ?? ''
  const name = loginCookie(new URLSearchParams(query).get('state') ?? '')
  const begun = platform.begun.take(cookieOf(platform, request, name))
  dropCookie(platform, reply, name)
  if (!begun) return signedOut(platform, reply, 'mismatch')
  const finished = await platform.server.finish(begun, query)
  if (!finished.ok) {
    const { why } = finished
    if (begun.wish.withdrawal && why === 'denied') {
      return reply.redirect(`${platform.base}/withdraw`, 303)
    }
    if (why === 'not-logged-in') return dropped(platform, request, reply, 'ended')
    return signedOut(platform, reply, why)
  }
  platform.sessions.take(cookieOf(platform, request, 'session'))
  const { environment, withdrawal } = begun.wish
  const session = { tokens: finished.tokens, environment, logoutToken: newSecret() }
  putCookie(platform, reply, 'session', platform.sessions.put(session))
  if (!withdrawal) return reply.redirect(platform.base, 303)
  const reference = approvedTask(withdrawal, finished.details)
  if (reference === null) return signedOut(platform, reply, 'mismatch')
  platform.paid.pay({ ...withdrawal, reference, subject: finished.tokens.subject })
  return reply.redirect(`${platform.base}/withdrawals/${reference}`, 303)
}

/** The client who is logged in here, while the login server still answers for the session. */
async function present(platform: Platform, request: FastifyRequest) {
  const session = platform.sessions.find(cookieOf(platform, request, 'session'))
  if (!session || Date.now() >= session.tokens.expiresAt) return null
  const client = await platform.server.ask(session.tokens)
  if (client === 'away' || client === 'ended' || isElsewhere(client, request)) return null
  return { session, client }
}

/** Behind a proxy the address of the client is what that proxy says, and not that of the proxy. */
const isElsewhere = ({ rights }: Client, { ip }: FastifyRequest): boolean =>
  !isFrom(rights.trade_network, ip)

/** A client who may trade now, and the rest of whom is present. */
async function trader(platform: Platform, request: FastifyRequest) {
  const found = await present(platform, request)
  return found?.client.rights.trading && found.client.account !== null
    ? { ...found, account: found.client.account }
    : null
}

async function orderForm(platform: Platform, request: FastifyRequest, reply: FastifyReply) {
  const found = await trader(platform, request)
  if (!found) return reply.redirect(platform.base, 303)
  const { client, session } = found
  const form = { client, token: session.logoutToken, key: newSecret(), typed: {}, wrong: [] }
  return send(reply, orderPage(frameOf(platform, request), form))
}

/** It is executed as it was typed, once, and the login server hears of it. */
async function placeOrder(platform: Platform, request: FastifyRequest, reply: FastifyReply) {
  const found = await trader(platform, request)
  if (!found) return reply.redirect(platform.base, 303)
  const { client, session, account } = found
  const typed = (request.body ?? {}) as Readonly<Record<string, unknown>>
  if (typed['token'] !== session.logoutToken) return reply.redirect(platform.base, 303)
  const read = readOrder(typed, client.rights.trade_penny)
  if (!read.ok) {
    const form = { client, token: session.logoutToken, key: newSecret(), typed, wrong: read.wrong }
    return send(reply.code(400), orderPage(frameOf(platform, request), form))
  }
  const { subject, session: sid } = session.tokens
  const at = (platform.options.now ?? Date.now)()
  const { environment } = session
  const about = { subject, account, environment, at, session: sid, key: read.key }
  const order = { ...read.order, instrument: platform.market.now(read.order.instrument) }
  const trade = platform.trades.execute(order, about)
  platform.reporter.tell(trade)
  return reply.redirect(`${platform.base}/trades/${trade.reference}`, 303)
}

async function executed(platform: Platform, request: FastifyRequest, reply: FastifyReply) {
  const { reference } = request.params as { readonly reference: string }
  const session = platform.sessions.find(cookieOf(platform, request, 'session'))
  const trade = session && platform.trades.find(reference, session.tokens.subject)
  if (!trade) return reply.redirect(platform.base, 303)
  return send(reply, tradePage(frameOf(platform, request), trade))
}

async function withdrawForm(platform: Platform, request: FastifyRequest, reply: FastifyReply) {
  const found = await present(platform, request)
  if (!found) return reply.redirect(platform.base, 303)
  const { client, session } = found
  const form = { client, token: session.logoutToken, typed: {}, wrong: [] }
  return send(reply, withdrawPage(frameOf(platform, request), form))
}

/** What was typed goes to the login server, which shows it, asks for proof, and says it back. */
async function withdraw(platform: Platform, request: FastifyRequest, reply: FastifyReply) {
  const found = await present(platform, request)
  if (!found) return reply.redirect(platform.base, 303)
  const { client, session } = found
  const typed = (request.body ?? {}) as Readonly<Record<string, unknown>>
  if (typed['token'] !== session.logoutToken) return reply.redirect(platform.base, 303)
  const frame = frameOf(platform, request)
  const read = readWithdrawal(typed)
  if (!read.ok) {
    const form = { client, token: session.logoutToken, typed, wrong: read.wrong }
    return send(reply.code(400), withdrawPage(frame, form))
  }
  const { environment } = session
  const wish = { environment, language: frame.language, silent: false }
  return await begin(platform, reply, { ...wish, withdrawal: read.withdrawal })
}

async function receipt(platform: Platform, request: FastifyRequest, reply: FastifyReply) {
  const { reference } = request.params as { readonly reference: string }
  const session = platform.sessions.find(cookieOf(platform, request, 'session'))
  const paid = session && platform.paid.find(reference, session.tokens.subject)
  if (!paid) return reply.redirect(platform.base, 303)
  return send(reply, receiptPage(frameOf(platform, request), paid))
}

/**
 * The API of the platform, for a program that brings an access token. A login that is too weak or
 * too old is told what would be enough, and the program sends its client there.
 *
 * @see RFC 9470, "OAuth 2.0 Step Up Authentication Challenge Protocol", section 3
 */
async function limits(platform: Platform, request: FastifyRequest, reply: FastifyReply) {
  const token = /^Bearer ([\w~+/.-]+=*)$/.exec(request.headers.authorization ?? '')?.[1]
  const client = token === undefined ? 'ended' : await platform.server.askWith(token)
  reply.header('cache-control', 'no-store')
  if (client === 'away') return reply.code(503).send({ error: 'temporarily_unavailable' })
  if (client === 'ended') {
    return reply.code(401).header('www-authenticate', 'Bearer').send({ error: 'invalid_token' })
  }
  if (!isFresh(client, Date.now() / 1_000)) {
    const error = 'insufficient_user_authentication'
    const wanted = `acr_values="${client.strength}", max_age=${API_MAX_AGE_S}`
    const reason = 'a login of the last minutes is needed'
    const challenge = `Bearer error="${error}", error_description="${reason}", ${wanted}`
    return reply.code(401).header('www-authenticate', challenge).send({ error })
  }
  return reply.send({ account: client.account, ...client.rights })
}

async function logout(platform: Platform, request: FastifyRequest, reply: FastifyReply) {
  const { token } = request.query as { readonly token?: unknown }
  const session = platform.sessions.find(cookieOf(platform, request, 'session'))
  if (!session || token !== session.logoutToken) return reply.redirect(platform.base, 303)
  platform.sessions.take(cookieOf(platform, request, 'session'))
  dropCookie(platform, reply, 'session')
  const address = await platform.server.logoutAddress(session.tokens)
  return address === 'away' ? signedOut(platform, reply, 'left') : reply.redirect(address.href, 303)
}

async function language(platform: Platform, request: FastifyRequest, reply: FastifyReply) {
  const { language: chosen } = request.params as { readonly language: string }
  putCookie(platform, reply, 'language', chosen === 'fr' ? 'fr' : 'en')
  return reply.redirect(platform.base, 303)
}

async function dropped(
  platform: Platform,
  request: FastifyRequest,
  reply: FastifyReply,
  reason: Reason,
) {
  platform.sessions.take(cookieOf(platform, request, 'session'))
  dropCookie(platform, reply, 'session')
  return signedOut(platform, reply, reason)
}

function signedOut(platform: Platform, reply: FastifyReply, reason: Reason | null) {
  const frame = frameOf(platform, reply.request)
  if (reason !== null) reply.code(STATUS[reason])
  return send(reply, signedOutPage(frame, reason))
}

const STATUS: Readonly<Record<Reason, number>> = {
  ended: 200,
  elsewhere: 403,
  left: 200,
  denied: 403,
  weak: 403,
  mismatch: 400,
  away: 503,
}

const send = (reply: FastifyReply, html: unknown): FastifyReply =>
  reply.type('text/html; charset=utf-8').header('cache-control', 'no-store').send(String(html))

function frameOf(platform: Platform, request: FastifyRequest): Frame {
  const { base, style, options } = platform
  const { name, timeZone, issuer } = options
  const chosen = cookieOf(platform, request, 'language')
  const spoken = languageOf(chosen, request.headers['accept-language'])
  const portal = `${issuer}/portal`
  const { market } = platform
  return { language: spoken, base, portal, style: style.address, name, timeZone, market }
}

type CookieName = 'session' | 'language' | `login-${string}`

/** Named by the first letters of `state`; the rest of it is compared when the answer is. */
const loginCookie = (state: string): CookieName =>
  `login-${state.replaceAll(/[^\w-]/g, '').slice(0, 12)}`

const isEncrypted = ({ options }: Platform): boolean => options.address.startsWith('https:')

const cookieName = (platform: Platform, name: CookieName): string =>
  isEncrypted(platform) ? `__Host-trade-${name}` : `trade-${name}`

const cookieOf = (
  platform: Platform,
  request: FastifyRequest,
  name: CookieName,
): string | undefined => request.cookies[cookieName(platform, name)]

function putCookie(platform: Platform, reply: FastifyReply, name: CookieName, value: string): void {
  reply.setCookie(cookieName(platform, name), value, attributes(platform))
}

function dropCookie(platform: Platform, reply: FastifyReply, name: CookieName): void {
  reply.setCookie(cookieName(platform, name), '', { ...attributes(platform), maxAge: 0 })
}

/** `lax`, because the browser comes back from another site. */
const attributes = (platform: Platform) =>
  ({ path: '/', httpOnly: true, sameSite: 'lax', secure: isEncrypted(platform) }) as const
