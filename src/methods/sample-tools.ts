import { createHmac } from 'node:crypto'
import type { Keyed } from '#methods/keyed.ts'
import { createHasher } from '#methods/password/hasher.ts'

/** What samples are made with. It is public, so it protects nothing. */

/** Cheap on purpose. */
export const passwords = await createHasher({
  pepper: Buffer.alloc(32, 'sample pepper'),
  random: (length) => Buffer.alloc(length, 'sample salt'),
  cost: { memoryCost: 64, timeCost: 1 },
})

export const keyed = (purpose: string): Keyed => ({
  version: 1,
  mac: (text, version) =>
    createHmac('sha256', `a sample key for ${purpose}, ${version}`).update(text).digest(),
})

/** Bytes that look random and are the same in every run. */
export function sampleChance(name: string): (length: number) => Uint8Array {
  let drawn = 0
  return (length) => {
    drawn += 1
    return createHmac('sha512', name).update(String(drawn)).digest().subarray(0, length)
  }
}
