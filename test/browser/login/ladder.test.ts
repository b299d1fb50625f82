import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { cardIn } from '../../support/clients/card-reader.ts'
import {
  beginTrading,
  DEMO_CLIENTS,
  digitsOn,
  isBound,
  isTrading,
  IRENE,
  passcodeOf,
  pressCard,
  typeAgain,
  typePassword,
} from '../acts.ts'
import { desktop, noBrowser, stage } from '../support.ts'
import { type Words, words } from '../words.ts'

/**
 * Every rung of the ladder leads to the trading platform, in the demo, with what its client holds:
 * codes are read on the simulated handset and the simulated card, behind the real channels.
 */

/** Six digits with a gap between each, as a voice reads them. */
const SPOKEN = /(?:\d[\s\u00a0]+){5}\d/

/** What a login text begins with, up to the code. */
const beginning = (t: Words): string =>
  t('method.sms-code.message.login', { brand: 'Example Brokerage', code: '#' }).split('#')[0] ?? ''

async function typeCode(page: Page, t: Words, code: string): Promise<void> {
  await page.getByLabel(t('method.sms-code.code.label')).fill(code)
  await page.getByRole('button', { name: t('method.sms-code.code.button'), exact: true }).click()
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** An authenticator app, computed by the test. @see RFC 6238, RFC 4226, section 5.3 */
function appCode(spelled: string, step: number): string {
  const letters = [...spelled.replaceAll(/\s/g, '')]
  const bits = letters.map((one) => ALPHABET.indexOf(one).toString(2).padStart(5, '0')).join('')
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)))
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(step))
  const mac = createHmac('sha1', key).update(counter).digest()
  const number = mac.readUInt32BE((mac.at(-1) ?? 0) & 15) & 0x7f_ff_ff_ff
  return String(number % 1_000_000).padStart(6, '0')
}

const stepNow = (): number => Math.floor(Date.now() / 30_000)

