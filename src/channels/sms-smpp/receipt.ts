import type { Pdu } from 'smpp'
import type { FailureReason } from '#core/delivery.ts'

/** What became of a message: `null` failure when it was delivered. */
export interface Told {
  readonly message: string
  readonly failure: FailureReason | null
}

/** Bits 2 to 5 of `esm_class`: this is a receipt of the message centre. */
const KIND = 0x3c
const RECEIPT = 0x04

/** @see SMPP 3.4, section 5.2.28 (message_state) and appendix B (the words in a receipt) */
const STATES: Readonly<Record<string, FailureReason | null>> = {
  ...{ 2: null, 3: 'expired', 4: 'rejected', 5: 'unreachable', 8: 'blocked' },
  ...{ DELIVRD: null, EXPIRED: 'expired', DELETED: 'rejected', UNDELIV: 'unreachable' },
  REJECTD: 'blocked',
}

/**
 * Reads a receipt: the fields of its own where a centre sends them, else the words that all of them use.
 *
 * @returns `null` for what is no receipt, or does not end the matter: accepted, on its way, unknown.
 */
export function receiptIn(pdu: Pdu): Told | null {
  if (((pdu.esm_class ?? 0) & KIND) !== RECEIPT) return null
  const text = String(pdu.short_message?.message ?? '')
  const message = pdu.receipted_message_id ?? /\bid:([\x21-\x7e]{1,64})/i.exec(text)?.[1]
  const state = pdu.message_state ?? /\bstat:([A-Z]{1,7})/i.exec(text)?.[1]?.toUpperCase()
  if (!message || message.length > MESSAGE_ID_LENGTH_MAX || state === undefined) return null
  const failure = STATES[state]
  return failure === undefined ? null : { message, failure }
}

/** @see SMPP 3.4, section 5.2.23: 65 octets with the one that ends it */
const MESSAGE_ID_LENGTH_MAX = 64
