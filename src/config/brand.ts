import { readFileSync, statSync } from 'node:fs'
import { z } from 'zod'
import { isCountry } from '#core/subscribers/country.ts'
import { lineOf } from '#core/text/line.ts'
import { contrastOf } from '#core/text/contrast.ts'
import { pictureKind } from '#core/text/picture.ts'

/** How the brokerage looks and what it has to say on every page. */

/**
 * What the brand's colour stands on and what stands on it, as in `web/style/tokens.css`: text in it
 * on the page and on a quiet block, and text of a button filled with it.
 */
export const GROUNDS = {
  light: ['#ffffff', '#f4f4f2'],
  dark: ['#121517', '#1c2023', '#101316'],
} as const

/** @see WCAG 2.2, success criterion 1.4.3, "Contrast (Minimum)" */
const CONTRAST_MIN = 4.5

/** A colour of the brand in one of the two schemes; one that cannot be read is refused. */
export const colourOn = (scheme: keyof typeof GROUNDS) =>
  z
    .string()
    .regex(/^#[0-9a-f]{6}$/i, { message: 'must be a colour, such as #0a5c4a', abort: true })
    .superRefine((colour, context) => {
      const weakest = Math.min(...GROUNDS[scheme].map((ground) => contrastOf(colour, ground)))
      if (weakest >= CONTRAST_MIN) return
      const found = (Math.floor(weakest * 10) / 10).toFixed(1)
      const change = scheme === 'light' ? 'darker' : 'lighter'
      const message =
        `${colour} has a contrast of ${found}:1 on the ${scheme} page, and text needs ` +
        `${CONTRAST_MIN}:1 (WCAG 2.2): choose a ${change} one`
      context.addIssue({ code: 'custom', message })
    })

const LOGO_BYTES_MAX = 65_536
const logo = z
  .string()
  .min(1)
  .max(500)
  .refine(isLogo, 'must name a file that is an SVG, PNG or WebP picture of at most 64 KB')
  .nullable()
  .default(null)

function isLogo(path: string): boolean {
  try {
    return statSync(path).size <= LOGO_BYTES_MAX && pictureKind(readFileSync(path)) !== null
  } catch {
    return false
  }
}

const LEGAL_LINES_MAX = 5
const LEGAL_LINE_LENGTH_MAX = 500
const legalLine = z
  .string()
  .refine((text) => lineOf(text, LEGAL_LINE_LENGTH_MAX) !== null, 'must be one line of words')
  .overwrite((text) => lineOf(text, LEGAL_LINE_LENGTH_MAX) ?? text)

export const Brand = z
  .strictObject({
    logo: z
      .strictObject({
        light: logo.describe('A file with the logo for light pages, in place of sign and name'),
        dark: logo.describe('The logo for dark pages; without it, the light one'),
      })
      .refine(({ light, dark }) => light !== null || dark === null, {
        path: ['light'],
        message: 'is needed where there is a dark one',
      })
      .prefault({}),
    accentDark: colourOn('dark')
      .nullable()
      .default(null)
      .describe('The brand colour on dark pages; without it, a lighter shade of accent'),
    legal: z
      .array(z.strictObject({ en: legalLine, fr: legalLine }))
      .max(LEGAL_LINES_MAX)
      .default([])
      .describe('What the law wants at the foot of every page, such as who supervises you'),
  })
  .prefault({})

export type Brand = z.infer<typeof Brand>

/** Telephone numbers of the desk by country, beside the one that everyone can call. */
export const HelpLines = z
  .record(
    z
      .string()
      .refine(isCountry, 'must be two letters of ISO 3166-1, such as GB for the United Kingdom'),
    z
      .string()
      .max(30)
      .regex(/^\+\d[\d ]{5,28}$/, 'must be an international number, such as +33 1 99 00 00 00'),
  )
  .refine((lines) => Object.keys(lines).length <= 50, 'must be 50 or fewer')
  .default({})
