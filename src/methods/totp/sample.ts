import type { Sample } from '#methods/sample.ts'
import { codeAt } from '#methods/totp/codes.ts'
import { base32 } from '#methods/totp/key-uri.ts'
import { TOTP_DEFAULT, timeStep } from '#oath/totp.ts'

/** The key of the test values of RFC 6238, appendix B. */
const KEY = Buffer.from('12345678901234567890')

export const sample: Sample = {
  state: { key: KEY.toString('base64url'), usedStep: 0 },
  async holder(_prompt, now) {
    return { code: codeAt(timeStep(TOTP_DEFAULT, now), KEY.toString('base64url')) }
  },
  secrets: [KEY.toString('base64url'), KEY.toString('hex'), base32(KEY)],
}
