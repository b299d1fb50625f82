import {
  diagnose,
  type Diagnosis,
  type Finding,
  type Findings,
  PATHS,
} from '../../src/core/connectivity/diagnosis.ts'
import type { Claim } from '../../src/core/connectivity/share.ts'
import { asks, eventsArrive, PATIENCE_MS, textArrives } from './parts/way.ts'

/** Tests the way from this browser to the server, and shows the one thing to do. */

const KEPT = 'countersign-connectivity'
/** What is drawn as an error. */
const WRONG = new Set(['blocked', 'changed', 'late'])
/** A clock that is further off is told in minutes. */
const SECONDS_MAX = 120

interface Asked {
  readonly language: string
  readonly origin: string
  readonly socket: string
  readonly ports: readonly {
    readonly port: number
    readonly host: string
    readonly address: string
  }[]
  readonly says: Readonly<Record<string, string>>
}

let isTesting = false

async function testAll(main: HTMLElement, asked: Asked): Promise<void> {
  if (isTesting) return
  isTesting = true
  for (const cell of main.querySelectorAll<HTMLElement>('[data-way]'))
    cell.textContent = asked.says['testing'] ?? ''
  const says = (name: string, finding: string) => {
    const cell = main.querySelector<HTMLElement>(`[data-way="${name}"]`)
    if (!cell) return
    cell.textContent = asked.says[finding] ?? finding
    cell.classList.toggle('error', WRONG.has(finding))
  }
  const shown = async <T extends string>(name: string, finding: Promise<T>): Promise<T> => {
    const found = await finding
    says(name, found)
    return found
  }
  const storage = stored()
  says('storage', storage)
  // No page can know whether the service that notifies phones is reached.
  says('notifications', 'unknown')
  const [text, seen, events, socket, ...ports] = await Promise.all([
    shown('text', textArrives()),
    clockAndAddress(),
    shown('events', eventsArrive()),
    echo(asked.socket),
    ...asked.ports.map(async ({ address }) => await echo(address)),
  ])
  says('socket', socket.finding)
  for (const [at, { port }] of asked.ports.entries())
    says(String(port), ports[at]?.finding ?? 'unknown')
  const findings: Findings = {
    text,
    events,
    socket: socket.finding,
    ports: asked.ports.map(({ port }, at) => ({ port, finding: ports[at]?.finding ?? 'unknown' })),
    clockAhead: seen?.clockAhead ?? null,
    storage,
    addresses: [seen, socket, ...ports].flatMap((one) => one?.address ?? []),
  }
  const diagnosis = diagnose(findings)
  says(
    'clock',
    seen === null ? 'unknown' : diagnosis === 'clock' ? clockWords(findings, asked) : 'right',
  )
  show(main, diagnosis, filledFor(diagnosis, findings, asked))
  report(asked, findings, diagnosis)
  offer({ ...findings, ...pageCame() })
  isTesting = false
}

interface Seen {
  readonly clockAhead: number
  readonly address: string
}

/** The middle of the journey is when the server looked at its clock. */
async function clockAndAddress(): Promise<Seen | null> {
  try {
    const askedAt = Date.now()
    const answer = await asks(PATHS.seen)
    const { address, at } = (await answer.json()) as {
      readonly address: string
      readonly at: number
    }
    return { clockAhead: (askedAt + Date.now()) / 2 - at, address }
  } catch {
    return null
  }
}

interface Echoed {
  readonly finding: Finding
  readonly address?: string
}

/** Opens a WebSocket, sends a word, and waits until it comes back. */
async function echo(address: string): Promise<Echoed> {
  return await new Promise<Echoed>((resolve) => {
    const sent = crypto.randomUUID()
    let seen: string | undefined
    const socket = new WebSocket(address)
    const end = (finding: Finding) => {
      clearTimeout(timer)
      socket.close()
      resolve(seen === undefined ? { finding } : { finding, address: seen })
    }
    const timer = setTimeout(() => end('blocked'), PATIENCE_MS)
    socket.binaryType = 'arraybuffer'
    socket.addEventListener('open', () => socket.send(sent))
    socket.addEventListener('close', () => end('blocked'))
    socket.addEventListener('message', ({ data }: MessageEvent<string | ArrayBuffer>) => {
      const words = typeof data === 'string' ? data : new TextDecoder().decode(data)
      if (words === sent) return end('works')
      seen = addressIn(words)
    })
  })
}

