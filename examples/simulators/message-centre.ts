import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import smpp, { type Pdu, type Session } from 'smpp'

/** A text that has reached a handset. */
export interface Text {
  readonly id: string
  readonly to: string
  readonly from: string
  readonly text: string
  readonly at: number
  /** What carriers in India look up; `null` where nothing was said. */
  readonly entity: string | null
  readonly template: string | null
}

/**
 * What can go wrong on the way.
 *
 *   never    it takes a text and never answers
 *   late     it answers after a while
 *   twice    it answers twice
 *   throttle it has too much to do
 *   refuse   it does not know the number
 *   cut      it hangs up in the middle of a submit
 *   silent   it delivers and sends no receipt
 *   lost     the phone cannot be reached: the receipt says so
 */
export type TextFault = (typeof TEXT_FAULTS)[number]

export const TEXT_FAULTS = [
  ...(['never', 'late', 'twice', 'throttle', 'refuse', 'cut', 'silent', 'lost'] as const),
] as const

export interface MessageCentre {
  readonly port: number
  readonly systemId: string
  readonly password: string
  /** All that have arrived, the oldest first. */
  readonly texts: readonly Text[]
  /** How many submits came in, whatever became of them. */
  readonly submits: number
  fault: TextFault | null
  /** Sends a made-up receipt to every bound client. */
  receipt(fields: { readonly id: string; readonly state: string }): Promise<boolean>
  /** Whether a client is bound. */
  readonly isBound: boolean
  /** A handset answers a text; @returns whether a client took it. */
  textBack(answer: { readonly from: string; readonly text: string }): Promise<boolean>
  /**
   * Sends a PDU as it stands, but for its sequence number.
   *
   * @returns the answer, such as `deliver_sm_resp 0`; `null` when there is none before it hangs up,
   *   or in time.
   */
  send(pdu: Buffer, waitMs?: number): Promise<string | null>
  /** Closes every connection. */
  hangUp(): void
  close(): Promise<void>
}

export interface MessageCentreOptions {
  readonly port?: number
  readonly onText?: (text: Text) => void
  /** How long `late` takes, and how long a text is on its way. */
  readonly lateMs?: number
  readonly travelMs?: number
  /** The ids that it gives to texts. */
  readonly idOf?: () => string
}

/** What the centre remembers; older texts are forgotten. */
const TEXTS_MAX = 200

const STATUS = { ok: 0, throttled: 0x58, unknownNumber: 0x0b, wrongPassword: 0x0e, notBound: 0x04 }
const RECEIPT = 0x04

interface Centre {
  readonly options: MessageCentreOptions
  readonly texts: Text[]
  readonly bound: Set<Session>
  readonly parts: Map<string, Map<number, string>>
  readonly timers: Set<NodeJS.Timeout>
  readonly password: string
  submits: number
  sequence: number
  fault: TextFault | null
}

/**
 * A message centre as a carrier runs it, on this machine: it speaks SMPP 3.4 and knows nothing of
 * the sender. Its decoding of texts is the package's, not ours.
 */
