import { createHmac, createSecretKey } from 'node:crypto'
import { hashOfPin, suiteOf } from '#methods/security-card/card.ts'
import type { CardPrompt } from '#methods/security-card/prompt.ts'
import { CARD_SUITE } from '#methods/security-card/wire.ts'
import type { Sample } from '#methods/sample.ts'
import { HASHES, type Hash } from '#oath/hash.ts'
import { ocra } from '#oath/ocra.ts'

/** A card as its manufacturer made it, and as its holder presses it. */
export interface SampleCard {
  readonly secret: Uint8Array
  readonly suite: string
  /** What the display shows after PIN and challenge; the counter moves on. */
  press(pin: string, number: string): string
  /** Button presses without a login. */
  skip(presses: number): void
}

/** A card whose key is made of one letter, so that it is obviously a sample. */
export function sampleCard(letter: string, suiteText: string = CARD_SUITE): SampleCard {
  const secret = Buffer.alloc(32, letter)
  const suite = suiteOf(suiteText)
  const key = createSecretKey(secret)
  const mac = (hash: Hash, message: Uint8Array) =>
    createHmac(HASHES[hash].node, key).update(message).digest()
  let counter = 0
  return {
    secret,
    suite: suiteText,
    press(pin, question) {
      const pinHash = Buffer.from(hashOfPin(suite, pin), 'base64url')
      const inputs = { question, pinHash, ...(suite.counter && { counter }) }
      counter += 1
      return ocra(suite, inputs, mac)
    },
    skip(presses) {
      counter += presses
    },
  }
}

export const SAMPLE_PIN = '2580'

/** The state of a card that has just been given to a client. */
export function cardState(card: SampleCard, changes: { readonly pin?: string } = {}) {
  return {
    suite: card.suite,
    key: Buffer.from(card.secret).toString('base64url'),
    counter: 0,
    pinHash: hashOfPin(suiteOf(card.suite), changes.pin ?? SAMPLE_PIN),
    aligning: null,
    draws: [],
    change: null,
  }
}

const card = sampleCard('c')
const state = cardState(card)

export const sample: Sample = {
  state,
  // A holder who is asked twice must not find the card further on: the sample is always at its
  // start.
  async holder(prompt) {
    const { number } = prompt as unknown as CardPrompt
    return { response: sampleCard('c').press(SAMPLE_PIN, number) }
  },
  secrets: [state.key, Buffer.from(card.secret).toString('hex'), state.pinHash],
}
