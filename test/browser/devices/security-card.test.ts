import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { Page } from 'playwright-core'
import { cardIn, type HeldCard } from '../../support/clients/card-reader.ts'
import { digitsOn, isTrading, beginTrading, typePassword } from '../acts.ts'
import { desktop, handset, noBrowser, stage } from '../support.ts'
import { type Words, words } from '../words.ts'

const CHLOE = { userName: 'demo-chloe', password: 'nine lives of a cat' }
const FELIX = { userName: 'demo-felix', password: 'la plume de ma tante' }

/** Types a response on the page that asks for one. */
async function answer(page: Page, t: Words, response: string): Promise<void> {
  await page.getByLabel(t('method.security-card.label')).fill(response)
  await page.getByRole('button', { name: t('method.security-card.button'), exact: true }).click()
}

/** Reads the number, presses the card, types what it shows. */
async function press(
  page: Page,
  t: Words,
  pressing: { card: HeldCard; pin: string },
): Promise<void> {
  const { card, pin } = pressing
  await answer(page, t, card.press(pin, await digitsOn(page)))
}

suite('a security card in a real browser', { skip: noBrowser }, () => {
  test('R008 R055 R057 opens the trading platform, after a slip of the finger', async (s) => {
    const t = words('en')
    const set = await stage(s)
    const card = cardIn(set.where, CHLOE.userName)
    const desk = await desktop(set)
    await beginTrading(desk, set.where.issuer, t, CHLOE)
    await desk.getByRole('heading', { name: t('method.security-card.title') }).waitFor()
    const steps = await desk.locator('main').innerText()
    assert.match(steps, /PIN>/)
    assert.match(steps, /CHALLNG>/)
    const first = await digitsOn(desk)
    await answer(desk, t, '123')
    await desk.getByText(t('method.security-card.malformed')).first().waitFor()
    assert.equal(await digitsOn(desk), first)
    await answer(desk, t, '12345678')
    await desk
      .getByText(t('method.security-card.wrong_other', { count: '4' }))
      .first()
      .waitFor()
    assert.notEqual(await digitsOn(desk), first)
    const response = card.press(card.pin, await digitsOn(desk))
    await answer(desk, t, `${response.slice(0, 4)} ${response.slice(4)}`)
    await isTrading(desk, t)
  })

  for (const javaScript of [true, false]) {
    test(`R056 changes its PIN in the portal, in French, ${javaScript ? 'with' : 'without'} JavaScript`, async (s) => {
      const t = words('fr')
      const set = await stage(s)
      const { issuer } = set.where
      const card = cardIn(set.where, FELIX.userName)
      const phone = await handset(set, { language: 'fr', javaScript })
      await phone.goto(`${issuer}/portal`)
      await typePassword(phone, t, FELIX)
      await press(phone, t, { card, pin: card.pin })
      await phone.goto(`${issuer}/portal/security/devices`)
      await phone
        .getByRole('link', { name: `${t('portal.devices.manage')} ${card.serial}` })
        .click()
      await phone.getByRole('link', { name: t('method.security-card.change.link') }).click()

      const choose = async (pin: string) => {
        await phone.getByLabel(t('method.security-card.change.label')).fill(pin)
        await phone.getByRole('button', { name: t('method.security-card.change.button') }).click()
      }
      await choose('12ab')
      await phone.getByText(t('problem.authenticator.pin-form')).first().waitFor()
      await choose('1234')
      await phone.getByText(t('problem.authenticator.pin-guessable')).first().waitFor()
      await choose('4071')
      await phone
        .getByRole('heading', { name: t('method.security-card.change.prove.title') })
        .waitFor()

      const prove = async (pin: string) => {
        const response = card.press(pin, await digitsOn(phone))
        await phone.getByLabel(t('method.security-card.label')).fill(response)
        await phone
          .getByRole('button', { name: t('method.security-card.change.prove.button') })
          .click()
      }
      await prove(card.pin)
      await phone.getByText(t('problem.authenticator.not-proven')).first().waitFor()
      await choose('4071')
      await prove('4071')
      await phone.getByText(t('portal.done.changed')).waitFor()

      const fresh = await desktop(set, { language: 'fr' })
      await fresh.goto(`${issuer}/login?platform=portal`)
      await typePassword(fresh, t, FELIX)
      await press(fresh, t, { card, pin: '4071' })
      await fresh.waitForURL(/\/portal/)
    })
  }
})
