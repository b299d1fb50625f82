import {
  type CarrierCall,
  type CarrierReply,
  type Channel,
  type Delivered,
  type Delivery,
  type NoteReceipt,
  PUSH_RETRIES,
} from '#channels/channel.ts'
import type { FailureReason } from '#core/delivery/delivery.ts'
import type { Dialect } from '#channels/voice/dialect.ts'
import { type Call, type CallWords, turnOf } from '#channels/voice/script.ts'
import { nameAt, type Sending, sendRequest, undelivered } from '#channels/http-request.ts'
import { FORBIDDEN, NOT_FOUND, TAKEN } from '#channels/twilio.ts'
import type { Json } from '#core/json.ts'

export interface VoiceOptions extends Sending {
  readonly dialect: Dialect
  readonly from: string
  /** Our own address, which the provider asks what to say. */
  readonly callback: string
  readonly words: (call: Omit<Call, 'digits' | 'turn' | 'isHeard'>) => CallWords
  /** One of `KEYS`, drawn for each call. */
  readonly drawKey: () => string
  /** Seals a text: only this server can make or read it. */
  readonly seal: (value: Json) => string
  /** @returns `null` for what was not sealed here. */
  readonly open: (sealed: string) => Json | null
  readonly now: () => number
  readonly note: NoteReceipt
  /** What came of a call that is about one to the desk; returns when that is kept. */
  readonly noteBack: (about: string, came: CameOfCall) => Promise<void>
  /** Whether there is still a reason to make a call that is about one to the desk. */
  readonly isAwaited: (about: string) => Promise<boolean>
}

/** The digits are about to be said, no one took the call, or its client is not talking to us. */
export type CameOfCall = 'heard' | 'unanswered' | 'denied'

/** A call that is answered later says nothing any more. */
const SCRIPT_LIFETIME_MS = 10 * 60_000

interface Script extends Call {
  readonly untilMs: number
}

/**
 * Calls that read digits aloud. The provider is told whom to call and where to ask; at each step it
 * asks us what to say. The call itself is in that address, sealed: no node has to remember it, and
 * the provider learns the digits when it is to say them.
 */
export function voice(options: VoiceOptions): Channel {
  return {
    name: 'voice',
    retries: PUSH_RETRIES,
    deliver: (delivery) => start(options, delivery),
    undelivered: (delivery, reason) => noteUndelivered(options, delivery, reason),
    answer: (call) => answer(options, call),
  }
}

async function start(options: VoiceOptions, delivery: Delivery): Promise<Delivered> {
  const { dialect, from } = options
  const asked = askedIn(delivery)
  if (asked.denies !== undefined && !(await options.isAwaited(asked.denies)))
    return { outcome: 'failed', reason: 'expired' }
  const untilMs = options.now() + SCRIPT_LIFETIME_MS
  const script: Script = { ...asked, key: options.drawKey(), turn: 0, isHeard: false, untilMs }
  const request = dialect.start({
    id: delivery.id,
    to: delivery.address as string,
    from,
    say: sayAddress(options, script),
    status: statusAddress(options, script),
  })
  if (!request) return { outcome: 'failed', reason: 'rejected' }
  const answered = await sendRequest(request, options)
  if (answered.status === null || answered.status < 200 || answered.status >= 300)
    return undelivered(answered, dialect.isIdempotent)
  const name = nameAt(answered.body, dialect.idAt)
  return { outcome: 'sent', messages: name === null ? [] : [name] }
}

/** Written by the method that asked for it. */
const askedIn = ({ payload }: Delivery) =>
  payload as unknown as Omit<Call, 'turn' | 'isHeard' | 'key'>

/** The agent need not wait for a call that is not made. One in doubt may ring. */
async function noteUndelivered(
  { noteBack }: VoiceOptions,
  delivery: Delivery,
  reason: FailureReason | null,
): Promise<void> {
  const { denies } = askedIn(delivery)
  if (denies !== undefined && reason !== 'unclear') await noteBack(denies, 'unanswered')
}

const sayAddress = ({ callback, seal }: VoiceOptions, script: Script): string =>
  `${callback}/say/${seal(script as unknown as Json)}`

/** Where the end is reported; of a call about one to the desk it says which. */
const statusAddress = ({ callback, seal }: VoiceOptions, { denies, untilMs }: Script): string =>
  denies === undefined ? `${callback}/status` : `${callback}/status/${seal({ denies, untilMs })}`

async function answer(options: VoiceOptions, call: CarrierCall): Promise<CarrierReply> {
  const [act = '', sealed = '', ...rest] = call.path.split('/')
  if (rest.length > 0 || !['say', 'status'].includes(act)) return NOT_FOUND
  const told = options.dialect.read(call, `${options.callback}/${call.path}`)
  if (!told) return FORBIDDEN
  if (act === 'say') return await say(options, { ...told, sealed })
  const failure = FAILURES[told.status ?? '']
  if (failure && told.call) await noteOf(options, told.call, failure)
  if (failure && sealed !== '') await noteUnanswered(options, sealed)
  return TAKEN
}

async function noteUnanswered({ open, now, noteBack }: VoiceOptions, sealed: string) {
  const script = open(sealed) as unknown as Pick<Script, 'denies' | 'untilMs'> | null
  if (!script || script.denies === undefined || now() > script.untilMs) return
  await noteBack(script.denies, 'unanswered')
}

/**
 * How a call can end without a word heard; that it ended otherwise says nothing about the digits.
 */
const FAILURES: Readonly<Record<string, FailureReason>> = {
  busy: 'unreachable',
  'no-answer': 'unreachable',
  completed: 'unreachable',
  failed: 'rejected',
  canceled: 'expired',
}

interface Asked {
  readonly call: string | null
  readonly key: string | null
  readonly sealed: string
}

async function say(options: VoiceOptions, { call, key, sealed }: Asked): Promise<CarrierReply> {
  const { dialect, words, open, now } = options
  // What opens was sealed by ourselves.
  const script = open(sealed) as unknown as Script | null
  if (!script || now() > script.untilMs) return dialect.reply({ say: [], next: null }, 'en')
  const { language, untilMs, denies } = script
  const turn = turnOf(script, key, words(script))
  if (denies !== undefined && turn.isDenied) await options.noteBack(denies, 'denied')
  if (denies !== undefined && turn.next?.isHeard) await options.noteBack(denies, 'heard')
  const address = turn.next && sayAddress(options, { ...turn.next, untilMs })
  // Only now the client is there and has pressed a key: a ringing phone has received nothing.
  if (turn.next?.isHeard && call) await noteOf(options, call, null)
  return dialect.reply({ say: turn.say, next: address }, language)
}

const noteOf = async (
  { note }: VoiceOptions,
  message: string,
  failure: FailureReason | null,
): Promise<void> => await note({ channel: 'voice', message, failure })
