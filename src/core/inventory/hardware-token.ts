import { answers, type Authenticator } from '#core/devices/authenticator.ts'
import type { Actor } from '#core/events/event.ts'
import type { AuthenticatorId, OrderId } from '#core/ids.ts'
import type { Json } from '#core/json.ts'
import type { Loss } from '#core/orders/fees.ts'
import type { Instant } from '#core/time/time.ts'
import { readText } from '#core/text/typed.ts'

/**
 * A hardware token's key as its manufacturer delivers it, before it is given to a client. Which
 * method it serves is decided by the method itself.
 *
 * @see RFC 6030, "Portable Symmetric Key Container (PSKC)", section 4
 */
export interface DeliveredKey {
  /** As `serialKey` makes it: printed on the device, unique in the inventory. */
  readonly serial: string
  /** What the key computes, as PSKC names it. */
  readonly algorithm: string
  readonly suite: string | null
  readonly secret: Uint8Array
  readonly counter: number
  /** Where the manufacturer has set one. */
  readonly pin: string | null
  readonly startsAt: Instant | null
  readonly expiresAt: Instant | null
  /** What it may be used for; nothing said means anything. */
  readonly usages: readonly string[]
  /** Where its PIN goes, as PSKC names it. */
  readonly pinMode: string | null
}

/**
 * A hardware token in the inventory: free, or the authenticator of a client.
 *
 *   free ──taken for an order──▶ on its way ──bound──▶ with a client ──sent back──▶ back, for good
 *     └────────────────given by the desk────────────────────▲
 */
export type Token = TokenCourse &
  (
    | StockedToken
    | (NamedToken & { readonly authenticatorId: AuthenticatorId; readonly state: null })
  )

interface NamedToken {
  readonly serial: string
  readonly method: string
}

/**
 * Whether one that has come back, or is not expected to, may be ended. Who sends devices would end
 * any way in by typing its serial: what a client still logs in with is blocked first, by those who
 * speak with clients.
 *
 * @param held what it is of its client; `null` where it is none's
 */
export const mayEnd = (
  by: Actor,
  held: Pick<Authenticator, 'lifecycle' | 'expiresAt'> | null,
  now: Instant,
): boolean => by !== 'desk' || held === null || !answers(held, now)

/** One with its key, as it was imported. */
export interface StockedToken extends NamedToken {
  readonly authenticatorId: null
  readonly state: Json
}

interface TokenCourse {
  /** The order that it is for, from the moment it was named. */
  readonly orderId: OrderId | null
  /** Since when its holder says that it is on its way back. */
  readonly returningAt: Instant | null
  readonly returnedAt: Instant | null
  /** Since when it is not expected back, and why. */
  readonly writtenOff: { readonly at: Instant; readonly why: Loss } | null
}

/** Why one key of a file is not taken; the others are. */
export const KEY_REFUSALS = [
  'malformed',
  'no-serial',
  'no-secret',
  'counter',
  'date',
  'policy',
  'not-encrypted',
  'no-key',
  'cipher',
  'triple-des',
  'no-mac',
  'wrong-mac',
  'algorithm',
  'suite',
  'weak-secret',
  'long-secret',
  'pin',
  'pin-mode',
  'usage',
  'not-yet-valid',
  'expired',
  'duplicate',
  'known',
] as const

export type KeyRefusal = (typeof KEY_REFUSALS)[number]

const SERIAL_LENGTH_MAX = 64

/**
 * A serial number in the one form in which it is kept and compared; `null` when it cannot be one.
 */
export function serialKey(typed: string): string | null {
  const serial = readText(typed).toUpperCase()
  const fits =
    serial.length <= SERIAL_LENGTH_MAX && /^[0-9A-Z](?:[0-9A-Z._/-]*[0-9A-Z])?$/.test(serial)
  return fits ? serial : null
}
