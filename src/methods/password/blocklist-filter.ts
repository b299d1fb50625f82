import { createHash } from 'node:crypto'

/**
 * Where an entry stands in the Bloom filter `blocklist.bin`: 2^19 bits, and 20 of them for each
 * entry.
 *
 * With 18,000 entries a password that is not among them is refused once in a million times, and one
 * that is among them always.
 */
export const FILTER_BYTES = 65_536

const BITS_PER_ENTRY = 20

/**
 * The bits that are set for an entry, by double hashing: each is the first number plus so many
 * times the second.
 */
export function bitsOf(entry: string): readonly number[] {
  const hash = createHash('sha256').update(entry).digest()
  const start = hash.readUInt32BE(0)
  const stride = hash.readUInt32BE(4) | 1
  return Array.from({ length: BITS_PER_ENTRY }, (_, index) => {
    return (start + index * (stride >>> 0)) % (FILTER_BYTES * 8)
  })
}
