/**
 * OCRA: a challenge, a key and whatever else the suite names give a response.
 *
 *   parseSuite -> Suite       what is agreed, section 6
 *   ocraMessage -> DataInput  what is put under the MAC, section 5.1
 *   ocraValue <- MAC          what a person reads and types, section 5.2
 *
 * The MAC between the two stands in `hash.ts` as a type: this file computes no HMAC, so that it
 * runs alike where HMAC is synchronous (server) and where it is not (browser).
 *
 * @see RFC 6287, "OCRA: OATH Challenge-Response Algorithm"
 */
import { hours, type Millis, minutes, seconds } from '#core/time/time.ts'
import { HASHES, type Hash, type Mac } from './hash.ts'
import { COUNTER_BYTES, truncate, writeCounter } from './hotp.ts'

/** A parsed suite. Everything that is `null` or `false` is not part of the computation. */
export type Suite = {
  /** Exactly as given: it is itself the first input. */
  readonly text: string
  readonly hash: Hash
  /** 4 to 10 digits of response, or 0: the whole MAC in hexadecimal. */
  readonly digits: number
  readonly counter: boolean
  readonly question: { readonly format: Format; readonly length: number }
  readonly pin: Hash | null
  /** 1 to 512. */
  readonly sessionBytes: number | null
  readonly step: Millis | null
  /** The DataInput as far as the suite alone decides it: its text, 0x00, and room for the rest. */
  readonly blank: Uint8Array<ArrayBuffer>
}

/** The inputs a suite names: each must be there if the suite names it, and must not otherwise. */
export type Inputs = {
  /** C: 0 to 2^53 - 1. */
  readonly counter?: number | undefined
  /** Q: one question, or those of both parties, the other party's first. */
  readonly question: string | readonly [theirs: string, ours: string]
  /** P: the PIN, hashed with the hash the suite names for it. */
  readonly pinHash?: Uint8Array | undefined
  /** S: at most as many bytes as the suite says. */
  readonly session?: Uint8Array | undefined
  /** T: whole steps since the epoch, from `timeStep` or `acceptedSteps`. */
  readonly timeStep?: number | undefined
}

/** Both parties' questions in mutual challenge-response: QC and QS of RFC 6287. */
export type Questions = { readonly client: string; readonly server: string }

type Format = keyof typeof FORMATS

/** How a question may look, and its nibbles, which are padded with zeros on the right. */
const FORMATS = {
  A: { pattern: /^[0-9A-Za-z]+$/, nibbles: (text: string) => hex(new TextEncoder().encode(text)) },
  N: { pattern: /^[0-9]+$/, nibbles: hexOfDecimal },
  H: { pattern: /^[0-9A-Fa-f]+$/, nibbles: (text: string) => text },
} as const

const STEP_UNITS = { S: seconds, M: minutes, H: hours } as const

const QUESTION_BYTES = 128

/** More digits than this are not a safe integer. */
const SAFE_DIGITS = 15

const SUITE = new RegExp(
  [
    '^OCRA-1',
    ':HOTP-(?<hash>SHA1|SHA256|SHA512)-(?<digits>0|[4-9]|10)',
    ':(?<counter>C-)?',
    'Q(?<format>[ANH])(?<length>0[4-9]|[1-5][0-9]|6[0-4])',
    '(?:-P(?<pin>SHA1|SHA256|SHA512))?',
    '(?:-S(?<session>(?!000)[0-4][0-9][0-9]|50[0-9]|51[0-2]))?',
    '(?:-T(?<step>(?:[1-9]|[1-5][0-9])[SM]|(?:[1-9]|[1-3][0-9]|4[0-8])H))?$',
  ].join(''),
)

/**
 * Reads a suite, letter by letter as RFC 6287 writes it.
 *
 * @returns `null` for anything else, among it three things found in the wild: parameters left out
 *   in favour of their defaults (`T` for `T1M`), one-digit lengths (`QH8`, as in the RFC's own
 *   example against its own grammar), and `T0H`, which the grammar allows but no clock can count.
 * @see RFC 6287, section 6, "The OCRASuite"
 */
