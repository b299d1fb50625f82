import { textOf } from '#core/contact/short-message.ts'

/**
 * What a message says; `null` for binary data, or an alphabet that is not known.
 *
 * @see SMPP 3.4, section 5.2.19 (data_coding); 3GPP TS 23.038, section 4 (the groups from 0x10 on)
 */
export function wordsOf(bytes: Buffer, coding: number): string | null {
  const alphabet = alphabetOf(coding)
  if (alphabet === null) return null
  if (alphabet === 'gsm-7') {
    // "The default alphabet of the centre": no septet is that large, so it is another one.
    return bytes.some((byte) => byte > 0x7f)
      ? bytes.toString('latin1')
      : textOf({ coding: 'gsm-7', bytes })
  }
  if (alphabet === 'ucs-2') return wide(bytes)
  if (alphabet === 'latin-1') return bytes.toString('latin1')
  return new TextDecoder(alphabet).decode(bytes)
}

export const isWide = (coding: number): boolean => alphabetOf(coding) === 'ucs-2'

const PLAIN: ReadonlyMap<number, string> = new Map([
  [0x00, 'gsm-7'],
  [0x01, 'latin-1'], // IA5, of which it is an extension
  [0x03, 'latin-1'],
  [0x05, 'shift_jis'],
  [0x06, 'iso-8859-5'],
  [0x07, 'iso-8859-8'],
  [0x08, 'ucs-2'],
  [0x0a, 'iso-2022-jp'],
  [0x0e, 'euc-kr'],
])

/** By bits 2 and 3 of the groups in which a coding also says where the phone keeps the message. */
const IN_GROUP = ['gsm-7', null, 'ucs-2', null] as const

function alphabetOf(coding: number): string | null {
  const group = coding >> 4
  if (group === 0) return PLAIN.get(coding) ?? null
  if (group <= 0x3) return IN_GROUP[(coding >> 2) & 3] ?? null
  // Messages that wait, which only some phones keep: in the default alphabet, and in UCS-2.
  if (group === 0xc || group === 0xd) return 'gsm-7'
  if (group === 0xe) return 'ucs-2'
  if (group === 0xf) return (coding & 4) === 0 ? 'gsm-7' : null
  return null
}

/** Big end first, unless a mark at its beginning says otherwise. */
function wide(bytes: Buffer): string {
  const mark = bytes.length >= 2 ? bytes.readUInt16BE(0) : 0
  const marked = mark === 0xfffe || mark === 0xfeff ? bytes.subarray(2) : bytes
  const even = marked.subarray(0, marked.length & ~1)
  if (mark === 0xfffe) return even.toString('utf16le')
  return textOf({ coding: 'ucs-2', bytes: even })
}
