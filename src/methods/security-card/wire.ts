import { z } from 'zod'
import { typedCode } from '#methods/typed.ts'

/** What card and server agree on, unless the card is an older one. @see RFC 6287, section 6 */
export const CARD_SUITE = 'OCRA-1:HOTP-SHA256-8:C-QN06-PSHA256'

/** The response of the card: eight digits, or six of an older one. */
export const CardAnswer = z.strictObject({ response: typedCode(/^[0-9]{6,8}$/) })

export const PIN_LENGTH = 4

/** Four digits: the card has no other keys (R055). */
export const CardPin = z.strictObject({ pin: typedCode(/^[0-9]{4}$/) })
