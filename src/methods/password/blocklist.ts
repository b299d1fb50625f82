import { readFileSync } from 'node:fs'
import { bitsOf } from './blocklist-filter.ts'

/**
 * 17,950 passwords of eight characters or more that attackers try first, most of them from
 * breaches.
 *
 * They stand in `blocklist.bin` as a Bloom filter, made by `scripts/blocklist.ts` from the password
 * list of @zxcvbn-ts/language-common 4.1.3. Its notice, as the MIT licence asks for it: Copyright
 * (c) 2012-2016 Dan Wheeler and Dropbox, Inc.; Copyright (c) 2021 @zxcvbn-ts.
 */
const FILTER = readFileSync(new URL('blocklist.bin', import.meta.url))

/** Whether a password, in lower case, is one that attackers try. */
export const isCommon = (folded: string): boolean =>
  bitsOf(folded).every((bit) => ((FILTER[bit >> 3] ?? 0) >> (bit & 7)) & 1)
