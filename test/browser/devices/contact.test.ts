import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { Page } from 'playwright-core'
import { cardIn, type HeldCard } from '../../support/clients/card-reader.ts'
import { digitsOn, mailedCode, typePassword } from '../acts.ts'
import { desktop, handset, noBrowser, stage } from '../support.ts'
import { words } from '../words.ts'

/** Where a test may put its screenshots. */
const SHOTS = process.env.COUNTERSIGN_TEST_SHOTS

const FELIX = { userName: 'demo-felix', password: 'la plume de ma tante' }
const NEW = 'felix@example.org'

/** Reads the number, presses the card, types what it shows. */
async function press(page: Page, card: HeldCard): Promise<void> {
  await page.locator('#answer').fill(card.press(card.pin, await digitsOn(page)))
  await page.locator('#answer').press('Enter')
}

suite('contact data in a real browser', { skip: noBrowser }, () => {
  for (const looks of [
    { language: 'en', javaScript: true, open: desktop },
    { language: 'fr', javaScript: false, open: handset },
  ] as const) {
    const { language, javaScript, open } = looks
    test(`S75 another address is proven in ${language}, ${javaScript ? 'with' : 'without'} JavaScript`, async (s) => {
      const t = words(language)
      const set = await stage(s)
      const { issuer } = set.where
      const card = cardIn(set.where, FELIX.userName)
      const page = await open(set, { language, javaScript, dark: language === 'fr' })
      const shoot = async (name: string) => {
        const { width = 0 } = page.viewportSize() ?? {}
        const wide = await page.evaluate<number>('document.documentElement.scrollWidth')
        assert.ok(wide <= width, `${name} is ${wide} wide at ${width}`)
        if (SHOTS)
          await page.screenshot({
            path: `${SHOTS}/contact-${name}-${language}.png`,
            fullPage: true,
          })
      }
      await page.goto(`${issuer}/portal/security/contact`)
      await typePassword(page, t, FELIX)
      await press(page, card)
      await page.getByRole('heading', { name: t('contact.title') }).waitFor()
      await shoot('section')
      await page.locator('a[href="/portal/security/contact/email"]').press('Enter')
      const field = page.getByLabel(t('contact.email.address.label'))
      await field.fill('felix')
      await field.press('Enter')
      await page.getByText(t('problem.email.malformed')).first().waitFor()
      await shoot('refused')
      await field.fill(NEW)
      await field.press('Enter')
      await page.locator('#password').fill(FELIX.password)
      await page.locator('#password').press('Enter')
      await press(page, card)
      if (!javaScript) await page.getByRole('button', { name: t('task.approved.go-on') }).click()
      const code = page.getByLabel(t('contact.email.code.label'))
      await code.waitFor()
      await shoot('code')
      await code.fill(await mailedCode(issuer, NEW))
      await code.press('Enter')
      await page.getByText(t('portal.done.contact-email')).waitFor()
      await page.getByText('f…@example.org').waitFor()
      await shoot('done')
    })
  }
})
