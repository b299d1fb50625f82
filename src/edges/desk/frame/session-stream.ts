import type { FastifyReply, FastifyRequest } from 'fastify'
import { secondNews } from '#engine/desk/cases/second-person.ts'
import { watchMember } from '#engine/desk/sessions.ts'
import type { World } from '#engine/world.ts'
import { eventStream, lookOn } from '#edges/http/event-stream.ts'
import { memberOf, memberSessionOf } from '#edges/desk/frame/session.ts'

/** Without a hint from another node a page looks by itself, so that it is gone within a second. */
const LOOK_MS = 1_000

/** What a page waits for besides the end of its session. */
export interface Waiting {
  readonly isOver: () => Promise<boolean>
  /** Calls back when that may be so. */
  readonly watch: (listener: () => void) => () => void
}

/**
 *   ended    the session is over: the page must not be visible any more
 *   changed  the member has another role
 *   moved    what the page waits for has come
 *   news     the member is asked something, or is answered
 */
export function streamSession(
  world: World,
  { request, reply }: { readonly request: FastifyRequest; readonly reply: FastifyReply },
  waiting: Waiting | null = null,
): FastifyReply {
  const { member, session } = memberOf(request)
  const stream = eventStream(request, reply, { key: session.id })
  let known: string | null = null
  const end = (event: 'ended' | 'changed' | 'moved') => {
    stream.send(event)
    stream.close()
  }
  const lookNow = lookOn(stream, async (again) => {
    const now = await memberSessionOf(world, request)
    if (now?.member.role !== member.role) return end(now ? 'changed' : 'ended')
    if (await waiting?.isOver()) return end('moved')
    const news = await secondNews(world, now)
    if (known !== null && known !== news) stream.send('news')
    known = news
    again(LOOK_MS)
  })
  stream.onClose(watchMember(world, member.id, lookNow))
  if (waiting) stream.onClose(waiting.watch(lookNow))
  lookNow()
  return reply
}
