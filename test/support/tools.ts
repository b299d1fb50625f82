import { keyed } from '#methods/sample-tools.ts'
import { wordsOf } from '#cli/words.ts'
import type { PasswordHasher } from '#methods/password/hasher.ts'
import type { MethodTools } from '#methods/registry.ts'

/** What methods cannot do without, as a small brokerage in New York has it. */
export const methodTools = (passwords: PasswordHasher): MethodTools => ({
  keyed,
  passwords,
  words: wordsOf('America/New_York'),
  telephone: {
    countries: ['US', 'CH', 'FR', 'GB'],
    limits: {
      perNumberHour: 5,
      perNumberDay: 10,
      perAccountDay: 10,
      perAddressHour: 10,
      perBlockHour: 30,
      houseHour: 2_000,
      houseDay: 10_000,
    },
  },
})
