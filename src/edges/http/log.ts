import type { FastifyInstance } from 'fastify'
import { type DestinationStream, type Logger, pino } from 'pino'

/** Members that never reach the log, wherever they stand. */
const SECRETS = [
  'password',
  'answer',
  'response',
  'code',
  'token',
  'jws',
  'cookie',
  'authorization',
  'userName',
  'secret',
]

/** The log of the server: one JSON line an event, without a name, an address or a secret (A21). */
export function createLogger(level: string, destination?: DestinationStream): Logger {
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: { paths: SECRETS.flatMap((name) => [name, `*.${name}`]), censor: '[redacted]' },
  }
  return destination ? pino(options, destination) : pino(options)
}

/**
 * One line a request: which route answered, how, and how long it took. The address as it was asked
 * may hold anything, so it is the pattern of the route that stands there.
 */
export function logRequests(app: FastifyInstance): void {
  app.addHook('onResponse', async (request, reply) => {
    const { method, routeOptions } = request
    const ms = Math.round(reply.elapsedTime * 10) / 10
    request.log.info(
      { method, route: routeOptions.url ?? null, status: reply.statusCode, ms },
      'request',
    )
  })
}
