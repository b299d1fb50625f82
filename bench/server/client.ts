import { createHmac, createSecretKey } from 'node:crypto'
import type { Instant } from '#core/time/time.ts'
import { PHONE_SUITE } from '#methods/phone-key/wire.ts'
import { HASHES } from '#oath/hash.ts'
import { ocra, parseSuite } from '#oath/ocra.ts'
import { timeStep } from '#oath/totp.ts'
import { ocraKeyOf } from './population.ts'

/** What a client's devices do that is no HTTP. */

/** The eight digits that the phone of this client shows for a number. */
export function responseOf(index: number, number: string, now: Instant): string {
  if (!suite) throw new Error('the suite of the phone key does not parse')
  const key = createSecretKey(ocraKeyOf(index))
  const inputs = { question: number, timeStep: timeStep(suite, now) }
  return ocra(suite, inputs, (hash, message) =>
    createHmac(HASHES[hash].node, key).update(message).digest(),
  )
}

const suite = parseSuite(PHONE_SUITE)

/** Another network each time, of those that exist in books only; limits count by network. */
export const addressOf = (count: number): string => `2001:db8:${(count % 65_536).toString(16)}::1`
