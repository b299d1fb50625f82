import type { Fragments } from '#core/devices/known-pin.ts'
import { z } from 'zod'
import { instant } from '#core/time/time.ts'
import type { DeliveredKey } from '#core/inventory/hardware-token.ts'
import { findSuite, hashOfPin, suiteOf } from '#methods/security-card/card.ts'
import { judgedPin } from '#methods/security-card/pin.ts'
import { State } from '#methods/security-card/state.ts'
import { CardPin } from '#methods/security-card/wire.ts'
import type { Adopted, Given, Stock } from '#methods/stock.ts'

/** A card in the inventory, without a holder. */
const Kept = z.strictObject({
  suite: z.string(),
  key: z.base64url(),
  counter: z.number().int().nonnegative(),
  /** Where the manufacturer has set one. */
  pinHash: z.base64url().nullable(),
  expiresAt: z.number().nullable(),
})

/** What the agent who gives it to a client may set, or the PIN of the card that it replaces. */
const Wishes = z.union([
  z.strictObject({ pin: z.string().max(64).optional() }),
  z.strictObject({ pinHash: z.base64url(), pinKind: z.string().nullable() }),
])

const OCRA = 'urn:ietf:params:xml:ns:keyprov:pskc:ocra'
/** 128 bits; RFC 4226, section 4, R6 (S38 asks for 112). */
const SECRET_BYTES_MIN = 16
const SECRET_BYTES_MAX = 128
/** No card has made so many responses, and sums stay exact. */
const COUNTER_MAX = 2 ** 40
/** Where the PIN is used: in the computation, or in the card only. */
const PIN_MODES: readonly (string | null)[] = [null, 'Algorithmic', 'Local']

export const stock: Stock = { adopt, give, isKnown }

function adopt(key: DeliveredKey): Adopted {
  if (key.algorithm !== OCRA) return { ok: false, reason: 'algorithm' }
  const suite = findSuite(key.suite ?? '')
  if (!suite) return { ok: false, reason: 'suite' }
  if (key.secret.length < SECRET_BYTES_MIN) return { ok: false, reason: 'weak-secret' }
  if (key.secret.length > SECRET_BYTES_MAX) return { ok: false, reason: 'long-secret' }
  if (key.counter > COUNTER_MAX) return { ok: false, reason: 'counter' }
  if (key.usages.length > 0 && !key.usages.includes('CR')) return { ok: false, reason: 'usage' }
  if (!PIN_MODES.includes(key.pinMode)) return { ok: false, reason: 'pin-mode' }
  const pin = key.pin === null ? null : CardPin.safeParse({ pin: key.pin })
  if (pin && !pin.success) return { ok: false, reason: 'pin' }
  const kept: z.infer<typeof Kept> = {
    suite: suite.text,
    key: Buffer.from(key.secret).toString('base64url'),
    counter: key.counter,
    pinHash: pin && hashOfPin(suite, pin.data.pin),
    expiresAt: key.expiresAt,
  }
  return { ok: true, kept }
}

/**
 * A client who ordered the card has chosen its PIN (R056); otherwise the manufacturer has.
 */
function give(stored: unknown, wished: unknown): Given {
  const wishes = Wishes.safeParse(wished)
  if (!wishes.success) return { ok: false, problem: 'request.malformed' }
  const { expiresAt, pinHash: made, ...card } = Kept.parse(stored)
  const wish = wishes.data
  const chosen = wishedPin(card.suite, wish)
  if (chosen && !chosen.ok) return chosen
  const pinHash = chosen?.pinHash ?? made
  if (pinHash === null) return { ok: false, problem: 'authenticator.pin-form' }
  return {
    ok: true,
    state: { ...card, pinHash, aligning: null, draws: [], change: null },
    expiresAt: expiresAt === null ? null : instant(expiresAt),
  }
}

function isKnown(stored: unknown, known: Fragments): boolean {
  const { suite, pinHash } = State.parse(stored)
  return isOneOf(suite, pinHash, known)
}

/** What is on record was asked before (`Ordering.isKnown`). */
const NOTHING_KNOWN: Fragments = new Set()

/** `null` where the manufacturer has set it. */
function wishedPin(
  suite: string,
  wish: z.infer<typeof Wishes>,
): ReturnType<typeof chosenPin> | null {
  if (!('pinHash' in wish))
    return wish.pin === undefined ? null : chosenPin(suite, wish.pin, NOTHING_KNOWN)
  // A card that hashes it in another way would answer to another PIN.
  if (suiteOf(suite).pin !== wish.pinKind) return { ok: false, problem: 'order.other-device' }
  return { ok: true, pinHash: wish.pinHash }
}

/** Whether the PIN behind this hash is one of these: of all PINs each is as long as a fragment. */
export const isOneOf = (suite: string, pinHash: string, known: Fragments): boolean =>
  [...known].some((pin) => hashOfPin(suiteOf(suite), pin) === pinHash)

/** What goes into the responses of a card when a client chooses its PIN. */
export function chosenPin(
  suite: string,
  typed: unknown,
  known: Fragments,
): { readonly ok: true; readonly pinHash: string } | Extract<Given, { ok: false }> {
  const judged = judgedPin(typed, known)
  return judged.ok ? { ok: true, pinHash: hashOfPin(suiteOf(suite), judged.pin) } : judged
}
