import { z } from 'zod'

/** What an authenticator app and the server share, and how far time has been used up. */
export const TotpState = z.strictObject({
  key: z.base64url(),
  /** The latest step whose code was accepted: neither it nor any before it counts again. */
  usedStep: z.number().int().nonnegative(),
})
export type TotpState = z.infer<typeof TotpState>
