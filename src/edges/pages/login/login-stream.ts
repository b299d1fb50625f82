import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Refusal } from '#core/problems.ts'
import type { Challenged, Login } from '#core/login/state.ts'
import { findLeft } from '#engine/login/same-browser.ts'
import { type Held, viewLogin, watchLogin } from '#engine/login/view.ts'
import type { World } from '#engine/world.ts'
import { eventStream, lookOn } from '#edges/http/event-stream.ts'
import { earlierHolders } from '#edges/http/client/form-token.ts'
import { languageOf } from '#edges/http/client/language.ts'
import { sendRefusal } from '#edges/http/problems.ts'
import { newsFor } from '#edges/pages/login/login-steps.ts'
import { texts } from '#edges/texts/texts.ts'

/**
 * Tells the waiting page what happens to its request, in the words that it shows.
 *
 *   status  the phone has received or opened it
 *   moved   there is another page to show now
 */
export async function streamLogin(
  world: World,
  { request, reply }: { readonly request: FastifyRequest; readonly reply: FastifyReply },
  { held, since, isWithdrawn }: Streamed,
): Promise<FastifyReply> {
  const found = await viewLogin(world, held)
  if (!found.ok) return await streamLeft(world, { request, reply }, { held, refusal: found })
  const language = languageOf(request)
  const stream = eventStream(request, reply, { key: held.id })
  let told = ''
  const isShown = ({ challenge }: Challenged) =>
    challenge.openedAt === since && (challenge.withdrawnAt !== undefined) === isWithdrawn
  const lookNow = lookOn(stream, async (again) => {
    const viewed = await viewLogin(world, held)
    if (!viewed.ok) return stream.close()
    const { login } = viewed
    if (login.state !== 'challenged' || !isShown(login)) {
      stream.send('moved', { status: newsOf(login, language) })
      return stream.close()
    }
    // The page of a request that was withdrawn waits for the other login.
    if (isWithdrawn) return
    const page = { texts: texts(language) }
    const { steps, status } = newsFor(page, { ...viewed, login })
    // Only events are told: the same sentence twice would be read out twice.
    if (status !== told) stream.send('status', { status, steps })
    told = status
    if (viewed.newsAt !== undefined) again(viewed.newsAt - world.now())
  })
  stream.onClose(watchLogin(world, held.id, lookNow))
  lookNow()
  return reply
}

interface Streamed {
  readonly held: Held
  /** When the challenge was opened that the page shows: another one is another page. */
  readonly since: number
  /** Whether the page says that the request was withdrawn. */
  readonly isWithdrawn: boolean
}

/** The browser has logged in in another tab: the page is told to look where it goes on. */
async function streamLeft(
  world: World,
  { request, reply }: { readonly request: FastifyRequest; readonly reply: FastifyReply },
  { held, refusal }: { readonly held: Held; readonly refusal: Refusal },
): Promise<FastifyReply> {
  const holders = earlierHolders(world, request)
  const left = await findLeft(world, { id: held.id, holders })
  if (!left) return sendRefusal(reply, refusal)
  const stream = eventStream(request, reply, { key: held.id })
  stream.send('moved', { status: newsOf(left, languageOf(request)) })
  stream.close()
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
