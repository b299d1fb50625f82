import assert from 'node:assert/strict'
import { join } from 'node:path'
import { suite, test, type TestContext } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import type { BrowserContext, Page } from 'playwright-core'
import { seconds } from '#core/time/time.ts'
import { deliverDue } from '#engine/delivery/outbox.ts'
import { PASSWORD } from '../../support/clients/engine-story.ts'
import {
  openServerWithCarriers,
  type ServerWithCarriers,
} from '../../support/server/server-with-carriers.ts'
import { isBound, typeAgain, typePassword } from '../acts.ts'
import { noBrowser, openBrowser } from '../support.ts'
import { words, type Words } from '../words.ts'

/** Where a test may put its screenshots. */
const SHOTS = process.env.COUNTERSIGN_TEST_SHOTS

const ANNA = { userName: 'demo-anna', password: PASSWORD }
const KEY = 'method.sms-code'

interface Looks {
  readonly language: 'en' | 'fr'
  readonly width: number
  readonly colorScheme: 'light' | 'dark'
  readonly javaScript?: boolean
}

interface Scene extends ServerWithCarriers {
  readonly context: BrowserContext
  readonly say: Words
  readonly javaScript: boolean
  /** The page of the simulators, in a browser of its own. */
  handset(): Promise<Page>
  /** The code of the newest text, once the carrier has it. */
  text(): Promise<string>
  shoot(page: Page, name: string): Promise<void>
}

async function scene(t: TestContext, looks: Looks): Promise<Scene> {
  const { language, width, colorScheme, javaScript = true } = looks
  const street = await openServerWithCarriers(t)
  await street.world.add({ ...ANNA, language })
  const browser = await openBrowser(t)
  const context = await browser.newContext({
    viewport: { width, height: 900 },
    colorScheme,
    javaScriptEnabled: javaScript,
    locale: language === 'en' ? 'en-GB' : 'fr-FR',
  })
  context.setDefaultTimeout(10_000)
  const handset = async () => {
    const other = await browser.newContext({ locale: language === 'en' ? 'en-GB' : 'fr-FR' })
    return await other.newPage()
  }
  let read = 0
  const text = async () => {
    await deliverDue(street.world)
    // A text is on its way for a while.
    const { texts } = street.hands.centre
    for (let looks = 0; texts.length <= read && looks < 100; looks += 1) await wait(50)
    assert.equal(texts.length, ++read)
    const newest = texts.at(-1)?.text ?? ''
    return /#(\d{6})$/.exec(newest)?.[1] ?? assert.fail(`no code in ${JSON.stringify(newest)}`)
  }
  const shoot = async (page: Page, name: string) => {
    const wide = await page.evaluate<number>('document.documentElement.scrollWidth')
    assert.ok(wide <= width, `${name} is ${wide} wide at ${width}`)
    if (!SHOTS) return
    const path = join(SHOTS, `sms-${name}-${language}-${width}-${colorScheme}.png`)
    await page.screenshot({ path, fullPage: true })
  }
  return { ...street, context, say: words(language), javaScript, handset, text, shoot }
}

async function login({ issuer, say }: Scene, page: Page): Promise<void> {
  await page.goto(`${issuer}/login?platform=portal`)
  await typePassword(page, say, ANNA)
}

/** Binds the number as the first, typing what people mistype. */
async function bind(set: Scene, page: Page): Promise<void> {
  const { say, javaScript, text, shoot } = set
  await login(set, page)
  await page.getByText(say(`${KEY}.risk`)).waitFor()
  await shoot(page, 'first')
  await page.getByRole('button', { name: say(`${KEY}.add`) }).press('Enter')
  const number = page.getByLabel(say(`${KEY}.enrol.number.label`))
  await number.fill('+1 900 234 5678')
  await number.press('Enter')
  await page.getByText(say('problem.telephone.premium')).first().waitFor()
  await shoot(page, 'number-refused')
  await number.fill('+1 (202) 555-0142')
  await number.press('Enter')
  await typeAgain(page, say, ANNA)
  if (!javaScript) await page.getByRole('button', { name: say('task.approved.go-on') }).click()
  const code = page.getByLabel(say(`${KEY}.code.label`))
  await code.waitFor()
  await page.getByText('+1 202 555 0142').first().waitFor()
  await shoot(page, 'enrol')
  const right = await text()
  await code.fill(right === '111111' ? '222222' : '111111')
  await code.press('Enter')
  await page.locator('#errors, .notice.bad').first().waitFor()
  await code.fill(`${right.slice(0, 3)} ${right.slice(3)}`)
  await code.press('Enter')
  await isBound(page)
  await page.context().clearCookies()
}

const LOOKS = [
  { language: 'en', width: 1280, colorScheme: 'light' },
  { language: 'fr', width: 360, colorScheme: 'dark' },
] as const

