import { appendFileSync } from 'node:fs'
import {
  NodeTracerProvider,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-node'

/**
 * An OpenTelemetry SDK as an operator installs it: loaded before the program, by `NODE_OPTIONS`. It
 * writes each span that has ended as a JSON line into the file that COUNTERSIGN_TEST_SPANS names.
 */

/** What of a span stands in its line. */
export interface WrittenSpan {
  readonly name: string
  readonly kind: number
  readonly trace: string
  readonly id: string
  readonly parent: string | null
  readonly failed: boolean
  readonly attributes: Readonly<Record<string, unknown>>
}

const OK = { code: 0 }
const FAILED_STATUS = 2

export const writtenSpan = (span: ReadableSpan): WrittenSpan => ({
  name: span.name,
  kind: span.kind,
  trace: span.spanContext().traceId,
  id: span.spanContext().spanId,
  parent: span.parentSpanContext?.spanId ?? null,
  failed: span.status.code === FAILED_STATUS,
  attributes: span.attributes,
})

const file = process.env['COUNTERSIGN_TEST_SPANS']
if (file !== undefined) {
  traceTo((span) => appendFileSync(file, `${JSON.stringify(span)}\n`))
}

/** Traces this process from now on; a process has one SDK. */
export function traceTo(write: (span: WrittenSpan) => void): void {
  const exporter = {
    export(spans: readonly ReadableSpan[], done: (result: typeof OK) => void) {
      for (const span of spans) write(writtenSpan(span))
      done(OK)
    },
    shutdown: async () => {},
  }
  new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }).register()
}
