import { createHash, createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { HASHES } from '#oath/hash.ts'
import { ocra, parseSuite } from '#oath/ocra.ts'
import type { Place } from '../commands/command.ts'

/**
 * A card of the demo in the hands of a test, with the key that the demo has written down for it.
 */
export interface HeldCard {
  readonly serial: string
  readonly pin: string
  press(pin: string, number: string): string
}

interface Written {
  readonly serial: string
  readonly suite: string
  readonly secretHex: string
  readonly holder: string
  readonly pin: string
}

export function cardIn({ folder }: Place, holder: string): HeldCard {
  const text = readFileSync(join(folder, 'var/demo/cards.json'), 'utf8')
  const card = (JSON.parse(text) as readonly Written[]).find((one) => one.holder === holder)
  const suite = parseSuite(card?.suite ?? '')
  if (!card || !suite) throw new Error(`${holder} has no card`)
  const secret = Buffer.from(card.secretHex, 'hex')
  let counter = 0
  return {
    serial: card.serial,
    pin: card.pin,
    press(pin, question) {
      const pinHash = createHash('sha256').update(pin).digest()
      const inputs = { counter, question, pinHash }
      counter += 1
      return ocra(suite, inputs, (hash, message) =>
        createHmac(HASHES[hash].node, secret).update(message).digest(),
      )
    },
  }
}
