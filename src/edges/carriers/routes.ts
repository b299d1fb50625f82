import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { minutes } from '#core/time/time.ts'
import { sendRefusal } from '#edges/http/problems.ts'
import { answerCarrier } from '#engine/delivery/receipts.ts'
import type { World } from '#engine/world.ts'

/** Requests of one network address; a carrier that sends more is told to come back. */
const CALLS = { name: 'carrier-calls', count: 6_000, per: minutes(1) }
/** A receipt, or a pressed key: neither is long. */
const CALL_BYTES_MAX = 16_384

/**
 * What carriers report and ask, at `/carriers/<channel>/…`. No cookie counts here: the channel
 * itself verifies who it is by what is signed, so it gets the request as it came.
 */
export const carrierRoutes =
  (world: World) =>
  async (app: FastifyInstance): Promise<void> => {
    app.removeAllContentTypeParsers()
    app.addContentTypeParser(
      '*',
      { parseAs: 'string', bodyLimit: CALL_BYTES_MAX },
      (_request, body, done) => done(null, body),
    )
    const config = { cookieless: true }
    app.post('/:channel/*', { config, bodyLimit: CALL_BYTES_MAX }, (request, reply) =>
      answer(world, request, reply),
    )
  }

async function answer(
  world: World,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const taken = await world.limits.take(CALLS, request.clientAddress)
  if (!taken.ok) return sendRefusal(reply, { ...taken, problem: 'request.too-many' })
  const { channel, '*': path } = request.params as {
    readonly channel: string
    readonly '*': string
  }
  const said = await answerCarrier(world, channel, {
    path,
    headers: request.headers,
    body: typeof request.body === 'string' ? request.body : '',
  })
  if (!said) return sendRefusal(reply, { ok: false, problem: 'request.not-found' })
  return reply
    .code(said.status)
    .type(said.type ?? 'text/plain; charset=utf-8')
    .send(said.body ?? '')
}
