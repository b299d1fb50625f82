import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { activateWithPin, ANNA, beginTrading } from '../acts.ts'
import { desktop, handset, noBrowser, openBrowser, stage } from '../support.ts'
import { words } from '../words.ts'

/** Chromium's own camera, which shows a moving pattern. */
const CAMERA = ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream']

suite('The camera of the phone app', { skip: noBrowser }, () => {
  const t = words('en')

  test('is not offered where there is none: the code comes first', async (s) => {
    const set = await stage(s)
    const page = await desktop(set)
    await page.goto(`${set.where.issuer}/phone`)
    await page.getByText(t('phone.none.setUpTyped'), { exact: true }).waitFor()
    assert.equal(await page.getByText(t('phone.none.setUpHint'), { exact: true }).count(), 0)
    await page.goto(`${set.where.issuer}/phone#setup`)
    await page.getByRole('heading', { name: t('phone.setup.typeOnly'), exact: true }).waitFor()
    const buttons = await page.locator('main button').allInnerTexts()
    assert.deepEqual(buttons, [t('phone.setup.goOn')])
  })

  test('keeps what was typed when it is closed again', async (s) => {
    const set = await stage(s)
    const page = await handset({ browser: await openBrowser(s, CAMERA) })
    await page.goto(`${set.where.issuer}/phone`)
    await page.getByText(t('phone.none.setUpHint'), { exact: true }).waitFor()
    await page.goto(`${set.where.issuer}/phone#setup`)
    await page.getByLabel(t('phone.setup.userName')).fill('demo-anna')
    await page.getByLabel(t('phone.setup.code')).fill('ABCD')
    await page.getByRole('button', { name: t('phone.setup.scan') }).click()
    await page.locator('video').waitFor()
    assert.equal(await page.getByLabel(t('phone.setup.code')).isVisible(), false)
    await page.getByRole('button', { name: t('phone.scan.cancel') }).click()
    assert.equal(await page.getByLabel(t('phone.setup.userName')).inputValue(), 'demo-anna')
    assert.equal(await page.getByLabel(t('phone.setup.code')).inputValue(), 'ABCD')
  })

  test('A5 is the first offer to a client who is asked for a number, and takes nothing away that was typed', async (s) => {
    const set = await stage(s)
    const { issuer } = set.where
    const desk = await desktop(set)
    const phone = await handset({ browser: await openBrowser(s, CAMERA) })
    await activateWithPin(desk, phone, { issuer, t, person: ANNA })
    const scan = async (offer: string) => {
      await phone.getByRole('button', { name: offer }).click()
      await phone.locator('video').waitFor()
      await phone.getByRole('button', { name: t('phone.scan.cancel') }).click()
    }

    await phone.goto(`${issuer}/phone#code`)
    const challenge = phone.getByLabel(t('phone.code.label'))
    await challenge.fill('123')
    await scan(t('phone.code.scan'))
    assert.equal(await challenge.inputValue(), '123')

    await beginTrading(desk, issuer, t, ANNA)
    await phone.goto('about:blank')
    await phone.goto(`${issuer}/phone#requests`)
    const number = phone.getByLabel(t('phone.request.number'))
    await number.fill('12')
    const buttons = phone.locator('main form button, main form input')
    const offers = await buttons.evaluateAll((all) => all.map((one) => one.textContent || one.id))
    const [approve, deny] = [t('phone.request.approve'), t('phone.request.deny')]
    assert.deepEqual(offers, [t('phone.request.scan'), 'number', approve, deny])
    await scan(t('phone.request.scan'))
    assert.equal(await number.inputValue(), '12')
  })
})
