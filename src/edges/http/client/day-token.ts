import type { FastifyReply, FastifyRequest } from 'fastify'
import { days } from '#core/time/time.ts'
import { isKeyedHash, keyedHash } from '#engine/secrets.ts'
import type { World } from '#engine/world.ts'

const ofDay = (name: string, day: number): string => `${name} ${day}`
const today = (world: World): number => Math.floor(world.now() / days(1))

/**
 * Shows that a form came from a page of ours, of today or yesterday. It is the same for everyone,
 * so that the page needs no cookie: for what changes nothing of any client.
 */
export const dayToken = (world: World, reply: FastifyReply, name: string): string =>
  keyedHash(world.keys, reply.server.realm.formKey, ofDay(name, today(world)))

export function isDayToken(
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
