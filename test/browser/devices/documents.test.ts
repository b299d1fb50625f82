import assert from 'node:assert/strict'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { NO_SANDBOX, photograph } from '../../support/documents/pictures.ts'
import { activateWithPin, ANNA, tradeOffline } from '../acts.ts'
import { desktop, handset, noBrowser, stage } from '../support.ts'
import { words } from '../words.ts'

/** Where to put pictures of the pages, to look at. */
const SHOTS = process.env.COUNTERSIGN_TEST_SHOTS
const t = words('en')

suite('photographs from a real browser', { skip: noBrowser || NO_SANDBOX }, () => {
  test('R145 without a script two pages are sent, and the client sees that they came', async (s) => {
    const set = await stage(s)
    const { issuer } = set.where
    const [desk, phone] = [await desktop(set), await handset(set)]
    await activateWithPin(desk, phone, { issuer, t, person: ANNA })
    const bare = await desktop(set, { javaScript: false })
    await tradeOffline(bare, phone, { issuer, t, person: ANNA })
    await bare.goto(`${issuer}/portal/documents`)
    await bare.getByRole('link', { name: t('submissions.title') }).click()
    const shot = async (name: string, width: number) => {
      if (!SHOTS) return
      await bare.setViewportSize({ width, height: 900 })
      await bare.screenshot({ path: join(SHOTS, `${name}.png`), fullPage: true })
    }
    await shot('send-360', 360)
    await shot('send-1280', 1_280)
    await bare.getByRole('button', { name: t('submissions.send') }).click()
    await bare.getByRole('alert').waitFor()
    await shot('send-wrong', 360)
    await bare.getByLabel(t('submissions.purpose.identity')).check()
    const file = async (name: string) => ({
      name,
      mimeType: 'image/jpeg',
      buffer: await photograph(),
    })
    await bare.getByLabel(t('submissions.photo')).setInputFiles(await file('<img src=x>.jpg'))
    await bare.getByLabel(t('submissions.files')).setInputFiles([await file('back.jpg')])
    await bare.getByRole('button', { name: t('submissions.send') }).click()
    await bare.getByText(t('submissions.sent')).waitFor()
    await shot('sent-360', 360)
    await shot('sent-1280', 1_280)
    const table = bare.getByRole('table', { name: t('submissions.before') })
    const row = await table.getByRole('row').nth(1).innerText()
    assert.match(row, new RegExp(t('submissions.purpose.identity')))
    // Opened by now, or a moment later.
    const again = bare.getByRole('link', { name: t('submissions.look-again') })
    while (await again.isVisible()) await again.click()
    await bare.getByRole('heading', { name: t('submissions.better-title') }).waitFor()
    await bare.locator('svg.better').waitFor()
    await shot('better-360', 360)
    await shot('better-1280', 1_280)
  })
})
