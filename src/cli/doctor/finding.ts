/** `null` where there is nothing to examine. */
export type Finding = { readonly isWell: boolean; readonly sentence: string } | null

export const well = (sentence: string): Finding => ({ isWell: true, sentence: printable(sentence) })
export const wrong = (sentence: string): Finding => ({
  isWell: false,
  sentence: printable(sentence),
})

/** A terminal does what it reads: what another party has written gives it no orders. */
const printable = (sentence: string): string => sentence.replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, '?')

/** What went wrong, without a word of what was in it. */
export function said(error: unknown): string {
  const { code, name, message } = error as NodeJS.ErrnoException
  return code === undefined ? `${name}: ${message}` : `It cannot be examined (${code}).`
}
