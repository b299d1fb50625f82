import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Login } from '#core/login.ts'
import { type Held, viewLogin, watchLogin } from '#engine/login.ts'
import type { World } from '#engine/world.ts'
import { eventStream } from '#edges/http/event-stream.ts'
import { languageOf } from '#edges/http/language.ts'
import { sendRefusal } from '#edges/http/problems.ts'
import { newsFor } from '#edges/pages/login/login-steps.ts'
import { texts } from '#edges/texts.ts'

/**
 * Tells the waiting page what happens to its request, in the words that it shows.
 *
 *   status  the phone has received or opened it
 *   moved   there is another page to show now
 *
 * @param since when the challenge was opened that the page shows: another one is another page.
 */
export async function streamLogin(
  world: World,
  { request, reply }: { readonly request: FastifyRequest; readonly reply: FastifyReply },
  { held, since }: { readonly held: Held; readonly since: number },
): Promise<FastifyReply> {
  const found = await viewLogin(world, held)
  if (!found.ok) return sendRefusal(reply, found)
  const language = languageOf(request)
  const stream = eventStream(request, reply, { key: held.id })
  let told = ''
  let later: NodeJS.Timeout | undefined
  const look = async () => {
    const viewed = await viewLogin(world, held)
    if (!viewed.ok) return stream.close()
    const { login } = viewed
    if (login.state !== 'challenged' || login.challenge.openedAt !== since) {
      stream.send('moved', { status: newsOf(login, language) })
      return stream.close()
    }
    const page = { texts: texts(language) }
    const { steps, status } = newsFor(page, { ...viewed, login })
    // Only events are told: the same sentence twice would be read out twice.
    if (status !== told) stream.send('status', { status, steps })
    told = status
    clearTimeout(later)
    if (viewed.newsAt !== undefined) later = setTimeout(lookSafely, viewed.newsAt - world.now())
  }
  const lookSafely = () => void look().catch(() => stream.close())
  stream.onClose(watchLogin(world, held.id, lookSafely))
  stream.onClose(() => clearTimeout(later))
  // A hint can get lost between nodes.
  stream.onBeat(lookSafely)
  lookSafely()
  return reply
}

function newsOf({ state }: Login, language: 'en' | 'fr'): string {
  const { text } = texts(language)
  switch (state) {
    case 'completed':
      return text('login.news.completed')
    case 'refused':
      return text('login.news.refused')
    case 'expired':
    case 'started':
    case 'choosing':
    case 'challenged':
      return text('login.news.other')
  }
}
