import type { FastifyReply } from 'fastify'
import type { Language } from '#core/subscribers/account.ts'
import { PROBLEMS, type Problem, type Refusal } from '#core/problems.ts'
import { type Instant, instant } from '#core/time/time.ts'
import { ClockWentBack, type World } from '#engine/world.ts'
import { languageOf } from '#edges/http/client/language.ts'
import { sentenceOf } from '#edges/texts/problem-words.ts'
import { texts } from '#edges/texts/texts.ts'

/** What the page of a refusal needs. */
export interface ToldRefusal {
  readonly problem: Problem
  /** When it makes sense to try again. */
  readonly until: Instant | null
  /** Since when it is so, where that is told beside. */
  readonly since: Instant | null
  /** What the desk finds in the log; only where something went wrong on our side. */
  readonly reference: string | null
  /** Whom a client asks who uses the account of another; `null` for every other client (R032). */
  readonly primary: string | null
  /** Where it goes on, where that is known: a page of ours. */
  readonly wayOut: string | null
}

declare module 'fastify' {
  interface FastifyReply {
    /**
     * Answers with a page that says no; `address` is where the link to the other language leads.
     * The server gives it: what is asked for here knows no page.
     */
    problemPage(told: ToldRefusal, address: string): FastifyReply
  }
}

/**
 * Answers with a refusal: a page for people, problem details for programs.
 *
 * @see RFC 9457, "Problem Details for HTTP APIs"
 */
export function sendRefusal(reply: FastifyReply, { problem, until, since }: Refusal): FastifyReply {
  const { request } = reply
  const status = PROBLEMS[problem]
  const wait = secondsUntil(reply.server.site.now, until)
  if (wait !== null) reply.header('retry-after', wait)
  else if (status === 503) reply.header('retry-after', 5)
  reply.code(status)
  if (!isForPrograms(request.url)) {
    const told: ToldRefusal = {
      problem,
      until: until === undefined ? null : instant(until),
      since: since === undefined ? null : instant(since),
      reference: status >= 500 ? request.reference : null,
      primary: request.session?.subscriber.primary?.name ?? null,
      wayOut: request.wayOut,
    }
    // Asked for in the other language, a form that was sent would be another page.
    const address = request.method === 'GET' ? request.url : (request.wayOut ?? request.url)
    return reply.problemPage(told, address)
  }
  return sendDetails(
    reply,
    problem,
    since === undefined ? {} : { since, ...(until !== undefined && { until }) },
  )
}

/** @see RFC 9457, section 3 */
export const detailsOf = (problem: Problem, { language, ...about }: Told) => ({
  type: `urn:countersign:problem:${problem}`,
  title: sentenceOf(texts(language), problem),
  ...about,
  code: problem,
})

interface Told {
  readonly language: Language
  readonly status: number
  readonly instance?: string
}

export function sendDetails(
  reply: FastifyReply,
  problem: Problem,
  { since, until }: Pick<Refusal, 'since' | 'until'> = {},
): FastifyReply {
  const { request } = reply
  const status = PROBLEMS[problem]
  const language = languageOf(request)
  const instance = request.url.split('?', 1)[0] ?? request.url
  const details = {
    ...detailsOf(problem, { language, status, instance }),
    ...(since !== undefined && { since: new Date(since).toISOString() }),
    ...(until !== undefined && { until: new Date(until).toISOString() }),
  }
  // As bytes: a serializer of the route would leave out what it does not know.
  return reply
    .code(status)
    .type('application/problem+json')
    .send(Buffer.from(JSON.stringify(details)))
}

/** Addresses that only programs ask. */
const isForPrograms = (url: string): boolean => /^\/(?:phone\/)?api(?:\/|$)/.test(url)

/** Whole seconds from now, at least one; `null` when the time is not known. */
function secondsUntil(now: World['now'], until: number | undefined): number | null {
  if (until === undefined) return null
  try {
    return Math.max(1, Math.ceil((until - now()) / 1_000))
  } catch (error) {
    if (error instanceof ClockWentBack) return null
    throw error
  }
}
