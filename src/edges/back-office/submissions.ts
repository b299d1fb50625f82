import { Readable } from 'node:stream'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import * as said from '#edges/back-office/schemas.ts'
import { submissionView } from '#edges/back-office/view.ts'
import { doingOf, refuseDeed } from '#edges/api/access/behalf.ts'
import { backOffice as security, config, problems } from '#edges/api/access/bearer.ts'
import { sendRefusal } from '#edges/http/problems.ts'
import { decide } from '#engine/documents/review/decisions.ts'
import { seePage, submissionNamed, submissionsIn } from '#engine/documents/submissions.ts'
import type { World } from '#engine/world.ts'

/** Documents that clients send: what waits, its clean pages, and what a person says of it. */
export const submissionRoutes =
  (world: World): FastifyPluginAsyncZod =>
  async (app) => {
    const list = {
      operationId: 'listSubmissions',
      summary: 'List the documents of clients in one state, the oldest first',
      security,
      querystring: said.SubmissionsIn,
      response: { 200: said.Submissions, ...problems },
    }
    app.get('/submissions', { config, schema: list }, async (request, _reply) => {
      const found = await submissionsIn(world, request.query.state)
      return { submissions: await Promise.all(found.map((one) => submissionView(world, one))) }
    })

    const see = {
      operationId: 'getSubmission',
      summary: 'See a document of a client',
      security,
      params: said.SubmissionId,
      response: { 200: said.Submission, ...problems },
    }
    app.get('/submissions/:id', { config, schema: see }, async (request, reply) => {
      const found = await submissionNamed(world, request.params.id)
      return found.ok ? await submissionView(world, found.submission) : sendRefusal(reply, found)
    })

    const page = {
      operationId: 'getSubmissionPage',
      summary: 'See a page of it, as the sandbox has made it; that it was seen is written down',
      security,
      params: said.SubmissionPage,
      response: {
        200: { description: 'A picture', content: { 'image/jpeg': { schema: z.any() } } },
        ...problems,
      },
    }
    app.get(
      '/submissions/:id/pages/:page',
      // Asking for the head alone would be a look that shows nothing.
      { config, schema: page, exposeHeadRoute: false },
      async (request, reply) => {
        const { world: held, by } = doingOf(request)
        const seen = await seePage(held, { ...request.params, by })
        if (!seen.ok) return refuseDeed(reply, seen)
        return reply.type('image/jpeg').send(Readable.from(seen.page))
      },
    )

    const verdict = {
      operationId: 'decideSubmission',
      summary: 'Say what a person says of it, by the rules of the desk',
      description:
        'Where two people have to accept, the first leaves it in `checking`. Accepting proves ' +
        'the address on record, and approves an account that was applied for where all that ' +
        '`documents.review.approves` names is accepted. Sent once more, it changes nothing.',
      security,
      params: said.SubmissionId,
      body: said.SubmissionVerdict,
      response: { 200: said.Submission, ...problems },
    }
    app.post('/submissions/:id/verdict', { config, schema: verdict }, async (request, reply) => {
      const { reason = '', date = '', ...typed } = request.body
      const { world: held, by, member } = doingOf(request)
      const judging = { at: 'back-office', by, member } as const
      const done = await decide(held, judging, { ...request.params, ...typed, reason, date })
      return done.ok ? await submissionView(world, done.submission) : refuseDeed(reply, done)
    })
  }
