import assert from 'node:assert/strict'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import type { Page } from 'playwright-core'
import {
  answerWithCard,
  beginTrading,
  isTrading,
  typeAgain,
  typePassword,
  withCard,
} from '../acts.ts'
import { desktop, handset, noBrowser, stage } from '../support.ts'
import { words } from '../words.ts'

/** Clients of the demo whose place has rules of its own, with what their carriers bring them. */

const SHOTS = process.env['COUNTERSIGN_TEST_SHOTS']
const TARA = {
  userName: 'demo-tara',
  password: 'monsoon over the sea',
  telephone: '+12025550165',
}
const HANA = {
  userName: 'demo-hana',
  password: 'ferry across the harbour',
  telephone: '+12025550149',
}
const UMA = { userName: 'demo-uma', password: 'only from my own desk' }
const VERA = {
  userName: 'demo-vera',
  password: 'return to no sender',
  telephone: '+12025550167',
}
const WANDA = {
  userName: 'demo-wanda',
  password: 'one card and two names',
  telephone: '+12025550168',
  pin: '8063',
}
const TRUST = { userName: 'demo-wanda-trust', password: 'a third name for one card' }
const KEY = 'method.sms-code'

const shoot = async (page: Page, name: string) => {
  const wide = await page.evaluate<boolean>(
    'document.documentElement.scrollWidth > document.documentElement.clientWidth',
  )
  assert.ok(!wide, `${name} is wider than its window`)
  if (SHOTS) await page.screenshot({ path: join(SHOTS, `places-${name}.png`), fullPage: true })
}

/** What stands on a page of the simulators, once it is there. */
async function found(address: string, pattern: RegExp): Promise<string> {
  for (let looks = 0; looks < 100; looks += 1) {
    const html = await (await fetch(address)).text()
    const [, one] = pattern.exec(html) ?? []
    if (one !== undefined) return one
    await wait(100)
  }
  return assert.fail(`nothing like ${String(pattern)} has come`)
}

suite('clients whose place has rules of its own, in a real browser', { skip: noBrowser }, () => {
  test('R129 R131 R130 R120 Tara types the code of her mail, Hana hears of her trade, Uma trades penny stocks from home, Vera can order again, and Wanda shares one card', async (t) => {
    const set = await stage(t)
    const { issuer } = set.where
    const texted = ({ telephone }: typeof TARA) =>
      found(`${issuer}/sim?number=${encodeURIComponent(telephone)}`, /#(\d{6})\b/)

    const en = words('en')
    const desk = await desktop(set, { language: 'en' })
    await beginTrading(desk, issuer, en, TARA)
    await desk.getByText(en(`${KEY}.text.lead-mailed.kind`)).waitFor()
    await shoot(desk, 'tara-en')
    const mailed = await found(`${issuer}/sim/mail`, /login code is (\d{6})/)
    assert.equal(mailed, await texted(TARA))
    await desk.getByLabel(en(`${KEY}.code.label`)).fill(mailed)
    await desk.keyboard.press('Enter')
    await isTrading(desk, en)
    await shoot(desk, 'trading-en')

    const fr = words('fr')
    const small = await handset(set, { language: 'fr', dark: true, javaScript: false })
    await beginTrading(small, issuer, fr, HANA)
    await small.getByText(fr(`${KEY}.text.lead.kind`)).waitFor()
    await shoot(small, 'hana-fr')
    await small.getByLabel(fr(`${KEY}.code.label`)).fill(await texted(HANA))
    await small.keyboard.press('Enter')
    await isTrading(small, fr)
    await small.getByRole('link', { name: fr('trade.order.open') }).click()
    await small.getByLabel(fr('trade.order.quantity.label')).fill('0')
    await small.getByRole('button', { name: fr('trade.order.button') }).click()
    await small.getByText(fr('trade.order.quantity.wrong')).waitFor()
    await shoot(small, 'order-wrong-fr')
    await small.getByLabel(fr('trade.order.quantity.label')).fill('25')
    await small.getByRole('button', { name: fr('trade.order.button') }).click()
    await small.getByRole('heading', { name: fr('trade.order.done.title') }).waitFor()
    await shoot(small, 'order-done-fr')
    const told = await found(`${issuer}/sim/mail`, /(bought 25 ALDM at USD[^.]*)/)
    assert.match(told, /41/)
    await small.goto(`${issuer}/sim/mail`)
    await shoot(small, 'mail-fr')

    const home = await desktop(set, { language: 'en' })
    await beginTrading(home, issuer, en, UMA)
    await isTrading(home, en)
    assert.match(await home.locator('main').innerText(), /Pink Sheet/)
    await home.getByRole('link', { name: en('trade.order.open') }).click()
    await home
      .getByRole('option', { name: /Pink Sheet|OTC/ })
      .first()
      .waitFor({ state: 'attached' })
    await shoot(home, 'uma-en')

    const vera = await desktop(set, { language: 'en' })
    await vera.goto(`${issuer}/portal`)
    await typePassword(vera, en, VERA)
    await vera.getByLabel(en(`${KEY}.code.label`)).fill(await texted(VERA))
    await vera.keyboard.press('Enter')
    await vera.waitForURL(/\/portal$/)
    await vera.goto(`${issuer}/portal/security/devices`)
    await vera.getByText(en('portal.order.state.lost.tag')).waitFor()
    await shoot(vera, 'vera-en')

    const story = { issuer, t: en, desktop: async () => await desktop(set) }
    const third = await desktop(set)
    await third.goto(`${issuer}/portal`)
    await typePassword(third, en, TRUST)
    await third.getByRole('link', { name: en('portal.first.shared') }).click()
    await third.getByLabel(en('portal.sharing.ask.label')).fill(WANDA.userName)
    await third.getByRole('button', { name: en('portal.sharing.ask.button') }).click()
    await third.getByText(en('portal.sharing.done.asked')).waitFor()
    const owner = await withCard(story, WANDA)
    const waits = owner.getByText(en('portal.sharing.waits.offered', { asker: TRUST.userName }))
    // It is looked up a moment later.
    for (let looks = 0; looks < 20 && !(await waits.isVisible()); looks += 1) {
      await wait(250)
      await owner.goto(`${issuer}/portal/security/devices`)
    }
    await shoot(owner, 'wanda-asked-en')
    await owner.getByRole('link', { name: en('portal.sharing.waits.see') }).click()
    const agree = `${en('portal.sharing.offered.agree')} ${TRUST.userName}`
    await owner.getByRole('button', { name: agree, exact: true }).click()
    await typeAgain(owner, en, WANDA)
    await answerWithCard(owner, await desktop(set), { issuer, t: en, holder: WANDA })
    await owner.getByText(en('portal.sharing.done.agreed')).waitFor()
    await shoot(await withCard(story, { ...WANDA, ...TRUST }), TRUST.userName)
  })
})
