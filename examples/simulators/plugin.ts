import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Drawer } from './cards.ts'
import type { Hands } from './hands.ts'
import { MAIL_FAULTS } from './mail-sink.ts'
import { TEXT_FAULTS } from './message-centre.ts'
import { type Frame, handsPage, mailPage } from './page.ts'
import { shownHandset } from './shown.ts'
import type { Language } from './texts.ts'
import { VOICE_FAULTS } from './voice-provider.ts'

export interface SimulatorOptions {
  readonly hands: Hands
  readonly drawer: Drawer
  /** The address of the script of these pages. */
  readonly script: string | null
  /** Clients of the demo, to be called by their names. */
  readonly people: readonly { readonly userName: string; readonly telephone: string }[]
  readonly languageOf: (reply: FastifyReply) => Language
  readonly zone: string
  readonly brand: string
}

interface Simulators extends SimulatorOptions {
  readonly token: string
  readonly style: { readonly address: string; readonly css: string }
}

/**
 * What the clients of the demo hold in their hands: the handset, the security card, the mailbox. It
 * stands behind the carriers, and the login server knows nothing of it.
 */
export async function simulators(app: FastifyInstance, options: SimulatorOptions): Promise<void> {
  const css = stylesheet()
  const hash = createHash('sha256').update(css).digest('hex').slice(0, 8)
  const style = { address: `/sim/style-${hash}.css`, css }
  const all: Simulators = { ...options, style, token: randomBytes(16).toString('hex') }
  app.get('/sim', (request, reply) => hands(all, request, reply))
  app.get('/sim/mail', (_request, reply) => mail(all, reply))
  app.get('/sim/public-sans.woff2', (_request, reply) =>
    reply
      .type('font/woff2')
      .header('cache-control', 'public, max-age=86400')
      .send(readFileSync(TYPEFACE)),
  )
  app.get(style.address, (_request, reply) =>
    reply
      .type('text/css; charset=utf-8')
      .header('cache-control', 'public, max-age=31536000, immutable')
      .send(style.css),
  )
  streamRoute(app, all)
  // These forms carry a token of their own, and every route below looks at it.
  const config = { ownFormToken: true }
  app.post('/sim/calls/:id/:act', { config }, (request, reply) => act(all, request, reply))
  app.post('/sim/texts/back', { config }, (request, reply) => textBack(all, request, reply))
  app.post('/sim/faults', { config }, (request, reply) => setFaults(all, request, reply))
  app.post('/sim/cards/:serial/count', { config }, (request, reply) => count(all, request, reply))
}

const TYPEFACE = new URL('../../web/font/public-sans.woff2', import.meta.url)

/**
 * The style of the login server's own pages, and what a handset and a card look like. The typeface
 * lies beside it.
 */
function stylesheet(): string {
  const read = (name: string) =>
    readFileSync(new URL(`../../web/style/${name}.css`, import.meta.url), 'utf8')
  return ['tokens', 'core', 'confirm', 'portal', 'sim']
    .map((name) =>
      read(name)
        .replaceAll(/@import [^;]*;/g, '')
        .replaceAll('../font/', ''),
    )
    .join('\n')
}

const frameOf = (
  { style, script, token, zone, brand, languageOf }: Simulators,
  reply: FastifyReply,
): Frame => ({
  style: style.address,
  script,
  token,
  zone,
  brand,
  language: languageOf(reply),
})

async function hands(all: Simulators, request: FastifyRequest, reply: FastifyReply) {
  const { people, drawer, hands } = all
  const { number: asked, card: serial } = request.query as Readonly<Record<string, unknown>>
  const known = [...Map.groupBy(people, ({ telephone }) => telephone)].map(([one, holders]) => ({
    number: one,
    holders: holders.map(({ userName }) => userName),
  }))
  const strangers = hands
    .numbers()
    .filter((number) => !known.some((one) => one.number === number))
    .map((number) => ({ number, holders: [] }))
  const numbers = [...known, ...strangers]
  const latest = hands.numbers()[0] ?? numbers[0]?.number ?? ''
  const chosen = numbers.find((one) => one.number === asked)?.number
  const number = chosen ?? latest
  const cards = drawer.list()
  const holders = known.find((one) => one.number === number)?.holders ?? []
  const card =
    cards.find((one) => one.serial === serial) ??
    cards.find((one) => holders.includes(one.holder)) ??
    cards[0] ??
    null
  const frame = frameOf(all, reply)
  const { centre, voice, mail } = hands
  return send(
    reply,
    handsPage(frame, {
      number,
      follows: chosen === undefined,
      numbers,
      cards,
      card,
      handset: shownHandset(hands.handset(number), frame),
      faults: { text: centre.fault, voice: voice.fault, mail: mail.fault },
    }),
  )
}

