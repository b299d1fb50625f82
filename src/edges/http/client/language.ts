import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { LANGUAGES, type Language, type Subscriber } from '#core/subscribers/account.ts'
import { readCookie, setCookie } from '#edges/http/client/cookies.ts'

/**
 * What the client has chosen who is logged in, else what this browser has, else what it prefers,
 * else English.
 */
export function languageOf(request: FastifyRequest): Language {
  const subscriber = request.session?.subscriber
  if (subscriber?.hasChosenLanguage) return subscriber.language
  const chosen = readCookie(request, 'language')
  return isLanguage(chosen) ? chosen : preferred(request.headers['accept-language'])
}

/** Gives the pages outside a session the language of those within. */
export function keepLanguage(
  reply: FastifyReply,
  { language, hasChosenLanguage }: Subscriber,
): void {
  if (hasChosenLanguage && readCookie(reply.request, 'language') !== language) {
    setCookie(reply, 'language', language)
  }
}

/**
 * The language of ours that a range of languages asks for, or `null`: `fr-CA` and `FR` ask for
 * French.
 *
 * @see RFC 4647, "Matching of Language Tags", section 3.4, "Lookup"
 */
export function languageIn(range: string): Language | null {
  // Ours have one subtag, so that is where every lookup ends.
  const [primary] = range.toLowerCase().split('-', 1)
  return LANGUAGES.find((one) => one === primary) ?? null
}

const isLanguage = (text: unknown): text is Language => LANGUAGES.some((one) => one === text)

/** More entries than a browser sends; what is beyond is not read. */
const ENTRIES_MAX = 20

/** @see RFC 9110, "Accept-Language", section 12.5.4 */
export function preferred(header: string | undefined): Language {
  const weighed = (header ?? '')
    .split(',', ENTRIES_MAX)
    .map((entry) => {
      const [range = '', ...parameters] = entry.split(';').map((part) => part.trim())
      const weight = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2) ?? '1'
      return { language: languageIn(range), weight: Number(weight) }
    })
    .filter(({ weight }) => weight > 0)
    .sort((one, other) => other.weight - one.weight)
  return weighed.map(({ language }) => language).find((one) => one !== null) ?? 'en'
}

/** `?language=fr` at any page: the choice is kept, and the page opened again without it. */
export function switchLanguages(app: FastifyInstance): void {
  app.addHook('onRequest', async (request, reply) => {
    if (request.method !== 'GET' || request.is404 || !request.url.includes('language=')) return
    const address = new URL(request.url, 'http://page')
    const wanted = address.searchParams.get('language')
    if (!isLanguage(wanted)) return
    address.searchParams.delete('language')
    setCookie(reply, 'language', wanted)
    return reply.redirect(address.pathname.replace(/^\/+/, '/') + address.search, 303)
  })
}
