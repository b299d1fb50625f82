import axe from 'axe-core'
import type { Page } from 'playwright-core'

interface Violation {
  readonly id: string
  readonly nodes: readonly { readonly html: string }[]
}

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

/** Whatever axe finds on a page. */
export async function barriersOn(page: Page): Promise<readonly string[]> {
  // Evaluated by the debugger, which the content policy of the page does not bind.
  await page.evaluate(`${axe.source}; undefined`)
  const found = await page.evaluate<{ readonly violations: readonly Violation[] }>(
    `axe.run(document, { runOnly: ${JSON.stringify(RULES)} })`,
  )
  return found.violations.map(
    ({ id, nodes }) => `${page.url()} ${id}: ${nodes[0]?.html.slice(0, 120)}`,
  )
}
