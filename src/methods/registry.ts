import type { PhoneIntegrity } from '#core/devices/integrity/signs.ts'
import { codeCard } from '#methods/code-card/method.ts'
import type { Keyed } from '#methods/keyed.ts'
import type { Method } from '#methods/method.ts'
import type { PasswordHasher } from '#methods/password/hasher.ts'
import { passkey } from '#methods/passkey/method.ts'
import { password } from '#methods/password/method.ts'
import { phoneKeyUnder } from '#methods/phone-key/method.ts'
import { securityCard } from '#methods/security-card/method.ts'
import { pastCards } from '#methods/security-card/past.ts'
import { smsCode } from '#methods/sms-code/method.ts'
import { resetCode } from '#methods/reset-code/method.ts'
import type { TelephoneRules } from '#methods/telephone-number.ts'
import { totp } from '#methods/totp/method.ts'
import type { Words } from '#methods/words.ts'
import { temporaryPasscode } from '#methods/temporary-passcode/method.ts'

/** What some methods cannot do without. */
export interface MethodTools {
  readonly passwords: PasswordHasher
  readonly words: Words
  readonly telephone: TelephoneRules
  /** The domain that passkeys belong to; without, it is the host of this installation. */
  readonly rpId?: string | null
  /** Whether phones that are not their holder's alone are refused (R041); without, they are not. */
  readonly phoneIntegrity?: PhoneIntegrity
  /** A key of its own for each purpose. */
  readonly keyed: (purpose: string) => Keyed
}

/**
 * What a member of staff proves themselves with, at the desk and nowhere else. It belongs to the
 * host of the desk, whatever domain those of the clients belong to.
 */
export function staffMethod(): StaffMethod {
  const { identify, enrol, ...method } = passkey(null)
  if (!identify || !enrol) throw new Error('staff cannot log in with that')
  return { ...method, identify, enrol }
}

/** It names its holder, and is bound on a page. */
export type StaffMethod = Method & Required<Pick<Method, 'identify' | 'enrol'>>

/** What clients order, and what is therefore kept in stock. */
export const ORDERED_KINDS: readonly string[] = [securityCard, ...pastCards].flatMap(
  ({ name, stock }) => (stock?.ordering ? [name] : []),
)

/** Every way to authenticate. Adding one is a folder, a line here, and its texts. */
export const methodsOf = (tools: MethodTools): ReadonlyMap<string, Method> =>
  new Map(
    [
      password(tools.passwords),
      phoneKeyUnder(tools.phoneIntegrity ?? 'off'),
      securityCard,
      ...pastCards,
      smsCode(tools),
      passkey(tools.rpId),
      totp,
      codeCard(tools.keyed('code-card')),
      temporaryPasscode(tools.passwords),
      resetCode(tools.passwords),
    ].map((method) => [method.name, method]),
  )
