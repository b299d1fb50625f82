import { registerHooks } from 'node:module'
import { inSpan, traceIdOf, tracer } from '#tracing/spans.ts'

/**
 * Puts a span around every use case: each exported async function in the folders of `src/engine`,
 * named `capability.function`, such as `login.startLogin`. `bin/countersign` loads this file before
 * all others. Where no SDK is installed it does nothing, and functions stay as they are written.
 *
 * @see Node.js, "module.registerHooks"; docs/decisions/0037
 */
const ENGINE = new URL('../engine/', import.meta.url).href

if (isTraced()) {
  registerHooks({
    load(url, context, next) {
      const loaded = next(url, context)
      if (!isOfEngine(url) || !(loaded.source instanceof Uint8Array)) return loaded
      const source = withSpans(url, Buffer.from(loaded.source).toString())
      return source === null ? loaded : { ...loaded, source }
    },
  })
}

/** Only an SDK gives spans an id. */
function isTraced(): boolean {
  return traceIdOf(tracer.startSpan('countersign')) !== null
}

function isOfEngine(url: string): boolean {
  return url.startsWith(ENGINE) && !/\.(test|contract|fixture)\.ts$/.test(url)
}

/**
 * A declared function is a binding that its module may set again. Lines are added at the end only,
 * so that every line keeps its number.
 */
function withSpans(url: string, source: string): string | null {
  const [capability = '', file] = url.slice(ENGINE.length).split('/')
  if (file === undefined) return null
  const names = [...source.matchAll(/^export async function (\w+)/gm)].map(([, name = '']) => name)
  const lines = names.map((name) => `${name} = $traced('${capability}.${name}', ${name})`)
  const traces = `import { traced as $traced } from ${JSON.stringify(import.meta.url)}`
  return [source, traces, ...lines, ''].join('\n')
}

/** A use case that says no says why, in a code that is public. */
type Outcome = { readonly ok?: boolean; readonly problem?: unknown } | null | undefined

/** Called by the lines that are added above. */
export function traced<A extends readonly unknown[]>(
  name: string,
  work: (...args: A) => Promise<Outcome>,
): (...args: A) => Promise<Outcome> {
  return async (...args) =>
    await inSpan(name, {}, async (span) => {
      const outcome = await work(...args)
      if (outcome?.ok === false && typeof outcome.problem === 'string')
        span.setAttribute('countersign.problem', outcome.problem)
      return outcome
    })
}
