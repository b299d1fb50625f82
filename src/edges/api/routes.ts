import swagger from '@fastify/swagger'
import fastify, { type FastifyInstance } from 'fastify'
import {
  jsonSchemaTransform,
  serializerCompiler,
  validatorCompiler,
} from 'fastify-type-provider-zod'
import { backOfficeRoutes } from '#edges/back-office/routes.ts'
import { DESCRIPTION, openApiDocument } from '#edges/api/document.ts'
import { eventRoutes } from '#edges/api/events.ts'
import { followRoute } from '#edges/api/follow.ts'
import { gatewayRoutes } from '#edges/api/gateway.ts'
import { loginRoutes } from '#edges/api/logins.ts'
import { sessionRoutes } from '#edges/api/sessions.ts'
import { stepRoutes } from '#edges/api/steps.ts'
import type { World } from '#engine/world.ts'

const ROUTES = [
  loginRoutes,
  stepRoutes,
  followRoute,
  sessionRoutes,
  eventRoutes,
  gatewayRoutes,
] as const

/** The JSON API for platforms that are programs, and the document that describes it. */
export async function registerApi(app: FastifyInstance, world: World): Promise<void> {
  await app.register(async (scope) => {
    await scope.register(swagger, {
      openapi: DESCRIPTION,
      transform: jsonSchemaTransform,
      transformObject: openApiDocument,
    })
    // JSON and nothing else: what a foreign page could send without asking first is refused (A10).
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser(
      'application/json',
      { parseAs: 'string' },
      scope.getDefaultJsonParser('error', 'error'),
    )
    for (const routes of ROUTES) await scope.register(routes(world), { prefix: '/api' })
    await scope.register(backOfficeRoutes(world), { prefix: '/api/back-office' })
    const hidden = { schema: { hide: true } }
    scope.get('/openapi.json', hidden, (_request, reply) => reply.send(scope.swagger()))
  })
}

/** The document, made from the routes themselves; `docs/openapi.json` is a copy of it. */
export async function describeApi(): Promise<unknown> {
  const app = fastify()
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  // Nothing is asked of the world before the first request.
  await registerApi(app, { settings: { issuer: 'https://login.example.com' } } as World)
  const answer = await app.inject({ url: '/openapi.json' })
  await app.close()
  return answer.json<unknown>()
}
