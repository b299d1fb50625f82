import { containsOne, type Fragments } from '#core/devices/known-pin.ts'
import { CardPin } from '#methods/security-card/wire.ts'

/**
 * Whether a PIN is one of those that are tried first: all alike, counting up or down, or two pairs.
 *
 * @see NIST SP 800-63B-4, "Activation Secrets": a blocklist should be used (S46)
 */
export function isGuessable(pin: string): boolean {
  const digits = Array.from(pin, Number)
  const steps = digits.slice(1).map((digit, index) => (digit - (digits[index] ?? 0) + 10) % 10)
  const alike = (values: readonly number[]) => values.every((value) => value === values[0])
  const isRun = alike(steps) && [0, 1, 9].includes(steps[0] ?? 0)
  return isRun || pin.slice(0, 2) === pin.slice(2)
}

/** A PIN that a client chooses, as it is computed with, or what is wrong with it. */
export function judgedPin(
  typed: unknown,
  known: Fragments,
):
  | { readonly ok: true; readonly pin: string }
  | {
      readonly ok: false
      readonly problem: `authenticator.pin-${'form' | 'guessable' | 'known'}`
    } {
  const read = CardPin.safeParse({ pin: typed })
  if (!read.success) return { ok: false, problem: 'authenticator.pin-form' }
  const { pin } = read.data
  if (isGuessable(pin)) return { ok: false, problem: 'authenticator.pin-guessable' }
  return containsOne(pin, known)
    ? { ok: false, problem: 'authenticator.pin-known' }
    : { ok: true, pin }
}
