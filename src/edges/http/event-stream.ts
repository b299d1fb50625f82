import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { sendRefusal } from '#edges/http/problems.ts'

declare module 'fastify' {
  interface FastifyInstance {
    readonly streams: Streams
  }
}

/** A connection on which the server speaks and the browser listens. */
export interface EventStream {
  /** Sends one event. `data` is one line; objects go as JSON. */
  send(event: string, data?: unknown): void
  /** Runs when either side ends the stream; at once when it has ended. */
  onClose(listener: () => void): void
  /** Runs at every heartbeat, for a caller that also checks by itself. */
  onBeat(listener: () => void): void
  close(): void
}

/** Open streams of one login or one phone: a few tabs. */
export const STREAMS_PER_KEY = 4
/** Open streams of this process, of all owners together. */
const STREAMS_MAX = 50_000
/**
 * A heartbeat keeps the connection open in every network between; a phone gives up after 90
 * seconds.
 */
const HEARTBEAT_MS = 20_000
/** How long a browser waits before it connects again. */
const RETRY_MS = 2_000
/**
 * What may wait for a listener that does not read; beyond that it is disconnected and has to
 * connect again.
 */
const UNREAD_BYTES_MAX = 65_536

/** All open streams of a process; they share one heartbeat and end with it. */
export interface Streams {
  readonly count: number
  add(stream: OpenStream, key: string | undefined): boolean
  remove(stream: OpenStream, key: string | undefined): void
}

interface OpenStream extends EventStream {
  beat(): void
}

export function openStreams(app: FastifyInstance): void {
  const all = new Set<OpenStream>()
  const byKey = new Map<string, OpenStream[]>()
  const timer = setInterval(() => {
    for (const stream of all) stream.beat()
  }, HEARTBEAT_MS)
  timer.unref()
  const streams: Streams = {
    get count() {
      return all.size
    },
    add(stream, key) {
      if (all.size >= STREAMS_MAX) return false
      all.add(stream)
      if (key === undefined) return true
      const own = byKey.get(key) ?? []
      byKey.set(key, [...own, stream])
      if (own.length >= STREAMS_PER_KEY) own[0]?.close()
      return true
    },
    remove(stream, key) {
      all.delete(stream)
      if (key === undefined) return
      const left = (byKey.get(key) ?? []).filter((one) => one !== stream)
      if (left.length > 0) byKey.set(key, left)
      else byKey.delete(key)
    },
  }
  app.decorate('streams', streams)
  // Streams never end by themselves: without this, closing would wait for them for ever.
  app.addHook('preClose', async () => {
    clearInterval(timer)
    for (const stream of all) stream.close()
  })
}

/**
 * Answers with an event stream. When too many are open it answers `service.busy` instead, and the
 * stream that is returned is closed.
 *
 * Events are numbered on from `Last-Event-ID`. What was missed is not sent again: each event tells
 * all there is to know, or says that it is time to look.
 *
 * @param key whose stream it is: of one owner only the newest `STREAMS_PER_KEY` stay open.
 * @see WHATWG HTML, "Server-sent events"
 */
export function eventStream(
  request: FastifyRequest,
  reply: FastifyReply,
  { key }: { readonly key?: string } = {},
): EventStream {
  const { streams } = reply.server
  const closers: (() => void)[] = []
  const beaters: (() => void)[] = []
  let isOpen = true
  let number = Number.parseInt(String(request.headers['last-event-id']), 10) || 0
  const write = (text: string) => {
    if (!isOpen) return
    reply.raw.write(text)
    if (reply.raw.writableLength > UNREAD_BYTES_MAX) close()
  }
  const close = () => {
    if (!isOpen) return
    isOpen = false
    streams.remove(stream, key)
    reply.raw.end()
    for (const closer of closers.splice(0)) closer()
  }
  const stream: OpenStream = {
    send: (event, data = '') => {
      const line = typeof data === 'string' ? data : JSON.stringify(data)
      number += 1
      write(`id: ${number}\nevent: ${event}\ndata: ${line}\n\n`)
    },
    onClose: (listener) => void (isOpen ? closers.push(listener) : listener()),
    onBeat: (listener) => void beaters.push(listener),
    beat() {
      write(':\n\n')
      for (const beater of beaters) beater()
    },
    close,
  }
  if (!streams.add(stream, key)) {
    isOpen = false
    sendRefusal(reply, { ok: false, problem: 'service.busy' })
    return stream
  }
  reply.hijack()
  reply.raw.writeHead(200, {
    ...(reply.getHeaders() as Record<string, string>),
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    // Proxies that buffer answers would delay the events.
    'x-accel-buffering': 'no',
  })
  reply.raw.on('close', close)
  write(`retry: ${RETRY_MS}\n\n`)
  return stream
}

/**
 * Looks at every heartbeat, and whenever what is returned is called: at first, and when something
 * may have changed. One look at a time: of two the older could be told last. Of a stream that has
 * ended nothing is looked at, and no timer waits for it.
 *
 * @param look what fails ends the stream; `again` looks once more after so many milliseconds.
 */
export function lookOn(
  stream: Pick<EventStream, 'onClose' | 'onBeat' | 'close'>,
  look: (again: (ms: number) => void) => Promise<unknown>,
  onFailure: (error: unknown) => void = () => {},
): () => void {
  let isOpen = true
  let isLooking = false
  let isAsked = false
  let timer: NodeJS.Timeout | undefined
  const again = (ms: number) => {
    clearTimeout(timer)
    if (isOpen) timer = setTimeout(lookNow, ms)
  }
  const lookNow = () => {
    isAsked = true
    if (!isLooking) void lookWhileAsked()
  }
  const lookWhileAsked = async () => {
    isLooking = true
    while (isOpen && isAsked) {
      isAsked = false
      try {
        await look(again)
      } catch (error) {
        onFailure(error)
        stream.close()
      }
    }
    isLooking = false
  }
  stream.onClose(() => {
    isOpen = false
    clearTimeout(timer)
  })
  stream.onBeat(lookNow)
  return lookNow
}

/**
 * Whether a page listens here, and is not opened. What it hears is not shown: it is never led to
 * another page, whose cookies would replace those of the pages that are open.
 */
export const isListening = ({ headers }: FastifyRequest): boolean =>
  headers.accept?.includes('text/event-stream') === true

/** Tells a page that listens that its session is over, or reaches less far than the page. */
export const sendEnded = (reply: FastifyReply): FastifyReply =>
  reply
    .type('text/event-stream; charset=utf-8')
    .header('cache-control', 'no-store')
    .send('event: ended\ndata: \n\n')