for (const language of ['en', 'fr'] as const) {
  const { newcomer, texted, cardholder } = DEMO_CLIENTS[language]
  const t = words(language)

  test(`every rung logs in, in ${language}`, { skip: noBrowser }, async (whole) => {
    // One demo for all of them: the clients of the stories are not each other's.
    const set = await stage(whole)
    const { issuer } = set.where

    await whole.test('R086 a text: the handset shows it, and its code opens trading', async () => {
      const [desk, sim] = [await desktop(set, { language }), await desktop(set, { language })]
      // No handset is chosen: the page turns to the one that receives a message.
      await sim.goto(`${issuer}/sim`)
      await beginTrading(desk, issuer, t, texted)
      await desk.getByRole('heading', { name: t('method.sms-code.text.title') }).waitFor()
      const text = sim.locator('.message', { hasText: beginning(t) })
      const code = /#(\d{6})/.exec(await text.innerText())?.[1] ?? assert.fail('no code')
      await desk.getByText(t('method.sms-code.delivery.text.delivered')).first().waitFor()
      await typeCode(desk, t, `${code.slice(0, 3)} ${code.slice(3)}`)
      await isTrading(desk, t)
    })

    await whole.test(
      'R007 R089 R090 a call: the phone rings, says the code, and it opens trading',
      async () => {
        const [desk, sim] = [await desktop(set, { language }), await desktop(set, { language })]
        await sim.goto(`${issuer}/sim`)
        await beginTrading(desk, issuer, t, texted)
        const text = sim.locator('.message', { hasText: beginning(t) })
        const old = /#(\d{6})/.exec(await text.innerText())?.[1] ?? assert.fail('no code')
        await desk.getByRole('button', { name: t('method.sms-code.ways.call') }).click()
        await desk.getByRole('heading', { name: t('method.sms-code.call.title') }).waitFor()
        await sim.getByRole('button', { name: t('sim.answer'), exact: true }).click()
        await sim.getByRole('button', { name: t('sim.press'), exact: true }).click()
        await sim.locator('#call').getByText(SPOKEN).first().waitFor()
        const heard = SPOKEN.exec(await sim.locator('#call').innerText())?.[0] ?? ''
        // The call has made the code of the text worthless.
        await typeCode(desk, t, old)
        await desk.locator('#errors').waitFor()
        await typeCode(desk, t, heard)
        await isTrading(desk, t)
      },
    )

    // The words of a text and of a voice are French; what is held is the same in both languages.
    if (language === 'fr') return

    await whole.test('R008 R055 a security card: PIN, challenge, eight digits', async () => {
      const { pin } = cardIn(set.where, cardholder.userName)
      const [desk, sim] = [await desktop(set, { language }), await desktop(set, { language })]
      await sim.goto(`${issuer}/sim`)
      const whose = sim.getByLabel(t('sim.whose'))
      const theirs = whose.locator('option', { hasText: cardholder.userName })
      await whose.selectOption(await theirs.getAttribute('value'))
      // The chosen client has their card there.
      await sim.getByText(t('sim.card.pin', { pin })).waitFor()
      await beginTrading(desk, issuer, t, cardholder)
      await desk.getByRole('heading', { name: t('method.security-card.title') }).waitFor()
      const response = await pressCard(sim, { pin, question: await digitsOn(desk) })
      await desk.getByLabel(t('method.security-card.label')).fill(response)
      await desk
        .getByRole('button', { name: t('method.security-card.button'), exact: true })
        .click()
      await isTrading(desk, t)
    })

    await whole.test(
      'R093 R097 R104 a temporary passcode, and the code card that is printed with it',
      async () => {
        const desk = await desktop(set, { language })
        const told = await passcodeOf(desk, issuer, IRENE)
        await desk.goto(`${issuer}/portal`)
        await typePassword(desk, t, IRENE)
        await desk.getByLabel(t('method.temporary-passcode.label')).fill(told)
        await desk.getByRole('button', { name: t('method.temporary-passcode.print') }).click()
        // The passcode confirms the card as well, and the card is printed at once.
        const cells = await cellsOn(desk)
        assert.equal(cells.size, 224)
        await typeCells(desk, t, { cells, button: 'enrol.check.button' })
        await desk.getByText(t('portal.enrol.bound.lead')).waitFor()
        await desk.goto(`${issuer}/portal`)
        await desk.getByRole('heading', { name: /Irene Example/ }).waitFor()

        await desk.context().clearCookies()
        await beginTrading(desk, issuer, t, IRENE)
        // The card that was printed since comes before the passcode.
        await desk.getByRole('heading', { name: t('method.code-card.title') }).waitFor()
        await typeCells(desk, t, { cells, button: 'button' })
        await isTrading(desk, t)
      },
    )

    await whole.test(
      'S38 an authenticator app: its key in the portal, its next code at login',
      async () => {
        const desk = await desktop(set, { language })
        await desk.goto(`${issuer}/portal`)
        await typePassword(desk, t, newcomer)
        await desk.getByRole('button', { name: t('method.totp.add') }).click()
        await typeAgain(desk, t, newcomer)
        const key = await desk.getByText(/^(?:[A-Z2-7]{4} ){7}[A-Z2-7]{4}$/).innerText()
        await desk.getByText(t('method.totp.key.button')).click()
        const step = stepNow()
        await desk.getByLabel(t('method.totp.code.label')).fill(appCode(key, step))
        await desk.getByRole('button', { name: t('method.totp.proof.button') }).click()
        await isBound(desk)

        await desk.context().clearCookies()
        await beginTrading(desk, issuer, t, newcomer)
        await desk.getByRole('heading', { name: t('method.totp.code.title') }).waitFor()
        await desk.getByLabel(t('method.totp.code.label')).fill(appCode(key, step + 1))
        await desk.getByRole('button', { name: t('method.totp.code.button'), exact: true }).click()
        await isTrading(desk, t)
      },
    )
  })
}

/** The printed card, as its holder reads it. */
async function cellsOn(page: Page): Promise<ReadonlyMap<string, string>> {
  await page.locator('.cells li').first().waitFor({ state: 'attached' })
  const written = await page.locator('.cells li').allTextContents()
  // The number, then the three characters beside it.
  return new Map(written.map((cell) => [cell.trim().slice(0, -3), cell.trim().slice(-3)]))
}

/** Reads the two numbers that are asked for, and types what stands beside them. */
async function typeCells(
  page: Page,
  t: Words,
  { cells, button }: { readonly cells: ReadonlyMap<string, string>; readonly button: string },
): Promise<void> {
  const field = page.getByLabel(t('method.code-card.label'))
  await field.waitFor()
  const asked = await page.locator('main .steps').innerText()
  const codes = [...asked.matchAll(/\b(\d{1,3})\b(?=\.)/g)].map(([, index = '']) =>
    cells.get(index),
  )
  assert.equal(codes.length, 2, asked)
  await field.fill(codes.join(' ').toLowerCase())
  await page.getByRole('button', { name: t(`method.code-card.${button}`), exact: true }).click()
}
