import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { activateWithPin, ANNA, BENOIT, digitsOn, respond, tradeOffline } from '../acts.ts'
import { desktop, handset, noBrowser, stage } from '../support.ts'
import { words } from '../words.ts'

for (const [language, person] of [
  ['en', ANNA],
  ['fr', BENOIT],
] as const) {
  const t = words(language)

  suite(`a withdrawal in a real browser, ${language}`, { skip: noBrowser }, () => {
    test('R023 R170 from the platform, with the phone in flight mode', async (s) => {
      const set = await stage(s)
      const { issuer } = set.where
      const [desk, phone] = [await desktop(set, { language }), await handset(set, { language })]
      await activateWithPin(desk, phone, { issuer, t, person })
      await tradeOffline(desk, phone, { issuer, t, person })

      await desk.getByRole('link', { name: t('trade.withdraw.open') }).click()
      await desk.getByLabel(t('trade.withdraw.amount.label')).fill('12500')
      await desk.getByLabel(t('trade.withdraw.payee.label')).fill('Client A')
      await desk.getByLabel(t('trade.withdraw.account.label')).fill('Demo Bank 4471')
      await desk.getByRole('button', { name: t('trade.withdraw.button') }).click()
      await desk.getByRole('heading', { name: t('task.kind.withdrawal.title') }).waitFor()
      await desk.getByLabel(t('task.password'), { exact: true }).fill(person.password)
      await desk.getByRole('button', { name: t('task.continue') }).click()
      await desk.getByRole('heading', { name: t('method.phone-key.task.title') }).waitFor()
      const challenge = await digitsOn(desk)
      assert.equal(challenge[0], '8')
      await phone.getByRole('button', { name: t('phone.response.done') }).click()
      const second = await respond(phone, t, challenge)
      await phone.getByText(t('phone.response.task')).waitFor()
      await desk.getByLabel(t('method.phone-key.response.label')).fill(second)
      const amount = language === 'en' ? 'USD\u00a012,500.00' : 'USD\u00a012\u202f500,00'
      await desk.getByRole('button', { name: t('task.kind.withdrawal.button', { amount }) }).click()
      await desk.getByRole('heading', { name: t('trade.withdraw.done.title') }).waitFor()
      assert.match(await desk.locator('main').innerText(), /tsk_/)
    })
  })
}
