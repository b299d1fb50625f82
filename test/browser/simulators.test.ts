import assert from 'node:assert/strict'
import { createHash, createHmac } from 'node:crypto'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import type { Page } from 'playwright-core'
import { ocra, parseSuite } from '#oath/ocra.ts'
import { CARD, NUMBER, openServerWithCarriers } from '../support/server/server-with-carriers.ts'
import { noBrowser, openBrowser } from './support.ts'
import { words } from './words.ts'

const CODE = '551908'
const WORDS = `Example Brokerage: ${CODE} is your login code. Tell it to nobody.`
const TEXT = `${WORDS}\n\n@login.example.com #${CODE}`

/** Where a test may put its screenshots. */
const SHOTS = process.env.COUNTERSIGN_TEST_SHOTS

const LOOKS = [
  { language: 'en', width: 1280, colorScheme: 'light' },
  { language: 'fr', width: 360, colorScheme: 'dark' },
] as const

async function shoot(page: Page, name: string): Promise<void> {
  if (SHOTS) await page.screenshot({ path: join(SHOTS, `${name}.png`), fullPage: true })
}

/** The response as a card computes it, on this side. */
function responseOf(question: string, pin: string, counter: number): string {
  const suite = parseSuite(CARD.suite) ?? assert.fail('no suite')
  const pinHash = createHash('sha256').update(pin).digest()
  const key = Buffer.from(CARD.secretHex, 'hex')
  return ocra(suite, { question, pinHash, counter }, (_hash, message) =>
    createHmac('sha256', key).update(message).digest(),
  )
}

suite('in the client’s hands', { skip: noBrowser }, () => {
  for (const { language, width, colorScheme } of LOOKS) {
    test(`R006 R007 R008 R171 texts arrive, the phone rings and the card answers, in ${language} at ${width}`, async (t) => {
      const say = words(language)
      const { issuer, send, hands } = await openServerWithCarriers(t)
      const browser = await openBrowser(t)
      const context = await browser.newContext({
        viewport: { width, height: 900 },
        colorScheme,
        locale: language === 'en' ? 'en-GB' : 'fr-FR',
        permissions: ['clipboard-read', 'clipboard-write'],
      })
      context.setDefaultTimeout(10_000)
      const page = await context.newPage()
      const problems: string[] = []
      page.on('console', (message) => message.type() === 'error' && problems.push(message.text()))
      page.on('pageerror', (error) => problems.push(error.message))
      await page.goto(`${issuer}/sim`)
      await page.getByText(say('sim.no-texts')).waitFor()
      await send('sms', NUMBER, { text: TEXT, language })
      await page.getByText(`@login.example.com #${CODE}`).waitFor()
      assert.equal(await page.locator('#news').textContent(), say('sim.new-text'))
      await page.getByRole('button', { name: say('sim.copy') }).click()
      await page.getByRole('button', { name: say('sim.copied') }).waitFor()
      assert.equal(await page.evaluate('navigator.clipboard.readText()'), CODE)

      await send('voice', NUMBER, { digits: CODE, language, brand: 'Example Brokerage' })
      await page.getByRole('button', { name: say('sim.answer'), exact: true }).waitFor()
      await shoot(page, `sim-ringing-${language}-${width}-${colorScheme}`)
      await page.getByRole('button', { name: say('sim.answer'), exact: true }).press('Enter')
      await page.getByRole('button', { name: say('sim.press') }).press('Enter')
      const digits = [...CODE].join('\u00a0')
      await page.locator('#call').getByText(digits).waitFor()
      await shoot(page, `sim-call-${language}-${width}-${colorScheme}`)
      await page.getByRole('button', { name: say('sim.hang-up') }).click()
      await page.getByRole('button', { name: say('sim.hang-up') }).waitFor({ state: 'detached' })
      assert.equal(hands.voice.calls[0]?.state, 'ended')

      await answersByKeyboard(page, { pin: '2468', question: '418207' })
      await shoot(page, `sim-card-${language}-${width}-${colorScheme}`)
      const wide = await page.evaluate<number>('document.documentElement.scrollWidth')
      assert.ok(wide <= width, `${wide} wide at ${width}`)
      assert.deepEqual(problems, [])
    })
  }

  test('without JavaScript a call is answered all the same', async (t) => {
    const say = words('en')
    const { issuer, send } = await openServerWithCarriers(t)
    const context = await (await openBrowser(t)).newContext({
      javaScriptEnabled: false,
      locale: 'en-GB',
    })
    const page = await context.newPage()
    await send('voice', NUMBER, { digits: CODE, language: 'en', brand: 'Example Brokerage' })
    await page.goto(`${issuer}/sim`)
    await page.getByRole('button', { name: say('sim.answer'), exact: true }).click()
    await page.getByRole('button', { name: say('sim.press') }).click()
    assert.match(
      (await page.locator('#call').textContent()) ?? '',
      /5\u00a05\u00a01\u00a09\u00a00\u00a08/,
    )
  })
})

/** The card with the keyboard alone; its line is exactly what the card shows. */
async function answersByKeyboard(
  page: Page,
  { pin, question }: { readonly pin: string; readonly question: string },
): Promise<void> {
  const lcd = page.locator('#lcd')
  for (const counter of [0, 1]) {
    await page.locator('[data-key="on"]').press('Enter')
    if (counter > 0) await page.locator('[data-key="on"]').press('Enter')
    assert.equal(await lcd.textContent(), 'PIN> ')
    await page.keyboard.type(pin)
    assert.equal(await lcd.textContent(), 'PIN> ****')
    await page.locator('[data-key="ok"]').press('Enter')
    await page.keyboard.type(`${question}9`)
    assert.equal(await lcd.textContent(), `CHALLNG> ${question}`)
    await page.locator('[data-key="ok"]').press('Enter')
    await page.locator('#lcd', { hasText: /^\d{8}$/ }).waitFor()
    assert.equal(await lcd.textContent(), responseOf(question, pin, counter))
  }
}
