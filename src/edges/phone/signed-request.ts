import type { FastifyReply, FastifyRequest } from 'fastify'
import { decodeProtectedHeader } from 'jose'
import type { z } from 'zod'
import type { Refusal } from '#core/problems.ts'
import { authenticateDevice, type DeviceCall, proveDevice } from '#engine/devices/phone-approval.ts'
import type { World } from '#engine/world.ts'
import { sendRefusal } from '#edges/http/problems.ts'
import { DeviceRequest, type SignedRequest } from '#methods/phone-key/wire.ts'

type Act = z.infer<typeof DeviceRequest>['act']
type RequestOf<A extends Act> = Extract<z.infer<typeof DeviceRequest>, { act: A }>

export interface Opened<A extends Act> extends DeviceCall {
  readonly asked: RequestOf<A>
}

/** Proves who asks, and that they ask what the address says. */
export async function opened<A extends Act>(
  world: World,
  request: FastifyRequest<{ Body: z.infer<typeof SignedRequest> }>,
  act: A,
): Promise<Opened<A> | Refusal> {
  const { jws } = request.body
  // An answer is noted with what it decides, everything else before anything is done.
  const proven = act === 'answer' ? proveDevice : authenticateDevice
  const call = await proven(world, { authenticatorId: keyIdOf(jws), signed: jws, act })
  if (!call.ok) return call
  const asked = DeviceRequest.safeParse(call.payload)
  if (!asked.success) return { ok: false, problem: 'request.malformed' }
  // The act has been compared.
  return { ...call, asked: asked.data as RequestOf<A> }
}

function keyIdOf(jws: string): string {
  try {
    return decodeProtectedHeader(jws).kid ?? ''
  } catch {
    return ''
  }
}

/** A phone whose clock is off is told the time, so that it can put itself right (S42). */
export function refused(world: World, reply: FastifyReply, refusal: Refusal): FastifyReply {
  return sendRefusal(reply.header('date', new Date(world.now()).toUTCString()), refusal)
}
