import { suite, test } from 'node:test'
import { activateWithPin, ANNA, beginTrading, digitsOn, PIN, typePin } from './acts.ts'
import { desktop, handset, noBrowser, stage } from './support.ts'
import { words } from './words.ts'

for (const language of ['en', 'fr'] as const) {
  const t = words(language)

  suite(`A new phone in ${language}`, { skip: noBrowser }, () => {
    test('R061 R062 R064 is set up from the new phone alone, with an approval of the old one', async (s) => {
      const set = await stage(s)
      const { issuer } = set.where
      const [desk, old] = [await desktop(set, { language }), await handset(set, { language })]
      await activateWithPin(desk, old, { issuer, t, person: ANNA })

      const young = await handset(set, { language })
      await young.goto(`${issuer}/phone`)
      await young.getByText(t('phone.none.newPhone')).click()
      await young.getByRole('textbox', { name: t('login.user-name') }).fill(ANNA.userName)
      await young.getByLabel(t('login.password'), { exact: true }).fill(ANNA.password)
      await young.getByRole('button', { name: t('login.continue') }).click()
      const number = await digitsOn(young)
      await old.goto(`${issuer}/phone#requests`)
      await old.getByLabel(t('phone.request.number')).fill(number)
      await old.getByRole('button', { name: t('phone.request.approve') }).click()
      await typePin(old, t)

      await young.getByRole('button', { name: t('method.phone-key.add') }).click()
      await young.getByRole('link', { name: t('method.phone-key.enrol.here') }).click()
      await young.getByRole('button', { name: t('phone.setup.goOn') }).click()
      for (const title of ['phone.setup.choosePin', 'phone.setup.repeatPin']) {
        await young.getByRole('heading', { name: t(title) }).waitFor()
        await young.keyboard.type(PIN)
        await young.getByRole('button', { name: t('phone.pin.ok'), exact: true }).click()
      }
      await young.getByRole('heading', { name: t('phone.setup.done') }).waitFor()

      await old.reload()
      await old.getByText(t('phone.stopped.title')).first().waitFor()
      await beginTrading(desk, issuer, t, ANNA)
      await young.goto('about:blank')
      await young.goto(`${issuer}/phone#requests`)
      await young.getByRole('button', { name: t('phone.request.approve') }).waitFor()
    })
  })
}
