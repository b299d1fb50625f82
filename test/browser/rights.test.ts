import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { Page } from 'playwright-core'
import { run } from '../support/commands/command.ts'
import { desktop, handset, noBrowser, stage } from './support.ts'
import { type Words, words } from './words.ts'

/** Clients in the situations of the demo, at a real browser. */

const PASSWORDS = {
  'demo-emil': 'still waiting for a letter',
  'demo-goran': 'closed for the season',
  'demo-ines': 'one lock is enough for me',
  'demo-omar': 'the postman rings twice',
} as const

async function logIn(page: Page, t: Words, userName: keyof typeof PASSWORDS): Promise<void> {
  await page.getByRole('textbox', { name: t('login.user-name') }).fill(userName)
  await page.getByLabel(t('login.password'), { exact: true }).fill(PASSWORDS[userName])
  await page.getByRole('button', { name: t('login.continue') }).click()
}

/** As a text, because what runs in the page has globals that a test has not. */
const isWide = async (page: Page): Promise<boolean> =>
  await page.evaluate<boolean>('document.documentElement.scrollWidth > window.innerWidth')

suite('rights in a real browser', { skip: noBrowser }, () => {
  test('R130 R028 who trades with a password alone is logged out by itself when the account closes', async (s) => {
    const t = words('en')
    const set = await stage(s)
    const { issuer, environment } = set.where
    const page = await desktop(set)
    await page.goto(`${issuer}/trade/login`)
    await logIn(page, t, 'demo-ines')
    await page.getByRole('heading', { name: t('trade.in.title.live') }).waitFor()
    const demo = {
      COUNTERSIGN_DATABASE_URL: 'sqlite:var/demo/countersign.db',
      COUNTERSIGN_KEYS_FILE: 'var/demo/keys.json',
    }
    const operator = { ...set.where, environment: { ...environment, ...demo } }
    const closed = await run(operator, ['account', 'close', 'U0000009'])
    assert.equal(closed.code, 0, closed.stderr)
    // There is no click.
    await page.getByRole('heading', { name: t('trade.reason.ended.title') }).waitFor()
  })

  for (const language of ['en', 'fr'] as const) {
    test(`R150 R151 R163 the reason and the next step, in ${language}, without JavaScript, on a phone too`, async (s) => {
      const t = words(language)
      const set = await stage(s)
      const { issuer } = set.where
      for (const page of [
        await desktop(set, { language, javaScript: false }),
        await handset(set, { language, dark: true }),
      ]) {
        await page.goto(`${issuer}/trade/login`)
        await logIn(page, t, 'demo-emil')
        await page.getByRole('heading', { name: t('problem.account.not-approved') }).waitFor()
        assert.equal(await isWide(page), false)
        await page.getByRole('link', { name: t('common.next.portal') }).click()
        await logIn(page, t, 'demo-goran')
        await page.getByRole('heading', { name: t('portal.scope.statements.title') }).waitFor()
        assert.equal(await isWide(page), false)
        await page.goto(`${issuer}/portal/security`)
        await page.getByRole('heading', { name: t('problem.account.statements-only') }).waitFor()
        await page.context().clearCookies()
        await page.goto(`${issuer}/portal`)
        await logIn(page, t, 'demo-omar')
        await page.getByRole('heading', { name: t('problem.login.in-the-post') }).waitFor()
        assert.equal(await isWide(page), false)
      }
    })
  }
})
