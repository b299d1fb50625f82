import type { FastifyReply, FastifyRequest } from 'fastify'

/** One open stream of server-sent events. Events are hints: whoever missed one looks again by himself. */
export interface EventStream {
  send(event: string): void
  onClose(listener: () => void): void
  end(): void
}

const RETRY_MS = 2_000
const HEARTBEAT_MS = 20_000
/** Streams of one process; beyond it a client polls, as it does without scripts. */
export const STREAMS_MAX = 50_000
/** Streams of one client address for one thing, such as a login open in several tabs. */
export const STREAMS_PER_KEY_MAX = 8

const open = new Set<EventStream>()
const perKey = new Map<string, number>()

// One timer for all: a timer and its closure for each of thousands of phones would cost more than they.
const heart = setInterval(() => {
  for (const stream of open) stream.send('')
}, HEARTBEAT_MS)
heart.unref()

/**
 * Turns a request into an event stream.
 *
 * @param key what the stream is about; so many may listen to one thing.
 * @returns `null` when there are too many; the reply is still to be sent then.
 * @see HTML Living Standard, section 9.2 "Server-sent events"
 */
export function eventStream(
  request: FastifyRequest,
  reply: FastifyReply,
  key: string,
): EventStream | null {
  const listening = perKey.get(key) ?? 0
  if (open.size >= STREAMS_MAX || listening >= STREAMS_PER_KEY_MAX) return null
  perKey.set(key, listening + 1)
  const { raw } = reply.hijack()
  raw.writeHead(200, {
    'content-type': 'text/event-stream',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
    'x-content-type-options': 'nosniff',
  })
  raw.write(`retry: ${RETRY_MS}\n\n`)
  const listeners: (() => void)[] = []
  const stream: EventStream = {
    send(event) {
      // A client that does not read is not waited for: what it misses it asks for again.
      if (raw.writableLength < 65_536) raw.write(event === '' ? ':\n\n' : `data: ${event}\n\n`)
    },
    onClose: (listener) => listeners.push(listener),
    end: () => raw.end(),
  }
  open.add(stream)
  request.raw.socket.setNoDelay(true)
  raw.once('close', () => {
    open.delete(stream)
    const left = (perKey.get(key) ?? 1) - 1
    if (left > 0) perKey.set(key, left)
    else perKey.delete(key)
    for (const listener of listeners) listener()
  })
  return stream
}

/** Ends every stream, so that a server can stop: clients come back to another node. */
export function endStreams(): void {
  for (const stream of open) stream.end()
}

export const streamCount = (): number => open.size
