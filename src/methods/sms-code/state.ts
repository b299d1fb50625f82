import { z } from 'zod'
import { TRIES_PER_CODE } from '#methods/sms-code/caps.ts'
import { E164 } from '#methods/telephone-number.ts'
import { WAYS } from '#methods/sms-code/ways.ts'

const at = z.number().int()

/** When each way was last used. */
export const Sent = z.strictObject({ text: at.nullable(), call: at.nullable() })

/** A number that its holder has proven, and the one code that counts for it. */
export const State = z.strictObject({
  number: E164,
  sent: Sent,
  /**
   * Another code overwrites it, whichever login that is for (S35); a right answer takes it away.
   */
  pending: z
    .strictObject({
      code: z.string(),
      way: z.enum(WAYS),
      /** The login that it was sent for, and no other (S24). */
      transaction: z.string(),
      at,
      /** Sent by mail as well; absent for no. */
      mailed: z.literal(true).exactOptional(),
      wrong: z.int().min(0).max(TRIES_PER_CODE),
    })
    .nullable(),
})
export type State = z.infer<typeof State>
