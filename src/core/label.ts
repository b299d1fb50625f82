/** Longest name of an authenticator, in code points. */
const LABEL_LENGTH_MAX = 40

/** A name without control characters, trimmed; `null` when nothing is left or it is too long. */
export function labelOf(typed: string): string | null {
  const label = typed.normalize('NFC').replaceAll(/\s+/gu, ' ').trim()
  const length = [...label].length
  return length === 0 || length > LABEL_LENGTH_MAX || /\p{C}/u.test(label) ? null : label
}
