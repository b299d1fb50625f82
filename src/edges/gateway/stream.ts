import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { type RawData, WebSocket, WebSocketServer } from 'ws'
import { z } from 'zod'
import type { Problem } from '#core/problems.ts'
import { SEEN_GRAIN } from '#core/sessions/session.ts'
import { after, type Instant } from '#core/time/time.ts'
import { type Door, refuse, seats } from '#edges/gateway/upgrades.ts'
import { type Upstream, toldOf, upstreamAt } from '#edges/gateway/upstream.ts'
import {
  type Admitted,
  admitSession,
  admitTicket,
  admitToken,
  type NotAdmitted,
} from '#engine/sessions/gateway.ts'
import { type Followed, followClients } from '#engine/sessions/followed.ts'
import { noteUse } from '#engine/sessions/relying-parties.ts'
import type { OpenSession } from '#engine/sessions/rights.ts'
import type { World } from '#engine/world.ts'

/** A client who has not shown anything by then will not. */
const SHOWING_MS = 5_000
/** Connections that have shown nothing yet: of this process, and of one address. */
const UNPROVEN = { ofAll: 2_000, ofOne: 20 } as const
/** Connections that have come in: of this process. */
const STREAMS_MAX = 20_000
/** And of one session: a few windows. The oldest makes room. */
const STREAMS_PER_SESSION = 4
/** Both sides see within this time that the other has gone; and rights are looked at again. */
const HEARTBEAT_MS = 15_000
/** No timer waits longer. */
const LOOK_AGAIN_MS = 60_000
/** A client that was told why it ends has so long to answer. */
const CLOSING_MS = 2_000
/** The longest message of a client, in bytes. */
const MESSAGE_BYTES_MAX = 65_536
/** What may wait for a client who does not read, in bytes. */
const UNREAD_BYTES_MAX = 1_048_576

/**
 * Why a connection was closed. The reason beside it is the code of the problem.
 *
 * @see RFC 6455, sections 7.4.1 and 7.4.2
 */
export const CLOSED = {
  /** Nothing is open under what was shown, or it has ended: the client has to log in. */
  loggedOut: 4401,
  /** The session is open, and may not trade, or no longer. */
  noRight: 4403,
  /** Nothing was shown in time. */
  late: 4408,
  /** Connect again: what was told of the client has changed, or another window took its place. */
  changed: 4409,
  /** The platform is not reached. */
  away: 1013,
  tooSlow: 1008,
  unreadable: 1007,
} as const

const Shown = z.union([
  z.strictObject({ ticket: z.string() }),
  z.strictObject({ token: z.string() }),
])

interface StreamOptions {
  /** Where the streams of the platform are, such as `ws://127.0.0.1:4800/stream`. */
  readonly upstream: string
  readonly addressOf: (request: IncomingMessage) => string
  readonly report: (problem: string) => void
}

/**
 * The streams of a trading platform (R158): a WebSocket that only a session with the right to trade
 * opens, and that ends within a second of this right. What goes through it is the platform's own.
 *
 * A program shows its token as it opens the connection (RFC 6750, section 2.1), or in its first
 * message; a page shows a ticket in its first message. Neither stands in an address, which logs
 * keep. No cookie is read: a foreign page can open a connection and has nothing to show.
 */
export function streamDoor(world: World, options: StreamOptions): Door {
  const { addressOf, report } = options
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MESSAGE_BYTES_MAX,
    perMessageDeflate: false,
  })
  const unproven = seats(UNPROVEN)
  const room: Room = {
    world,
    report,
    followed: followClients(world, report),
    bySession: new Map(),
    connect: upstreamAt(options.upstream),
  }
  const upgrade = async (request: IncomingMessage, connection: Duplex, head: Buffer) => {
    const address = addressOf(request)
    if (sockets.clients.size >= STREAMS_MAX || !unproven.take(address))
      return refuse(connection, '503 Service Unavailable')
    const leave = once(() => unproven.leave(address))
    connection.once('close', leave)
    const bearer = bearerIn(request)
    const shown = bearer === null ? null : await admitToken(world, bearer, address)
    if (connection.destroyed) return
    if (shown?.ok === false) return refuseShown(connection, shown)
    sockets.handleUpgrade(request, connection, head, (socket) => {
      socket.on('error', () => socket.terminate())
      const came = (admitted: Admitted, early: readonly Message[]) => {
        leave()
        join(room, { socket, address, early, ...admitted })
      }
      if (shown) came(shown, [])
      else hear({ world, socket, address, report }, came)
    })
  }
  return {
    upgrade(request, connection, head) {
      upgrade(request, connection, head).catch((error: unknown) => {
        report((error as Error).name)
        refuse(connection, '503 Service Unavailable')
      })
    },
    close() {
      room.followed.close()
      for (const socket of sockets.clients) socket.terminate()
    },
  }
}

