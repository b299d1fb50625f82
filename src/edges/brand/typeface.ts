import { readFileSync } from 'node:fs'

/** The typeface of the product, one file for all weights; its licence lies beside it. */
export const TYPEFACE = 'web/font/public-sans.woff2'

let inside: string | null = null

/**
 * A rule of a style sheet that holds the typeface itself, for a file that is printed elsewhere.
 * Read when a letter is first asked for.
 */
export function typefaceInside(): string {
  inside ??= `
@font-face { font-family: "Public Sans"; font-weight: 100 900;
src: url("data:font/woff2;base64,${bytes().toString('base64')}") format("woff2") }`
  return inside
}

const bytes = (): Buffer => readFileSync(new URL(`../../../${TYPEFACE}`, import.meta.url))
