/**
 * The lines for machines of a passport or an identity card, as a person has typed them from a
 * photograph: two lines of 44 characters, two of 36, or three of 30. Check digits tell a slip of
 * the finger, and a forgery that was made without them; they prove nothing else.
 *
 * @see ICAO Doc 9303, "Machine Readable Travel Documents", part 3, section 4.9; parts 4 to 6
 */
export interface ReadMrz {
  readonly ok: true
  readonly format: Format
  readonly surname: string
  readonly given: string
  readonly documentNumber: string
  /** `2034-04-15`. */
  readonly expires: string
}

export type Format = 'TD1' | 'TD2' | 'TD3'

/** What is wrong with them: their length, a character, or one of the check digits. */
export type MrzFault = 'length' | 'character' | 'number' | 'birth' | 'expiry' | 'optional' | 'whole'

export type MrzReading = ReadMrz | { readonly ok: false; readonly fault: MrzFault }

const LINES = { TD1: [3, 30], TD2: [2, 36], TD3: [2, 44] } as const satisfies Readonly<
  Record<Format, readonly [count: number, length: number]>
>

/** With the breaks between lines, and spaces where they were typed. */
export const MRZ_LENGTH_MAX = 200

export function readMrz(typed: string): MrzReading {
  const text = typed.replaceAll(/\s/g, '').toUpperCase()
  const formats = Object.keys(LINES) as readonly Format[]
  const format = formats.find((one) => text.length === LINES[one][0] * LINES[one][1])
  if (!format) return { ok: false, fault: 'length' }
  if (!/^[A-Z0-9<]+$/.test(text)) return { ok: false, fault: 'character' }
  const length = LINES[format][1]
  const [one = '', two = '', three = ''] = [0, 1, 2].map((line) =>
    text.slice(line * length, (line + 1) * length),
  )
  return format === 'TD1' ? read(format, ofCard(one, two, three)) : read(format, ofTwo(one, two))
}

interface Fields {
  readonly names: string
  readonly number: string
  readonly numberDigit: string
  readonly birth: string
  readonly birthDigit: string
  readonly expiry: string
  readonly expiryDigit: string
  /** Has a check digit of its own on a passport; `null` elsewhere. */
  readonly optional: readonly [text: string, digit: string] | null
  /** Where a number of more than nine characters goes on. */
  readonly more: string
  /** What the last digit is over. */
  readonly whole: string
  readonly wholeDigit: string
}

/** A card: the names are on the third line. */
const ofCard = (one: string, two: string, three: string): Fields => ({
  names: three,
  number: one.slice(5, 14),
  numberDigit: one.charAt(14),
  more: one.slice(15, 30),
  birth: two.slice(0, 6),
  birthDigit: two.charAt(6),
  expiry: two.slice(8, 14),
  expiryDigit: two.charAt(14),
  optional: null,
  whole: one.slice(5, 30) + two.slice(0, 7) + two.slice(8, 15) + two.slice(18, 29),
  wholeDigit: two.charAt(29),
})

/** A passport, or a card of two lines: the names are on the first. */
function ofTwo(one: string, two: string): Fields {
  const end = two.length - 1
  const isPassport = two.length === LINES.TD3[1]
  return {
    names: one.slice(5),
    number: two.slice(0, 9),
    numberDigit: two.charAt(9),
    more: isPassport ? '' : two.slice(28, end),
    birth: two.slice(13, 19),
    birthDigit: two.charAt(19),
    expiry: two.slice(21, 27),
    expiryDigit: two.charAt(27),
    optional: isPassport ? [two.slice(28, 42), two.charAt(42)] : null,
    whole: two.slice(0, 10) + two.slice(13, 20) + two.slice(21, end),
    wholeDigit: two.charAt(end),
  }
}

function read(format: Format, fields: Fields): MrzReading {
  const { names, birth, birthDigit, expiry, expiryDigit, optional, whole, wholeDigit } = fields
  const documentNumber = numberIn(fields)
  if (documentNumber === null) return { ok: false, fault: 'number' }
  // A person may not know the day or month they were born on: then there are fillers.
  if (!isRight(birth, birthDigit)) return { ok: false, fault: 'birth' }
  const expires = dayOf(expiry)
  if (!isRight(expiry, expiryDigit) || expires === null) return { ok: false, fault: 'expiry' }
  if (optional && !isRightOrEmpty(...optional)) return { ok: false, fault: 'optional' }
  if (!isRight(whole, wholeDigit)) return { ok: false, fault: 'whole' }
  const [surname = '', given = ''] = names.split('<<').map(wordsOf)
  return { ok: true, format, surname, given, documentNumber, expires }
}

/** A long number goes on behind, and its digit stands at its end. */
function numberIn({ number, numberDigit, more }: Fields): string | null {
  if (numberDigit !== '<') return isRight(number, numberDigit) ? bare(number) : null
  const [rest = ''] = more.split('<', 1)
  const all = number + rest.slice(0, -1)
  return rest.length > 1 && isRight(all, rest.slice(-1)) ? all : null
}

const bare = (text: string): string => text.replaceAll('<', '')
const wordsOf = (text: string): string => text.replaceAll('<', ' ').trim()

const WEIGHTS = [7, 3, 1] as const

/** Modulo 10, with weights 7, 3 and 1; letters count from 10, and a filler is 0. */
export function checkDigit(text: string): string {
  const sum = [...text].reduce((all, character, index) => {
    const value = character === '<' ? 0 : Number.parseInt(character, 36)
    return all + value * (WEIGHTS[index % WEIGHTS.length] ?? 0)
  }, 0)
  return String(sum % 10)
}

const isRight = (text: string, digit: string): boolean => checkDigit(text) === digit

/** Where nothing stands, its digit may be a filler too. */
const isRightOrEmpty = (text: string, digit: string): boolean =>
  isRight(text, digit) || (digit === '<' && bare(text) === '')

/** Documents are valid for ten years or so: the century is this one. */
function dayOf(text: string): string | null {
  const [, year, month, day] = /^(\d\d)(\d\d)(\d\d)$/.exec(text) ?? []
  const written = `20${year}-${month}-${day}`
  const at = Date.parse(`${written}T00:00:00Z`)
  return Number.isNaN(at) || new Date(at).toISOString().slice(0, 10) !== written ? null : written
}