export function parseSuite(text: string): Suite | null {
  const parts = SUITE.exec(text)?.groups
  if (!parts) return null
  const { hash, digits, counter, format, length, pin, session, step } = parts
  // The pattern lets through only the keys of the tables these are looked up in.
  const suite = {
    text,
    hash: hash as Hash,
    digits: Number(digits),
    counter: counter !== undefined,
    question: { format: format as Format, length: Number(length) },
    pin: (pin ?? null) as Hash | null,
    sessionBytes: session === undefined ? null : Number(session),
    step: step === undefined ? null : stepLength(step),
  }
  return { ...suite, blank: blank(suite) }
}

/**
 * Whether a text can be a question of this suite: of its format, and up to its length.
 *
 * @see RFC 6287, section 6.3, "DataInput"
 */
export function isQuestion({ question: { format, length } }: Suite, text: string): boolean {
  return text.length <= length && FORMATS[format].pattern.test(text)
}

/**
 * Whether no other question the verifier may draw by this same rule has the same response.
 *
 * Padding makes 050000 and 800000 one question (c350 and c3500): a response given to one answers
 * the other. So a verifier draws only full-length questions, and numbers not divisible by 16.
 */
export function isUnambiguous(suite: Suite, text: string): boolean {
  const { format, length } = suite.question
  if (!isQuestion(suite, text) || text.length !== length) return false
  return format !== 'N' || !hexOfDecimal(text).endsWith('0')
}

/**
 * The question of a plain signature: the SHA-256 of the canonical transaction, for suites with
 * QH64.
 *
 * @throws RangeError for a digest of any other length.
 * @see RFC 6287, section 7.3.1, "Plain Signature"
 */
export function transactionQuestion(sha256: Uint8Array): string {
  if (sha256.length !== HASHES.SHA256.lengthBytes) throw new RangeError('not a SHA-256 digest')
  return hex(sha256)
}

/**
 * The response: message, MAC and value in one, where the MAC is synchronous.
 *
 * @throws as `ocraMessage` and `ocraValue` do.
 */
export function ocra(suite: Suite, inputs: Inputs, mac: Mac): string {
  return ocraValue(suite, mac(suite.hash, ocraMessage(suite, inputs)))
}

/**
 * The responses to the same inputs at each of these counters, in their order, for a suite that
 * names one.
 *
 * @throws as `ocra` does.
 * @see RFC 4226, section 7.4, "Resynchronization of the Counter"
 */
export function ocraAtCounters(
  suite: Suite,
  { counters, ...inputs }: Omit<Inputs, 'counter'> & { readonly counters: readonly number[] },
  mac: Mac,
): readonly string[] {
  // Everything but the counter stays where it stands.
  const message = ocraMessage(suite, { ...inputs, counter: 0 })
  return counters.map((counter) => {
    writeCounter(message, counterAt(suite), counter)
    return ocraValue(suite, mac(suite.hash, message))
  })
}

/**
 * The DataInput of one-way challenge-response: suite, 0x00, C, Q, P, S, T.
 *
 * @throws TypeError when an input is missing or is one the suite does not name; RangeError when
 *   one is not of the suite's format. Both are programming errors: ask `isQuestion` at the door.
 * @see RFC 6287, sections 5.1 and 7.1
 */
export function ocraMessage(suite: Suite, inputs: Inputs): Uint8Array<ArrayBuffer> {
  const counter = named('C', suite.counter, inputs.counter)
  const pinHash = named('P', suite.pin !== null, inputs.pinHash)
  const session = named('S', suite.sessionBytes !== null, inputs.session)
  const timeStep = named('T', suite.step !== null, inputs.timeStep)

  const message = suite.blank.slice()
  let at = counterAt(suite)
  if (counter !== undefined) {
    writeCounter(message, at, counter)
    at += COUNTER_BYTES
  }
  writeNibbles(message, at, questionNibbles(suite, inputs.question))
  at += QUESTION_BYTES
  if (pinHash && suite.pin) {
    if (pinHash.length !== HASHES[suite.pin].lengthBytes) throw new RangeError('P is not that hash')
    message.set(pinHash, at)
    at += pinHash.length
  }
  if (session && suite.sessionBytes) {
    if (session.length > suite.sessionBytes) throw new RangeError('S is too long')
    // Zeros stand before a short S, as in the reference implementation of appendix A.
    at += suite.sessionBytes
    message.set(session, at - session.length)
  }
  if (timeStep !== undefined) writeCounter(message, at, timeStep)
  return message
}

/**
 * What the server puts under the MAC to prove itself first (RS). The PIN plays no part, so its
 * suite names none, even where the client's does.
 *
 * @throws as `ocraMessage` does, and RangeError unless both questions are alphanumeric and of full
 *   length.
 * @see RFC 6287, section 7.2, "Mutual Challenge-Response", and 7.3.2
 */
