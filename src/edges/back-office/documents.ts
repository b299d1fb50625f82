import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { STATEMENT_LENGTH_BYTES_MAX } from '#core/documents/statement.ts'
import { nobody } from '#edges/back-office/client.ts'
import * as said from '#edges/back-office/schemas.ts'
import { statementView } from '#edges/back-office/view.ts'
import { doingOf, refuseDeed } from '#edges/api/access/behalf.ts'
import { backOffice as security, config, problems } from '#edges/api/access/bearer.ts'
import { sendRefusal } from '#edges/http/problems.ts'
import { addStatement, removeStatement, statementsOf } from '#engine/documents/statements.ts'
import { findByUserName } from '#engine/subscribers/subscribers.ts'
import type { World } from '#engine/world.ts'

/** A file in Base64, and what is said of it. */
const BODY_BYTES_MAX = Math.ceil(STATEMENT_LENGTH_BYTES_MAX / 3) * 4 + 4_096

/** Statements that clients read in the portal. */
export const documentRoutes =
  (world: World): FastifyPluginAsyncZod =>
  async (app) => {
    const add = {
      operationId: 'addStatement',
      summary: 'Put a statement before a client, as a PDF',
      description:
        'It stays until it is taken away. Sent once more as it was, it changes nothing; the same ' +
        'file under another kind, name or day is `statement.taken`.',
      security,
      params: said.UserName,
      body: said.NewStatement,
      response: { 200: said.Statement, ...problems },
    }
    const options = { config, schema: add, bodyLimit: BODY_BYTES_MAX }
    app.post('/subscribers/:userName/statements', options, async (request, reply) => {
      const found = await findByUserName(world, request.params.userName)
      if (!found) return sendRefusal(reply, nobody)
      const { file, ...facts } = request.body
      const bytes = Buffer.from(file, 'base64')
      const { world: held, by } = doingOf(request)
      const about = { subscriberId: found.subscriber.id, by }
      const added = await addStatement(held, { ...about, ...facts, bytes })
      return added.ok ? statementView(added.statement) : refuseDeed(reply, added)
    })

    const list = {
      operationId: 'listStatements',
      summary: 'List the statements of a client, the latest first',
      security,
      params: said.UserName,
      response: { 200: said.Statements, ...problems },
    }
    app.get(
      '/subscribers/:userName/statements',
      { config, schema: list },
      async (request, reply) => {
        const found = await findByUserName(world, request.params.userName)
        if (!found) return sendRefusal(reply, nobody)
        const statements = await statementsOf(world, found.subscriber.id)
        return { statements: statements.map(statementView) }
      },
    )

    const remove = {
      operationId: 'removeStatement',
      summary: 'Take a statement away from its client, for good',
      description: 'Its bytes are deleted; asked twice, the second finds none.',
      security,
      params: said.StatementId,
      response: { 200: said.Statement, ...problems },
    }
    app.delete('/statements/:id', { config, schema: remove }, async (request, reply) => {
      const { world: held, by } = doingOf(request)
      const removed = await removeStatement(held, { ...request.params, by })
      return removed.ok ? statementView(removed.statement) : refuseDeed(reply, removed)
    })
  }
