import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { Page } from 'playwright-core'
import type { Letter } from '#core/notices/letter.ts'
import { instant } from '#core/time/time.ts'
import { lettersPage } from '#edges/pages/notices/letter-page.ts'
import { isDrawnAsShipped } from './faces.ts'
import { handset, noBrowser, openBrowser } from '../support.ts'
import { house } from '../test-server.ts'
import { words } from '../words.ts'

/** The element that has the focus, and the ring that it shows. */
const focused = async (page: Page): Promise<readonly string[]> =>
  await page.evaluate(`(() => {
    const one = document.activeElement
    return [one.tagName, getComputedStyle(one).outlineStyle]
  })()`)

suite('A heading that takes the focus', { skip: noBrowser }, () => {
  test('shows a ring to a client who goes by keyboard, and none after a touch', async (s) => {
    const { browser, issuer } = await house(s)
    const phone = await handset({ browser })
    await phone.goto(`${issuer}/phone`)
    const [en, fr] = [words('en'), words('fr')]
    await phone.getByRole('heading', { name: en('phone.none.title') }).waitFor()
    // As from a notification: nothing had the focus, and the browser would show a ring.
    await phone.goto(`${issuer}/phone#help`)
    await phone.getByRole('heading', { level: 1, name: en('phone.help.title') }).waitFor()
    const isForRing = "document.activeElement.matches('h1:focus-visible')"
    assert.equal(await phone.evaluate<boolean>(isForRing), true)
    assert.deepEqual(await focused(phone), ['H1', 'none'])
    await phone.goto(`${issuer}/phone#code`)
    await phone.getByRole('heading', { name: en('phone.none.title') }).waitFor()

    await phone.getByRole('button', { name: en('phone.language') }).tap()
    await phone.getByRole('heading', { name: fr('phone.none.title') }).waitFor()
    assert.deepEqual(await focused(phone), ['H1', 'none'])

    await phone.keyboard.press('Shift+Tab')
    assert.deepEqual(await focused(phone), ['BUTTON', 'solid'])
    await phone.keyboard.press('Enter')
    await phone.getByRole('heading', { name: en('phone.none.title') }).waitFor()
    assert.deepEqual(await focused(phone), ['H1', 'solid'])

    await phone.getByRole('button', { name: en('phone.language') }).tap()
    await phone.getByRole('heading', { name: fr('phone.none.title') }).waitFor()
    assert.deepEqual(await focused(phone), ['H1', 'none'])
  })
})

suite('A letter', { skip: noBrowser }, () => {
  test('brings its typeface along, and stands on one sheet with its address in the window', async (s) => {
    const page = await (await openBrowser(s)).newPage()
    await page.route('**', async (route) => await route.abort())
    await page.setContent(lettersPage([LETTER]))
    assert.ok(await isDrawnAsShipped(page))
    const pdf = (await page.pdf({ preferCSSPageSize: true })).toString('latin1')
    assert.equal(pdf.match(/\/Type\s*\/Page\b/g)?.length, 1)
    const [window, address] = await Promise.all([
      page.locator('.window').boundingBox(),
      page.locator('address').boundingBox(),
    ])
    assert.ok(window && address)
    assert.ok(address.y + address.height <= window.y + window.height, 'the address is whole')
  })
})

const LETTER: Letter = {
  id: 'ltr_1' as Letter['id'],
  subscriberId: 'sub_1' as Letter['subscriberId'],
  language: 'fr',
  sender: 'Example Brokerage',
  address: 'Éloïse Œuvray\n17, rue de l’Exemple\n75000 Paris\nFrance',
  date: '29 novembre 2026',
  reference: 'LTR-0001',
  subject: 'Un nouvel appareil pour votre compte',
  paragraphs: ['Un téléphone a été ajouté à votre compte.', 'Si ce n’est pas vous, appelez-nous.'],
  writtenAt: instant(0),
  postedAt: null,
}