export function serverMessage(
  suite: Suite,
  { client, server }: Questions,
  inputs: Omit<Inputs, 'question' | 'pinHash'> = {},
): Uint8Array<ArrayBuffer> {
  return ocraMessage(suite, { ...inputs, question: [client, server] })
}

/**
 * What the client puts under the MAC once the server has proved itself (RC).
 *
 * @throws as `serverMessage` does.
 * @see RFC 6287, section 7.2, "Mutual Challenge-Response"
 */
export function clientMessage(
  suite: Suite,
  { client, server }: Questions,
  inputs: Omit<Inputs, 'question'> = {},
): Uint8Array<ArrayBuffer> {
  return ocraMessage(suite, { ...inputs, question: [server, client] })
}

/**
 * What a signer puts under the MAC (SIGN): with one question a plain signature, with both parties'
 * a signature after the server has proved itself by `serverMessage`. A signature names no session.
 *
 * @throws as `ocraMessage` and `serverMessage` do.
 * @see RFC 6287, section 7.3, "Algorithm Modes for Signature"
 */
export function signatureMessage(
  suite: Suite,
  question: string | Questions,
  inputs: Omit<Inputs, 'question' | 'session'> = {},
): Uint8Array<ArrayBuffer> {
  if (typeof question !== 'string') return clientMessage(suite, question, inputs)
  return ocraMessage(suite, { ...inputs, question })
}

/**
 * The response a MAC stands for: the suite's number of digits, leading zeros kept; the whole MAC
 * in lower-case hexadecimal where the suite says 0.
 *
 * @throws RangeError for a MAC of another hash than the suite's.
 * @see RFC 6287, section 5.2, "CryptoFunction"
 */
export function ocraValue(suite: Suite, mac: Uint8Array): string {
  if (mac.length !== HASHES[suite.hash].lengthBytes) throw new RangeError('a MAC of another hash')
  return suite.digits === 0 ? hex(mac) : truncate(mac, suite.digits)
}

/** C is the first input after the suite and 0x00. */
const counterAt = ({ text }: Suite): number => text.length + 1

function stepLength(step: string): Millis {
  return STEP_UNITS[step.slice(-1) as keyof typeof STEP_UNITS](Number(step.slice(0, -1)))
}

function blank({ text, counter, pin, sessionBytes, step }: Omit<Suite, 'blank'>) {
  const length =
    text.length +
    1 +
    (counter ? COUNTER_BYTES : 0) +
    QUESTION_BYTES +
    (pin ? HASHES[pin].lengthBytes : 0) +
    (sessionBytes ?? 0) +
    (step ? COUNTER_BYTES : 0)
  const bytes = new Uint8Array(length)
  new TextEncoder().encodeInto(text, bytes)
  return bytes
}

function named<Input>(name: string, isNamed: boolean, input: Input | undefined) {
  if (isNamed !== (input !== undefined)) {
    throw new TypeError(`${name} is ${isNamed ? 'missing' : 'not part of the suite'}`)
  }
  return input
}

function questionNibbles(suite: Suite, question: Inputs['question']): string {
  const { format, length } = suite.question
  if (typeof question === 'string') {
    if (!isQuestion(suite, question)) throw new RangeError('Q is not of the format of the suite')
    return FORMATS[format].nibbles(question)
  }
  // Two short questions could be cut apart elsewhere, and implementations differ on how two numbers
  // are joined: the RFC shows neither, so both are refused.
  if (format !== 'A' || !question.every((one) => one.length === length && isQuestion(suite, one))) {
    throw new RangeError('Q is not two alphanumeric questions of full length')
  }
  return FORMATS[format].nibbles(question.join(''))
}

function hexOfDecimal(digits: string): string {
  return (digits.length > SAFE_DIGITS ? BigInt(digits) : Number(digits)).toString(16)
}

/** An odd last nibble is the upper half of its byte: 75bcd becomes 75 bc d0, not 07 5b cd. */
function writeNibbles(bytes: Uint8Array, at: number, nibbles: string): void {
  for (let index = 0; index < nibbles.length; index += 2) {
    bytes[at + index / 2] = Number.parseInt(nibbles.slice(index, index + 2).padEnd(2, '0'), 16)
  }
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
