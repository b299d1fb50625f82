import { createHash, createHmac, createSecretKey, timingSafeEqual } from 'node:crypto'
import { HASHES, type Hash } from '#oath/hash.ts'
import { acceptedCounters } from '#oath/hotp.ts'
import { ocra, ocraAtCounters, parseSuite, type Suite } from '#oath/ocra.ts'
import { CARD_SUITE } from '#methods/security-card/wire.ts'

/**
 * What a security card computes, and how far its counter may be ahead.
 *
 * @see RFC 6287, "OCRA: OATH Challenge-Response Algorithm", sections 6 and 7.1
 */
const SUITES: ReadonlyMap<string, Suite> = new Map(
  [CARD_SUITE, 'OCRA-1:HOTP-SHA1-8:QN06-PSHA1', 'OCRA-1:HOTP-SHA1-6:C-QN08-PSHA1'].map((text) => [
    text,
    parsed(text),
  ]),
)

function parsed(text: string): Suite {
  const suite = parseSuite(text)
  if (!suite) throw new Error(`no suite: ${text}`)
  return suite
}

export const findSuite = (text: string): Suite | null => SUITES.get(text) ?? null

/** The suite of a card that was taken in: only known ones are. */
export function suiteOf(text: string): Suite {
  const suite = findSuite(text)
  if (!suite) throw new Error(`a card with the suite ${text}`)
  return suite
}

/** Unused responses that are accepted at once. */
const AHEAD = 10
/**
 * With six digits every further counter that counts makes guessing a hundred times easier than with
 * eight.
 */
const AHEAD_OF_SIX_DIGITS = 1
/** Within this range two consecutive responses show where the card is. */
const REALIGNED_AHEAD = 100

/** What a card holds, as far as its response is concerned. */
export interface Card {
  readonly suite: string
  /** base64url. */
  readonly key: string
  readonly counter: number
  /** The hash of the PIN that goes into the response, base64url. */
  readonly pinHash: string
}

/** Where the counter of the card stood when it made a response. */
export type Match = {
  readonly counter: number
  /** Near enough to the expected counter that one response is enough. */
  readonly near: boolean
}

/**
 * Looks for the counter with which a card answers a number in this way.
 *
 * All that are near are computed and compared, and when it is none of them, all the others: the
 * time taken tells no more than the outcome does.
 *
 * @returns `null` when there is none; for a card without a counter, its counter does not move.
 * @see RFC 4226, section 7.4, "Resynchronization of the Counter"
 */
export function matched(card: Card, number: string, response: string): Match | null {
  const suite = suiteOf(card.suite)
  const mac = macOf(card.key)
  const typed = Buffer.from(response)
  const inputs = { question: number, pinHash: Buffer.from(card.pinHash, 'base64url') }
  const isTyped = (value: string) => timingSafeEqual(Buffer.from(value), typed)
  if (!suite.counter) {
    return isTyped(ocra(suite, inputs, mac)) ? { counter: card.counter, near: true } : null
  }
  const among = (counters: readonly number[]): number | undefined => {
    const right = ocraAtCounters(suite, { ...inputs, counters }, mac).map(isTyped)
    return counters[right.indexOf(true)]
  }
  const ahead = suite.digits < 8 ? AHEAD_OF_SIX_DIGITS : AHEAD
  const all = acceptedCounters(card.counter, REALIGNED_AHEAD)
  const near = among(all.slice(0, ahead + 1))
  const counter = near ?? among(all.slice(ahead + 1))
  return counter === undefined ? null : { counter, near: near !== undefined }
}

/** What goes into a response in place of the PIN. @see RFC 6287, section 5.1, "P" */
export function hashOfPin(suite: Suite, pin: string): string {
  if (!suite.pin) throw new Error('the suite has no PIN')
  return createHash(HASHES[suite.pin].node).update(pin).digest('base64url')
}

function macOf(key: string) {
  const secret = createSecretKey(key, 'base64url')
  return (hash: Hash, message: Uint8Array) =>
    createHmac(HASHES[hash].node, secret).update(message).digest()
}
