import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { Page } from 'playwright-core'
import { DEMO_CLIENTS, digitsOn, pressCard, typePasscode, typePassword } from '../acts.ts'
import { desktop, noBrowser, stage } from '../support.ts'
import { words } from '../words.ts'
import { comesIn, confirm, looksAt } from './member.ts'

/** Where a test may put its screenshots. */
const SHOTS = process.env['COUNTERSIGN_TEST_SHOTS']

suite('a call to the desk, in a real browser', { skip: noBrowser }, () => {
  for (const language of ['en', 'fr'] as const) {
    test(`R098 A13 in ${language}: the caller answers with a card, two people agree, and the passcode logs in`, async (s) => {
      const set = await stage(s)
      const { issuer } = set.where
      const t = words(language)
      const { cardholder: client } = DEMO_CLIENTS[language]
      const agent = await comesIn(set, { agentId: 'demo-dora', language })
      const second = await comesIn(set, { agentId: 'demo-frida', language })
      const { page } = agent
      const shoots = async (name: string, shown: Page = page) => {
        await looksAt(shown === page ? agent : second)
        if (SHOTS)
          await shown.screenshot({ path: `${SHOTS}/desk-${name}-${language}.png`, fullPage: true })
      }

      await page.getByRole('link', { name: t('desk.places.cases') }).click()
      await page.getByLabel(t('desk.cases.typed'), { exact: true }).fill(client.userName)
      await page.getByRole('button', { name: t('desk.cases.open') }).click()
      await page.getByText(t('desk.cases.unproven')).waitFor()
      await shoots('unproven')

      // The agent reads the number out, and the caller reads back what the card shows.
      await page.getByLabel(t('desk.cases.ask-for')).selectOption('device')
      await page.getByRole('button', { name: t('desk.cases.ask'), exact: true }).click()
      const sim = await desktop(set, { language })
      await sim.goto(`${issuer}/sim?number=${encodeURIComponent(client.telephone)}`)
      const question = await digitsOn(page)
      assert.match(question, /^9/)
      await shoots('number')
      const response = await pressCard(sim, { pin: client.pin, question })
      await page.getByLabel(t('desk.cases.answer')).fill(response)
      await page.getByRole('button', { name: t('desk.cases.verify') }).click()
      await page.getByText(t('desk.cases.done.proven')).waitFor()
      await shoots('proven')

      // The client has no browser that is known, so a passcode takes two people.
      const item = page.getByRole('listitem').filter({
        has: page.getByText(t('desk.cases.deed.issue-passcode.name'), { exact: true }),
      })
      await item.getByLabel(t('desk.second.why')).fill('The card is on its way to the bin.')
      await item.getByRole('button', { name: t('desk.second.ask') }).click()
      await page.getByText(t('desk.cases.done.asked')).waitFor()
      await shoots('asked')

      // The page of the second person says by itself that there is something new.
      const news = second.page.locator('#news')
      await news.waitFor()
      await news.getByRole('link').click()
      await second.page
        .getByRole('link', { name: t('desk.cases.deed.issue-passcode.name') })
        .click()
      await shoots('request', second.page)
      await confirm(second)
      await second.page.getByText(t('desk.second.done.agreed')).waitFor()

      await page.locator('#news').getByRole('link').click()
      await shoots('agreed')
      await item.getByRole('button', { name: t('desk.cases.deed.issue-passcode.button') }).click()
      await confirm(agent)
      await page.getByRole('heading', { name: t('desk.cases.spoken.issue-passcode') }).waitFor()
      await shoots('passcode')
      const passcode = (await page.locator('p.number').innerText()).trim()
      assert.match(passcode, /^[0-9A-Z]{8}$/)

      const home = await desktop(set, { language })
      await home.goto(`${issuer}/portal`)
      await typePassword(home, t, client)
      await typePasscode(home, t, { passcode })
      await home.waitForURL(/\/portal/)
      assert.deepEqual([...agent.found, ...second.found], [])
    })
  }
})
