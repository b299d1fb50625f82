import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { Page } from 'playwright-core'
import { ANNA, setUpWithPin, typePin } from '../acts.ts'
import { barriersOn } from '../barriers.ts'
import { narrowFaultsOn } from '../every-page/narrow.ts'
import { desktop, handset, noBrowser, stage } from '../support.ts'
import { type Words, words } from '../words.ts'
import { comesIn, looksAt } from './member.ts'

const SHOTS = process.env.COUNTERSIGN_TEST_SHOTS

suite('a call in a real browser', { skip: noBrowser }, () => {
  for (const language of ['en', 'fr'] as const) {
    test(`in ${language}: phone and portal say who calls, and the phone proves its client`, async (s) => {
      const set = await stage(s)
      const { issuer } = set.where
      const t = words(language)
      const [portal, phone] = [await desktop(set, { language }), await handset(set, { language })]
      await phone.setViewportSize({ width: 360, height: 780 })
      await setUpWithPin(portal, phone, { issuer, t, person: ANNA })
      const found: string[] = []
      const looks = async () => {
        for (const page of [portal, phone]) {
          found.push(...(await barriersOn(page)), ...(await narrowFaultsOn(page)))
        }
      }
      await portal.goto(`${issuer}/portal/security/devices`)
      await phone.goto('about:blank')
      await phone.goto(`${issuer}/phone#code`)
      await phone.getByText(t('phone.call.none')).waitFor()
      await portal.getByText(t('portal.call.none')).waitFor()
      await looks()

      const dora = await comesIn(set, { agentId: 'demo-dora', language })
      const { page } = dora
      await page.getByRole('link', { name: t('desk.places.cases'), exact: true }).click()
      await page.getByLabel(t('desk.cases.typed')).fill(ANNA.userName)
      await page.getByRole('button', { name: t('desk.cases.open') }).click()
      const on = { agent: 'Dora', time: '' }
      const [beginning = ''] = t('phone.call.on', on).split(on.agent)
      // By themselves, and soon.
      await phone.locator('#main').getByText(`${beginning}Dora`).waitFor({ timeout: 5_000 })
      await portal.getByText(`${beginning}Dora`).waitFor({ timeout: 5_000 })
      await looks()

      await page.getByRole('button', { name: t('desk.cases.phone.ask') }).click()
      await page.getByText(t('desk.cases.phone.waits')).waitFor()
      await looksAt(dora)
      const number = (await page.locator('p.number .hidden').innerText()).replaceAll(/\s/g, '')
      await phone.goto(`${issuer}/phone#requests`)
      await phone.getByRole('heading', { name: t('phone.request.desk') }).waitFor()
      await phone.getByText(t('phone.call.opens.access')).waitFor()
      await looks()
      await phone.getByLabel(t('phone.call.number', { agent: 'Dora' })).fill(number)
      await phone.getByRole('button', { name: t('phone.call.confirm') }).click()
      await typePin(phone, t)
      await phone.getByRole('heading', { name: t('phone.outcome.call-approved.title') }).waitFor()
      await page.getByText(t('desk.cases.proven'), { exact: true }).waitFor()
      await looksAt(dora)
      await looks()

      // What is not heard is not known.
      await portal.context().setOffline(true)
      await portal.getByText(t('portal.call.unknown')).waitFor()
      await portal.context().setOffline(false)
      await portal.getByText(`${beginning}Dora`).waitFor()
      await phone.goto(`${issuer}/phone#code`)
      await phone.locator('#main').getByText(`${beginning}Dora`).waitFor()
      await phone.context().setOffline(true)
      const [unknown = ''] = t('phone.call.unknown', { help: '+' }).split(':')
      await phone.getByText(unknown).waitFor()
      await checksTheAgent({ page, phone, t })
      await looks()
      await looksAt(dora)
      await phone.context().setOffline(false)

      await page.getByRole('button', { name: t('desk.cases.phone.ask') }).click()
      await page.getByText(t('desk.cases.phone.waits')).waitFor()
      await phone.goto(`${issuer}/phone#requests`)
      await phone.getByRole('button', { name: t('phone.call.deny') }).click()
      await phone.getByRole('heading', { name: t('phone.outcome.call-not-me.title') }).waitFor()
      await page.getByText(t('problem.desk.case-closed')).first().waitFor()
      await looksAt(dora)
      assert.deepEqual([...found, ...dora.critic.found], [])
    })
  }
})

/** The phone has no connection: the agent proves the desk first, and then the client. */
async function checksTheAgent({ page, phone, t }: { page: Page; phone: Page; t: Words }) {
  const shown = async (on: Page, at = 0) =>
    (await on.locator('p.number .hidden').nth(at).innerText()).replaceAll(/\s/g, '')
  const shot = async (on: Page, name: string) =>
    SHOTS && (await on.screenshot({ path: `${SHOTS}/agent-${name}.png`, fullPage: true }))
  await phone.getByRole('link', { name: t('phone.call.check') }).click()
  await phone.getByRole('heading', { name: t('phone.agent.title') }).waitFor()
  const [proof, number] = [t('phone.agent.proof'), t('phone.agent.number')]
  await shot(phone, 'asks')
  // A caller in our name makes something up, twice.
  const check = async (typed: string, asked: string) => {
    await phone.getByLabel(proof).fill(typed)
    await phone.getByLabel(number).fill(asked)
    await phone.getByRole('button', { name: t('phone.agent.check'), exact: true }).click()
  }
  await check('12345678', '920001')
  await phone.getByText(t('phone.agent.misheard')).waitFor()
  await check('12345679', '920001')
  await phone.getByRole('heading', { name: t('phone.agent.strange') }).waitFor()
  await shot(phone, 'strange')
  await phone.getByRole('button', { name: t('phone.agent.again') }).click()

  await page.getByText(t('desk.cases.mutual.title')).click()
  const question = page.getByLabel(t('desk.cases.mutual.question'))
  await question.fill('12')
  await question.press('Enter')
  await page.getByText(t('problem.login.malformed-answer')).first().waitFor()
  await page.getByLabel(t('desk.cases.mutual.for')).selectOption('device')
  await question.fill(await shown(phone))
  // What is typed is asked in the way that stands beside it, also by keyboard.
  await question.press('Enter')
  await page.getByText(t('desk.cases.mutual.read-first')).waitFor()
  await shot(page, 'proves')
  await check(await shown(page), await shown(page, 1))
  await phone.getByRole('heading', { name: t('phone.agent.ours') }).waitFor()
  await phone.getByText(t('phone.call.opens.device')).waitFor()
  await shot(phone, 'ours')
  await phone.getByRole('button', { name: t('phone.agent.confirm') }).click()
  await typePin(phone, t)
  await phone.getByRole('heading', { name: t('phone.response.title') }).waitFor()
  await shot(phone, 'response')
  await page.getByLabel(t('desk.cases.mutual.answer')).fill(await shown(phone))
  await page.getByRole('button', { name: t('desk.cases.verify') }).click()
  await page.getByText(t('desk.cases.done.proven')).waitFor()
}
