import type { PhoneEvent } from '#methods/phone-key/wire.ts'
import type { Binding } from './bindings.ts'
import { isStopped } from './outcomes.ts'
import { ask } from './server.ts'

const WAIT_MIN_MS = 1_000
const WAIT_MAX_MS = 30_000
/**
 * A stream that says nothing at all for so long is dead; the heartbeat of the server comes more
 * often.
 */
const SILENCE_MAX_MS = 90_000
const LINE_MAX = 4_096

/**
 * How long to wait before the nth attempt: doubled each time, and a little different on each phone.
 */
export function waitBefore_ms(attempt: number, random: number): number {
  const doubled = Math.min(WAIT_MAX_MS, WAIT_MIN_MS * 2 ** Math.min(attempt, 10))
  return Math.round(doubled * (0.75 + random / 2))
}

/**
 * Cuts an event stream into the names of its events; what is unfinished is kept for the next piece.
 *
 * @see WHATWG HTML, "Interpreting an event stream"
 */
export function eventsIn(text: string): {
  readonly events: readonly string[]
  readonly rest: string
} {
  const blocks = text.replaceAll('\r\n', '\n').split('\n\n')
  const rest = blocks.pop() ?? ''
  const events = blocks.flatMap((block) => {
    const lines = block.split('\n')
    const named =
      lines.find((line) => line.startsWith('event:')) ??
      lines.find((line) => line.startsWith('data:'))
    return named ? [named.slice(named.indexOf(':') + 1).trim()] : []
  })
  return { events, rest: rest.slice(-LINE_MAX) }
}

export interface Stream {
  /** Connects again at once, if it is waiting: the phone came back, or its network did. */
  nudge(): void
  close(): void
}

/**
 * Listens for as long as the app is open, so that requests arrive with no push service at all
 * (R042). A POST, since it is signed; so it is read by hand and not by EventSource.
 */
export function listen(binding: Binding, on: (event: PhoneEvent | 'lost') => void): Stream {
  const closed = new AbortController()
  let waking: (() => void) | undefined
  void (async () => {
    let attempt = 0
    while (!closed.signal.aborted) {
      const lasted = await once(binding, { closed: closed.signal, on })
      attempt = lasted ? 0 : attempt + 1
      if (closed.signal.aborted) return
      on('lost')
      await new Promise<void>((resolve) => {
        waking = resolve
        setTimeout(resolve, waitBefore_ms(attempt, Math.random()))
      })
    }
  })()
  return {
    nudge: () => waking?.(),
    close: () => {
      closed.abort()
      waking?.()
    },
  }
}

/** One connection; the server begins it with `changed`. @returns whether it came about. */
async function once(
  binding: Binding,
  { closed, on }: { closed: AbortSignal; on: (event: PhoneEvent) => void },
): Promise<boolean> {
  const silent = new AbortController()
  let watch = setTimeout(() => silent.abort(), SILENCE_MAX_MS)
  const signal = AbortSignal.any([closed, silent.signal])
  try {
    const heard = await ask(binding, { act: 'events' }, signal)
    if (!heard.ok) {
      if (isStopped(heard.problem)) on('revoked')
      return false
    }
    let text = ''
    for await (const piece of pieces(heard.value)) {
      clearTimeout(watch)
      watch = setTimeout(() => silent.abort(), SILENCE_MAX_MS)
      const { events, rest } = eventsIn(text + piece)
      text = rest
      for (const event of events) if (event === 'changed' || event === 'revoked') on(event)
    }
    return true
  } catch {
    // The connection broke; that is how every connection of a phone ends.
    return true
  } finally {
    clearTimeout(watch)
  }
}

async function* pieces(response: Response): AsyncGenerator<string> {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  if (!reader) return
  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) yield piece.value
}
