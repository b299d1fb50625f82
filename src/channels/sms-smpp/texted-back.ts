import type { Pdu } from 'smpp'
import type { TextedBack } from '#channels/channel.ts'

/** Bits 2 to 5 of `esm_class`: what kind of message it is; none of them for one that somebody has written. */
const KIND = 0x3c

/**
 * What somebody has texted back to us; `null` for a receipt, and for a sender that is no number. Centres write
 * international numbers with and without a plus.
 *
 * @see SMPP 3.4, section 5.2.12 (esm_class)
 */
export function textedBackIn(pdu: Pdu): TextedBack | null {
  if (((pdu.esm_class ?? 0) & KIND) !== 0) return null
  const digits = /^\+?([1-9][0-9]{4,14})$/.exec(pdu.source_addr ?? '')?.[1]
  if (digits === undefined) return null
  const { message = '' } = pdu.short_message ?? {}
  return { from: `+${digits}`, text: String(message) }
}
