import { passwords } from '#methods/sample-tools.ts'
import type { Sample } from '#methods/sample.ts'

const PASSWORD = 'blue kettle, seven spoons'

const hash = await passwords.hash(PASSWORD)

export const sample: Sample = {
  state: { hash },
  holder: async () => ({ password: PASSWORD }),
  secrets: [PASSWORD, hash, 'sample pepper'],
}
