import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { Page } from 'playwright-core'
import {
  activateWithPin,
  ANNA,
  BENOIT,
  digitsOn,
  type Person,
  pictureOn,
  respond,
  tradeOffline,
  typeAgain,
  typePin,
} from '../acts.ts'
import { desktop, handset, noBrowser, stage } from '../support.ts'
import { type Words, words } from '../words.ts'

/** On the platform, as far as the second factor for this amount and this payee. */
async function withdraw(desk: Page, t: Words, person: Person): Promise<void> {
  await desk.getByRole('link', { name: t('trade.withdraw.open') }).click()
  await desk.getByLabel(t('trade.withdraw.amount.label')).fill('12500')
  await desk.getByLabel(t('trade.withdraw.payee.label')).fill('Client A')
  await desk.getByLabel(t('trade.withdraw.account.label')).fill('Demo Bank 4471')
  await desk.getByRole('button', { name: t('trade.withdraw.button') }).click()
  await desk.getByRole('heading', { name: t('task.kind.withdrawal.title') }).waitFor()
  await typeAgain(desk, t, person)
  await desk.getByRole('heading', { name: t('method.phone-key.waiting.title') }).waitFor()
}

async function isPaid(desk: Page, t: Words): Promise<void> {
  await desk.getByRole('heading', { name: t('trade.withdraw.done.title') }).waitFor()
  assert.match(await desk.locator('main').innerText(), /tsk_/)
}

for (const [language, person, amount] of [
  ['en', ANNA, 'USD\u00a012,500.00'],
  ['fr', BENOIT, 'USD\u00a012\u202f500,00'],
] as const) {
  const t = words(language)

  suite(`a withdrawal in a real browser, ${language}`, { skip: noBrowser }, () => {
    test('S87 S88 R170 the phone shows amount, payee, platform and place, approves, and the money leaves', async (s) => {
      const set = await stage(s)
      const { issuer } = set.where
      const [desk, phone] = [await desktop(set, { language }), await handset(set, { language })]
      await activateWithPin(desk, phone, { issuer, t, person })
      await tradeOffline(desk, phone, { issuer, t, person })
      await phone.context().setOffline(false)
      await phone.getByRole('button', { name: t('phone.response.done') }).click()

      await withdraw(desk, t, person)
      await phone.goto('about:blank')
      await phone.goto(`${issuer}/phone#requests`)
      await phone
        .getByRole('heading', { name: t('phone.request.doing.withdrawal', { amount }) })
        .waitFor()
      const facts = await phone.locator('dl.facts').innerText()
      const platform = 'Example Trading'
      for (const fact of [amount, 'Client A', 'Demo Bank 4471', platform, t('phone.request.place')])
        assert.ok(facts.includes(fact), `${fact} is not in ${facts}`)
      await phone.getByLabel(t('phone.request.number')).fill(await digitsOn(desk))
      await phone.getByRole('button', { name: t('phone.request.approve') }).click()
      await phone.getByText(t('phone.request.doing.withdrawal', { amount })).waitFor()
      await typePin(phone, t)
      await phone.getByRole('heading', { name: t('phone.outcome.task-approved.title') }).waitFor()
      assert.ok(await phone.locator('.approved svg').isVisible())
      await isPaid(desk, t)
    })

    test('A8 S87 S88 R170 in flight mode the phone shows it from the picture, and a changed one is refused', async (s) => {
      const set = await stage(s)
      const { issuer } = set.where
      const [desk, phone] = [await desktop(set, { language }), await handset(set, { language })]
      await activateWithPin(desk, phone, { issuer, t, person })
      await tradeOffline(desk, phone, { issuer, t, person })

      await withdraw(desk, t, person)
      await desk.getByRole('link', { name: t('method.phone-key.waiting.not-received') }).click()
      await desk.getByRole('heading', { name: t('method.phone-key.task.title') }).waitFor()
      const [, hash = ''] = (await pictureOn(desk)).split('/phone')
      assert.match(hash, /^#task=[\w-]+\.[\w-]{86}$/)
      const scan = async (picture: string) =>
        await phone.evaluate(`location.hash = ${JSON.stringify(picture)}`)

      const at = hash.length - 40
      await scan(hash.slice(0, at) + (hash[at] === 'A' ? 'B' : 'A') + hash.slice(at + 1))
      await phone.getByText(t('phone.code.strange', { name: 'Example Brokerage' })).waitFor()
      await scan(hash)
      await phone
        .getByRole('heading', { name: t('phone.request.doing.withdrawal', { amount }) })
        .waitFor()
      const facts = await phone.locator('dl.facts').innerText()
      const place = t('phone.request.place')
      for (const fact of [amount, 'Client A', 'Demo Bank 4471', 'Example Trading', place])
        assert.ok(facts.includes(fact), `${fact} is not in ${facts}`)
      await phone.getByRole('button', { name: t('phone.code.make') }).click()
      await typePin(phone, t)
      await phone.getByRole('heading', { name: t('phone.response.title') }).waitFor()
      await phone.getByText(t('phone.request.doing.withdrawal', { amount })).waitFor()
      await desk.getByLabel(t('method.phone-key.response.label')).fill(await digitsOn(phone))
      await desk.getByRole('button', { name: t('task.kind.withdrawal.button', { amount }) }).click()
      await isPaid(desk, t)
    })

    // What happens is the same in French, and its amount stands in the two before.
    if (language === 'fr') return

    test('R023 R170 from the platform, with the phone in flight mode', async (s) => {
      const set = await stage(s)
      const { issuer } = set.where
      const [desk, phone] = [await desktop(set, { language }), await handset(set, { language })]
      await activateWithPin(desk, phone, { issuer, t, person })
      await tradeOffline(desk, phone, { issuer, t, person })

      await withdraw(desk, t, person)
      await desk.getByRole('link', { name: t('method.phone-key.waiting.not-received') }).click()
      const challenge = await digitsOn(desk)
      assert.equal(challenge[0], '8')
      await phone.getByRole('button', { name: t('phone.response.done') }).click()
      const second = await respond(phone, t, challenge)
      await phone.getByText(t('phone.response.task')).waitFor()
      await desk.getByLabel(t('method.phone-key.response.label')).fill(second)
      await desk.getByRole('button', { name: t('task.kind.withdrawal.button', { amount }) }).click()
      await isPaid(desk, t)
    })
  })
}
