/**
 * Makes src/methods/password/blocklist.bin anew, byte for byte, from a list of common passwords:
 *
 *   npm pack @zxcvbn-ts/language-common@4.1.3 && tar -xzf zxcvbn-ts-language-common-4.1.3.tgz
 *   node scripts/blocklist.ts package/src/passwords.json
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { bitsOf, FILTER_BYTES } from '#methods/password/blocklist-filter.ts'

/** The shortest password there may be, and with it the shortest that is worth refusing. */
const LENGTH_MIN = 8

const [list] = process.argv.slice(2)
if (!list) throw new Error('say which list: node scripts/blocklist.ts package/src/passwords.json')

const passwords = (JSON.parse(readFileSync(list, 'utf8')) as string[])
  .map((password) => password.normalize('NFKC').toLowerCase())
  .filter((password) => [...password].length >= LENGTH_MIN)
const filter = Buffer.alloc(FILTER_BYTES)
for (const password of passwords) {
  for (const bit of bitsOf(password)) filter[bit >> 3] = (filter[bit >> 3] ?? 0) | (1 << (bit & 7))
}
writeFileSync('src/methods/password/blocklist.bin', filter)
console.log(`${passwords.length} passwords`)
