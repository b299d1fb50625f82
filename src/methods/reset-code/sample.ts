import { passwords } from '#methods/sample-tools.ts'
import type { Sample } from '#methods/sample.ts'

const CODE = '7K3Q9XWM'

const hash = await passwords.hash(CODE)

export const sample: Sample = {
  state: { hash },
  holder: async () => ({ password: CODE }),
  secrets: [CODE, hash],
}
