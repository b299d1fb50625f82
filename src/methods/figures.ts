import { count, type Figure, lasting } from '#core/figure.ts'
import { CARD_LIFETIME } from '#methods/code-card/card.ts'
import { CARD_TRIES } from '#methods/code-card/method.ts'
import { CELLS } from '#methods/code-card/wire.ts'
import { PUSH_PENDING_FOR } from '#methods/phone-key/limits.ts'
import { CHALLENGE_LIFETIME } from '#methods/phone-key/method.ts'
import { PHONE_PIN_LENGTH } from '#core/devices/pin-rule.ts'
import { PIN_LENGTH } from '#methods/security-card/wire.ts'
import { CODE_LIFETIME, RESEND } from '#methods/sms-code/caps.ts'
import { FULL_ACCESS, LIFETIME, PASSCODE_TRIES } from '#methods/temporary-passcode/method.ts'

/** What the help tells in figures of the ways to authenticate, each as its method has it. */
export const FIGURES_OF_METHODS = {
  'passcode-trades': lasting(FULL_ACCESS, 'day'),
  'passcode-ends': lasting(LIFETIME, 'day'),
  'passcode-prints': lasting(LIFETIME - FULL_ACCESS, 'day'),
  'card-valid': lasting(CARD_LIFETIME, 'day'),
  'passcode-tries': count(PASSCODE_TRIES),
  'card-tries': count(CARD_TRIES),
  'card-codes': count(CELLS),
  'text-again': lasting(RESEND, 'minute'),
  'text-valid': lasting(CODE_LIFETIME, 'minute'),
  'push-waits': lasting(PUSH_PENDING_FOR, 'second'),
  'challenge-valid': lasting(CHALLENGE_LIFETIME, 'minute'),
  'pin-most': count(PHONE_PIN_LENGTH.max),
  'card-pin': count(PIN_LENGTH),
} as const satisfies Readonly<Record<string, Figure>>
