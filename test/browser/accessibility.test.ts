import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import axe from 'axe-core'
import type { Page } from 'playwright-core'
import { desktop, handset, type Looks, noBrowser, stage } from './support.ts'
import { tour } from './tour.ts'
import { words } from './words.ts'

interface Violation {
  readonly id: string
  readonly nodes: readonly { readonly html: string }[]
}

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

/** Whatever axe finds on a page. */
async function barriersOn(page: Page): Promise<readonly string[]> {
  // Evaluated by the debugger, which the content policy of the page does not bind.
  await page.evaluate(`${axe.source}; undefined`)
  const found = await page.evaluate<{ readonly violations: readonly Violation[] }>(
    `axe.run(document, { runOnly: ${JSON.stringify(RULES)} })`,
  )
  return found.violations.map(
    ({ id, nodes }) => `${page.url()} ${id}: ${nodes[0]?.html.slice(0, 120)}`,
  )
}

/** Nothing stands outside the window, at the narrowest width that WCAG asks for. */
async function overflowOn(page: Page): Promise<readonly string[]> {
  const before = page.viewportSize()
  await page.setViewportSize({ width: 320, height: 640 })
  const width = await page.evaluate<number>('document.documentElement.scrollWidth')
  if (before) await page.setViewportSize(before)
  return width > 320 ? [`${page.url()} is ${width} wide at 320`] : []
}

const LOOKS: readonly Required<Pick<Looks, 'language' | 'dark'>>[] = [
  { language: 'en', dark: false },
  { language: 'fr', dark: true },
]

suite('every page is for every client', { skip: noBrowser }, () => {
  for (const looks of LOOKS) {
    const { language, dark } = looks
    test(`F22 in ${language}, ${dark ? 'dark' : 'light'}: axe finds nothing`, async (s) => {
      const set = await stage(s)
      const { issuer } = set.where
      const found: string[] = []
      const seen = new Set<string>()
      await tour({
        issuer,
        language,
        t: words(language),
        desktop: async () => await desktop(set, looks),
        handset: async () => await handset(set, looks),
        async look(page, name) {
          seen.add(name)
          found.push(...(await barriersOn(page)), ...(await overflowOn(page)))
        },
      })
      assert.deepEqual(found, [])
      assert.ok(seen.size > 40, `only ${seen.size} pages were seen`)
    })
  }
})
