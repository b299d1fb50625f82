import fastify, { type FastifyInstance } from 'fastify'
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import { streamCount } from '#edges/http/event-stream.ts'
import { isHealthy } from '#engine/health.ts'
import type { World } from '#engine/world.ts'

/** Health and metrics, on a port that is never open to the outside. */
export function buildManagementServer(world: World): FastifyInstance {
  const app = fastify({ logger: false })
  const registry = new Registry()
  collectDefaultMetrics({ register: registry, prefix: 'countersign_' })
  new Gauge({
    name: 'countersign_event_streams',
    help: 'Open event streams of phones and login pages',
    registers: [registry],
    collect() {
      this.set(streamCount())
    },
  })
  // It runs.
  app.get('/livez', () => 'ok')
  // It can serve: the database answers and the clock is right.
  app.get('/readyz', async (_request, reply) =>
    (await isHealthy(world)) ? 'ok' : await reply.code(503).send('not ready'),
  )
  app.get('/metrics', async (_request, reply) =>
    reply.type(registry.contentType).send(await registry.metrics()),
  )
  return app
}
