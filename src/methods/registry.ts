import type { Method } from '#methods/method.ts'
import type { PasswordHasher } from '#methods/password/hasher.ts'
import { password } from '#methods/password/method.ts'
import { phoneKey } from '#methods/phone-key/method.ts'
import { securityCard } from '#methods/security-card/method.ts'

/** What some methods cannot do without. */
export interface MethodTools {
  readonly passwords: PasswordHasher
}

/** Every way to authenticate. Adding one is a folder, a line here, and its texts. */
export const methodsOf = (tools: MethodTools): ReadonlyMap<string, Method> =>
  new Map(
    [password(tools.passwords), phoneKey, securityCard].map((method) => [method.name, method]),
  )