const mail = (all: Simulators, reply: FastifyReply) =>
  send(reply, mailPage(frameOf(all, reply), all.hands.mailbox()))

const send = (reply: FastifyReply, html: unknown): FastifyReply =>
  reply.type('text/html; charset=utf-8').header('cache-control', 'no-store').send(String(html))

/**
 * Tells the page what it has to draw: the whole handset each time, so that nothing can be missed.
 */
function streamRoute(app: FastifyInstance, all: Simulators): void {
  const open = new Set<() => void>()
  app.addHook('preClose', async () => {
    for (const close of open) close()
  })
  app.get('/sim/events', (request, reply) => {
    const { number } = request.query as Readonly<Record<string, unknown>>
    const frame = frameOf(all, reply)
    reply.hijack()
    reply.raw.writeHead(200, {
      ...(reply.getHeaders() as Record<string, string>),
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
    })
    const tell = () => {
      const shown = typeof number === 'string' ? number : (all.hands.numbers()[0] ?? null)
      const handset = shownHandset(all.hands.handset(shown ?? ''), frame)
      const news = { ...handset, number: shown, mails: all.hands.mailbox().length }
      reply.raw.write(`event: news\ndata: ${JSON.stringify(news)}\n\n`)
    }
    const unwatch = all.hands.watch(tell)
    const close = () => {
      unwatch()
      open.delete(close)
      reply.raw.end()
    }
    open.add(close)
    reply.raw.on('close', close)
    tell()
  })
}

/** Whether the form came from one of our own pages. */
function isOurs({ token }: Simulators, { body }: FastifyRequest): boolean {
  const { token: given } = (body ?? {}) as Readonly<Record<string, unknown>>
  const [one, other] = [Buffer.from(String(given)), Buffer.from(token)]
  return one.length === other.length && timingSafeEqual(one, other)
}

const refused = (reply: FastifyReply): FastifyReply => reply.code(403).send('')

async function act(all: Simulators, request: FastifyRequest, reply: FastifyReply) {
  if (!isOurs(all, request)) return refused(reply)
  const { id, act: name } = request.params as Readonly<Record<'id' | 'act', string>>
  const { key } = request.body as Readonly<Record<string, unknown>>
  const { voice } = all.hands
  if (name === 'answer') await voice.answer(id)
  else if (name === 'press') await voice.press(id, String(key))
  else if (name === 'press-9') await voice.press(id, '9')
  else if (name === 'hang-up') await voice.hangUp(id)
  else return reply.callNotFound()
  return back(request, reply)
}

/** The holder of the handset answers a text. */
async function textBack(all: Simulators, request: FastifyRequest, reply: FastifyReply) {
  if (!isOurs(all, request)) return refused(reply)
  const { number, text } = request.body as Readonly<Record<string, unknown>>
  if (typeof number !== 'string' || typeof text !== 'string') return refused(reply)
  await all.hands.centre.textBack({ from: number.replace(/^\+/, ''), text: text.slice(0, 160) })
  return back(request, reply)
}

function setFaults(all: Simulators, request: FastifyRequest, reply: FastifyReply) {
  if (!isOurs(all, request)) return refused(reply)
  const { text, voice, mail } = request.body as Readonly<Record<string, unknown>>
  const { hands } = all
  hands.centre.fault = TEXT_FAULTS.find((fault) => fault === text) ?? null
  hands.voice.fault = VOICE_FAULTS.find((fault) => fault === voice) ?? null
  hands.mail.fault = MAIL_FAULTS.find((fault) => fault === mail) ?? null
  return back(request, reply)
}

/** To the page that was open; a script stays where it is. */
function back(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { number } = request.body as Readonly<Record<string, unknown>>
  const query = typeof number === 'string' ? `?number=${encodeURIComponent(number)}` : ''
  return reply.redirect(`/sim${query}`, 303)
}

function count(all: Simulators, request: FastifyRequest, reply: FastifyReply) {
  if (!isOurs(all, request)) return refused(reply)
  const { serial } = request.params as { readonly serial: string }
  const counter = all.drawer.count(serial)
  return counter === null ? reply.callNotFound() : reply.send({ counter })
}
