import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { isId } from '#core/ids.ts'
import { config, heldBy, problems, security } from '#edges/api/access/bearer.ts'
import {
  AnsweredLogin,
  AnswerLogin,
  ClaimedLogin,
  Login,
  LoginId,
  type NewSession,
  OpenChallenge,
} from '#edges/api/schemas.ts'
import { loginOf } from '#edges/api/view.ts'
import { sendRefusal } from '#edges/http/problems.ts'
import { answerLogin, claimLogin } from '#engine/login/answer.ts'
import { openChallenge } from '#engine/login/challenge.ts'
import { viewLogin, viewOf } from '#engine/login/view.ts'
import type { World } from '#engine/world.ts'

/** What the claimant does on the way from the password to the session. */
export const stepRoutes =
  (world: World): FastifyPluginAsyncZod =>
  async (app) => {
    const { issuer } = world.settings

    const challenge = {
      operationId: 'openChallenge',
      summary: 'Choose what to be asked, or ask for a new challenge',
      security,
      params: LoginId,
      body: OpenChallenge,
      response: { 200: Login, ...problems },
    }
    app.post('/logins/:id/challenge', { config, schema: challenge }, async (request, reply) => {
      const held = heldBy(request, request.params.id)
      const { authenticator, way = null } = request.body
      if (!isId('aut', authenticator)) {
        return sendRefusal(reply, { ok: false, problem: 'authenticator.not-found' })
      }
      const opened = await openChallenge(world, { ...held, authenticatorId: authenticator, way })
      if (!opened.ok) return sendRefusal(reply, opened)
      const view = await viewLogin(world, held)
      return view.ok ? loginOf(view, issuer) : sendRefusal(reply, view)
    })

    const answer = {
      operationId: 'answerLogin',
      summary: 'Answer the open challenge',
      security,
      params: LoginId,
      body: AnswerLogin,
      response: { 200: AnsweredLogin, ...problems },
    }
    app.post('/logins/:id/answer', { config, schema: answer }, async (request, reply) => {
      const held = heldBy(request, request.params.id)
      const answered = await answerLogin(world, { ...held, answer: request.body.answer })
      if (!answered.ok) return sendRefusal(reply, answered)
      const view = await viewOf(world, answered.login)
      return { login: loginOf(view, issuer), session: newSessionOf(answered) }
    })

    const claim = {
      operationId: 'claimSession',
      summary: 'Take the session of a login that the device has completed',
      security,
      params: LoginId,
      response: { 201: ClaimedLogin, ...problems },
    }
    app.post('/logins/:id/session', { config, schema: claim }, async (request, reply) => {
      const held = heldBy(request, request.params.id)
      const claimed = await claimLogin(world, held)
      if (!claimed.ok) return sendRefusal(reply, claimed)
      const view = await viewOf(world, claimed.login)
      const session = newSessionOf(claimed)
      if (!session) throw new Error('a login was claimed without a session')
      reply.code(201).header('location', '/api/session')
      return { login: loginOf(view, issuer), session }
    })
  }

function newSessionOf({
  token,
  browserCookie,
}: {
  readonly token: string | null
  readonly browserCookie: string | null
}): NewSession | null {
  return token === null ? null : { token, recognition: browserCookie }
}
