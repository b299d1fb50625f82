import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { Page } from 'playwright-core'
import { typePassword } from '../acts.ts'
import { desktop, noBrowser } from '../support.ts'
import { type House, house, textedCode, textedPerson } from '../test-server.ts'
import { words } from '../words.ts'
import { drawAsShipped, drawIn, FACES } from './faces.ts'

const PERSON = { userName: 'anna', password: 'seventeen quiet herons' }

/** Every page of the portal that stands at an address of its own. */
const PAGES = [
  '',
  '/activity',
  '/security',
  '/security/devices',
  '/security/contact',
  '/security/contact/mobile',
  '/security/contact/email',
  '/security/sessions',
  '/security/trading',
  '/security/password',
]

/** Those of common telephones. */
const WIDTHS = [360, 390] as const

/** In the portal, with a text. */
async function inThePortal(set: House, language: 'en' | 'fr'): Promise<Page> {
  const t = words(language)
  await textedPerson(set, PERSON)
  const page = await desktop(set, { language })
  await page.goto(`${set.issuer}/portal`)
  await typePassword(page, t, PERSON)
  const code = page.locator('#answer')
  await code.waitFor()
  await code.fill(await textedCode(set))
  await code.press('Enter')
  await page.waitForURL(/\/portal$/)
  return page
}

/** What a page shows as wide as a telephone: what breaks, and how wide it is itself. */
interface Shown {
  readonly broken: readonly string[]
  readonly width: number
}

/**
 * A navigation, or the masthead, is broken where what stands in it does not stand beside each other
 * or a link takes two lines.
 */
const SHOWN = `(() => {
  const lines = [...document.querySelectorAll('nav.tabs ul, .bar > .split')]
  const isSeen = (one) => one.offsetWidth > 0
  const middle = (one) => {
    const { top, bottom } = one.getBoundingClientRect()
    return (top + bottom) / 2
  }
  const isBroken = (line) => {
    const middles = [...line.children].filter(isSeen).map(middle)
    const links = [...line.querySelectorAll('a, button')].filter(isSeen)
    const isTwoLines = (link) => {
      const range = document.createRange()
      range.selectNodeContents(link)
      return range.getBoundingClientRect().height > 2 * parseFloat(getComputedStyle(link).fontSize)
    }
    return Math.max(...middles) - Math.min(...middles) > 4 || links.some(isTwoLines)
  }
  const broken = lines.filter(isBroken).map((line) => line.textContent.trim())
  return { broken, width: document.documentElement.scrollWidth }
})()`

suite('the portal on a telephone', { skip: noBrowser }, () => {
  for (const language of ['en', 'fr'] as const) {
    test(`has its navigation in one line and scrolls in one direction, in ${language}`, async (s) => {
      const set = await house(s)
      const page = await inThePortal(set, language)
      const faults: string[] = []
      for (const path of PAGES) {
        await page.goto(`${set.issuer}/portal${path}`)
        assert.ok(await page.locator('nav.tabs').first().isVisible(), path)
        for (const width of WIDTHS) {
          await page.setViewportSize({ width, height: 780 })
          const shown = await page.evaluate<Shown>(SHOWN)
          faults.push(...shown.broken.map((words) => `${path} at ${width} breaks ${words}`))
          if (shown.width > width) faults.push(`${path} is ${shown.width} wide at ${width}`)
        }
        await page.setViewportSize({ width: WIDTHS[0], height: 780 })
        for (const face of FACES) {
          await drawIn(page, face)
          const { width } = await page.evaluate<Shown>(SHOWN)
          if (width > WIDTHS[0]) faults.push(`${path} is ${width} wide in ${face.name}`)
        }
        await drawAsShipped(page)
      }
      assert.deepEqual(faults, [])
    })
  }
})
