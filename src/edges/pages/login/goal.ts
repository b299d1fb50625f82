import type { FastifyReply, FastifyRequest } from 'fastify'
import { clearCookie, readCookie, setCookie } from '#edges/http/cookies.ts'

/** Pages of the portal that can be asked for before one is logged in, and nothing else (A11). */
const GOAL = /^\/portal\/[a-z/]{1,60}(\?method=[a-z-]{1,40})?$/

/** Keeps the page that somebody wanted while they log in. */
export function rememberGoal(request: FastifyRequest, reply: FastifyReply): void {
  if (request.method === 'GET' && GOAL.test(request.url)) setCookie(reply, 'goal', request.url)
}

/** Where in the portal a login leads: to the page that was asked for, once, or to its beginning. */
export function takeGoal(request: FastifyRequest, reply: FastifyReply): string {
  const goal = readCookie(request, 'goal')
  if (goal === null) return '/portal'
  clearCookie(reply, 'goal')
  return GOAL.test(goal) ? goal : '/portal'
}
