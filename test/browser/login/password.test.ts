import { suite, test } from 'node:test'
import type { Page } from 'playwright-core'
import { cardIn, type HeldCard } from '../../support/clients/card-reader.ts'
import { digitsOn, typePassword } from '../acts.ts'
import { desktop, handset, noBrowser, stage } from '../support.ts'
import { words } from '../words.ts'

const FELIX = { userName: 'demo-felix', password: 'la plume de ma tante' }
const NEW = 'sept cuillères de pluie'

/** Reads the number, presses the card, types what it shows. */
async function press(page: Page, card: HeldCard): Promise<void> {
  await page.locator('#answer').fill(card.press(card.pin, await digitsOn(page)))
  await page.locator('#answer').press('Enter')
}

suite('another password in a real browser', { skip: noBrowser }, () => {
  for (const looks of [
    { language: 'en', javaScript: true, open: desktop },
    { language: 'fr', javaScript: false, open: handset },
  ] as const) {
    const { language, javaScript, open } = looks
    test(`S75 S76 is chosen in ${language}, ${javaScript ? 'with' : 'without'} JavaScript`, async (s) => {
      const t = words(language)
      const set = await stage(s)
      const { issuer } = set.where
      const card = cardIn(set.where, FELIX.userName)
      const page = await open(set, { language, javaScript, dark: language === 'fr' })
      await page.goto(`${issuer}/portal`)
      await typePassword(page, t, FELIX)
      await press(page, card)
      await page.goto(`${issuer}/.well-known/change-password`)
      await page.getByRole('button', { name: t('portal.password.begin') }).click()
      await page.locator('#password').fill(FELIX.password)
      await page.locator('#password').press('Enter')
      await press(page, card)
      const choose = async (password: string) => {
        const input = page.getByLabel(t('portal.password.field'), { exact: true })
        await input.fill(password)
        await page.getByRole('button', { name: t('portal.password.save') }).click()
      }
      await choose('password123')
      await page.getByText(t('portal.password.flaw.common')).first().waitFor()
      if (javaScript) await page.getByRole('button', { name: t('login.show') }).waitFor()
      await choose(NEW)
      await page.getByText(t('portal.done.password')).waitFor()

      const fresh = await desktop(set, { language })
      await fresh.goto(`${issuer}/login?platform=portal`)
      await typePassword(fresh, t, { ...FELIX, password: NEW })
      await press(fresh, card)
      await fresh.waitForURL(/\/portal/)
    })
  }
})
