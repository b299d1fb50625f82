/**
 * How a text travels over the air: in which alphabet, in how many parts. Shared by the channel that
 * sends it and by the code that writes it and needs to know what it costs.
 *
 * @see 3GPP TS 23.038, section 6.2.1 (the default alphabet and its extension); TS 23.040, section
 *   9.2.3.24
 */
export interface ShortMessage {
  readonly coding: 'gsm-7' | 'ucs-2'
  /**
   * What is sent, without the headers that join several parts; one byte for each septet of GSM-7.
   */
  readonly parts: readonly Uint8Array[]
}

/** No text of ours needs more; a longer one is a mistake, and each part costs. */
export const SHORT_MESSAGE_PARTS_MAX = 4

/**
 * Septets, or code units of 16 bits, that one message holds: alone, and with the header of a part.
 */
const SEPTETS = { alone: 160, joined: 153 } as const
const UNITS = { alone: 70, joined: 67 } as const

const ALPHABET =
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\u001bÆæßÉ' +
  ' !"#¤%&\'()*+,-./0123456789:;<=>?' +
  '¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§' +
  '¿abcdefghijklmnopqrstuvwxyzäöñüà'

const ESCAPE = 0x1b

/** Characters that take two septets: the escape, and one of these. */
const EXTENSION: ReadonlyMap<string, number> = new Map([
  ...([
    ['\f', 0x0a],
    ['^', 0x14],
    ['{', 0x28],
    ['}', 0x29],
    ['\\', 0x2f],
  ] as const),
  ...([
    ['[', 0x3c],
    ['~', 0x3d],
    [']', 0x3e],
    ['|', 0x40],
    ['€', 0x65],
  ] as const),
])

const SEPTET_OF: ReadonlyMap<string, readonly number[]> = new Map<string, readonly number[]>([
  ...[...ALPHABET].map((character, at) => [character, [at]] as const),
  ...[...EXTENSION].map(([character, septet]) => [character, [ESCAPE, septet]] as const),
])

/**
 * The text as it is sent; in GSM-7 when every character of it is there, else in UCS-2.
 *
 * @returns `null` for an empty text, or one that needs more than `SHORT_MESSAGE_PARTS_MAX` parts.
 */
export function shortMessage(text: string): ShortMessage | null {
  const pieces = [...text].map(septetsOf)
  const known = pieces.filter((piece) => piece !== null)
  const isPlain = known.length === pieces.length
  const parts = isPlain ? packed(known, SEPTETS) : packed([...text].map(unitsOf), BYTES)
  if (parts.length === 0 || parts.length > SHORT_MESSAGE_PARTS_MAX) return null
  return { coding: isPlain ? 'gsm-7' : 'ucs-2', parts }
}

const BYTES = { alone: 2 * UNITS.alone, joined: 2 * UNITS.joined }

/** The escape itself is no character that a text can hold. */
const septetsOf = (character: string): readonly number[] | null =>
  character === '\u001b' ? null : (SEPTET_OF.get(character) ?? null)

/** Both halves of a character beyond the first plane stay together, as every phone expects. */
const unitsOf = (character: string): readonly number[] =>
  Array.from({ length: character.length }, (_, at) => character.charCodeAt(at)).flatMap((unit) => [
    unit >> 8,
    unit & 0xff,
  ])

/** Fills parts one after the other; no character is cut in two. */
function packed(
  pieces: readonly (readonly number[])[],
  size: { readonly alone: number; readonly joined: number },
): readonly Uint8Array[] {
  const all = pieces.flat()
  if (all.length === 0) return []
  if (all.length <= size.alone) return [Uint8Array.from(all)]
  const parts: number[][] = [[]]
  for (const piece of pieces) {
    const last = parts.at(-1) ?? []
    if (last.length + piece.length <= size.joined) last.push(...piece)
    else parts.push([...piece])
  }
  return parts.map((part) => Uint8Array.from(part))
}

/**
 * What was sent, as text again: for the receiver. Septets that mean nothing become a space.
 */
export function textOf({
  coding,
  bytes,
}: {
  readonly coding: ShortMessage['coding']
  readonly bytes: Uint8Array
}): string {
  return coding === 'gsm-7' ? plainText(bytes) : wideText(bytes)
}

function plainText(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < bytes.length; at += 1) {
    const isEscaped = bytes[at] === ESCAPE
    if (isEscaped) at += 1
    const septet = bytes[at] ?? 0
    text += isEscaped ? (EXTENDED.get(septet) ?? ' ') : (ALPHABET[septet] ?? ' ')
  }
  return text
}

const EXTENDED = new Map([...EXTENSION].map(([character, septet]) => [septet, character]))

function wideText(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at + 1 < bytes.length; at += 2) {
    text += String.fromCharCode(((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0))
  }
  return text
}
