/** `null` where there is nothing to examine. */
export type Finding = { readonly isWell: boolean; readonly sentence: string } | null

export const well = (sentence: string): Finding => ({ isWell: true, sentence })
export const wrong = (sentence: string): Finding => ({ isWell: false, sentence })

/** What went wrong, without a word of what was in it. */
export function said(error: unknown): string {
  const { code, name, message } = error as NodeJS.ErrnoException
  return code === undefined ? `${name}: ${message}` : `It cannot be examined (${code}).`
}
