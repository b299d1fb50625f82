import type { FastifyRequest } from 'fastify'

/** Pages of the portal that can be asked for before one is logged in, and nothing else (A11). */
const GOAL = /^\/portal\/[a-z/]{1,60}(\?method=[a-z-]{1,40})?$/

export const isGoal = (address: string): boolean => GOAL.test(address)

/** The login form for a client who asks for a page of the portal; the tab keeps which page that was. */
export function loginFor({ method, url }: FastifyRequest): string {
  const goal = method === 'GET' && isGoal(url) ? new URLSearchParams({ goal: url }).toString() : ''
  return goal === '' ? '/login?platform=portal' : `/login?platform=portal&${goal}`
}
