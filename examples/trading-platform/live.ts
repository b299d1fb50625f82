import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { LoginServer } from './login-server.ts'
import type { PlatformSession, Shelf } from './sessions.ts'

/**
 * A page that is open ends when its session does, without a click.
 *
 * While it is open this platform asks the login server twice a second whether the access token is
 * still good. A platform with many clients would rather be told (OpenID Connect Back-Channel
 * Logout); without a script the page learns of it at the next click.
 *
 * @see RFC 7662, "OAuth 2.0 Token Introspection"
 */
export interface Live {
  readonly base: string
  readonly server: LoginServer
  readonly sessions: Shelf<PlatformSession>
  /** What the browser keeps of its session. */
  readonly secretOf: (request: FastifyRequest) => string | undefined
}

const LOOK_EVERY_MS = 500
/** A page that was left open asks no longer; its script begins anew. */
const LISTEN_MS = 10 * 60_000

const SCRIPT = `let isLeaving = false
addEventListener('beforeunload', () => { isLeaving = true })
// A client who logs out is on the way to the page that says so: loading this one would stop that.
function endPage() {
  if (!isLeaving) location.reload()
}
const events = new EventSource(document.documentElement.dataset.events)
events.addEventListener('ended', () => {
  events.close()
  endPage()
})
`

/** Where the script is that listens. */
export const scriptOf = (base: string): string => `${base}/live.js`
/** Where it listens. */
export const eventsOf = (base: string): string => `${base}/events`

export function liveRoutes(app: FastifyInstance, live: Live): void {
  const open = new Set<() => void>()
  app.addHook('preClose', async () => open.forEach((close) => close()))
  app.get(scriptOf(live.base), async (_request, reply) =>
    reply.type('text/javascript; charset=utf-8').send(SCRIPT),
  )
  app.get(eventsOf(live.base), { exposeHeadRoute: false }, async (request, reply) => {
    const session = live.sessions.find(live.secretOf(request))
    if (!session) return reply.code(204).send()
    listen({ ...live, session, open }, reply)
    return reply
  })
}

interface Listening extends Live {
  readonly session: PlatformSession
  readonly open: Set<() => void>
}

function listen({ server, session, open }: Listening, reply: FastifyReply): void {
  reply.hijack()
  const { raw } = reply
  raw.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
  raw.write('retry: 1000\n\n')
  let isOver = false
  const close = () => {
    isOver = true
    clearInterval(timer)
    clearTimeout(end)
    open.delete(close)
    raw.end()
  }
  const look = async () => {
    if ((await server.isOpen(session.tokens)) || isOver) return
    raw.write('event: ended\ndata:\n\n')
    close()
  }
  const timer = setInterval(() => void look(), LOOK_EVERY_MS)
  const end = setTimeout(close, LISTEN_MS)
  open.add(close)
  raw.on('close', close)
  void look()
}
