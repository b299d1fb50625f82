import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { isId } from '#core/ids.ts'
import type { Letter } from '#core/notices/letter.ts'
import * as said from '#edges/back-office/schemas.ts'
import { doingOf, refuseDeed } from '#edges/api/access/behalf.ts'
import { backOffice as security, config, problems } from '#edges/api/access/bearer.ts'
import { sendRefusal } from '#edges/http/problems.ts'
import { lettersPage } from '#edges/pages/notices/letter-page.ts'
import { getLetter, LETTERS_MAX, letterPosted, waitingLetters } from '#engine/notices/letters.ts'
import type { World } from '#engine/world.ts'

const viewOf = ({ id, language, subject, reference, ...letter }: Letter) => ({
  id,
  language,
  subject,
  reference,
  writtenAt: new Date(letter.writtenAt).toISOString(),
  postedAt: letter.postedAt === null ? null : new Date(letter.postedAt).toISOString(),
})

/** Notices that go by post: the list of what waits, the sheet of each, and that it was posted. */
export const letterRoutes =
  (world: World): FastifyPluginAsyncZod =>
  async (app) => {
    const list = {
      operationId: 'listLetters',
      summary: 'List the letters that are not posted yet',
      description: said.oldestFirst(LETTERS_MAX),
      security,
      querystring: said.LettersAfter,
      response: { 200: said.Letters, ...problems },
    }
    app.get('/letters', { config, schema: list }, async (request, reply) => {
      const { after = null } = request.query
      if (after !== null && !isId('ltr', after)) {
        return sendRefusal(reply, { ok: false, problem: 'request.malformed' })
      }
      const letters = await waitingLetters(world, after)
      return { letters: letters.map(viewOf) }
    })

    const print = {
      operationId: 'printLetter',
      summary: 'Get the sheet of a letter',
      description:
        'HTML that is ready to print on A4, with the address in the window of the envelope.',
      security,
      params: said.LetterId,
      response: {
        200: { description: 'A sheet', content: { 'text/html': { schema: z.string() } } },
        ...problems,
      },
    }
    app.get('/letters/:id/sheet', { config, schema: print }, async (request, reply) => {
      const found = await getLetter(world, request.params.id)
      if (!found.ok) return sendRefusal(reply, found)
      const name = `${found.letter.reference}.html`
      return reply
        .header('content-disposition', `attachment; filename="${name}"`)
        .type('text/html; charset=utf-8')
        .send(lettersPage([found.letter]))
    })

    const posted = {
      operationId: 'letterPosted',
      summary: 'Say that a letter was posted',
      security,
      params: said.LetterId,
      response: { 200: said.Letter, ...problems },
    }
    app.post('/letters/:id/posted', { config, schema: posted }, async (request, reply) => {
      const { id } = request.params
      const { world: held, by } = doingOf(request)
      const done = await letterPosted(held, { id, by })
      return done.ok ? viewOf(done.letter) : refuseDeed(reply, done)
    })
  }