function refuseShown(connection: Duplex, { problem }: NotAdmitted): void {
  if (problem !== 'session.missing') return refuse(connection, '403 Forbidden')
  refuse(connection, '401 Unauthorized', ['WWW-Authenticate: Bearer'])
}

function bearerIn({ headers: { authorization } }: IncomingMessage): string | null {
  const [scheme = '', token = ''] = (authorization ?? '').split(' ')
  return scheme.toLowerCase() === 'bearer' ? token : null
}

interface Hearing {
  readonly world: World
  readonly socket: WebSocket
  readonly address: string
  readonly report: (problem: string) => void
}

type Came = (who: Admitted, early: readonly Message[]) => void

interface Message {
  readonly data: RawData
  readonly isBinary: boolean
}

/** Reads the first message, and keeps what came with it in one packet. */
function hear({ world, socket, address, report }: Hearing, came: Came): void {
  const late = setTimeout(() => end(socket, CLOSED.late, 'session.missing'), SHOWING_MS)
  late.unref()
  socket.once('close', () => clearTimeout(late))
  socket.once('message', (data, isBinary) => {
    clearTimeout(late)
    const shown = isBinary ? null : shownIn(data)
    if (!shown) return end(socket, CLOSED.unreadable, 'request.malformed')
    socket.pause()
    const early: Message[] = []
    const keep = (data: RawData, isBinary: boolean) => early.push({ data, isBinary })
    socket.on('message', keep)
    const admitting =
      'ticket' in shown
        ? admitTicket(world, shown.ticket, address)
        : admitToken(world, shown.token, address)
    const answered = admitting.then((answer) => {
      socket.off('message', keep)
      if (socket.readyState !== WebSocket.OPEN) return
      if (answer.ok) return came(answer, early)
      socket.resume()
      endFor(socket, answer)
    })
    answered.catch((error: unknown) => {
      report((error as Error).name)
      socket.resume()
      end(socket, CLOSED.away, 'service.unavailable')
    })
  })
}

function shownIn(data: RawData): z.infer<typeof Shown> | null {
  try {
    const { success, data: shown } = Shown.safeParse(JSON.parse((data as Buffer).toString()))
    return success ? shown : null
  } catch {
    return null
  }
}

/** What the streams of a process share. */
interface Room {
  readonly world: World
  readonly report: (problem: string) => void
  readonly followed: Followed
  readonly bySession: Map<string, Set<WebSocket>>
  readonly connect: (told: { readonly [header: string]: string }) => Upstream
}

interface Joining extends Admitted {
  readonly socket: WebSocket
  readonly address: string
  readonly early: readonly Message[]
}

