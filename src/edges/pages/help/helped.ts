import type { FastifyReply, FastifyRequest } from 'fastify'
import { HELPED, takeGuess } from '#engine/rate-limits.ts'
import type { World } from '#engine/world.ts'
import { dayToken, isDayToken } from '#edges/http/client/day-token.ts'
import { metricsOf } from '#edges/http/metrics.ts'

/** "Did this help?", asked where the questions end: counted, and nothing is kept of who said so. */

export const ANSWERS = ['yes', 'no'] as const
export type Helped = (typeof ANSWERS)[number]

/** It is the same for everyone, so that the page needs no cookie. */
export const helpedToken = (world: World, reply: FastifyReply, name: string): string =>
  dayToken(world, reply, `helped ${name}`)

export const isFromOutcome = (
  world: World,
  request: FastifyRequest,
  { name, token }: { readonly name: string; readonly token: string },
): boolean => isDayToken(world, request, { name: `helped ${name}`, token })

/** Counts it, unless this address or its network has said so much already. */
export async function countHelped(
  world: World,
  request: FastifyRequest,
  { name, solved }: { readonly name: string; readonly solved: Helped },
): Promise<void> {
  const source = { address: request.clientAddress, nameKey: '' }
  if (await takeGuess(world, source, HELPED)) return
  metricsOf(world).helped.inc({ outcome: name, solved })
}
