import swagger from '@fastify/swagger'
import type { FastifyInstance } from 'fastify'
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod'
import { followRoute } from '#edges/api/follow.ts'
import { loginRoutes } from '#edges/api/logins.ts'
import { sessionRoutes } from '#edges/api/sessions.ts'
import { stepRoutes } from '#edges/api/steps.ts'
import type { World } from '#engine/world.ts'

/** The JSON API for platforms that are programs, and the document that describes it. */
export async function registerApi(app: FastifyInstance, world: World): Promise<void> {
  await app.register(async (scope) => {
    await scope.register(swagger, {
      openapi: DESCRIPTION,
      transform: jsonSchemaTransform,
      transformObject: jsonSchemaTransformObject,
    })
    // JSON and nothing else: what a foreign page could send without asking first is refused (A10).
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser(
      'application/json',
      { parseAs: 'string' },
      scope.getDefaultJsonParser('error', 'error'),
    )
    for (const routes of [loginRoutes, stepRoutes, followRoute, sessionRoutes]) {
      await scope.register(routes(world), { prefix: '/api' })
    }
    const hidden = { schema: { hide: true } }
    scope.get('/openapi.json', hidden, (_request, reply) => reply.send(scope.swagger()))
  })
}

const DESCRIPTION = {
  openapi: '3.1.0',
  info: {
    title: 'Countersign',
    version: '1',
    description: 'Logs a client in from a program. Errors are RFC 9457 problem details.',
    license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
  },
  components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } } },
} as const
