import fastify, { type FastifyInstance } from 'fastify'
import { isScanned } from '#engine/documents/antivirus.ts'
import { isIntakeOn } from '#engine/documents/submissions.ts'
import { isHealthy } from '#engine/operation/health.ts'
import type { World } from '#engine/world.ts'
import { answerWrongMethods } from '#edges/server/allowed-methods.ts'
import { metricsOf } from '#edges/http/metrics.ts'

/**
 * The door of the operator: whether the process lives, whether it can serve, and its numbers. It
 * has no log-in and must not be reachable from outside.
 */
export async function buildManagementServer(world: World): Promise<FastifyInstance> {
  const app = fastify({ logger: false, bodyLimit: 1_024 })
  const { registry } = metricsOf(world)
  answerWrongMethods(app, (reply) => reply.code(405).send({ status: 'wrong method' }))

  app.get('/livez', async () => ({ status: 'alive' }))

  app.get('/readyz', async (_request, reply) => {
    const ready = await isHealthy(world)
    // Logins do not need the sandbox: without it the node serves, and takes in no documents.
    const documents = !(await isIntakeOn(world))
      ? 'off: bubblewrap cannot run here'
      : (await isScanned(world))
        ? 'taken'
        : 'waiting: the antivirus does not answer'
    return reply.code(ready ? 200 : 503).send({ status: ready ? 'ready' : 'not ready', documents })
  })

  app.get('/metrics', async (_request, reply) =>
    reply.type(registry.contentType).send(await registry.metrics()),
  )
  return app
}