suite('codes by text and call in a real browser', { skip: noBrowser }, () => {
  for (const looks of LOOKS) {
    test(`R081 R084 R085 R086 R089 R090 a number is bound, waits, is called and texted, in ${looks.language}`, async (t) => {
      const set = await scene(t, looks)
      const { context, say, world, hands, text, shoot } = set
      const page = await context.newPage()
      const problems: string[] = []
      page.on('console', (message) => message.type() === 'error' && problems.push(message.text()))
      page.on('pageerror', (error) => problems.push(error.message))
      await bind(set, page)

      // At once again: no text for two minutes, but a call.
      await login(set, page)
      await page.getByRole('heading', { name: say(`${KEY}.waiting.title`) }).waitFor()
      await shoot(page, 'waiting')
      assert.equal(await page.getByRole('textbox').count(), 0)
      await page.getByRole('button', { name: say(`${KEY}.ways.call`) }).press('Enter')
      await page.getByRole('heading', { name: say(`${KEY}.call.title`) }).waitFor()
      await deliverDue(world)
      await shoot(page, 'call')
      const handset = await set.handset()
      await handset.goto(`${set.issuer}/sim`)
      await handset.getByRole('button', { name: say('sim.answer'), exact: true }).click()
      await handset.getByRole('button', { name: say('sim.press') }).click()
      const spoken = /(?:\d[\s\u00a0]+){5}\d/
      await handset.locator('#call').getByText(spoken).first().waitFor()
      const heard = spoken.exec((await handset.locator('#call').textContent()) ?? '')?.[0] ?? ''
      await page
        .getByText(say(`${KEY}.delivery.call.delivered`))
        .first()
        .waitFor()
      const code = page.getByLabel(say(`${KEY}.code.label`))
      await code.fill(heard)
      await code.press('Enter')
      await page.getByRole('heading', { name: /demo-anna/ }).waitFor()
      assert.equal(hands.voice.calls.length, 1)
      await page.goto(`${set.issuer}/portal/security/devices`)
      const marks = page.getByText(say('portal.devices.verified'))
      await marks.first().waitFor()
      assert.equal(await marks.count(), 1)
      await page.getByText(say(`${KEY}.risk`)).waitFor()
      await shoot(page, 'devices')
      // With it the number of record is verified too (R084).
      await page.goto(`${set.issuer}/portal/security/contact`)
      await page.getByText(say('contact.mobile.verified')).waitFor()
      await shoot(page, 'contact')
      await page.locator('form[action="/portal/log-out"] button').first().click()

      // Later, on a browser that we know by now: the last two digits, and how far the text has
      // come.
      world.advance(seconds(120))
      await login(set, page)
      const lead = say(`${KEY}.text.lead.named`, { ending: '42' })
      await page.getByText(lead).waitFor()
      await shoot(page, 'text')
      const right = await text()
      await page
        .getByText(say(`${KEY}.delivery.text.delivered`))
        .first()
        .waitFor()
      await shoot(page, 'delivered')
      await code.fill(right === '111111' ? '222222' : '111111')
      await code.press('Enter')
      await page.locator('#answer-error').waitFor()
      await shoot(page, 'wrong')
      await code.fill(right)
      await code.press('Enter')
      await page.getByRole('heading', { name: /demo-anna/ }).waitFor()
      assert.equal(hands.centre.texts.length, 2)
      // The browser itself says so of a page that was refused.
      assert.deepEqual(
        problems.filter((problem) => !problem.includes('Failed to load resource')),
        [],
      )
    })
  }

  test('R082 without JavaScript the page says when, and a look later has the button', async (t) => {
    const looks = { language: 'en', width: 360, colorScheme: 'light', javaScript: false } as const
    const set = await scene(t, looks)
    const { context, say, world, text } = set
    const page = await context.newPage()
    await bind(set, page)
    await login(set, page)
    await page.getByText(say(`${KEY}.waiting.lead.text`)).waitFor()
    const button = page.getByRole('button', { name: say(`${KEY}.ways.text`) })
    assert.equal(await button.count(), 0)
    world.advance(seconds(120))
    await page.reload()
    await button.click()
    const code = page.getByLabel(say(`${KEY}.code.label`))
    await code.fill(await text())
    await code.press('Enter')
    await page.getByRole('heading', { name: /demo-anna/ }).waitFor()
  })

  test('R082 the button comes by itself when two minutes are over', async (t) => {
    const set = await scene(t, { language: 'en', width: 1280, colorScheme: 'light' })
    const { context, say, world, text } = set
    const page = await context.newPage()
    await bind(set, page)
    world.advance(seconds(117))
    await login(set, page)
    const button = page.getByRole('button', { name: say(`${KEY}.ways.text`) })
    await page.getByRole('heading', { name: say(`${KEY}.waiting.title`) }).waitFor()
    assert.equal(await button.isVisible(), false)
    await button.waitFor()
    world.advance(seconds(3))
    await button.click()
    await page.getByRole('heading', { name: say(`${KEY}.text.title`) }).waitFor()
    assert.equal((await text()).length, 6)
  })
})
