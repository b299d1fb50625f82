/**
 * Text that people read, decide by and sign: a payee, a name, an address. It is brought into one
 * form before it is shown, hashed or stored, so that a page shows exactly what is signed.
 *
 * A page draws several white-space characters as one space, some characters not at all, and marks
 * on top of each other. White space is folded here, and what cannot be folded without changing what
 * is meant is refused.
 */

/**
 * One line in the one form in which it is kept: composed (NFC), white space of every kind one
 * space, none at either end.
 *
 * @param lengthMax in code points
 * @returns `null` for a text that is empty or too long, and for one with a line break, a control, a
 *   direction, a character that is not drawn, or more marks on a letter than are legible.
 * @see Unicode Standard Annex #15, "Unicode Normalization Forms"; Technical Standard #39, "Unicode
 *   Security Mechanisms", section 5.4, "Optional Detection": sequences of nonspacing marks
 */
export function lineOf(given: string, lengthMax: number): string | null {
  if (given.length > READ_LENGTH_MAX) return null
  const line = folded(given)
  const length = [...line].length
  if (length === 0 || length > lengthMax || UNSEEN.test(line)) return null
  return strayMarksIn(line).length === 0 ? line : null
}

/**
 * Several lines, such as those of a postal address: each as `lineOf` has it, without empty ones.
 */
export function linesOf(given: string, lengthMax: number): string | null {
  if (given.length > READ_LENGTH_MAX) return null
  const lines = given
    .split(/\r\n|\n/u)
    .filter((line) => folded(line) !== '')
    .map((line) => lineOf(line, lengthMax))
  if (lines.length === 0 || !lines.every((line) => line !== null)) return null
  const text = lines.join('\n')
  return [...text].length > lengthMax ? null : text
}

/**
 * What was stored before this rule, in a form that can be shown and signed: what would be refused
 * stands there as the replacement character, which `lineOf` never lets in, so nothing else reads
 * like it.
 */
export function legible(stored: string, lengthMax: number): string {
  const line = lineOf(stored, lengthMax)
  // Nothing at all stays nothing: it hides no character.
  if (line !== null || stored === '') return line ?? ''
  const marked = folded(stored.slice(0, READ_LENGTH_MAX)).replaceAll(
    new RegExp(UNSEEN, 'gu'),
    REPLACEMENT,
  )
  const stray = new Set(strayMarksIn(marked))
  const shown = [...marked].map((letter, index) => (stray.has(index) ? REPLACEMENT : letter))
  const fits = shown.length <= lengthMax ? shown : [...shown.slice(0, lengthMax - 1), '…']
  return fits.join('') || REPLACEMENT
}

/** Longer text is not looked at. */
const READ_LENGTH_MAX = 4_096

/**
 * The most marks on one letter: Vietnamese and Thai need two, and with more of them letters
 * disappear.
 */
const MARKS_MAX = 2

const REPLACEMENT = '\ufffd'

/** A line break is no white space within a line: what stood on two lines would read as one. */
const folded = (text: string): string =>
  text
    .normalize('NFC')
    .replaceAll(/[\t\p{Zs}]+/gu, ' ')
    .replaceAll(/^ | $/gu, '')

/**
 * Controls, line breaks, directions, halves of characters, what is not assigned or not drawn; then
 * blanks that are no white space by their category, and the character that stands for what could
 * not be read.
 */
const UNSEEN = /[\u{16fe4}\p{C}\p{Zl}\p{Zp}\p{DI}\u2800\u{1d159}\u{13441}\u{13442}\ufffc\ufffd]/u

/**
 * Where marks stand that are one too many, or on no letter; places are counted in code points. A
 * letter that has a character of its own in NFC, such as a Greek one with breathing, accent and
 * iota, is one letter.
 */
function strayMarksIn(line: string): readonly number[] {
  const stray: number[] = []
  let base = ''
  for (const [index, letter] of [...line].entries()) {
    if (!MARK.test(letter)) {
      base = letter
      continue
    }
    const marked = base + letter
    if (/^\p{L}/u.test(base) && drawnOver(marked) <= MARKS_MAX) base = marked
    else stray.push(index)
  }
  return stray
}

const MARK = /^\p{M}$/u

/** Marks that take no place of their own; a vowel sign that stands beside its letter does. */
const drawnOver = (cluster: string): number =>
  [...cluster.normalize('NFD')].filter((one) => /^[\p{Mn}\p{Me}]$/u.test(one)).length
