import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { suite, test } from 'node:test'
import type { Page } from 'playwright-core'
import {
  beginTrading,
  cardOn,
  cellsAsked,
  chooseCard,
  isTrading,
  IRENE,
  passcodeOf,
  type Person,
  typePasscode,
  typePassword,
} from '../acts.ts'
import { barriersOn } from '../barriers.ts'
import { narrowFaultsOn } from '../every-page/narrow.ts'
import { drawAsShipped, drawIn, FACES, isDrawnAsShipped } from '../layout/faces.ts'
import { desktop, handset, noBrowser, stage } from '../support.ts'
import { type Words, words } from '../words.ts'

/** The client's passcode is sixty hours old. */
const KARIM: Person = { userName: 'demo-karim', password: 'the day after tomorrow' }

const KEY = 'method.code-card'

const serialOn = async (page: Page): Promise<string> =>
  await page.locator('#sheet .serial').innerText()

/** One page on either paper in every typeface, with the whole card and no name on it. */
async function printsOnOnePage(page: Page, { userName }: Person): Promise<void> {
  await page.emulateMedia({ media: 'print' })
  assert.ok(await isDrawnAsShipped(page))
  await isOnePage(page, 'the shipped typeface')
  const widths = [await widthOf(page)]
  for (const face of FACES) {
    await drawIn(page, face)
    widths.push(await widthOf(page))
    await isOnePage(page, face.name)
  }
  const [shipped = 0, wide = 0, narrow = 0] = widths
  assert.ok(narrow < shipped && shipped < wide, `the widths are ${widths.join()}`)
  await drawAsShipped(page)
  const paper = await page.locator('body').innerText()
  assert.ok(!paper.includes(userName), 'a name is printed')
  assert.equal(await page.locator('.cells li:visible').count(), 224)
  assert.equal(await page.locator('button:visible').count(), 0)
  await page.emulateMedia({ media: null })
}

/** Of the serial number of the card, in pixels. */
const widthOf = async (page: Page): Promise<number> =>
  await page.locator('#sheet .serial').evaluate((one) => one.getBoundingClientRect().width)

async function isOnePage(page: Page, typeface: string): Promise<void> {
  for (const format of ['A4', 'Letter'] as const) {
    const pdf = (await page.pdf({ format })).toString('latin1')
    const pages = pdf.match(/\/Type\s*\/Page\b/g)?.length
    assert.equal(pages, 1, `${format} is one page in ${typeface}`)
  }
}

/** Nothing of the card is on a page that is opened a second time. */
async function isShownNoMore(page: Page, t: Words): Promise<void> {
  await page.getByRole('heading', { name: t('portal.enrol.seen.title') }).waitFor()
  assert.equal(await page.locator('.cells li').count(), 0)
}

async function typeCodes(page: Page, t: Words, typed: { codes: string; button: string }) {
  await page.getByLabel(t(`${KEY}.label`)).fill(typed.codes)
  await page.getByRole('button', { name: typed.button, exact: true }).click()
}

/** The card as a picture. */
async function saves(page: Page, t: Words, serial: string): Promise<Buffer> {
  const [saved] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: t('portal.sheet.save') }).click(),
  ])
  assert.equal(saved.suggestedFilename(), t('portal.sheet.file', { serial }))
  const picture = readFileSync(await saved.path())
  assert.equal(picture.subarray(1, 4).toString('latin1'), 'PNG')
  return picture
}

/** Until when the last page may say that the card lasts: it was made between `since` and now. */
function daysAfter(since: number, language: 'en' | 'fr'): readonly [string, string] {
  const format = new Intl.DateTimeFormat(language === 'en' ? 'en-GB' : 'fr', {
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    timeZone: 'America/New_York',
  })
  const lasts = 21 * 86_400_000
  return [format.format(since + lasts), format.format(Date.now() + lasts)]
}

