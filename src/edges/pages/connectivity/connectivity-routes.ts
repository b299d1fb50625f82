import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { CLAIM_LENGTH_MAX } from '#core/connectivity/share.ts'
import { EVENTS, PATHS, TEXT_SENT } from '#core/connectivity/diagnosis.ts'
import { eventStream } from '#edges/http/event-stream.ts'
import { CONNECTIVITY_POLICY } from '#edges/http/headers.ts'
import { sendRefusal } from '#edges/http/problems.ts'
import { dayToken, isDayToken } from '#edges/http/client/day-token.ts'
import { readClaim } from '#edges/pages/connectivity/claim.ts'
import { noResultPage, resultPage } from '#edges/pages/connectivity/result-page.ts'
import { openResult, shareResult } from '#engine/connectivity/share.ts'
import { connectivityPage } from '#edges/pages/connectivity/connectivity-page.ts'
import { CONNECTIVITY, takeGuess } from '#engine/rate-limits.ts'
import type { World } from '#engine/world.ts'

/** The form that shares a result. */
const SHARE = 'connectivity'
const TOKEN_LENGTH_MAX = 200
const CODE_LENGTH_MAX = 40
const Shared = z.strictObject({
  form: z.string().max(TOKEN_LENGTH_MAX).default('').catch(''),
  result: z.string().max(CLAIM_LENGTH_MAX).default('').catch(''),
})
const Coded = z.object({ code: z.string().max(CODE_LENGTH_MAX) })

const silent = { logLevel: 'silent', exposeHeadRoute: false } as const

/**
 * The page that tests the connection (R014), and what it asks for. No login is asked for, and
 * nothing is told but what the client knows: where they come from, and what time it is.
 */
export const connectivityRoutes =
  (world: World): FastifyPluginAsyncZod =>
  async (app) => {
    app.get('/connectivity', { helmet: CONNECTIVITY_POLICY }, async (_request, reply) =>
      reply.html(connectivityPage(reply.page('/connectivity'), dayToken(world, reply, SHARE))),
    )
    // No cookie: where they are blocked, too, a client can tell the desk what was found.
    const posted = { config: { ownFormToken: true }, schema: { body: z.looseObject({}) } }
    app.post('/connectivity/results', posted, async (request, reply) => {
      const sent = Shared.safeParse(request.body)
      request.wayOut = '/connectivity'
      const token = sent.success ? sent.data.form : ''
      if (!sent.success || !isDayToken(world, request, { name: SHARE, token }))
        return sendRefusal(reply, { ok: false, problem: 'request.form-expired' })
      const claim = readClaim(sent.data.result)
      if (claim === null) return sendRefusal(reply, { ok: false, problem: 'request.malformed' })
      const shared = await shareResult(world, { claim, address: request.clientAddress })
      if (!shared.ok) return sendRefusal(reply, shared)
      return reply.redirect(`/connectivity/results/${shared.code}`, 303)
    })
    app.get(
      '/connectivity/results/:code',
      { schema: { params: Coded } },
      async (request, reply) => {
        const { code } = request.params
        const asked = { typed: code, address: request.clientAddress }
        const opened = await openResult(world, asked)
        if (!opened.ok) return sendRefusal(reply, opened)
        const page = reply.page()
        return opened.result === null
          ? reply.code(404).html(noResultPage(page))
          : reply.html(resultPage(page, code, opened.result))
      },
    )
    app.get(PATHS.text, silent, async (_request, reply) =>
      reply.type('text/plain; charset=utf-8').send(TEXT_SENT),
    )
    app.get(PATHS.seen, silent, async (request, reply) =>
      reply.send({ address: request.clientAddress, at: world.now() }),
    )
    app.get(PATHS.events, silent, async (request, reply) => {
      const source = { address: request.clientAddress, nameKey: '' }
      const refused = await takeGuess(world, source, CONNECTIVITY)
      if (refused) return sendRefusal(reply, refused)
      const stream = eventStream(request, reply)
      let sent = 0
      const send = () => {
        stream.send('test', sent)
        sent += 1
        if (sent === EVENTS.count) stream.close()
      }
      send()
      const timer = setInterval(send, EVENTS.apartMs)
      stream.onClose(() => clearInterval(timer))
      return reply
    })
  }
