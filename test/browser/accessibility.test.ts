import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import axe from 'axe-core'
import type { Page } from 'playwright-core'
import { activateWithPin, ANNA, beginTrading, digitsOn, invite, respond } from './acts.ts'
import { GUIDES } from '#edges/pages/help-articles.ts'
import { desktop, handset, type Looks, noBrowser, stage } from './support.ts'
import { words } from './words.ts'

interface Violation {
  readonly id: string
  readonly impact: string | null
  readonly nodes: readonly { readonly html: string }[]
}

/** What axe finds on a page that would keep somebody out. */
async function barriersOn(page: Page): Promise<readonly string[]> {
  // Evaluated by the debugger, which the content policy of the page does not bind.
  await page.evaluate(`${axe.source}; undefined`)
  const found = await page.evaluate<{ readonly violations: readonly Violation[] }>(
    "axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] })",
  )
  return found.violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${page.url()} ${id}: ${nodes[0]?.html.slice(0, 120)}`)
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

suite('every page is for everybody', { skip: noBrowser }, () => {
  for (const looks of LOOKS) {
    test(`F22 in ${looks.language}, ${looks.dark ? 'dark' : 'light'}: axe finds nothing serious`, async (s) => {
      const t = words(looks.language)
      const set = await stage(s)
      const { issuer } = set.where
      const [desk, phone] = [await desktop(set, looks), await handset(set, looks)]
      const found: string[] = []
      const look = async (page: Page) => {
        found.push(...(await barriersOn(page)), ...(await overflowOn(page)))
      }
      const articles = GUIDES.map((guide) => `/help/${guide}`)
      const open = ['/demo', '/sim', '/trade', '/help', ...articles]
      for (const path of [...open, '/login?platform=portal', '/no-such-page']) {
        await desk.goto(`${issuer}${path}`)
        await look(desk)
      }
      await desk.getByRole('link').first().waitFor()
      await desk.goto(`${issuer}/login?platform=portal`)
      await desk.getByRole('button', { name: t('login.continue') }).click()
      await desk.locator('#errors').waitFor()
      await look(desk)
      await phone.goto(`${issuer}/phone`)
      await phone.getByRole('heading', { name: t('phone.none.title') }).waitFor()
      await look(phone)
      await invite(desk, issuer, t, ANNA)
      await look(desk)
      await desk.context().clearCookies()
      await activateWithPin(desk, phone, { issuer, t, person: ANNA })
      await look(phone)
      await phone.goto('about:blank')
      await phone.goto(`${issuer}/phone#code`)
      await phone.getByLabel(t('phone.code.label')).waitFor()
      await look(phone)
      await phone.context().setOffline(true)
      await beginTrading(desk, issuer, t, ANNA)
      await desk.getByRole('heading', { name: t('method.phone-key.waiting.title') }).waitFor()
      await look(desk)
      await desk.getByRole('link', { name: t('method.phone-key.waiting.not-received') }).click()
      await look(desk)
      const response = await respond(phone, t, await digitsOn(desk))
      await look(phone)
      await desk.getByLabel(t('method.phone-key.response.label')).fill(response)
      await desk.getByRole('button', { name: t('method.phone-key.response.button') }).click()
      await desk.getByRole('heading', { name: t('trade.in.title.live') }).waitFor()
      await look(desk)
      for (const path of [
        '',
        '/activity',
        '/security',
        '/security/trading',
        '/security/password',
        '/security/contact/mobile',
        '/security/contact/email',
      ]) {
        await desk.goto(`${issuer}/portal${path}`)
        await look(desk)
      }
      for (const [page, part] of [
        ['/portal/activity', '/portal/activity/'],
        ['/portal/security', '/portal/security/devices/'],
      ]) {
        await desk.goto(`${issuer}${page}`)
        await desk.locator(`a[href^="${part}"]`).first().click()
        await look(desk)
      }
      await desk.getByRole('link', { name: t('portal.device.remove') }).click()
      await look(desk)
      assert.deepEqual(found, [])
    })
  }
})
