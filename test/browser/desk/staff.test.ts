import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { noBrowser, stage } from '../support.ts'
import { addsPasskey, comesIn, confirm, looksAt } from './member.ts'

suite('the desk in a real browser', { skip: noBrowser }, () => {
  for (const language of ['en', 'fr'] as const) {
    test(`in ${language}: a passkey at the first visit, a second one, an invitation, a suspension`, async (s) => {
      const set = await stage(s)
      const operator = await comesIn(set, { agentId: 'demo-ivo', language })
      const agent = await comesIn(set, { agentId: 'demo-dora', language })
      const { page, t } = operator

      await addsPasskey(operator)

      await page.getByRole('link', { name: t('desk.places.staff') }).click()
      await looksAt(operator)
      await page.getByRole('link', { name: t('desk.staff.invite'), exact: true }).click()
      await looksAt(operator)
      await page.getByLabel(t('desk.invite.name'), { exact: true }).fill('Nina Example')
      await page.getByLabel(t('desk.invite.agentId')).fill('nina')
      await page.getByRole('button', { name: t('desk.invite.button') }).click()
      await looksAt(operator)
      await confirm(operator)
      const address = await page.locator('.address').innerText()
      assert.ok(address.startsWith(`${set.where.desk}/join/`))
      await looksAt(operator)

      await page.getByRole('link', { name: t('desk.places.staff') }).click()
      await page.getByRole('link', { name: 'Dora Demo' }).click()
      await looksAt(operator)
      await page.getByRole('link', { name: t('desk.staff.leave.button') }).click()
      await looksAt(operator)
      await confirm(operator)
      await page.getByText(t('desk.staff.done.suspended')).waitFor()
      // The page of the member who was suspended is gone by itself, and the passkey opens nothing.
      await agent.page.getByRole('button', { name: t('desk.login.button') }).click()
      await agent.page.getByText(t('problem.desk.not-logged-in')).waitFor()
      await looksAt(agent)

      await page.getByRole('button', { name: t('desk.log-out') }).click()
      await page.getByRole('button', { name: t('desk.login.button') }).click()
      await page.getByRole('heading', { name: 'Ivo Demo' }).waitFor()
      assert.deepEqual([...operator.critic.found, ...agent.critic.found], [])
    })
  }
})
