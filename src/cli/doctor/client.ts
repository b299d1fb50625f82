import { lookup } from 'node:dns/promises'
import { isIP, isIPv6 } from 'node:net'
import { WebSocket } from 'ws'
import { z } from 'zod'
import {
  CLOCK_OFF_MS,
  ECHO_LENGTH_MAX,
  EVENTS,
  eventsFinding,
  PATHS,
  TEXT_SENT,
} from '#core/connectivity/diagnosis.ts'
import { type Finding, well, wrong } from '#cli/doctor/finding.ts'
import { answerAt, arrivalsOf, bare, isReached, OK, PATIENCE_MS } from '#cli/doctor/reach.ts'
import { certificateOf, http2Of } from '#cli/doctor/tls.ts'
import { gatewayOf, socketOrigin } from '#edges/gateway/address.ts'

/**
 * The way from this machine to a server: what the page of the connection test does, for an
 * administrator at a terminal, and what no page can know. It needs no settings of that server.
 */

/** What is examined, in this order, and the exit code for what is wrong with it. */
export const CLIENT_CODES = {
  name: 30,
  families: 31,
  certificate: 32,
  text: 33,
  http2: 34,
  events: 35,
  socket: 36,
  ports: 37,
  clock: 38,
  exits: 39,
} as const
export type ClientSubject = keyof typeof CLIENT_CODES

export interface Way {
  /** The address of the login pages: scheme, host and port. */
  readonly origin: string
  /** Ports of the gateway, and its host where it is another one. */
  readonly ports: readonly number[]
  readonly host: string | null
}

/** A name that takes longer is slow for every page. */
const DNS_SLOW_MS = 2_000
const HTTPS_PORT = 443
const HTTP_PORT = 80

/** Another party may answer in our place. */
const Address = z.string().refine((text) => isIP(text) !== 0)
const Seen = z.object({ address: Address, at: z.number() })
const Said = z.object({ address: Address })
/** Of a host that something leads to. */
const HOST_SHOWN_MAX = 80

type Examinations = Readonly<Record<ClientSubject, () => Promise<Finding>>>

/** How each of them is examined; what one has learned, the next ones use. */
export function waysOf({ origin, ports, host }: Way): Examinations {
  const { hostname, port, protocol } = new URL(origin)
  const name = bare(hostname)
  const isEncrypted = protocol === 'https:'
  const at = port === '' ? (isEncrypted ? HTTPS_PORT : HTTP_PORT) : Number(port)
  const addresses = new Set<string>()
  const gateway = gatewayOf({ issuer: origin, gateway: { ports, host } })
  return {
    name: async () => await nameOf(name),
    families: async () => await familiesOf(name, at),
    certificate: async () => (isEncrypted ? await certificateOf(name, at) : null),
    text: async () => await textOf(origin),
    http2: async () => (isEncrypted ? await http2Of(name, at) : null),
    events: async () => await eventsOf(origin),
    socket: async () => {
      const { address, isOpen, why } = await echoed(socketOrigin(origin) + PATHS.socket)
      if (address !== null) addresses.add(address)
      return isOpen
        ? well(`A WebSocket opens at tcp/${at}.`)
        : wrong(`No WebSocket opens at tcp/${at}: ${why}. Let the proxy pass Upgrade on.`)
    },
    ports: async () => {
      if (gateway.length === 0) return null
      const found = await Promise.all(
        gateway.map(async (one) => ({ ...one, ...(await echoed(one.address + PATHS.socket)) })),
      )
      for (const { address } of found) if (address !== null) addresses.add(address)
      const names = (isOpen: boolean) =>
        found
          .filter((one) => one.isOpen === isOpen)
          .map((one) => `${one.host} tcp/${one.port}${isOpen ? '' : ` (${one.why})`}`)
          .join(', ')
      return found.every(({ isOpen }) => isOpen)
        ? well(`WebSockets open at ${names(true)}.`)
        : wrong(`No WebSocket opens at ${names(false)}: the trading platform needs it.`)
    },
    clock: async () => {
      const seen = await seenBy(origin)
      if (seen === null) return null
      addresses.add(seen.address)
      return clockOf(seen.clockAhead)
    },
    exits: async () => {
      const all = [...addresses]
      if (all.length === 0) return null
      const list = all.join(' and ')
      return all.length === 1
        ? well(`We see you at ${list} on every port.`)
        : wrong(`We see you at ${list}: your network leaves by several exits. Use one.`)
    },
  }
}

