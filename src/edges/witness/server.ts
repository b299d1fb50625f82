import fastify, { type FastifyError, type FastifyInstance, type FastifyReply } from 'fastify'
import type { Witness } from '#engine/audit/witness.ts'

/** 63 lines of proof and a note with many signatures are shorter. */
const BODY_BYTES_MAX = 64 * 1024

/**
 * The door of a witness: logs bring their checkpoints, and everyone may read the last one of each.
 * It asks no caller who it is; the signature of the log says that.
 * `report` hears of what it could not judge; the caller gets 500 then.
 *
 * @see C2SP, "tlog-witness", https://c2sp.org/tlog-witness
 */
export function buildWitnessServer(
  witness: Witness,
  report: (problem: string) => void,
): FastifyInstance {
  const app = fastify({ logger: false, bodyLimit: BODY_BYTES_MAX })
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body))
  app.setErrorHandler<FastifyError>(async (error, _request, reply) => {
    const status = error.statusCode ?? 500
    if (status >= 500) report(error.name)
    return await say(reply, status)
  })

  app.post('/add-checkpoint', async ({ body }, reply) => {
    const answer = witness.add(typeof body === 'string' ? body : '')
    if (answer.status === 409)
      return await reply.code(409).type('text/x.tlog.size').send(`${answer.size}\n`)
    if (answer.status === 200) return await say(reply, 200, `${answer.line}\n`)
    return await say(reply, answer.status)
  })

  app.get<{ readonly Params: { readonly hash: string } }>(
    '/:hash/checkpoint',
    async ({ params }, reply) => {
      const note = witness.find(params.hash)
      return await (note === null ? say(reply, 404) : say(reply, 200, note))
    },
  )
  return app
}

const say = (reply: FastifyReply, status: number, text = '') =>
  reply.code(status).type('text/plain; charset=utf-8').send(text)
