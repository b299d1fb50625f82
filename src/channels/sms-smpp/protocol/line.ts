import net from 'node:net'
import tls from 'node:tls'
import smpp from 'smpp'
import {
  COMMAND,
  type Inbound,
  isAnswer,
  messageIdIn,
  pduReader,
  STATUS,
} from '#channels/sms-smpp/protocol/pdu.ts'

export type Fields = Readonly<Record<string, unknown>>

/** What the centre says to one of our requests. */
export interface Answer {
  readonly status: number
  /** Empty where it gives none. */
  readonly messageId: string
}

/** A connection that carries whole PDUs. */
export interface Line {
  /**
   * @returns how to forget about the answer; `null`, and sends nothing, when it cannot be written
   *   to.
   */
  ask(command: string, fields: Fields, answered: (answer: Answer) => void): (() => void) | null
  answer(request: Inbound, status: number): void
  /** Ends it when all that was said has left. */
  end(): void
  destroy(): void
}

interface Peer {
  readonly host: string
  readonly port: number
  readonly isEncrypted: boolean
}

export interface Hearing {
  readonly onConnect: () => void
  /** Hears of every PDU, whatever it is. */
  readonly onSign: () => void
  readonly onRequest: (request: Inbound) => void
  readonly onClose: () => void
}

/** Names of the answers that have one; all other requests are refused by `generic_nack`. */
const ANSWERS: ReadonlyMap<number, string> = new Map([
  [COMMAND.deliverSm, 'deliver_sm_resp'],
  [COMMAND.dataSm, 'data_sm_resp'],
  [COMMAND.enquireLink, 'enquire_link_resp'],
  [COMMAND.unbind, 'unbind_resp'],
])

const SEQUENCE_MAX = 0x7fffffff

/** Dials. What it sends is written by the package; what it hears is read here. */
export function line(
  { host, port, isEncrypted }: Peer,
  { onConnect, onSign, onRequest, onClose }: Hearing,
): Line {
  const socket = isEncrypted ? tls.connect({ host, port }) : net.connect({ host, port })
  const waiting = new Map<number, (answer: Answer) => void>()
  const read = pduReader()
  let sequence = 0

  const send = (command: string, fields: Fields): boolean => {
    if (!socket.writable || socket.pending) return false
    socket.write(new smpp.PDU(command, fields).toBuffer())
    return true
  }
  const answer = (request: Inbound, status: number): void => {
    const command = ANSWERS.get(request.command) ?? 'generic_nack'
    send(command, { command_status: status, sequence_number: request.sequence })
  }
  const hear = (pdu: Inbound): void => {
    onSign()
    if (!isAnswer(pdu)) return onRequest(pdu)
    const answered = waiting.get(pdu.sequence)
    waiting.delete(pdu.sequence)
    answered?.({ status: pdu.status, messageId: messageIdIn(pdu) })
  }
  socket.on(isEncrypted ? 'secureConnect' : 'connect', onConnect)
  socket.on('data', (chunk: Buffer) => {
    const { pdus, isLost } = read(chunk)
    for (const pdu of pdus) hear(pdu)
    if (!isLost) return
    // Nothing that follows can be read: only a new connection helps.
    send('generic_nack', { command_status: STATUS.commandLength })
    socket.destroySoon()
  })
  // It closes after an error, and requests that wait are told then.
  socket.on('error', () => socket.destroy())
  socket.on('close', onClose)
  return {
    ask(command, fields, answered) {
      sequence = (sequence % SEQUENCE_MAX) + 1
      const own = sequence
      if (!send(command, { ...fields, sequence_number: own })) return null
      waiting.set(own, answered)
      return () => void waiting.delete(own)
    },
    answer,
    end: () => void socket.end(),
    destroy: () => void socket.destroy(),
  }
}
