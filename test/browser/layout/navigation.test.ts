import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { Page } from 'playwright-core'
import { typePassword } from '../acts.ts'
import { desktop, noBrowser } from '../support.ts'
import { type House, house, textedCode, textedPerson } from '../test-server.ts'
import { words } from '../words.ts'
import { drawAsShipped, drawIn, FACES } from './faces.ts'
import { shownOn } from '../every-page/narrow.ts'
import { pagesOf, routeAt } from '../every-page/routes.ts'

const PERSON = { userName: 'anna', password: 'seventeen quiet herons' }

/** Where buttons lead that a client with a text has. */
const BY_BUTTONS = ['phone-key', 'sms-code'].map(
  (method) => `/portal/security/enrolments/new?method=${method}`,
)
/** What only a client with a phone is led to. */
const OF_A_PHONE = '/portal/security/alerts'

/** Addresses of the portal that are no pages, or none of a client with a text alone. */
const BESIDE: Readonly<Record<string, string>> = {
  '/portal/documents/:id': 'a file',
  '/portal/security/enrolments/:id': 'what has been begun; its pages have tests of their own',
  '/portal/security/devices/:id/change': 'of a card, whose PIN is changed',
  '/portal/security/devices/:id/change/proof': 'of a card, whose PIN is changed',
  '/portal/security/devices/:id/return': 'of a card that came by post',
  '/portal/security/order': 'of a client who may have a card',
  '/portal/security/order/pin': 'of an order that has been begun',
  '/portal/security/order/account': 'of an order that has been begun',
  '/portal/security/order/summary': 'of an order that has been begun',
  '/portal/security/orders/:id': 'of an order',
  '/portal/security/orders/:id/arrival': 'of an order',
}

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

/** Every page of the portal, as the server has it. */
const routesOf = ({ nodes: [node] }: House): readonly string[] =>
  node ? pagesOf(node.app).filter((url) => url.startsWith('/portal')) : []

/** Of many devices, logins and days, one. */
const kindOf = (address: string): string =>
  address.replaceAll(/[a-z]{3}_\w{26}/g, ':id').replace(/\/activity\/\d+$/, '/activity/:seq')

/** Follows every link of the portal, from these pages on, to one page of each kind. */
async function linked(page: Page, issuer: string, routes: readonly string[]): Promise<Set<string>> {
  const found = new Map(['/portal', ...BY_BUTTONS, OF_A_PHONE].map((address) => [address, address]))
  for (const address of found.values()) {
    await page.goto(issuer + address)
    const links = page.locator('a[href^="/portal"]')
    for (const to of await links.evaluateAll((all) => all.map((one) => one.getAttribute('href')))) {
      const route = routeAt(routes, to ?? '')
      if (to === null || route === undefined || route in BESIDE) continue
      if (!found.has(kindOf(to))) found.set(kindOf(to), to)
    }
  }
  return new Set(found.values())
}

suite('the portal on a telephone', { skip: noBrowser }, () => {
  for (const language of ['en', 'fr'] as const) {
    test(`has its navigation in one line and scrolls in one direction, in ${language}`, async (s) => {
      const set = await house(s)
      const page = await inThePortal(set, language)
      const faults: string[] = []
      const routes = routesOf(set)
      const pages = await linked(page, set.issuer, routes)
      const seen = new Set([...pages].map((address) => routeAt(routes, address) ?? ''))
      const unseen = routes.filter((route) => !seen.has(route))
      assert.deepEqual(unseen.toSorted(), Object.keys(BESIDE).toSorted())
      for (const path of pages) {
        await page.goto(set.issuer + path)
        assert.ok(await page.locator('nav.tabs').first().isVisible(), path)
        for (const width of WIDTHS) {
          await page.setViewportSize({ width, height: 780 })
          const shown = await shownOn(page)
          faults.push(...shown.broken.map((words) => `${path} at ${width} breaks ${words}`))
          if (shown.width > width) faults.push(`${path} is ${shown.width} wide at ${width}`)
        }
        await page.setViewportSize({ width: WIDTHS[0], height: 780 })
        for (const face of FACES) {
          await drawIn(page, face)
          const { width } = await shownOn(page)
          if (width > WIDTHS[0]) faults.push(`${path} is ${width} wide in ${face.name}`)
        }
        await drawAsShipped(page)
      }
      assert.deepEqual(faults, [])
    })
  }
})
