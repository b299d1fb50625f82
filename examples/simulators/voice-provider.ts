import { createHmac, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A call as the handset knows it. */
export interface Call {
  readonly id: string
  readonly to: string
  readonly from: string
  readonly state: 'ringing' | 'answered' | 'ended'
  /** What is being said now; the digits are among it only after a key was pressed. */
  readonly say: readonly Said[]
  readonly language: string
  readonly at: number
}

export interface Said {
  readonly text: string
  readonly pause_s: number
}

/** What can go wrong: it never answers, breaks down, or the line is busy. */
export type VoiceFault = (typeof VOICE_FAULTS)[number]

export const VOICE_FAULTS = ['never', 'broken', 'busy'] as const

export interface VoiceProvider {
  readonly url: string
  /** Has to come with every request, as `Authorization: Bearer`. */
  readonly key: string
  /** Signs what the provider asks and reports. */
  readonly secret: string
  readonly calls: readonly Call[]
  fault: VoiceFault | null
  /** What the holder of the handset does. */
  answer(id: string): Promise<void>
  press(id: string, key: string): Promise<void>
  hangUp(id: string): Promise<void>
  close(): Promise<void>
}

export interface VoiceOptions {
  readonly onCall?: (call: Call) => void
  readonly ringingMs?: number
}

const CALLS_MAX = 100
const RINGING_MS = 30_000
const BODY_BYTES_MAX = 16_384

interface Line {
  call: Call
  /** Where to ask what to say next. */
  ask: string
  readonly status: string
  timer: NodeJS.Timeout | null
}

/**
 * A provider of calls, on this machine: HTTP with the small protocol that `docs/guide/carriers.md`
 * describes. Of the server that asks for a call it knows only the address at which to ask what to
 * say.
 */
export async function voiceProvider(options: VoiceOptions = {}): Promise<VoiceProvider> {
  const [key, secret] = [randomBytes(16).toString('hex'), randomBytes(16).toString('hex')]
  const lines = new Map<string, Line>()
  const provider = { fault: null as VoiceFault | null }

  const changed = (line: Line, changes: Partial<Call>) => {
    line.call = { ...line.call, ...changes }
    options.onCall?.(line.call)
  }

  /** @returns what our customer answers, or `null` when it cannot be reached. */
  const tell = async (address: string, message: unknown): Promise<Turn | null> => {
    const body = JSON.stringify(message)
    const signature = createHmac('sha256', secret).update(body).digest('hex')
    const headers = { 'content-type': 'application/json', 'x-signature': signature }
    try {
      const response = await fetch(address, { method: 'POST', headers, body })
      if (response.status !== 200) return null
      return (await response.json()) as Turn
    } catch {
      return null
    }
  }

  const end = async (line: Line, status: string) => {
    if (line.call.state === 'ended') return
    if (line.timer) clearTimeout(line.timer)
    changed(line, { state: 'ended', say: [] })
    await tell(line.status, { call: line.call.id, status })
  }

  const turn = async (line: Line, pressed: string | null) => {
    if (line.timer) clearTimeout(line.timer)
    const said = await tell(line.ask, { call: line.call.id, key: pressed })
    if (line.call.state === 'ended') return
    changed(line, { say: said?.say ?? [], language: said?.language ?? 'en' })
    const speakingMs = (said?.say ?? []).reduce(
      (sum, { pause_s }) => sum + 1_000 * (pause_s + 1),
      0,
    )
    if (!said?.ask) {
      line.timer = setTimeout(() => void end(line, 'completed'), speakingMs)
      return
    }
    line.ask = said.ask.url
    line.timer = setTimeout(() => void turn(line, null), speakingMs + 1_000 * said.ask.wait_s)
  }

  const start = (wanted: Wanted): string => {
    const known = lines.get(wanted.id)
    if (known) return known.call.id
    const { id, to, from, say, status } = wanted
    const line: Line = {
      call: { id, to, from, state: 'ringing', say: [], language: 'en', at: Date.now() },
      ask: say,
      status,
      timer: null,
    }
    lines.set(id, line)
    const [oldest] = lines.keys()
    if (lines.size > CALLS_MAX && oldest) lines.delete(oldest)
    if (provider.fault === 'busy') void end(line, 'busy')
    else {
      line.timer = setTimeout(() => void end(line, 'no-answer'), options.ringingMs ?? RINGING_MS)
      options.onCall?.(line.call)
    }
    return id
  }

  const server = createServer((request, response) => void serve({ request, response }))
  const serve = async ({
    request,
    response,
  }: {
    request: IncomingMessage
    response: ServerResponse
  }) => {
    const wanted = await wantedIn(request)
    if (provider.fault === 'never') return
    if (provider.fault === 'broken') return void response.writeHead(500).end()
    if (request.headers.authorization !== `Bearer ${key}`) return void response.writeHead(401).end()
    if (!wanted) return void response.writeHead(400).end()
    const reply = JSON.stringify({ id: start(wanted) })
    response.writeHead(201, { 'content-type': 'application/json' }).end(reply)
  }
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const at = async (
    id: string,
    states: readonly Call['state'][],
    act: (line: Line) => Promise<void>,
  ) => {
    const line = lines.get(id)
    if (line && states.includes(line.call.state)) await act(line)
  }
  return {
    url: `http://127.0.0.1:${port}/calls`,
    key,
    secret,
    get calls() {
      return [...lines.values()].map(({ call }) => call)
    },
    get fault() {
      return provider.fault
    },
    set fault(fault) {
      provider.fault = fault
    },
    answer: (id) =>
      at(id, ['ringing'], async (line) => {
        changed(line, { state: 'answered' })
        await turn(line, null)
      }),
    press: (id, pressed) => at(id, ['answered'], (line) => turn(line, pressed)),
    hangUp: (id) =>
      at(id, ['ringing', 'answered'], (line) =>
        end(line, line.call.state === 'ringing' ? 'busy' : 'completed'),
      ),
    async close() {
      for (const { timer } of lines.values()) if (timer) clearTimeout(timer)
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

interface Wanted {
  readonly id: string
  readonly to: string
  readonly from: string
  readonly say: string
  readonly status: string
}

interface Turn {
  readonly language: string
  readonly say: readonly Said[]
  readonly ask: { readonly url: string; readonly wait_s: number } | null
}

const WANTED = ['id', 'to', 'from', 'say', 'status'] as const

async function wantedIn(request: IncomingMessage): Promise<Wanted | null> {
  let body = ''
  for await (const chunk of request) {
    body += String(chunk)
    if (body.length > BODY_BYTES_MAX) return null
  }
  try {
    const wanted = JSON.parse(body) as Readonly<Record<string, unknown>>
    return WANTED.every((name) => typeof wanted[name] === 'string')
      ? (wanted as unknown as Wanted)
      : null
  } catch {
    return null
  }
}
