import type { Report } from '#channels/channel.ts'
import { type Answer, type Fields, type Line, line } from '#channels/sms-smpp/protocol/line.ts'
import {
  COMMAND,
  type Inbound,
  type Message,
  messageIn,
  STATUS,
} from '#channels/sms-smpp/protocol/pdu.ts'

export interface Centre {
  readonly host: string
  readonly port: number
  readonly tls: boolean
  readonly systemId: string
  readonly password: string
  readonly systemType: string
  readonly patience: Patience
  readonly report: Report
  /** Hears the id of a text before anything else that the centre says of it. */
  readonly onTaken: (id: string) => void
  /** Handles a message of the centre; it is acknowledged when this has returned. */
  readonly onDeliver: (message: Message) => Promise<void>
}

/** All in milliseconds; tests use shorter times. */
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
 * What became of a request. `lost`: it was written and never answered, so the outcome is unknown.
 * `unsent`: it certainly did not leave this machine.
 */
export type Submitted = { readonly answer: Answer } | 'lost' | 'unsent'

/** One connection, from dialling to its end. */
export interface Connection {
  submit(fields: Fields): Promise<Submitted>
  /** Unbinds, and resolves when the connection has ended. */
  leave(): Promise<void>
}

/** A centre that does not answer our unbind is disconnected. */
const LEAVING_MS = 1_000

/**
 * Dials and binds as transceiver. Every request has a time-out of its own, and all that wait are
 * told when the connection goes.
 *
 * @see SMPP 3.4, sections 2.2 (states) and 7.2 (timers)
 */
export function connection(
  centre: Centre,
  { onBound, onClosed }: { readonly onBound: () => void; readonly onClosed: () => void },
): Connection {
  const { host, port, tls: isEncrypted, patience } = centre
  const pending = new Set<() => void>()
  let end = (): void => undefined
  const closed = new Promise<void>((resolve) => {
    end = resolve
  })
  const own = line(
    { host, port, isEncrypted },
    {
      onConnect: () =>
        bind(own, centre, () => {
          clearTimeout(impatient)
          pulse.start()
          onBound()
        }),
      onSign: () => pulse.alive(),
      onRequest: (request) => requested(request),
      onClose() {
        clearTimeout(impatient)
        pulse.stop()
        for (const lose of pending) lose()
        onClosed()
        end()
      },
    },
  )
  const impatient = setTimeout(() => own.destroy(), patience.bind)
  const pulse = heartbeat(own, patience)
  const requested = receiver(own, centre)
  return {
    submit: (fields) => asked(own, fields, { pending, centre }),
    async leave() {
      const leaving = setTimeout(() => own.destroy(), LEAVING_MS)
      if (!own.ask('unbind', {}, () => own.destroy())) own.destroy()
      await closed
      clearTimeout(leaving)
    },
  }
}

function bind(own: Line, centre: Centre, onBound: () => void): void {
  const { systemId, password, systemType, report } = centre
  const who = { system_id: systemId, password, system_type: systemType, interface_version: 0x34 }
  own.ask('bind_transceiver', who, ({ status }) => {
    if (status === STATUS.ok) return onBound()
    report(`the message centre refused to bind (status ${status})`)
    own.destroy()
  })
}

interface Asking {
  readonly pending: Set<() => void>
  readonly centre: Centre
}

/** One request: answered, or known never to be. */
function asked(own: Line, fields: Fields, { pending, centre }: Asking): Promise<Submitted> {
  return new Promise((resolve) => {
    const settle = (submitted: Submitted) => {
      clearTimeout(timer)
      pending.delete(lose)
      resolve(submitted)
    }
    const forget = own.ask('submit_sm', fields, (answer) => {
      if (answer.status === STATUS.ok) centre.onTaken(answer.messageId)
      settle({ answer })
    })
    const lose = () => {
      forget?.()
      settle('lost')
    }
    const timer = setTimeout(lose, centre.patience.answer)
    pending.add(lose)
    if (!forget) settle('unsent')
  })
}

/** Messages that are being kept at once; a centre with a window of its own stays far below it. */
export const HANDLED_MAX = 500

/** Different lines that one connection may cause, however much nonsense it brings. */
const LINES_MAX = 50

/**
 * Answers every request of the centre. An unknown one is refused, and logged once.
 */
function receiver(own: Line, { onDeliver, report }: Centre): (request: Inbound) => void {
  const said = new Set<string>()
  let handled = 0
  const once = (text: string): void => {
    if (said.has(text) || said.size >= LINES_MAX) return
    said.add(text)
    report(text)
  }
  const acknowledged = async (request: Inbound): Promise<number> => {
    const message = messageIn(request)
    if ('status' in message) {
      once(`the message centre sent a message that cannot be read (status ${message.status})`)
      return message.status
    }
    if (handled >= HANDLED_MAX) return STATUS.comeAgain
    handled += 1
    try {
      await onDeliver(message)
      return STATUS.ok
    } catch (error) {
      report(`a message could not be kept (${error instanceof Error ? error.name : 'unknown'})`)
      return STATUS.comeAgain
    } finally {
      handled -= 1
    }
  }
  return (request) => {
    switch (request.command) {
      case COMMAND.deliverSm:
      case COMMAND.dataSm:
        // The centre may forget it only when we have stored it.
        return void acknowledged(request).then((status) => own.answer(request, status))
      case COMMAND.enquireLink:
        return own.answer(request, STATUS.ok)
      case COMMAND.unbind:
        own.answer(request, STATUS.ok)
        return own.end()
      case COMMAND.outbind:
      case COMMAND.alertNotification:
        // The specification has no answer to these, and they tell us nothing.
        return
      default:
        once(`the message centre asked for what is not known here (${hex(request.command)})`)
        return own.answer(request, STATUS.commandId)
    }
  }
}

const hex = (command: number): string => `0x${command.toString(16).padStart(8, '0')}`

/** Asks a silent centre whether it is there, and gives it up when it does not say so. */
function heartbeat(own: Line, { silence, answer }: Patience) {
  let timer: NodeJS.Timeout | null = null
  let dying: NodeJS.Timeout | null = null
  const alive = () => {
    if (dying) clearTimeout(dying)
    dying = null
    timer?.refresh()
  }
  const ask = () => {
    dying = setTimeout(() => own.destroy(), answer)
    own.ask('enquire_link', {}, alive)
  }
  return {
    alive,
    start() {
      timer = setTimeout(ask, silence)
    },
    stop() {
      if (timer) clearTimeout(timer)
      if (dying) clearTimeout(dying)
    },
  }
}
