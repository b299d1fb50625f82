import smpp, { type Pdu, type Session } from 'smpp'
import type { Report } from '#channels/channel.ts'

export interface Centre {
  readonly host: string
  readonly port: number
  readonly tls: boolean
  readonly systemId: string
  readonly password: string
  readonly systemType: string
  readonly patience: Patience
  readonly report: Report
  /** Handles a message of the centre; it is acknowledged when this has returned. */
  readonly onDeliver: (pdu: Pdu) => Promise<void>
}

/** All in milliseconds; a test is in more of a hurry. */
export interface Patience {
  /** From the first byte of a connection to the answer to our bind. */
  readonly bind: number
  /** For a connection and a place in the window, before a request is sent. */
  readonly begin: number
  /** For the answer to one request. */
  readonly answer: number
  /** A connection that is silent so long is asked whether it still lives. */
  readonly silence: number
  /** Waits between attempts to connect; the last one goes on. */
  readonly reconnect: readonly number[]
}

/** `begin` and `answer` together are as long as a delivery may take. */
export const PATIENCE: Patience = {
  bind: 10_000,
  begin: 8_000,
  answer: 12_000,
  silence: 30_000,
  reconnect: [500, 1_000, 2_000, 5_000, 15_000, 60_000],
}

/**
 * What became of a request. `lost`: it was written and never answered, so nobody knows. `unsent`: it
 * certainly did not leave this machine.
 */
export type Submitted = { readonly answer: Pdu } | 'lost' | 'unsent'

export type Fields = Readonly<Record<string, unknown>>

/** One connection, from dialling to its end. */
export interface Connection {
  submit(fields: Fields): Promise<Submitted>
  /** Says good-bye and resolves when it has ended. */
  leave(): Promise<void>
}

/** A centre that does not take our good-bye is left without. */
const LEAVING_MS = 1_000

/** Status for a message that we could not keep: the centre is to send it again. */
const ESME_RX_T_APPN = 0x64

/**
 * Dials and binds as transceiver. The package calls nobody back when a connection ends, so every request
 * has a time-out of its own here, and all that wait are told when the connection goes.
 *
 * @see SMPP 3.4, sections 2.2 (states) and 7.2 (timers)
 */
export function connection(
  centre: Centre,
  { onBound, onClosed }: { readonly onBound: () => void; readonly onClosed: () => void },
): Connection {
  const { host, port, tls, patience } = centre
  const session = smpp.connect({ host, port, tls })
  const pending = new Set<() => void>()
  const impatient = setTimeout(() => session.destroy(), patience.bind)
  const pulse = heartbeat(session, patience)
  session.on(tls ? 'secureConnect' : 'connect', () =>
    bind(session, centre, () => {
      clearTimeout(impatient)
      pulse.start()
      onBound()
    }),
  )
  session.on('deliver_sm', (pdu: Pdu) => void acknowledged(session, pdu, centre))
  session.on('enquire_link', (pdu: Pdu) => void session.send(pdu.response()))
  session.on('unbind', (pdu: Pdu) => {
    session.send(pdu.response())
    session.socket.end()
  })
  // What cannot be read leaves the package in the middle of it: only a new connection helps.
  session.on('error', () => session.destroy())
  const closed = new Promise<void>((resolve) => {
    session.on('close', () => {
      clearTimeout(impatient)
      pulse.stop()
      for (const lose of pending) lose()
      onClosed()
      resolve()
    })
  })
  return {
    submit: (fields) => asked(session, fields, { pending, patience }),
    async leave() {
      const end = setTimeout(() => session.destroy(), LEAVING_MS)
      if (!session.unbind({}, () => session.destroy())) session.destroy()
      await closed
      clearTimeout(end)
    },
  }
}

function bind(session: Session, centre: Centre, onBound: () => void): void {
  const { systemId, password, systemType, report } = centre
  const who = { system_id: systemId, password, system_type: systemType, interface_version: 0x34 }
  session.bind_transceiver(who, ({ command_status: status }) => {
    if (status === 0) return onBound()
    report(`the message centre refused to bind (status ${status})`)
    session.destroy()
  })
}

/** One request: answered, or known never to be. */
function asked(
  session: Session,
  fields: Fields,
  { pending, patience }: { readonly pending: Set<() => void>; readonly patience: Patience },
): Promise<Submitted> {
  return new Promise((resolve) => {
    const settle = (submitted: Submitted) => {
      clearTimeout(timer)
      pending.delete(lose)
      resolve(submitted)
    }
    const lose = () => settle('lost')
    const timer = setTimeout(lose, patience.answer)
    pending.add(lose)
    if (!session.submit_sm(fields, (answer) => settle({ answer }))) settle('unsent')
  })
}

/** Tells the centre that we have it, once we have it; otherwise it is to come again. */
async function acknowledged(
  session: Session,
  pdu: Pdu,
  { onDeliver, report }: Centre,
): Promise<void> {
  try {
    await onDeliver(pdu)
    session.send(pdu.response())
  } catch (error) {
    report(`a receipt could not be kept (${error instanceof Error ? error.name : 'unknown'})`)
    session.send(pdu.response({ command_status: ESME_RX_T_APPN }))
  }
}

/** Asks a silent centre whether it is there, and gives it up when it does not say so. */
function heartbeat(session: Session, { silence, answer }: Patience) {
  let timer: NodeJS.Timeout | null = null
  let dying: NodeJS.Timeout | null = null
  const alive = () => {
    if (dying) clearTimeout(dying)
    dying = null
    timer?.refresh()
  }
  const ask = () => {
    dying = setTimeout(() => session.destroy(), answer)
    session.enquire_link({}, alive)
  }
  return {
    start() {
      timer = setTimeout(ask, silence)
      session.on('pdu', alive)
    },
    stop() {
      if (timer) clearTimeout(timer)
      if (dying) clearTimeout(dying)
    },
  }
}
