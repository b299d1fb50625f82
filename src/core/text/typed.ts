/**
 * What people type or paste, in the one form in which it is read. Each field of a code or a number
 * is read here, on the server and on the phone, so that what one of them understands all of them do
 * (R024).
 */

/**
 * Invisible marks: a contact card, a message or a web page puts them around what is copied
 * from it.
 */
const UNSEEN = /[\p{Cf}\p{Default_Ignorable_Code_Point}]/gu
/** Hyphens and dashes, and the minus sign, which is none of them to Unicode. */
const DASHES = /[\p{Pd}\u2212]/gu
const SPACES = /\p{White_Space}/gu
const DIGITS = /\p{Nd}/gu
const DIGIT = /^\p{Nd}$/u

export const withoutUnseen = (typed: string): string => typed.replaceAll(UNSEEN, '')

/**
 * The same text in plain characters: ASCII digits, one kind of dash, one kind of space, and nothing
 * unseen.
 */
export const readText = (typed: string): string =>
  withoutUnseen(typed)
    .normalize('NFKC')
    .replaceAll(DIGITS, (digit) => String(valueOf(digit)))
    .replaceAll(DASHES, '-')
    .replaceAll(SPACES, ' ')
    .trim()

/** A code without what sets its groups apart; everything else stays, and is judged afterwards. */
export const readCode = (typed: string): string => readText(typed).replaceAll(/[ .-]/g, '')

/**
 * A code of Crockford's base 32 as it was meant: in capitals, and with the digits for which people
 * take letters.
 *
 * @see Douglas Crockford, "Base 32": O is 0; I and L are 1; there is no U.
 */
export const readBase32 = (typed: string): string =>
  readCode(typed).toUpperCase().replaceAll('O', '0').replaceAll(/[IL]/g, '1')

/**
 * What a digit of any script stands for. Digits come in tens, from zero up, and some tens stand
 * side by side.
 *
 * @see The Unicode Standard, section 4.6, "Numeric Value": decimal digits form contiguous ranges
 */
function valueOf(digit: string): number {
  const point = digit.codePointAt(0) ?? 0
  let zero = point
  while (DIGIT.test(String.fromCodePoint(zero - 1))) zero -= 1
  return (point - zero) % 10
}
