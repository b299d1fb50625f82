import type { Page } from 'playwright-core'

/**
 * What a machine may draw in place of the shipped typeface: one that is wider and taller, one that
 * is narrower, and its own for print. The first two are made of the shipped file, so that they are
 * the same on every machine.
 */
export const FACES = [
  { name: 'a wide typeface', family: 'other', size: '120%', ascent: '120%' },
  { name: 'a narrow typeface', family: 'other', size: '80%', ascent: 'normal' },
  { name: 'the serif of the machine', family: 'serif', size: '100%', ascent: 'normal' },
] as const

/** Draws the page in another typeface, by a style that its content policy is not asked about. */
export async function drawIn(page: Page, face: (typeof FACES)[number]): Promise<void> {
  const { family, size, ascent } = face
  await page.evaluate(`(async () => {
    const sheets = [...document.styleSheets].filter(({ href }) => href !== null)
    const shipped = sheets
      .flatMap((sheet) => [...sheet.cssRules].map((rule) => ({ sheet, rule })))
      .find(({ rule }) => rule instanceof CSSFontFaceRule)
    const file = new URL(/url\\("(.+?)"\\)/.exec(shipped.rule.cssText)[1], shipped.sheet.href)
    const drawn = new CSSStyleSheet()
    drawn.replaceSync(
      '@font-face { font-family: other; font-weight: 100 900; size-adjust: ${size};' +
      'ascent-override: ${ascent}; src: url("' + file + '") }' +
      ':root { --sans: ${family}; --mono: ${family} }')
    document.adoptedStyleSheets = [drawn]
    await document.fonts.load('600 16px ${family}')
  })()`)
}

/** Draws the page as it is shipped. */
export async function drawAsShipped(page: Page): Promise<void> {
  await page.evaluate('document.adoptedStyleSheets = []')
}

/** Whether the shipped typeface has come and is used. */
export const isDrawnAsShipped = async (page: Page): Promise<boolean> =>
  await page.evaluate<boolean>(
    `document.fonts.ready.then(() =>
      [...document.fonts].some(({ family, status }) =>
        family.includes('Public Sans') && status === 'loaded'))`,
  )
