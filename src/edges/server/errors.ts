import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyError, FastifyInstance } from 'fastify'
import type { Problem } from '#core/problems.ts'
import { ClockWentBack } from '#engine/world.ts'
import { detailsOf, sendRefusal } from '#edges/http/problems.ts'
import { answerWrongMethods } from '#edges/server/allowed-methods.ts'

/** One place for everything that goes wrong: a bad request is never the server's fault (A31). */
export function answerErrors(app: FastifyInstance): void {
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const problem = problemOf(error)
    if (OURS.includes(problem)) request.log.error({ err: described(error) }, 'failed')
    return sendRefusal(reply, { ok: false, problem })
  })
  app.setNotFoundHandler((_request, reply) => {
    return sendRefusal(reply, { ok: false, problem: 'request.not-found' })
  })
  answerWrongMethods(app, (reply) => sendRefusal(reply, { ok: false, problem: 'request.method' }))
}

/**
 * What is no request is answered all the same, and the connection closed. @see Node.js, "Event:
 * 'clientError'"
 */
export function answerGarbage(
  { headersOfAll }: FastifyInstance,
  error: NodeJS.ErrnoException,
  socket: Socket,
): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy()
  const status = STATUS_OF_GARBAGE[error.code ?? ''] ?? 400
  const details = detailsOf('request.malformed', { language: 'en', status })
  const body = JSON.stringify(details)
  const headers = {
    ...headersOfAll,
    'content-type': 'application/problem+json',
    'content-length': String(Buffer.byteLength(body)),
    connection: 'close',
  }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${body}`)
}

const STATUS_OF_GARBAGE: Readonly<Record<string, number>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 408,
  HPE_HEADER_OVERFLOW: 431,
}

/** What the operator has to look after. */
const OURS: readonly Problem[] = ['service.failed', 'service.unavailable']

/** What the framework says, by its code. @see Fastify, "Errors" */
const FRAMEWORK: Readonly<Record<string, Problem>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'request.too-large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'request.media-type',
  FST_ERR_CTP_EMPTY_TYPE: 'request.media-type',
  FST_ERR_MAX_PARAM_LENGTH: 'request.not-found',
}

export function problemOf(error: FastifyError): Problem {
  if (error instanceof ClockWentBack) return 'service.clock'
  if (error.name === 'DatabaseBusy') return 'service.busy'
  if (error.name === 'DatabaseAway') return 'service.unavailable'
  const known = FRAMEWORK[error.code]
  if (known) return known
  const { statusCode = 500 } = error
  return error.validation || (statusCode >= 400 && statusCode < 500)
    ? 'request.malformed'
    : 'service.failed'
}

/**
 * What the operator needs of an error. A message may hold what a client typed, so only its kind is
 * kept.
 */
function described(error: FastifyError) {
  const at = error.stack?.split('\n').filter((line) => line.trimStart().startsWith('at '))
  const below: (Error & { readonly code?: unknown }) | null =
    error.cause instanceof Error ? error.cause : null
  const cause = typeof below?.code === 'string' ? below.code : below?.name
  return {
    name: error.name,
    reason: error.code,
    cause,
    at: at?.slice(0, 8).map((line) => line.trim()),
  }
}
