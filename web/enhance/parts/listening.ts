/** How long after a refusal it is asked for again; it doubles with each, up to a minute. */
const AGAIN_MS = 5_000
const AGAIN_MS_MAX = 60_000
/** A connection that is away for less is not worth a word. */
const AWAY_MS = 5_000

/** What a page hears of the server, until it is closed. */
export interface Listening {
  on(event: string, listener: (event: MessageEvent<string>) => void): void
  /** Whether it has been refused, and waits. */
  readonly isAway: boolean
  close(): void
}

/**
 * Listens to the server, and only then says that the page moves on by itself. A browser connects
 * again when the network was away, but not after an answer that is no stream, such as that of a
 * proxy whose server restarts: then it is asked for again here. While nothing is heard the page
 * says so, where it has words for it (R156, R157).
 */
export function listening(address: string): Listening {
  show('moves-on')
  const heard: (readonly [string, (event: MessageEvent<string>) => void])[] = []
  let events: EventSource | null = null
  let wait = AGAIN_MS
  let again: ReturnType<typeof setTimeout> | undefined
  let away: ReturnType<typeof setTimeout> | undefined
  const open = () => {
    events = new EventSource(address)
    for (const [event, listener] of heard) events.addEventListener(event, listener)
    events.addEventListener('open', () => {
      wait = AGAIN_MS
      clearTimeout(away)
      away = undefined
      show('unconnected', false)
    })
    events.addEventListener('error', () => {
      away ??= setTimeout(() => show('unconnected'), AWAY_MS)
      if (events?.readyState !== EventSource.CLOSED) return
      again = setTimeout(open, wait)
      wait = Math.min(2 * wait, AGAIN_MS_MAX)
    })
  }
  open()
  return {
    on(event, listener) {
      heard.push([event, listener])
      events?.addEventListener(event, listener)
    },
    get isAway() {
      return events?.readyState === EventSource.CLOSED
    },
    close() {
      clearTimeout(again)
      clearTimeout(away)
      events?.close()
    },
  }
}

function show(id: string, isShown = true): void {
  const found = document.getElementById(id)
  if (found) found.hidden = !isShown
}
