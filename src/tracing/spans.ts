import {
  type Attributes,
  isSpanContextValid,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api'

/**
 * Spans for the tracing of the operator: what was done, how long it took, and whether it failed.
 * Without an OpenTelemetry SDK in the process they cost next to nothing and lead nowhere. A span
 * holds names of routes, functions, channels and events; never a name, an address, an id or a
 * secret (A21).
 *
 * @see OpenTelemetry specification, "Tracing API"
 */
export const tracer = trace.getTracer('countersign')

/** What an operation is, and what is known of it before it begins. */
export interface Operation {
  readonly kind?: SpanKind
  readonly attributes?: Attributes
}

/**
 * Runs an operation in a span of this name; spans that begin inside it are below it. What the
 * operation returns or throws is handed on. An error is told by its kind: its message may hold what
 * a client typed.
 */
export async function inSpan<T>(
  name: string,
  { kind = SpanKind.INTERNAL, attributes = {} }: Operation,
  work: (span: Span) => Promise<T>,
): Promise<T> {
  return await tracer.startActiveSpan(name, { kind, attributes }, async (span) => {
    try {
      return await work(span)
    } catch (error) {
      noteFailure(span, error instanceof Error ? error.name : 'unknown')
      throw error
    } finally {
      span.end()
    }
  })
}

/** Marks an operation as failed. @see OpenTelemetry semantic conventions, "error.type" */
export function noteFailure(span: Span, kind: string): void {
  span.setAttribute('error.type', kind)
  span.setStatus({ code: SpanStatusCode.ERROR })
}

/** The trace that a span belongs to, 32 hexadecimal digits; `null` where nothing is traced. */
export function traceIdOf(span: Span | undefined): string | null {
  const context = span?.spanContext()
  return context && isSpanContextValid(context) ? context.traceId : null
}