export async function messageCentre(options: MessageCentreOptions = {}): Promise<MessageCentre> {
  const centre: Centre = {
    options,
    texts: [],
    bound: new Set<Session>(),
    parts: new Map(),
    timers: new Set(),
    password: randomBytes(4).toString('hex'),
    submits: 0,
    sequence: SENT_FROM,
    fault: null,
  }
  const sessions = new Set<Session>()
  const server = smpp.createServer((session) => {
    sessions.add(session)
    session.on('close', () => {
      sessions.delete(session)
      centre.bound.delete(session)
    })
    serve(centre, session)
  })
  server.listen(options.port ?? 0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    port,
    systemId: SYSTEM_ID,
    password: centre.password,
    texts: centre.texts,
    get submits() {
      return centre.submits
    },
    get isBound() {
      return centre.bound.size > 0
    },
    get fault() {
      return centre.fault
    },
    set fault(fault) {
      centre.fault = fault
    },
    receipt: ({ id, state }) => sendReceipt(centre, { id, state, to: '', from: '' }),
    textBack: ({ from, text }) =>
      delivered(centre, {
        source_addr: from,
        source_addr_ton: 1,
        source_addr_npi: 1,
        // The package writes it in the alphabet that it needs.
        destination_addr: SYSTEM_ID,
        short_message: text,
      }),
    send: (pdu, waitMs = ANSWER_MS) => sent(centre, pdu, waitMs),
    hangUp() {
      for (const session of sessions) session.destroy()
    },
    async close() {
      for (const timer of centre.timers) clearTimeout(timer)
      for (const session of sessions) session.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

const SYSTEM_ID = 'simulator'

/** Sequence numbers of what is sent as it stands; the package counts its own from one. */
const SENT_FROM = 0x40000000
const ANSWER_MS = 5_000

function serve(centre: Centre, session: Session): void {
  session.on('error', () => session.destroy())
  session.on('bind_transceiver', (pdu: Pdu) => {
    const known = pdu.system_id === SYSTEM_ID && pdu.password === centre.password
    const status = known ? STATUS.ok : STATUS.wrongPassword
    session.send(pdu.response({ command_status: status, system_id: SYSTEM_ID }))
    if (known) centre.bound.add(session)
  })
  session.on('enquire_link', (pdu: Pdu) => session.send(pdu.response()))
  session.on('unbind', (pdu: Pdu) => {
    session.send(pdu.response())
    session.socket.end()
  })
  session.on('submit_sm', (pdu: Pdu) => submitted(centre, session, pdu))
}

function submitted(centre: Centre, session: Session, pdu: Pdu): void {
  centre.submits += 1
  const { fault } = centre
  const refused = (status: number) => session.send(pdu.response({ command_status: status }))
  if (!centre.bound.has(session)) return void refused(STATUS.notBound)
  if (fault === 'throttle') return void refused(STATUS.throttled)
  if (fault === 'refuse') return void refused(STATUS.unknownNumber)
  if (fault === 'cut') return session.destroy()
  const id = centre.options.idOf?.() ?? randomBytes(5).toString('hex')
  const accepted = () => session.send(pdu.response({ message_id: id }))
  if (fault === 'late') later(centre, centre.options.lateMs ?? 30_000, accepted)
  else if (fault !== 'never') accepted()
  if (fault === 'twice') accepted()
  later(centre, centre.options.travelMs ?? 400, () => travelled(centre, pdu, id))
}

/** The text is in the handset, or is not, and the sender is told. */
function travelled(centre: Centre, pdu: Pdu, id: string): void {
  const { fault } = centre
  const [to, from] = [`+${pdu.destination_addr ?? ''}`, pdu.source_addr ?? '']
  if (fault !== 'lost') arrive(centre, pdu, { id, to, from })
  if (fault === 'silent' || !pdu.registered_delivery) return
  const state = fault === 'lost' ? 'UNDELIV' : 'DELIVRD'
  void sendReceipt(centre, { id, state, to: from, from: pdu.destination_addr ?? '' })
}

/** Puts parts together as a handset does, by the header that joins them. */
function arrive(centre: Centre, pdu: Pdu, text: Pick<Text, 'id' | 'to' | 'from'>): void {
  const { udh = [], message = '' } = pdu.short_message ?? {}
  const whole = joined(centre, { udh, to: text.to, words: String(message) })
  if (whole === null) return
  const { dlt_entity_id: entity = null, dlt_template_id: template = null } = pdu
  const arrived = { ...text, text: whole, at: Date.now(), entity, template }
  centre.texts.push(arrived)
  if (centre.texts.length > TEXTS_MAX) centre.texts.shift()
  centre.options.onText?.(arrived)
}

interface PartOfText {
  readonly udh: readonly Buffer[]
  readonly to: string
  readonly words: string
}

function joined(centre: Centre, { udh, to, words }: PartOfText): string | null {
  const header = udh.find((element) => element[0] === 0 && element.length >= 5)
  if (!header) return words
  const [, , reference = 0, total = 1, number = 1] = header
  const key = `${to} ${reference}`
  const parts = centre.parts.get(key) ?? new Map<number, string>()
  parts.set(number, words)
  if (parts.size < total) {
    centre.parts.set(key, parts)
    return null
  }
  centre.parts.delete(key)
  return [...parts]
    .sort(([one], [other]) => one - other)
    .map(([, part]) => part)
    .join('')
}

interface Receipt {
  readonly id: string
  readonly state: string
  readonly to: string
  readonly from: string
}

async function sendReceipt(centre: Centre, { id, state, to, from }: Receipt): Promise<boolean> {
  const done = state === 'DELIVRD' ? '001' : '000'
  const words =
    `id:${id} sub:001 dlvrd:${done} submit date:2611200900 done date:2611200901 ` +
    `stat:${state} err:000 text:`
  return await delivered(centre, {
    source_addr: from,
    destination_addr: to,
    esm_class: RECEIPT,
    data_coding: 0,
    short_message: Buffer.from(words),
  })
}

/** @returns whether a client took it. */
async function delivered(
  { bound }: Centre,
  fields: Readonly<Record<string, unknown>>,
): Promise<boolean> {
  const [session] = bound
  if (!session) return false
  return await new Promise((resolve) => {
    const gone = () => resolve(false)
    session.on('close', gone)
    const isSent = session.deliver_sm(fields, ({ command_status: status }) => {
      session.off('close', gone)
      resolve(status === 0)
    })
    if (!isSent) resolve(false)
  })
}

async function sent(centre: Centre, pdu: Buffer, waitMs: number): Promise<string | null> {
  const [session] = centre.bound
  if (!session) return null
  centre.sequence += 1
  const own = centre.sequence
  const bytes = Buffer.from(pdu)
  bytes.writeUInt32BE(own, 12)
  return await new Promise((resolve) => {
    const settle = (answer: string | null) => {
      clearTimeout(timer)
      session.off('pdu', heard)
      session.off('close', gone)
      resolve(answer)
    }
    const gone = () => settle(null)
    const heard = ({ command, command_status: status, sequence_number: sequence }: Pdu) => {
      if (sequence === own) settle(`${command} ${status}`)
    }
    const timer = setTimeout(gone, waitMs)
    session.on('pdu', heard)
    session.on('close', gone)
    session.socket.write(bytes)
  })
}

function later({ timers }: Centre, ms: number, act: () => void): void {
  const timer = setTimeout(() => {
    timers.delete(timer)
    act()
  }, ms)
  timers.add(timer)
}