suite('a code card in a real browser', { skip: noBrowser }, () => {
  test('R104 R106 R107 R108 A15 is shown once, printed or saved, checked, and then it logs in', async (s) => {
    const t = words('en')
    const since = Date.now()
    const set = await stage(s)
    const { issuer } = set.where
    const page = await desktop(set)
    const passcode = await passcodeOf(page, issuer, IRENE)
    await page.goto(`${issuer}/portal/security`)
    await typePassword(page, t, IRENE)
    await typePasscode(page, t, { passcode })
    const setUp = `${t('portal.ladder.set-up')} ${t(`${KEY}.name`)}`
    await page.getByRole('button', { name: setUp }).click()
    // It was printed by itself and has left the screen: what is on the paper is asked for.
    await page.getByRole('heading', { name: t(`${KEY}.enrol.check.title`) }).waitFor()
    assert.equal(await page.locator('.cells li:visible').count(), 0)
    const card = await cardOn(page)
    const serial = await serialOn(page)
    // It can be printed and saved once more, and nothing shows it again.
    await printsOnOnePage(page, IRENE)
    await page.getByRole('button', { name: t('portal.sheet.print') }).click()
    await saves(page, t, serial)
    assert.equal(await page.locator('.cells li:visible').count(), 0)

    // Opened twice: the other window can only go on.
    const other = await page.context().newPage()
    const response = await other.goto(page.url())
    assert.equal(response?.status(), 410)
    await isShownNoMore(other, t)
    await other.getByRole('link', { name: t('portal.enrol.seen.kept') }).click()
    await other.getByText(t(`${KEY}.enrol.check.warning`)).waitFor()
    const asked = await cellsAsked(other, card)
    const button = t(`${KEY}.enrol.check.button`)
    await typeCodes(other, t, { codes: asked === '222222' ? '333333' : '222222', button })
    await other
      .getByText(t('problem.enrolment.wrong-answer-left_other', { count: '4' }))
      .first()
      .waitFor()
    assert.equal(await cellsAsked(other, card), asked, 'the same two numbers are asked')
    await typeCodes(other, t, { codes: asked.toLowerCase(), button })
    await other.getByText(t('portal.enrol.bound.lead')).waitFor()
    const facts = await other.locator('.facts').innerText()
    assert.ok(
      daysAfter(since, 'en').some((day) => facts.includes(day)),
      facts,
    )
    await other.getByRole('link', { name: t('portal.enrol.bound.ok') }).click()
    await other.getByRole('rowheader', { name: new RegExp(serial) }).waitFor()

    const trading = await desktop(set)
    await beginTrading(trading, issuer, t, IRENE)
    await chooseCard(trading, t)
    await typeCodes(trading, t, {
      codes: await cellsAsked(trading, card),
      button: t(`${KEY}.button`),
    })
    await isTrading(trading, t)
  })

  test('R104 R107 A15 on a phone it is shown until it is saved, and then its codes are asked for', async (s) => {
    const t = words('fr')
    const set = await stage(s)
    const { issuer } = set.where
    const page = await handset(set, { language: 'fr', dark: true, device: 'Pixel 7' })
    const passcode = await passcodeOf(page, issuer, IRENE)
    await page.goto(`${issuer}/portal`)
    await typePassword(page, t, IRENE)
    await typePasscode(page, t, { passcode, button: t('method.temporary-passcode.print') })
    await page.getByRole('heading', { name: t(`${KEY}.enrol.title`) }).waitFor()
    assert.equal(await page.locator('.cells li:visible').count(), 224)
    assert.equal(await page.getByLabel(t(`${KEY}.label`)).isVisible(), false)
    const card = await cardOn(page)
    const serial = await serialOn(page)
    const picture = await saves(page, t, serial)
    await page.getByRole('heading', { name: t(`${KEY}.enrol.check.title`) }).waitFor()
    assert.equal(await page.locator('.cells li:visible').count(), 0)
    assert.ok((await saves(page, t, serial)).equals(picture), 'saved again, it is the same picture')
    assert.deepEqual([...(await barriersOn(page)), ...(await narrowFaultsOn(page))], [])
    const button = t(`${KEY}.enrol.check.button`)
    await typeCodes(page, t, { codes: await cellsAsked(page, card), button })
    await page.getByText(t('portal.enrol.bound.lead')).waitFor()
  })

  test('R095 R164 A14 in French without a script the third day prints a card, and trades with nothing else', async (s) => {
    const t = words('fr')
    const since = Date.now()
    const set = await stage(s)
    const { issuer } = set.where
    const page = await desktop(set, { language: 'fr', javaScript: false, dark: true })
    const passcode = await passcodeOf(page, issuer, KARIM)
    await beginTrading(page, issuer, t, KARIM)
    await page.getByText(t('method.temporary-passcode.prints-only')).waitFor()
    await typePasscode(page, t, { passcode })
    await page.getByText(t('problem.account.card-printing-only')).first().waitFor()
    await page.getByRole('link', { name: t('common.next.portal') }).click()
    await page.getByRole('heading', { name: t('portal.scope.card-printing.title') }).waitFor()
    await page.getByRole('button', { name: t(`${KEY}.add`) }).click()
    await page.locator('#sheet').waitFor()
    const first = { serial: await serialOn(page), card: await cardOn(page) }

    // Reloaded, and left unprinted: another card, and the one before it is not valid.
    assert.equal((await page.reload())?.status(), 410)
    await isShownNoMore(page, t)
    await page.getByRole('button', { name: t('portal.enrol.seen.button') }).click()
    await page.locator('#sheet').waitFor()
    assert.notEqual(await serialOn(page), first.serial)
    const card = await cardOn(page)
    assert.equal(await page.locator('#print').isVisible(), false)
    assert.equal(await page.locator('noscript').innerText(), t('portal.sheet.by-browser'))
    await printsOnOnePage(page, KARIM)
    await page
      .getByRole('link', { name: t(`${KEY}.enrol.next`) })
      .first()
      .click()
    const button = t(`${KEY}.enrol.check.button`)
    await typeCodes(page, t, { codes: await cellsAsked(page, first.card), button })
    await page
      .getByText(t('problem.enrolment.wrong-answer-left_other', { count: '4' }))
      .first()
      .waitFor()
    await typeCodes(page, t, { codes: await cellsAsked(page, card), button })
    await page.getByText(t('portal.enrol.bound.lead')).waitFor()
    const facts = await page.locator('.facts').innerText()
    assert.ok(
      daysAfter(since, 'fr').some((day) => facts.includes(day)),
      facts,
    )

    await page.getByRole('button', { name: t('portal.enrol.bound.again') }).click()
    await beginTrading(page, issuer, t, KARIM)
    await chooseCard(page, t)
    await typeCodes(page, t, { codes: await cellsAsked(page, card), button: t(`${KEY}.button`) })
    await isTrading(page, t)
  })
})
