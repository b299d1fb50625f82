/**
 * What a code or a number brings along that was copied from a contact card, a message or a web page
 * (R024).
 */

/** All characters of these ranges. */
const between = (...ranges: readonly (readonly [first: number, last: number])[]) =>
  ranges.flatMap(([first, last]) =>
    Array.from({ length: last - first + 1 }, (_, index) => String.fromCodePoint(first + index)),
  )

/** Invisible marks: of width, direction, joining, variation, order of bytes. */
export const UNSEEN = [
  ...between([0x200b, 0x200f], [0x202a, 0x202e], [0x2060, 0x2069], [0xfe00, 0xfe0f]),
  '\u00ad',
  '\u034f',
  '\u061c',
  '\u180e',
  '\ufeff',
]

export const DASHES = ['-', ...between([0x2010, 0x2015]), '\u2212', '\ufe58', '\ufe63', '\uff0d']

export const SPACES = [
  ...between([0x09, 0x0d], [0x2000, 0x200a], [0x2028, 0x2029]),
  ' ',
  '\u0085',
  '\u00a0',
  '\u1680',
  '\u202f',
  '\u205f',
  '\u3000',
]

/** Zero in full width, in Arabic, Persian and Urdu, and Hindi; one to nine follow it. */
const ZEROS = [0xff10, 0x0660, 0x06f0, 0x0966]

const inDigitsFrom = (zero: number, code: string): string =>
  code.replaceAll(/[0-9]/g, (digit) => String.fromCodePoint(zero + Number(digit)))

/** The same code in every form in which it may be pasted. */
export function pasted(code: string): readonly string[] {
  const half = Math.floor(code.length / 2)
  const [one, other] = [code.slice(0, half), code.slice(half)]
  return [
    ...[...UNSEEN, ...SPACES].map((mark) => `${mark}${one}${mark}${other}${mark}`),
    ...DASHES.map((dash) => `${one}${dash}${other}`),
    ...ZEROS.map((zero) => inDigitsFrom(zero, code)),
    `\u202a${one}\u2011\u2060${inDigitsFrom(0x0660, other)}\u202c\ufeff\n`,
  ]
}

/** For the report of a test that fails: what cannot be seen, spelled out. */
export const spelt = (text: string): string =>
  text.replaceAll(/[^\x21-\x7e]/gu, (one) => `<${one.codePointAt(0)?.toString(16)}>`)
