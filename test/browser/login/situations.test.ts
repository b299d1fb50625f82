import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { Page } from 'playwright-core'
import { after, days, hours } from '#core/time/time.ts'
import { PASSWORD, personWithPhone } from '../../support/clients/engine-story.ts'
import { givenPasscode } from '../../support/clients/printed.ts'
import { ORDERS, SITUATIONS, TELEPHONE } from '../../support/help/situations.ts'
import { openSite } from '../../support/server/site.ts'
import { typePassword } from '../acts.ts'
import { desktop, noBrowser, openBrowser } from '../support.ts'
import { words } from '../words.ts'

/** What a client solves who knows nothing but the login page, in a real browser (R150 to R165). */

const NUMBER = 'U-lena'
const LENA = { userName: 'lena', password: PASSWORD }

/** The one button of a page leads there. */
async function buttonTo(page: Page, address: string): Promise<void> {
  const button = page.locator('main a.button')
  assert.equal(await button.count(), 1)
  assert.equal(await button.getAttribute('href'), address)
}

for (const language of ['en', 'fr'] as const) {
  const t = words(language)
  // All of it are links and forms: a client whose script does not run finds it too.
  const looks = { language, javaScript: false }

  suite(`what a client finds at the login page, in ${language}`, { skip: noBrowser }, () => {
    test('R150 R151 R152 R153 R154 R155 R156 R157 R158 R159 R160 R161 R162 R163 R164 R165 behind “I cannot log in”: one thing to do', async (s) => {
      const { issuer } = await openSite(s, {
        settings: { orders: ORDERS },
        gateway: { ports: [4710, 4711], host: null },
      })
      const page = await desktop({ browser: await openBrowser(s) }, looks)
      await page.goto(`${issuer}/login`)
      await page.locator('main a[href="/help/questions/start"]').click()
      const start = page.url()
      for (const [name, { answers, button, ...said }] of Object.entries(SITUATIONS)) {
        await page.goto(start)
        for (const one of answers)
          await page.locator(`main a[href="/help/questions/${one}"]`).click()
        const shown = await page.locator('main').innerText()
        assert.match(shown.replaceAll(/\s/g, ' '), said[language], name)
        await buttonTo(page, button)
      }
    })

    test('R150 R151 R152 after the password, on that page: why the account does not trade', async (s) => {
      const site = await openSite(s)
      const { world, issuer } = site
      const page = await desktop({ browser: await openBrowser(s) }, looks)
      await world.add({ ...LENA, accounts: [{ number: NUMBER, environment: 'live' }] })
      const opensLater = after(world.now(), hours(15))
      for (const [row, problem] of [
        [{ status: 'applied' }, 'account.not-approved'],
        [{ status: 'approved', trades_from_ms: opensLater }, 'account.approved-late'],
        [{ status: 'closed-by-broker', trades_from_ms: null }, 'account.closed'],
      ] as const) {
        const update = world.db.write.updateTable('account').set(row).where('number', '=', NUMBER)
        await world.db.commit([{ ...update.compile(), rows: 1 }])
        await page.goto(`${issuer}/login?platform=trade`)
        await typePassword(page, t, LENA)
        await page.getByText(t(`common.next.${problem}`)).waitFor()
        await buttonTo(page, '/portal')
      }
      const paper = { ...LENA, userName: 'paper' }
      await world.add({ ...paper, accounts: [{ number: 'P-lena', environment: 'paper' }] })
      await page.goto(`${issuer}/login?platform=portal`)
      await typePassword(page, t, paper)
      const again = page.getByLabel(t('login.password'), { exact: true })
      await again.fill(PASSWORD)
      await again.press('Enter')
      await page.waitForURL(`${issuer}/portal`)
    })

    test('R153 R154 R161 R164 with a temporary passcode: small letters, spaces, two days, ten more', async (s) => {
      const { world, issuer } = await openSite(s)
      const page = await desktop({ browser: await openBrowser(s) }, looks)
      await personWithPhone(world, 'lena')
      const passcode = await givenPasscode(world, 'lena')
      const begins = async (platform: string) => {
        await page.goto(`${issuer}/login?platform=${platform}`)
        await typePassword(page, t, LENA)
      }
      const types = async (text: string) => {
        await page.locator('input[name="answer"]').fill(text)
        await page.locator('input[name="answer"]').press('Enter')
      }
      await begins('portal')
      // One in ten thousand has digits alone.
      if (/[A-Z]/.test(passcode)) {
        await types(passcode.toLowerCase())
        await page.locator('#answer-error').getByText(t('problem.login.capital-letters')).waitFor()
      }
      await types(`${passcode.slice(0, 4)} ${passcode.slice(4)}`)
      await page.waitForURL(`${issuer}/portal/**`)

      await page.context().clearCookies()
      world.advance(hours(49))
      await begins('trade')
      await page.getByText(t('method.temporary-passcode.prints-only')).waitFor()
      await page.context().clearCookies()
      world.advance(days(10))
      await begins('trade')
      await page.getByText(t('common.news.login.passcode-expired.title')).waitFor()
      await buttonTo(page, TELEPHONE)
    })
  })
}
