import { isIP } from 'node:net'
import { z } from 'zod'
import { CLAIMED_PORTS_MAX, type Claim } from '#core/connectivity/share.ts'

const Finding = z.enum(['works', 'blocked', 'unknown'])
const PORT_MAX = 65_535
/** A clock that is further off says no more. */
const CLOCK_MS_MAX = 1_000_000_000_000
const DNS_MS_MAX = 600_000
/** Of each way: the pages, their WebSocket, and each port. */
const ADDRESSES_MAX = CLAIMED_PORTS_MAX + 2
const ADDRESS_LENGTH_MAX = 45

/** What a browser may claim, and nothing besides. */
const ClaimSchema = z.strictObject({
  text: z.enum(['works', 'blocked', 'unknown', 'changed']),
  events: z.enum(['works', 'blocked', 'unknown', 'late']),
  socket: Finding,
  ports: z
    .array(z.strictObject({ port: z.int().min(1).max(PORT_MAX), finding: Finding }))
    .max(CLAIMED_PORTS_MAX),
  clockAhead: z.number().min(-CLOCK_MS_MAX).max(CLOCK_MS_MAX).nullable(),
  storage: Finding,
  addresses: z
    .array(
      z
        .string()
        .max(ADDRESS_LENGTH_MAX)
        .refine((text) => isIP(text) !== 0),
    )
    .max(ADDRESSES_MAX),
  protocol: z
    .string()
    .regex(/^[a-z0-9./]{1,12}$/)
    .nullable(),
  dnsMs: z.number().min(0).max(DNS_MS_MAX).nullable(),
})

/** Reads what a browser has sent; `null` for what is no result of the test. */
export function readClaim(sent: string): Claim | null {
  try {
    const read = ClaimSchema.safeParse(JSON.parse(sent))
    return read.success ? read.data : null
  } catch {
    return null
  }
}
