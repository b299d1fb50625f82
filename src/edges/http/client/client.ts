import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Client } from '#engine/login/view.ts'
import type { World } from '#engine/world.ts'
import { browserLabel } from '#edges/http/client/browser-label.ts'
import { readSecret } from '#edges/http/client/cookies.ts'
import { preSecret } from '#edges/http/client/form-token.ts'
import { languageOf } from '#edges/http/client/language.ts'

/** What the engine hears of the browser that asks. */
export function clientOf(world: World, request: FastifyRequest, reply: FastifyReply): Client {
  return {
    address: request.clientAddress,
    browser: browserLabel(request.headers['user-agent']),
    language: languageOf(request),
    holder: preSecret(world, request, reply),
    browserCookie: readSecret(request, 'browser'),
  }
}
