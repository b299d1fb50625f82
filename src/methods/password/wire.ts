import { z } from 'zod'

/** No password is longer: what is beyond is refused before any work is done. In UTF-16 code units. */
export const PASSWORD_LENGTH_MAX = 1024

/** What a claimant types. Nothing is trimmed, cut or changed. */
export const PasswordAnswer = z.strictObject({ password: z.string().min(1).max(PASSWORD_LENGTH_MAX) })
