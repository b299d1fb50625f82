/** How one test of the way to this server ended; `unknown` where it could not be made. */
export type Finding = 'works' | 'blocked' | 'unknown'

/** What a page or a program has found on the way from a client to this server (R014). */
export interface Findings {
  /** A text that has to arrive as it was sent: something in between may answer in our place. */
  readonly text: Finding | 'changed'
  /** Events that the server sends half a second apart: something may hold them back. */
  readonly events: Finding | 'late'
  /** A WebSocket at the address of the pages themselves. */
  readonly socket: Finding
  /** The same at each port of the gateway (R158). */
  readonly ports: readonly { readonly port: number; readonly finding: Finding }[]
  /** Milliseconds by which the client's clock is ahead of ours; `null` where it was not read. */
  readonly clockAhead: number | null
  /** Whether the browser keeps what a page stores. */
  readonly storage: Finding
  /** Where we saw the client come from, on each of these ways. */
  readonly addresses: readonly string[]
}

/** What is said of it: the first of these that is so. */
export const DIAGNOSES = [
  'offline',
  'replaced',
  'sockets-blocked',
  'ports-blocked',
  'events-blocked',
  'events-late',
  'clock',
  'storage-blocked',
  'addresses-differ',
  'incomplete',
  'works',
] as const
export type Diagnosis = (typeof DIAGNOSES)[number]

/** Codes of 30 seconds are taken one step early or late (RFC 6238, section 5.2). */
export const CLOCK_OFF_MS = 30_000

/**
 * The one thing to tell. What explains more comes first: where nothing arrives, it does not matter
 * which port is closed.
 */
export function diagnose(findings: Findings): Diagnosis {
  const { text, events, socket, ports, clockAhead, storage, addresses } = findings
  const isPortBlocked = ports.some(({ finding }) => finding === 'blocked')
  if (text === 'blocked') return 'offline'
  if (text === 'changed') return 'replaced'
  if (socket === 'blocked') return 'sockets-blocked'
  if (isPortBlocked) return 'ports-blocked'
  if (events === 'blocked') return 'events-blocked'
  if (events === 'late') return 'events-late'
  if (clockAhead !== null && Math.abs(clockAhead) > CLOCK_OFF_MS) return 'clock'
  if (storage === 'blocked') return 'storage-blocked'
  if (new Set(addresses).size > 1) return 'addresses-differ'
  const all = [text, events, socket, ...ports.map(({ finding }) => finding)]
  return all.includes('unknown') ? 'incomplete' : 'works'
}

/** What a page finds by itself that waits for news and hears none. */
export const LOST = [
  'offline',
  'replaced',
  'events-blocked',
  'events-late',
] as const satisfies readonly Diagnosis[]
export type Lost = (typeof LOST)[number]

/** What explains that no news comes; `null` where pages and events arrive, or are not known to. */
export function diagnoseLost(text: Findings['text'], events: Findings['events']): Lost | null {
  const rest = { socket: 'works', ports: [], clockAhead: null, storage: 'works' } as const
  const found = diagnose({ text, events, ...rest, addresses: [] })
  return LOST.find((one) => one === found) ?? null
}

/** How many events come, and how many milliseconds apart. */
export const EVENTS = { count: 4, apartMs: 500 } as const

/**
 * Whether events were held back on the way: they were sent over a second and a half, and a proxy
 * that waits for the end lets them through all at once.
 *
 * @param arrivals when each came, in milliseconds of any clock.
 */
export function eventsFinding(arrivals: readonly number[]): Findings['events'] {
  const [first, last] = [arrivals[0], arrivals.at(-1)]
  if (first === undefined || last === undefined || arrivals.length < EVENTS.count) return 'blocked'
  const sentOverMs = (EVENTS.count - 1) * EVENTS.apartMs
  return last - first < sentOverMs / 2 ? 'late' : 'works'
}

/** What must arrive as it is. */
export const TEXT_SENT = 'This is the login server.\n'

/** Where each is asked for. */
export const PATHS = {
  text: '/connectivity/text.txt',
  seen: '/connectivity/seen.json',
  events: '/connectivity/events',
  socket: '/connectivity/socket',
} as const

/** Bytes of what a client sends on a WebSocket, and gets back. */
export const ECHO_LENGTH_MAX = 64
