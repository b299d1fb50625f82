import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { Page } from 'playwright-core'
import { digitsOn, NORA, pressCard, typePassword } from '../acts.ts'
import { desktop, noBrowser, type Stage, stage } from '../support.ts'
import { words } from '../words.ts'
import { drawAsShipped, drawIn, FACES } from './faces.ts'

/** The client with a security card, who may see every page of the portal. */
const CARD = { telephone: '+12025550156', pin: '4826' }

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
  '/security/order',
]

/** Those of common telephones. */
const WIDTHS = [360, 390] as const

/** In the portal, with the security card of the simulators. */
async function inThePortal(set: Stage, language: 'en' | 'fr'): Promise<Page> {
  const t = words(language)
  const { issuer } = set.where
  const [page, sim] = [await desktop(set, { language }), await desktop(set, { language })]
  await page.goto(`${issuer}/portal`)
  await typePassword(page, t, NORA)
  await sim.goto(`${issuer}/sim?number=${encodeURIComponent(CARD.telephone)}`)
  const response = await pressCard(sim, { pin: CARD.pin, question: await digitsOn(page) })
  await page.getByLabel(t('method.security-card.label')).fill(response)
  await page.getByRole('button', { name: t('method.security-card.button'), exact: true }).click()
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
      const set = await stage(s)
      const page = await inThePortal(set, language)
      const faults: string[] = []
      for (const path of PAGES) {
        await page.goto(`${set.where.issuer}/portal${path}`)
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
