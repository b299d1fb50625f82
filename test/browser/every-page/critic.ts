import type { Page } from 'playwright-core'
import { barriersOn } from '../barriers.ts'
import { bareFaultsOn } from './bare.ts'
import { keyboardFaultsOn } from './keyboard.ts'
import { narrowFaultsOn } from './narrow.ts'
import { routeAt } from './routes.ts'

/**
 * Looks at pages as clients do who see little, hold a telephone, a keyboard, or no script. Both
 * languages have the same controls: keyboard and script are looked at in English.
 */
export interface Critic {
  /** What is wrong, by page. */
  readonly found: string[]
  /** The routes whose pages were looked at. */
  readonly seen: Set<string>
  /** @param by how the page was reached: what a form has brought is not opened again. */
  look(page: Page, name: string, by?: 'form'): Promise<void>
}

export function critic(routes: readonly string[]): Critic {
  const found: string[] = []
  const seen = new Set<string>()
  return {
    found,
    seen,
    async look(page, name, by) {
      const route = routeAt(routes, page.url())
      const isFirst = (await page.evaluate<string>('document.documentElement.lang')) === 'en'
      const faults = [
        ...(await whole(page, barriersOn)),
        ...(await narrowFaultsOn(page)),
        ...(isFirst ? await keyboardFaultsOn(page) : []),
        ...(isFirst && route !== undefined && by !== 'form' ? await bareFaultsOn(page) : []),
      ]
      if (route !== undefined) seen.add(route)
      found.push(...faults.map((fault) => `${name}: ${fault}`))
    },
  }
}

/** In a window as long as the page: what a bar covers until it is scrolled is not out of reach. */
async function whole<R>(page: Page, look: (page: Page) => Promise<R>): Promise<R> {
  const before = page.viewportSize()
  const height = await page.evaluate<number>('document.documentElement.scrollHeight')
  if (before) await page.setViewportSize({ ...before, height: Math.max(before.height, height) })
  try {
    return await look(page)
  } finally {
    if (before) await page.setViewportSize(before)
  }
}
