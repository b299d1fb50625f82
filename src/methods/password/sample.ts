import { createHasher } from '#methods/password/hasher.ts'
import type { Sample } from '#methods/sample.ts'

const PASSWORD = 'blue kettle, seven spoons'

/** Cheap on purpose: a sample protects nobody. */
export const passwords = await createHasher({
  pepper: Buffer.alloc(32, 'sample pepper'),
  random: (length) => Buffer.alloc(length, 'sample salt'),
  cost: { memoryCost: 64, timeCost: 1 },
})

const hash = await passwords.hash(PASSWORD)

export const sample: Sample = {
  state: { hash },
  holder: async () => ({ password: PASSWORD }),
  secrets: [PASSWORD, hash, 'sample pepper'],
}
