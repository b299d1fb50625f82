import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'

interface Violation {
  readonly id: string
  readonly nodes: readonly { readonly html: string }[]
}

/** What is right is not listed, and no style sheet is fetched again. */
const LOOK = {
  runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
  resultTypes: ['violations'],
  preload: false,
}

/**
 * Sent to every page that is looked at. It is small, and of ASCII alone: other text takes several
 * times as long to send.
 */
const AXE = readFileSync(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8').replace(
  /[^\0-\x7f]/g,
  (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
)

/** Whatever axe finds on a page. */
export async function barriersOn(page: Page): Promise<readonly string[]> {
  // Evaluated by the debugger, which the content policy of the page does not bind.
  await page.evaluate(`${AXE}; undefined`)
  const found = await page.evaluate<{ readonly violations: readonly Violation[] }>(
    `axe.run(document, ${JSON.stringify(LOOK)})`,
  )
  return found.violations.map(
    ({ id, nodes }) => `${page.url()} ${id}: ${nodes[0]?.html.slice(0, 120)}`,
  )
}
