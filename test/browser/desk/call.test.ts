import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { ANNA, setUpWithPin, typePin } from '../acts.ts'
import { barriersOn } from '../barriers.ts'
import { narrowFaultsOn } from '../every-page/narrow.ts'
import { desktop, handset, noBrowser, stage } from '../support.ts'
import { words } from '../words.ts'
import { comesIn, looksAt } from './member.ts'

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
      await phone.locator('#main').getByText(`${beginning}Dora`).waitFor({ timeout: 2_000 })
      await portal.getByText(`${beginning}Dora`).waitFor({ timeout: 2_000 })
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
