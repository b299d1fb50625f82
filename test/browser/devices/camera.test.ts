import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { desktop, handset, noBrowser, openBrowser, stage } from '../support.ts'
import { words } from '../words.ts'

/** Chromium's own camera, which shows a moving pattern. */
const CAMERA = ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream']

suite('The camera of the phone app', { skip: noBrowser }, () => {
  const t = words('en')

  test('is not offered where there is none: the code comes first', async (s) => {
    const set = await stage(s)
    const page = await desktop(set)
    await page.goto(`${set.where.issuer}/phone#setup`)
    await page.getByRole('heading', { name: t('phone.setup.typeOnly'), exact: true }).waitFor()
    const buttons = await page.locator('main button').allInnerTexts()
    assert.deepEqual(buttons, [t('phone.setup.goOn')])
  })

  test('keeps what was typed when it is closed again', async (s) => {
    const set = await stage(s)
    const page = await handset({ browser: await openBrowser(s, CAMERA) })
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
})