async function nameOf(name: string): Promise<Finding> {
  const began = performance.now()
  try {
    const found = await lookup(name, { all: true })
    const took = Math.round(performance.now() - began)
    const addresses = found.map(({ address }) => address).join(', ')
    const sentence = `${name} is ${addresses}; the answer took ${took} ms.`
    return took > DNS_SLOW_MS ? wrong(`${sentence} The name server is slow.`) : well(sentence)
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException
    return wrong(`${name} has no address (${code}): look at the name server.`)
  }
}

/** Each family by itself: a browser tries both, and waits for the one that does not answer. */
async function familiesOf(name: string, port: number): Promise<Finding> {
  const found = await lookup(name, { all: true }).catch(() => [])
  if (found.length === 0) return null
  const asked = await Promise.all(
    found.map(async ({ address }) => ({
      family: isIPv6(address) ? 'IPv6' : 'IPv4',
      isOpen: await isReached({ host: address, port }),
    })),
  )
  const families = [...Map.groupBy(asked, ({ family }) => family)].map(([family, all]) => ({
    family,
    isOpen: all.some(({ isOpen }) => isOpen),
  }))
  const names = (isOpen: boolean) =>
    families
      .filter((one) => one.isOpen === isOpen)
      .map(({ family }) => family)
      .join(' and ')
  return families.every(({ isOpen }) => isOpen)
    ? well(`tcp/${port} is reached by ${names(true)}.`)
    : wrong(`tcp/${port} is not reached by ${names(false)}.`)
}

/** It must arrive to the letter: something in between may answer in our place. */
async function textOf(origin: string): Promise<Finding> {
  try {
    const { headers, status, text } = await answerAt(origin + PATHS.text)
    const leadsTo = headers.get('location')
    if (leadsTo !== null && URL.canParse(leadsTo, origin)) {
      const host = new URL(leadsTo, origin).host.slice(0, HOST_SHOWN_MAX)
      return wrong(`Something leads to ${host} in our place.`)
    }
    if (status === OK && text === TEXT_SENT) return well(`${origin} answers.`)
    return wrong(`Something else answers at ${origin}, with status ${status}.`)
  } catch {
    return wrong(`${origin} does not answer.`)
  }
}

async function eventsOf(origin: string): Promise<Finding> {
  const arrivals = await arrivalsOf(origin + PATHS.events)
  if (arrivals === null) return null
  switch (eventsFinding(arrivals)) {
    case 'works':
      return well('Live updates arrive as they are sent.')
    case 'late':
      return wrong('Live updates are held back: a proxy buffers them. Turn that off for our host.')
    default:
      return wrong(
        `Of ${EVENTS.count} live updates ${arrivals.length} came: a proxy cuts them off.`,
      )
  }
}

interface Echoed {
  readonly isOpen: boolean
  readonly why: string
  /** Where we were seen to come from. */
  readonly address: string | null
}

/** Opens a WebSocket, sends a word, and waits until it comes back. */
async function echoed(address: string): Promise<Echoed> {
  const socket = new WebSocket(address, {
    handshakeTimeout: PATIENCE_MS,
    maxPayload: 4 * ECHO_LENGTH_MAX,
    followRedirects: false,
  })
  let seen: string | null = null
  let why = 'it was closed'
  const isOpen = await new Promise<boolean>((resolve) => {
    const timer = setTimeout(() => resolve(false), PATIENCE_MS)
    socket.on('error', ({ message, ...error }) => {
      why = 'code' in error ? String(error.code) : message
    })
    socket.on('open', () => socket.send(ECHOED))
    socket.on('close', () => {
      clearTimeout(timer)
      resolve(false)
    })
    socket.on('message', (sent: Buffer) => {
      if (String(sent) === ECHOED) return resolve(true)
      const said = Said.safeParse(jsonOf(String(sent)))
      if (said.success) seen = said.data.address
    })
  })
  socket.terminate()
  return { isOpen, why, address: seen }
}

const ECHOED = 'countersign doctor'

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

async function seenBy(origin: string) {
  try {
    const askedAt = Date.now()
    const seen = Seen.parse(jsonOf((await answerAt(origin + PATHS.seen)).text ?? ''))
    return { address: seen.address, clockAhead: (askedAt + Date.now()) / 2 - seen.at }
  } catch {
    return null
  }
}

function clockOf(ahead: number): Finding {
  const seconds = Math.round(Math.abs(ahead) / 1_000)
  const sentence = `The clock here is ${seconds} s ${ahead < 0 ? 'behind' : 'ahead of'} ours.`
  return Math.abs(ahead) > CLOCK_OFF_MS
    ? wrong(`${sentence} Codes are refused: turn on automatic time.`)
    : well(sentence)
}
