import type { IncomingHttpHeaders } from 'node:http'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { config, heldBy, problems, security } from '#edges/api/access/bearer.ts'
import { Login, LoginId, StartedLogin, StartLogin } from '#edges/api/schemas.ts'
import { loginOf } from '#edges/api/view.ts'
import { browserLabel } from '#edges/http/client/browser-label.ts'
import { sendRefusal } from '#edges/http/problems.ts'
import { viewLogin, viewOf } from '#engine/login/view.ts'
import { newSecret } from '#engine/secrets.ts'
import { startLogin } from '#engine/login/start.ts'
import type { World } from '#engine/world.ts'

/** A login begins, and shows how far it is. The same functions as in a browser. */
export const loginRoutes =
  (world: World): FastifyPluginAsyncZod =>
  async (app) => {
    const { issuer } = world.settings

    const start = {
      operationId: 'startLogin',
      summary: 'Begin a login with user name and password',
      body: StartLogin,
      response: { 201: StartedLogin, ...problems },
    }
    app.post('/logins', { config, schema: start }, async (request, reply) => {
      const { recognition, language, ...claim } = request.body
      const holder = newSecret(world.random)
      const client = {
        address: request.clientAddress,
        browser: programLabel(world, request),
        language,
        holder,
        browserCookie: recognition ?? null,
        isProgram: true,
      }
      const started = await startLogin(world, { ...claim, client })
      if (!started.ok) return sendRefusal(reply, started)
      const view = await viewOf(world, started.login)
      reply.code(201).header('location', `/api/logins/${started.login.id}`)
      return { login: loginOf(view, issuer), secret: holder }
    })

    const get = {
      operationId: 'getLogin',
      summary: 'See how far a login is',
      security,
      params: LoginId,
      response: { 200: Login, ...problems },
    }
    app.get('/logins/:id', { config, schema: get }, async (request, reply) => {
      const view = await viewLogin(world, heldBy(request, request.params.id))
      return view.ok ? loginOf(view, issuer) : sendRefusal(reply, view)
    })
  }

/**
 * What the phone says of the program: what it calls itself if we know it, else the platform's name.
 */
function programLabel(
  { platforms }: World,
  { headers, body }: { readonly headers: IncomingHttpHeaders; readonly body: StartLogin },
): string {
  const label = browserLabel(headers['user-agent'])
  const { platform, language } = body
  return label === UNKNOWN ? (platforms.get(platform)?.name[language] ?? label) : label
}

const UNKNOWN = browserLabel(undefined)
