import { context, propagation, ROOT_CONTEXT, type Span, SpanKind, trace } from '@opentelemetry/api'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { noteFailure, traceIdOf, tracer } from '#tracing/spans.ts'
import { peerOf, type Trust, trustIn } from '#edges/http/client-address.ts'
import type { HttpSettings } from '#edges/http/settings.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** `null` before the request is known to a route. */
    span: Span | null
    /**
     * What a client reads out, and the operator finds in the log: the end of the trace id where
     * requests are traced, because that end is random in every trace; else the id of the request.
     *
     * @see W3C Trace Context Level 2, "Random Trace ID Flag"
     */
    readonly reference: string
  }
}

/** As long as the id of a request: what a client can read out. */
const REFERENCE_DIGITS = 12

/**
 * One span a request, named by method and route. Its trace stands in every line that the log has of
 * the request. A trace is continued only where a trusted proxy began it: a client could have his
 * requests recorded, or put them into the trace of another.
 *
 * @see W3C Trace Context; OpenTelemetry semantic conventions, "HTTP server spans"
 */
export function traceRequests(
  app: FastifyInstance,
  { trustedProxies }: Pick<HttpSettings, 'trustedProxies'>,
): void {
  const trusts = trustIn(trustedProxies)
  app.decorateRequest('span', null)
  app.decorateRequest('reference', {
    getter(this: FastifyRequest) {
      return traceIdOf(this.span ?? undefined)?.slice(-REFERENCE_DIGITS) ?? this.id
    },
  })
  app.addHook('onRequest', (request, _reply, done) => {
    const parent = parentOf(request, trusts)
    const { method, routeOptions } = request
    const route = routeOptions.url
    const span = tracer.startSpan(
      route === undefined ? method : `${method} ${route}`,
      {
        kind: trace.getSpan(context.active()) ? SpanKind.INTERNAL : SpanKind.SERVER,
        attributes: {
          'http.request.method': method,
          ...(route !== undefined && { 'http.route': route }),
        },
      },
      parent,
    )
    request.span = span
    const traceId = traceIdOf(span)
    if (traceId !== null) request.log = request.log.child({ trace: traceId })
    context.with(trace.setSpan(parent, span), done)
  })
  app.addHook('onResponse', async ({ span }, { statusCode }) => {
    if (!span) return
    span.setAttribute('http.response.status_code', statusCode)
    if (statusCode >= 500) noteFailure(span, String(statusCode))
    span.end()
  })
  app.addHook('onRequestAbort', async ({ span }) => span?.end())
}

/** What the request belongs to: what an SDK has seen of it already, or a trusted proxy. */
function parentOf({ raw, headers }: FastifyRequest, trusts: Trust) {
  const active = context.active()
  // Most requests say nothing of a trace: then nothing is asked about who sent them.
  const isTold = propagation.fields().some((name) => headers[name] !== undefined)
  if (!isTold || trace.getSpan(active) || !trusts(peerOf(raw.socket))) return active
  return propagation.extract(ROOT_CONTEXT, headers)
}
