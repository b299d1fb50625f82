import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { DEMO_CLIENTS } from '../acts.ts'
import { choose, press, type } from '../by-keyboard.ts'
import { critic } from '../every-page/critic.ts'
import { desktop, handset, noBrowser, type Stage, stage } from '../support.ts'
import { jonahCalls } from '../walks/jonah-calls.ts'
import { words } from '../words.ts'
import { comesIn, looksAt } from './member.ts'

const SHOTS = process.env.COUNTERSIGN_TEST_SHOTS

suite('a call, from the first word to the last', { skip: noBrowser }, () => {
  test('A13 in French: Jonah calls, and a stranger in a hurry who can prove nothing', async (s) => {
    const set = await stage(s)
    await strangerCalls(set, 'fr')
    await jonahCalls.walk({
      issuer: set.where.issuer,
      language: 'fr',
      t: words('fr'),
      desktop: async () => await desktop(set, { language: 'fr' }),
      handset: async () => await handset(set, { language: 'fr' }),
      async shot(page, name) {
        if (SHOTS) await page.screenshot({ path: `${SHOTS}/jonah-${name}.png`, fullPage: true })
      },
    })
  })

  test('A13 in English: a stranger in a hurry who can prove nothing', async (s) => {
    await strangerCalls(await stage(s), 'en')
  })
})

/**
 * A stranger who knows a name is asked to show more, and in a hurry hears one answer. After three
 * guesses nothing is changed by telephone, and the account is frozen. The agent goes by keyboard.
 */
async function strangerCalls(set: Stage, language: 'en' | 'fr'): Promise<void> {
  const { userName } = DEMO_CLIENTS[language].cardholder
  const one = critic([])
  const edgar = await comesIn(set, { agentId: 'demo-edgar', language, critic: one })
  const { page, t } = edgar
  await press(page, page.getByRole('link', { name: t('desk.places.cases'), exact: true }))
  await type(page, page.getByLabel(t('desk.cases.typed')), userName)
  await press(page, page.getByRole('button', { name: t('desk.cases.open') }))
  await page.getByText(t('desk.script.step.ask')).waitFor()
  await press(page, page.getByRole('button', { name: t('desk.script.pressure.hurry') }))
  await page.getByText(t('desk.script.answer.hurry')).waitFor()
  await page.getByText(t('desk.cases.signal.pressed')).waitFor()
  await looksAt(edgar)
  if (SHOTS) await page.screenshot({ path: `${SHOTS}/hurry-${language}.png`, fullPage: true })
  for (let guesses = 1; guesses <= 3; guesses += 1) {
    await choose(page, page.getByLabel(t('desk.cases.ask-for')), 'device')
    await press(page, page.getByRole('button', { name: t('desk.cases.ask'), exact: true }))
    await page.getByText(t('desk.script.step.response')).waitFor()
    await type(page, page.getByLabel(t('desk.cases.answer')), '12345678')
    await press(page, page.getByRole('button', { name: t('desk.cases.verify') }))
    await page.getByText(t('problem.desk.not-proven')).waitFor()
  }
  await page.getByText(t('desk.script.step.stopped')).waitFor()
  assert.equal(await page.getByRole('button', { name: t('desk.cases.ask') }).count(), 0)
  await press(page, page.locator('form[action$="/deeds/freeze"] button'))
  await press(page, page.getByRole('button', { name: t('desk.touch.button') }))
  await page.getByText(t('desk.cases.done.acted')).waitFor()
  await looksAt(edgar)
  assert.deepEqual(one.found, [])
}
