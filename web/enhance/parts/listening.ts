import type { Lost } from '../../../src/core/connectivity/diagnosis.ts'
import { findLost } from './way.ts'

/** How long after a refusal it is asked for again; it doubles with each, up to a minute. */
const AGAIN_MS = 5_000
const AGAIN_MS_MAX = 60_000
/** A connection that is away for less is not worth a word. */
const AWAY_MS = 5_000
/** While nothing is heard, what stands in the way is looked for so often. */
const LOOK_MS = 30_000

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
 * says so, and what stands in the way, where it has words for it (R156, R157).
 */
export function listening(address: string): Listening {
  show('moves-on')
  const lost = connectionLost()
  const heard: (readonly [string, (event: MessageEvent<string>) => void])[] = []
  let events: EventSource | null = null
  let wait = AGAIN_MS
  let again: ReturnType<typeof setTimeout> | undefined
  const open = () => {
    events = new EventSource(address)
    lost.wait(events)
    for (const [event, listener] of heard) events.addEventListener(event, listener)
    events.addEventListener('open', () => {
      wait = AGAIN_MS
      lost.isBack()
    })
    events.addEventListener('error', () => {
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
      lost.end()
      events?.close()
    },
  }
}

/** Tells of a connection that is lost, on a page that has words for it. */
function connectionLost() {
  const place = document.getElementById('unconnected')
  let timer: ReturnType<typeof setTimeout> | undefined
  let hasFailed = false
  let isTold = false
  let round = 0
  const end = () => {
    clearTimeout(timer)
    timer = undefined
    round += 1
  }
  const tell = (found: Lost | null) => {
    isTold = true
    show('moves-on', false)
    show('unconnected')
    // Pages come through and news do not: the client can move on by hand.
    show('by-hand', found === 'events-blocked' || found === 'events-late')
    for (const one of place?.querySelectorAll<HTMLElement>('[data-lost]') ?? [])
      one.hidden = one.dataset['lost'] !== (found ?? '')
  }
  const look = async () => {
    const at = round
    if (hasFailed && !isTold) tell(null)
    const found = await findLost()
    if (at !== round) return
    // A proxy that holds news back breaks nothing off: only what is found tells of it.
    if (hasFailed || found !== null) tell(found)
    timer = setTimeout(() => void look(), LOOK_MS)
  }
  return {
    wait(events: EventSource) {
      if (!place) return
      const later = () => (timer ??= setTimeout(() => void look(), AWAY_MS))
      later()
      events.addEventListener('error', () => {
        hasFailed = true
        later()
      })
    },
    isBack() {
      end()
      hasFailed = false
      isTold = false
      show('moves-on')
      show('unconnected', false)
      show('by-hand', false)
    },
    end,
  }
}

function show(id: string, isShown = true): void {
  const found = document.getElementById(id)
  if (found) found.hidden = !isShown
}
