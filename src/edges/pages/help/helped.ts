import type { FastifyReply, FastifyRequest } from 'fastify'
import { isKeyedHash, keyedHash } from '#engine/secrets.ts'
import { HELPED, takeGuess } from '#engine/rate-limits.ts'
import type { World } from '#engine/world.ts'
import { days } from '#core/time/time.ts'
import { metricsOf } from '#edges/http/metrics.ts'

/** "Did this help?", asked where the questions end: counted, and nothing is kept of who said so. */

export const ANSWERS = ['yes', 'no'] as const
export type Helped = (typeof ANSWERS)[number]

const ofDay = (name: string, day: number): string => `helped ${name} ${day}`
const today = (world: World): number => Math.floor(world.now() / days(1))

/**
 * Shows that the form came from the page of this outcome, of today or yesterday. It is the same for
 * everyone, so that the page needs no cookie.
 */
export const helpedToken = (world: World, reply: FastifyReply, name: string): string =>
  keyedHash(world.keys, reply.server.realm.formKey, ofDay(name, today(world)))

export function isFromOutcome(
  world: World,
  request: FastifyRequest,
  { name, token }: { readonly name: string; readonly token: string },
): boolean {
  const label = request.server.realm.formKey
  const day = today(world)
  return [day, day - 1].some((one) =>
    isKeyedHash(world.keys, { label, text: ofDay(name, one) }, token),
  )
}

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