/** From here on the client and the platform speak, for as long as the client may trade. */
function join(room: Room, { socket, address, early, session, until }: Joining): void {
  const { world, report, followed, bySession } = room
  takePlace(bySession, session.id, socket)
  const told = toldOf(session, address)
  const upstream = room.connect(told)
  const open: Open = { socket, upstream, session, seenAt: session.seenAt, isAlive: true }

  let isLooking = false
  let isAsked = false
  let timer: NodeJS.Timeout | undefined
  const lookAt = (when: Instant) => {
    clearTimeout(timer)
    const ms = Math.min(Math.max(when - world.now(), 0), LOOK_AGAIN_MS)
    timer = setTimeout(look, ms).unref()
  }
  const looking = async () => {
    while (isAsked && socket.readyState === WebSocket.OPEN) {
      isAsked = false
      const now = await admitSession(world, session.id, address)
      if (!now.ok) return endFor(socket, now)
      if (JSON.stringify(toldOf(now.session, address)) !== JSON.stringify(told))
        return end(socket, CLOSED.changed, 'session.conflict')
      open.session = now.session
      lookAt(now.until)
    }
  }
  function look(): void {
    isAsked = true
    if (isLooking) return
    isLooking = true
    const done = looking().catch((error: unknown) => {
      // What cannot be looked at is not trusted.
      report((error as Error).name)
      end(socket, CLOSED.away, 'service.unavailable')
    })
    void done.finally(() => {
      isLooking = false
      // What was told behind the last look is looked at as well.
      if (isAsked && socket.readyState === WebSocket.OPEN) look()
    })
  }

  const unfollow = followed.follow(session.subscriberId, look)
  const heartbeat = setInterval(() => {
    if (!open.isAlive) return socket.terminate()
    open.isAlive = false
    socket.ping()
    look()
  }, HEARTBEAT_MS).unref()
  socket.on('pong', () => {
    open.isAlive = true
  })
  socket.once('close', () => {
    unfollow()
    clearTimeout(timer)
    clearInterval(heartbeat)
    upstream.close()
  })
  carry(room, open, early)
  lookAt(until)
  // What has happened since it was admitted was told to others.
  look()
}

interface Open {
  readonly socket: WebSocket
  readonly upstream: Upstream
  session: OpenSession
  /** When the client was seen last, as it is written. */
  seenAt: Instant
  isAlive: boolean
}

function carry({ world, report }: Room, open: Open, early: readonly Message[]): void {
  const { socket, upstream } = open
  upstream.onMessage((data, isBinary) => {
    if (socket.readyState !== WebSocket.OPEN) return
    if (socket.bufferedAmount > UNREAD_BYTES_MAX)
      return end(socket, CLOSED.tooSlow, 'request.too-many')
    socket.send(data, { binary: isBinary })
  })
  upstream.onClose(() => end(socket, CLOSED.away, 'service.unavailable'))
  const forward = (data: RawData, isBinary: boolean) => {
    if (socket.readyState !== WebSocket.OPEN) return
    noteSeen(world, open, report)
    // The next message of the client waits until the platform has taken this one.
    socket.pause()
    upstream.send(data, isBinary, () => socket.resume())
  }
  for (const { data, isBinary } of early) forward(data, isBinary)
  socket.on('message', forward)
  // It was stopped while it was admitted.
  if (early.length === 0) socket.resume()
}

/** To listen keeps no session alive; a message of the client is a use of it. */
function noteSeen(world: World, open: Open, report: (problem: string) => void): void {
  const now = world.now()
  if (now < after(open.seenAt, SEEN_GRAIN)) return
  open.seenAt = now
  noteUse(world, open.session).catch((error: unknown) => report((error as Error).name))
}

/** The newest stays: a client who reloads a page is not kept out by a connection that is dying. */
function takePlace(bySession: Room['bySession'], id: string, socket: WebSocket): void {
  const own = bySession.get(id) ?? new Set()
  bySession.set(id, own.add(socket))
  const [oldest] = own
  if (own.size > STREAMS_PER_SESSION && oldest) {
    // Its place is free from now on: a client who does not answer holds no further one.
    own.delete(oldest)
    end(oldest, CLOSED.changed, 'session.conflict')
  }
  socket.once('close', () => {
    own.delete(socket)
    if (own.size === 0 && bySession.get(id) === own) bySession.delete(id)
  })
}

const endFor = (socket: WebSocket, { problem }: NotAdmitted): void =>
  end(socket, problem === 'session.missing' ? CLOSED.loggedOut : CLOSED.noRight, problem)

/** Says why, and waits no longer than a moment for an answer. */
function end(socket: WebSocket, code: number, problem: Problem): void {
  if (socket.readyState !== WebSocket.OPEN) return
  socket.close(code, problem)
  setTimeout(() => socket.terminate(), CLOSING_MS).unref()
}

function once(act: () => void): () => void {
  let isDone = false
  return () => {
    if (!isDone) act()
    isDone = true
  }
}
