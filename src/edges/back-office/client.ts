import type { FastifyReply } from 'fastify'
import { subscriberView } from '#edges/back-office/view.ts'
import { sendRefusal } from '#edges/http/problems.ts'
import type { World } from '#engine/world.ts'

export const nobody = { ok: false, problem: 'subscriber.not-found' } as const

/** A client as the back office sees them now. */
export async function send(world: World, reply: FastifyReply, userName: string) {
  const view = await subscriberView(world, userName)
  return view ?? sendRefusal(reply, nobody)
}