function addressIn(words: string): string | undefined {
  try {
    return (JSON.parse(words) as { readonly address?: string }).address
  } catch {
    return undefined
  }
}

function stored(): Finding {
  try {
    localStorage.setItem(KEPT, '1')
    localStorage.removeItem(KEPT)
    return navigator.cookieEnabled ? 'works' : 'blocked'
  } catch {
    return 'blocked'
  }
}

/** What the sentence names: the ports that are closed, how wrong the clock is, two addresses. */
function filledFor(diagnosis: Diagnosis, findings: Findings, asked: Asked): string {
  const list = new Intl.ListFormat(asked.language)
  if (diagnosis === 'ports-blocked') {
    const closed = findings.ports.filter(({ finding }) => finding === 'blocked')
    return list.format(closed.map(({ port }) => String(port)))
  }
  if (diagnosis === 'clock') return clockWords(findings, asked)
  return list.format(new Set(findings.addresses))
}

function clockWords({ clockAhead }: Findings, { language }: Asked): string {
  const seconds = Math.round(Math.abs(clockAhead ?? 0) / 1_000)
  const [count, unit] =
    seconds < SECONDS_MAX ? [seconds, 'second'] : [Math.round(seconds / 60), 'minute']
  return new Intl.NumberFormat(language, { style: 'unit', unit, unitDisplay: 'long' }).format(count)
}

function show(main: HTMLElement, diagnosis: Diagnosis, filled: string): void {
  const outcome = document.getElementById('outcome')
  if (outcome) outcome.hidden = true
  for (const one of main.querySelectorAll<HTMLElement>('[data-outcome]')) {
    one.hidden = one.dataset['outcome'] !== diagnosis
    if (one.hidden) continue
    for (const place of one.querySelectorAll('[data-filled]')) place.textContent = filled
  }
  const again = document.getElementById('again')
  if (again) again.hidden = false
}

/** What a network administrator needs: host, port, protocol, result and time, a line each. */
function report(asked: Asked, findings: Findings, diagnosis: Diagnosis): void {
  const section = document.getElementById('for-network')
  const place = document.getElementById('report')
  if (!section || !place) return
  section.hidden = diagnosis === 'works'
  const { host, protocol, port } = new URL(asked.origin)
  const open = port === '' ? (protocol === 'https:' ? '443' : '80') : port
  const name = host.replace(/:\d+$/, '')
  const web = protocol === 'https:' ? 'HTTPS' : 'HTTP'
  const lines = [
    [name, `tcp/${open}`, web, findings.text],
    [name, `tcp/${open}`, 'Server-sent events', findings.events],
    [name, `tcp/${open}`, 'WebSocket', findings.socket],
    ...findings.ports.map(({ port: one, finding }, at) => [
      asked.ports[at]?.host ?? name,
      `tcp/${one}`,
      'WebSocket',
      finding,
    ]),
  ]
  const said = lines.map(([where, at, by, finding = '']) =>
    [where, at, by, asked.says[finding]].join('  '),
  )
  place.textContent = [...said, new Date().toISOString()].join('\n')
}

/** How this page came, and how long its name took, as far as the browser tells. */
function pageCame(): Pick<Claim, 'protocol' | 'dnsMs'> {
  const [page] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[]
  const dnsMs = page ? page.domainLookupEnd - page.domainLookupStart : 0
  return { protocol: page?.nextHopProtocol || null, dnsMs: dnsMs > 0 ? dnsMs : null }
}

/** What the client may share with the desk. */
function offer(claim: Claim): void {
  const form = document.getElementById('share')
  const field = form?.querySelector<HTMLInputElement>('[name="result"]')
  if (!form || !field) return
  field.value = JSON.stringify(claim)
  form.hidden = false
}

const page = document.getElementById('connectivity')
if (page?.dataset['asked']) {
  const asked = JSON.parse(page.dataset['asked']) as Asked
  page.hidden = false
  const again = document.getElementById('again')
  again?.addEventListener('click', () => void testAll(page, asked))
  void testAll(page, asked)
}
