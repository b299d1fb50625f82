import { z } from 'zod'
import type { EnrolBy } from '#methods/enrol.ts'
import { stepsOf } from '#methods/totp/codes.ts'
import { keyUri, spelled } from '#methods/totp/key-uri.ts'
import { describeKey } from '#methods/totp/prompt.ts'
import type { TotpState } from '#methods/totp/state.ts'
import { Code } from '#methods/totp/wire.ts'

/** 160 bits, as long as the hash is: RFC 4226, section 4, R6 (S38 asks for 112). */
const KEY_LENGTH_BYTES = 20

const Drawn = z.strictObject({ key: z.base64url() })

/** What a new one is called, until its holder gives it a name of their own. */
const LABELS = { en: 'Authenticator app', fr: 'Application d’authentification' } as const

/** The key is made here, shown once, and bound when the app answers with its first code. */
export const enrol: EnrolBy<TotpState> = {
  begin(_request, { random, brand, subscriber: { userName } }) {
    const key = random(KEY_LENGTH_BYTES)
    return {
      ok: true,
      prompt: { uri: keyUri({ key, brand, userName }), spelled: spelled(key) },
      expected: { key: Buffer.from(key).toString('base64url') },
      deliver: [],
    }
  },

  async complete(answer, { expected, now, language }) {
    const { key } = Drawn.parse(expected)
    const typed = Code.safeParse(answer)
    const [step] = typed.success ? stepsOf({ key, code: typed.data, now }) : []
    if (step === undefined) return { wrong: true }
    // The code that binds it has been used: it does not also log a client in (S40).
    return { ok: true, label: LABELS[language], state: { key, usedStep: step } }
  },

  describe: describeKey,
}
