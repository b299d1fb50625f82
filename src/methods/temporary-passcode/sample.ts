import { type Instant, instant } from '#core/time/time.ts'
import { passwords } from '#methods/sample-tools.ts'
import type { Sample } from '#methods/sample.ts'
import { temporaryPasscode } from '#methods/temporary-passcode/method.ts'

const NOON: Instant = instant(Date.UTC(2026, 10, 20, 12))

const issued = await temporaryPasscode(passwords).issued?.issue({
  now: NOON,
  random: (length: number) => Buffer.alloc(length, 'sample'),
  language: 'en',
})
if (!issued) throw new Error('the sample passcode cannot be issued')

export const sample: Sample = {
  state: issued.state,
  holder: async () => ({ passcode: issued.secret }),
  secrets: [issued.secret, (issued.state as { readonly hash: string }).hash],
}
