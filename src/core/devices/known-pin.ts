/** What is on record of a client and is known to others, too: to family, a finder, a colleague. */
export interface KnownFacts {
  /** As `1984-02-29`; `null` where it is not recorded. */
  readonly birthDate: string | null
  /** Numbers of passports and identity cards. */
  readonly documents: readonly string[]
  readonly postalAddresses: readonly string[]
  readonly telephoneNumbers: readonly string[]
  readonly accountNumbers: readonly string[]
}

/** Pieces of four characters that a PIN may not contain. */
export type Fragments = ReadonlySet<string>

/**
 * The length of a fragment is that of the shortest PIN. So each PIN that is part of a fact is
 * found, and each longer one that has such a part in it.
 */
export const FRAGMENT_LENGTH = 4

/** More are left out, the facts that are guessed last first: a phone hears of as many always. */
export const FRAGMENTS_MAX = 512

/**
 * What a PIN of this client may not contain, forwards and backwards (R068).
 *
 * @see NIST SP 800-63B-4, "Activation Secrets": a blocklist should be used
 */
export function fragmentsOf(facts: KnownFacts): Fragments {
  const texts = [
    ...(facts.birthDate === null ? [] : datesOf(facts.birthDate).flatMap(formsOfDate)),
    ...facts.telephoneNumbers.flatMap(formsOfTelephone),
    ...facts.documents.map(folded),
    ...facts.accountNumbers.map(folded),
    ...facts.postalAddresses.flatMap(formsOfAddress),
  ]
  const found = new Set(texts.flatMap((text) => [...piecesOf(text), ...piecesOf(reversed(text))]))
  return new Set([...found].slice(0, FRAGMENTS_MAX))
}

/** Whether a PIN is one of these or has one in it. */
export const containsOne = (pin: string, fragments: Fragments): boolean =>
  piecesOf(folded(pin)).some((piece) => fragments.has(piece))

/** All pieces of four neighbouring characters; of a shorter text there are none. */
export function piecesOf(text: string): readonly string[] {
  const count = Math.max(0, text.length - FRAGMENT_LENGTH + 1)
  return Array.from({ length: count }, (_, at) => text.slice(at, at + FRAGMENT_LENGTH))
}

/** Letters in one case and digits, as a keypad has them, and nothing between them. */
export const folded = (text: string): string =>
  text
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/[^0-9a-z]/g, '')

const reversed = (text: string): string => [...text].reverse().join('')

const DATE = /^([0-9]{4})-([0-9]{2})-([0-9]{2})$/

/** A birthday on 29 February is kept on the day before or after in the other years. */
function datesOf(date: string): readonly string[] {
  const year = date.slice(0, FRAGMENT_LENGTH)
  return date.endsWith('-02-29') ? [date, `${year}-02-28`, `${year}-03-01`] : [date]
}

/** How people write a day: in either order, with and without zeros, with the name of the month. */
function formsOfDate(date: string): readonly string[] {
  const [, year = '', month = '', day = ''] = DATE.exec(date) ?? []
  const short = year.slice(2)
  const [m, d] = [String(Number(month)), String(Number(day))]
  const numbers = [
    ...[day + month, month + day].flatMap((both) => [both + year, both + short]),
    ...[day + month, month + day].flatMap((both) => [year + both, short + both]),
    ...[d + m, m + d].flatMap((both) => [both + year, both + short, year + both, short + both]),
  ]
  const names = (MONTHS[Number(month) - 1] ?? []).flatMap((name) => [
    ...[day + name, d + name].flatMap((both) => [both + year, both + short]),
    ...[name + day, name + d].flatMap((both) => [both + year, both + short]),
    ...[name + year, name + short, year + name, short + name],
  ])
  return [...numbers, ...names]
}

/** As people shorten them in English and in French. */
const MONTHS = [
  ['jan'],
  ['feb', 'fev'],
  ['mar'],
  ['apr', 'avr'],
  ['may', 'mai'],
  ['jun', 'jui'],
  ['jul', 'jui'],
  ['aug', 'aou'],
  ['sep'],
  ['oct'],
  ['nov'],
  ['dec'],
] as const

/** With the country code, and as it is dialled at home after a code of one to three digits. */
function formsOfTelephone(number: string): readonly string[] {
  const digits = digitsOf(number).join('')
  return [digits, ...[1, 2, 3].map((code) => `0${digits.slice(code)}`.slice(0, FRAGMENT_LENGTH))]
}

/** House numbers and postcodes: each by itself, filled up with zeros, and all in a row. */
function formsOfAddress(address: string): readonly string[] {
  const numbers = digitsOf(address)
  const filled = numbers.flatMap((number) => [
    number,
    number.padStart(FRAGMENT_LENGTH, '0'),
    number.padEnd(FRAGMENT_LENGTH, '0'),
  ])
  return [...filled, numbers.join(''), [...numbers].reverse().join('')]
}

const digitsOf = (text: string): readonly string[] => text.normalize('NFKC').match(/[0-9]+/g) ?? []
