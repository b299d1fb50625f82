import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { Page } from 'playwright-core'
import type { Letter } from '#core/notices/letter.ts'
import { instant } from '#core/time/time.ts'
import { lettersPage } from '#edges/pages/notices/letter-page.ts'
import { typePassword } from '../acts.ts'
import { shownOn } from '../every-page/narrow.ts'
import { drawAsShipped, drawIn, FACES, isDrawnAsShipped } from './faces.ts'
import { desktop, handset, noBrowser, openBrowser } from '../support.ts'
import { house, textedCode, textedPerson } from '../test-server.ts'
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

suite('Logins and tasks', { skip: noBrowser }, () => {
  test('are one column in the middle, and 360 pixels are enough in every typeface', async (s) => {
    const set = await house(s)
    const t = words('fr')
    await textedPerson(set, PERSON)
    const page = await desktop(set, { language: 'fr' })
    const faults: string[] = []
    const look = async () => {
      const at = new URL(page.url()).pathname
      await page.setViewportSize({ width: 1280, height: 800 })
      const { wide, left, right, beside } = await columnOn(page)
      if (Math.abs(left - right) > 1)
        faults.push(`${at}: ${left} to the left, ${right} to the right`)
      if (wide > COLUMN_MAX) faults.push(`${at} is ${wide} wide`)
      if (beside) faults.push(`${at} has advice beside its column`)
      await page.setViewportSize({ width: 360, height: 780 })
      for (const face of FACES) {
        await drawIn(page, face)
        const { width, broken } = await shownOn(page)
        if (width > 360) faults.push(`${at} is ${width} wide in ${face.name}`)
        faults.push(...broken.map((line) => `${at} breaks ${line} in ${face.name}`))
      }
      await drawAsShipped(page)
    }

    await page.goto(`${set.issuer}/login?platform=portal`)
    await look()
    await typePassword(page, t, PERSON)
    const code = page.locator('#answer')
    await code.waitFor()
    await look()
    await page.goto(`${page.url()}?view=choose`)
    await page.locator('.picker').waitFor()
    await look()
    await page.goBack()
    await code.fill(await textedCode(set))
    await code.press('Enter')
    await page.waitForURL(/\/portal$/)
    await page.goto(`${set.issuer}/portal/security/contact/email`)
    await page.getByLabel(t('contact.email.address.label')).fill('other@example.com')
    await page.getByRole('button', { name: t('contact.email.address.button') }).click()
    await page.waitForURL(/\/tasks\//)
    await look()
    assert.deepEqual(faults, [])
  })
})

const PERSON = { userName: 'anna', password: 'seventeen quiet herons' }

/** As wide as a line that is read with ease. */
const COLUMN_MAX = 560

interface Column {
  readonly wide: number
  readonly left: number
  readonly right: number
  readonly beside: boolean
}

/** Where the column of a page is in its window, and whether its advice stands beside it. */
const columnOn = async (page: Page): Promise<Column> =>
  await page.evaluate<Column>(`(() => {
    const column = document.querySelector('main .column').getBoundingClientRect()
    const aside = document.querySelector('main aside')?.getBoundingClientRect()
    return {
      wide: column.width,
      left: column.left,
      right: document.documentElement.clientWidth - column.right,
      beside: aside !== undefined && aside.top < column.bottom,
    }
  })()`)

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
