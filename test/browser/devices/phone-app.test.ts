import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { Page } from 'playwright-core'
import { cardIn } from '../../support/clients/card-reader.ts'
import {
  activateWithPin,
  setUpWithPin,
  ANNA,
  BENOIT,
  beginTrading,
  digitsOn,
  invite,
  isBound,
  isTrading,
  lockWithPin,
  PIN,
  present,
  typePassword,
  typePin,
} from '../acts.ts'
import { desktop, handset, noBrowser, stage } from '../support.ts'
import { type Words, words } from '../words.ts'

const CHLOE = { userName: 'demo-chloe', password: 'nine lives of a cat' }
const OTHER_PIN = '8b3x'

/** What is kept of the help, once the worker answers for the app; then `more` is done with it. */
const kept = (more: string) => `(async () => {
  const find = async () => (await caches.match('/phone/help/en'))?.json()
  const isSoon = async (found) => {
    while (!(await found())) await new Promise((resolve) => setTimeout(resolve, 50))
  }
  await isSoon(() => navigator.serviceWorker.controller)
  await isSoon(find)
  ${more}
})()`

/** As a server before a change would have written it. */
const EARLIER = kept(`
  const help = await find()
  help.shelves[0].articles[0].title = 'An earlier title'
  for (const name of await caches.keys())
    await (await caches.open(name)).put('/phone/help/en', Response.json(help))
`)

const RENEWED = kept(`
  await isSoon(async () => (await find()).shelves[0].articles[0].title !== 'An earlier title')
`)

/** Types a PIN where a page with this title asks for one. */
async function enterPin(phone: Page, t: Words, { title, pin }: { title: string; pin: string }) {
  await phone.getByRole('heading', { name: t(title) }).waitFor()
  // What was typed last is judged first.
  await phone.locator('.dots i.on').first().waitFor({ state: 'hidden' })
  await phone.keyboard.type(pin)
  await phone.getByRole('button', { name: t('phone.pin.ok'), exact: true }).click()
}

/** Opens the app at a place, as a client does who has closed it. */
async function open(phone: Page, issuer: string, place: string): Promise<void> {
  await phone.goto('about:blank')
  await phone.goto(`${issuer}/phone#${place}`)
}

/** Comes to the page that asks for the current PIN, with a new one chosen. */
async function chooseNewPin(
  phone: Page,
  t: Words,
  { issuer, known }: { readonly issuer: string; readonly known?: string },
): Promise<void> {
  await open(phone, issuer, 'help')
  await phone.getByRole('link', { name: t('phone.newPin.title') }).click()
  await phone.getByText(t('phone.newPin.guide')).waitFor()
  await phone.getByRole('button', { name: t('phone.setup.goOn') }).click()
  if (known !== undefined) {
    await enterPin(phone, t, { title: 'phone.setup.choosePin', pin: known })
    await phone.getByText(t('phone.flaw.known')).waitFor()
  }
  await enterPin(phone, t, { title: 'phone.setup.choosePin', pin: OTHER_PIN })
  await enterPin(phone, t, { title: 'phone.setup.repeatPin', pin: OTHER_PIN })
}

/** Logs in at the trading platform with an approval of the phone. */
async function tradeWith(
  pin: string,
  places: { desk: Page; phone: Page; issuer: string; t: Words },
) {
  const { desk, phone, issuer, t } = places
  await beginTrading(desk, issuer, t, ANNA)
  await open(phone, issuer, 'requests')
  await phone.getByLabel(t('phone.request.number')).fill(await digitsOn(desk))
  await phone.getByRole('button', { name: t('phone.request.approve') }).click()
  await enterPin(phone, t, { title: 'phone.pin.title', pin })
}

/** What "Clear data" in the settings of a phone does (R077). */
async function clearData(phone: Page, issuer: string): Promise<void> {
  await phone.goto('about:blank')
  const session = await phone.context().newCDPSession(phone)
  await session.send('Storage.clearDataForOrigin', { origin: issuer, storageTypes: 'all' })
}

suite('the Authenticator of a client, day by day', { skip: noBrowser }, () => {
  for (const language of ['en', 'fr'] as const) {
    test(`R075 the PIN is changed in the app, in ${language}, and only with the one before it`, async (s) => {
      const t = words(language)
      const set = await stage(s)
      const { issuer } = set.where
      const [desk, phone] = [await desktop(set, { language }), await handset(set, { language })]
      await setUpWithPin(desk, phone, { issuer, t, person: ANNA })
      await desk.context().clearCookies()
      // A name with a hyphen is not broken: it stays in one line, also on a small phone.
      await phone.setViewportSize({ width: 360, height: 780 })
      const name = phone.locator('.lead .whole', { hasText: ANNA.userName })
      assert.ok(((await name.boundingBox())?.height ?? 99) < 40)

      // The account is U0000001, and the phone has never heard of it (R068).
      await chooseNewPin(phone, t, { issuer, known: 'u000' })
      await enterPin(phone, t, { title: 'phone.newPin.current', pin: 'zz99' })
      await phone.getByText(t('phone.newPin.wrong')).waitFor()
      // What was chosen is kept: only the current PIN is typed again.
      await enterPin(phone, t, { title: 'phone.newPin.current', pin: PIN })
      await phone.getByRole('heading', { name: t('phone.newPin.done') }).waitFor()

      await tradeWith(OTHER_PIN, { desk, phone, issuer, t })
      await isTrading(desk, t)
    })
  }

  test('R075 without a connection nothing is changed, and the app says so', async (s) => {
    const t = words('en')
    const set = await stage(s)
    const { issuer } = set.where
    const [desk, phone] = [await desktop(set), await handset(set)]
    await activateWithPin(desk, phone, { issuer, t, person: ANNA })
    await chooseNewPin(phone, t, { issuer })
    await phone.context().setOffline(true)
    await enterPin(phone, t, { title: 'phone.newPin.current', pin: PIN })
    await phone.getByText(t('phone.newPin.offline')).waitFor()
    // Told at once when there is no connection to begin with.
    await phone.getByRole('button', { name: t('phone.setup.goOn') }).click()
    await phone.getByText(t('phone.newPin.offline')).waitFor()
    await phone.context().setOffline(false)
    await tradeWith(PIN, { desk, phone, issuer, t })
    await isTrading(desk, t)
  })

  test('T-PWA-3 R075 R076 S5 the fifth wrong PIN locks the phone, which says the way back', async (s) => {
    const t = words('en')
    const set = await stage(s)
    const { issuer } = set.where
    const [desk, phone] = [await desktop(set), await handset(set)]
    await activateWithPin(desk, phone, { issuer, t, person: ANNA })
    await open(phone, issuer, 'new-pin')
    await phone.getByRole('link', { name: t('phone.pin.forgot') }).click()
    await phone.getByRole('heading', { name: t('phone.forgot.title') }).waitFor()
    await phone.getByText(t('phone.forgot.way')).waitFor()
    await phone.locator('main a[href^="tel:"]').first().waitFor()
    await phone.getByRole('link', { name: t('phone.forgot.setUp') }).waitFor()

    await chooseNewPin(phone, t, { issuer })
    for (const pin of ['zz91', 'zz92', 'zz93', 'zz94', 'zz95']) {
      await enterPin(phone, t, { title: 'phone.newPin.current', pin })
    }
    await phone.getByRole('heading', { name: t('phone.stopped.title') }).waitFor()
    await phone.getByRole('link', { name: t('phone.stopped.setUp') }).waitFor()
  })

  test('A28 a request leaves the screen for responses to its client, and is one tap away', async (s) => {
    const t = words('en')
    const set = await stage(s)
    const { issuer } = set.where
    const [desk, phone] = [await desktop(set), await handset(set)]
    await activateWithPin(desk, phone, { issuer, t, person: ANNA })
    await open(phone, issuer, 'code')
    const challenge = phone.getByLabel(t('phone.code.label'))
    await challenge.waitFor()
    await beginTrading(desk, issuer, t, ANNA)
    const waits = phone.getByRole('link', { name: t('phone.code.open') })
    await waits.waitFor()
    await challenge.waitFor()
    // And back from the request, whatever it asks.
    await waits.click()
    await phone.getByLabel(t('phone.request.number')).waitFor()
    await phone.getByRole('link', { name: t('phone.outcome.code') }).click()
    await challenge.waitFor()
    await waits.waitFor()
  })

  test('R077 R069 an app whose data were cleared is set up again in two taps, and the old key is gone', async (s) => {
    const t = words('en')
    const set = await stage(s)
    const { issuer } = set.where
    const card = cardIn(set.where, CHLOE.userName)
    const [desk, phone] = [await desktop(set), await handset(set)]
    const press = async (button: string) => {
      const response = card.press(card.pin, await digitsOn(desk))
      await desk.getByLabel(t('method.security-card.label')).fill(response)
      await desk.getByRole('button', { name: button, exact: true }).click()
    }
    await desk.goto(`${issuer}/portal/security/devices`)
    await typePassword(desk, t, CHLOE)
    await press(t('method.security-card.button'))
    await desk.getByRole('heading', { name: t('portal.devices.title') }).waitFor()
    const setUp = async () => {
      await desk.goto(`${issuer}/portal/security/devices`)
      await desk.locator('button[name=method][value=phone-key]').first().click()
      await desk.getByRole('heading', { name: t('task.kind.bind.title') }).waitFor()
      await desk.getByLabel(t('task.password'), { exact: true }).fill(CHLOE.password)
      await desk.getByRole('button', { name: t('task.continue') }).click()
      await desk.waitForURL(/\/login\//)
      await press(t('task.kind.bind.button'))
      const code = (await desk.locator('p.number').innerText()).replaceAll(/\s/g, '')
      await present(phone, issuer, { t, person: CHLOE, code })
      await lockWithPin(phone, t)
      await phone.getByRole('heading', { name: t('phone.setup.done') }).waitFor()
      await isBound(desk)
    }
    await setUp()
    await clearData(phone, issuer)
    await phone.goto(`${issuer}/phone`)
    await phone.getByRole('heading', { name: t('phone.none.title') }).waitFor()
    await setUp()

    await desk.goto(`${issuer}/portal/security/devices`)
    const phones = desk.getByRole('rowheader', {
      name: t('phone.phones.computer', { system: 'Linux' }),
    })
    assert.equal(await phones.count(), 1)
    await phone.goto('about:blank')
    await phone.goto(`${issuer}/phone#requests`)
    await phone.getByRole('heading', { name: t('phone.requests.nothing') }).waitFor()
  })

  test('R016 R170 the help is searched in flight mode, renewed by the server, and missed honestly', async (s) => {
    const [t, fr] = [words('en'), words('fr')]
    const set = await stage(s)
    const { issuer } = set.where
    const phone = await handset(set)
    await phone.goto(`${issuer}/phone#help`)
    await phone.evaluate(EARLIER)
    await phone.context().setOffline(true)
    await phone.getByRole('link', { name: t('phone.help.articles') }).click()
    await phone.getByRole('link', { name: 'An earlier title' }).waitFor()
    await phone.context().setOffline(false)
    await open(phone, issuer, 'code')
    await phone.evaluate(RENEWED)
    await phone.context().setOffline(true)
    await open(phone, issuer, 'articles')
    await phone.getByLabel(t('login.help.search.label')).fill('stolen mobil')
    await phone.getByRole('link', { name: 'My phone is gone' }).click()
    await phone.getByRole('heading', { level: 1, name: 'My phone is gone' }).waitFor()
    await phone.getByText('21 days').first().waitFor()
    await phone.goBack()
    const field = phone.getByLabel(t('login.help.search.label'))
    assert.equal(await field.inputValue(), 'stolen mobil')
    await field.fill('focus modes')
    await phone.getByRole('link', { name: 'I do not receive the notification' }).click()
    await phone.locator('[id="4-focus-modes"]:focus').waitFor()
    // The other language was never loaded.
    await open(phone, issuer, 'help')
    await phone
      .getByRole('button', { name: t('phone.language') })
      .first()
      .click()
    await phone.getByRole('link', { name: fr('phone.help.articles') }).click()
    await phone.getByText(fr('phone.help.unloaded')).waitFor()
    await phone.context().setOffline(false)
    await phone.getByLabel(fr('login.help.search.label')).fill('telephone vole')
    await phone.getByRole('link', { name: 'Je n’ai plus mon téléphone' }).waitFor()
  })

  test('R072 one phone answers for two clients, and says whose request it is', async (s) => {
    const t = words('en')
    const set = await stage(s)
    const { issuer } = set.where
    const phone = await handset(set)
    const [hers, his] = [await desktop(set), await desktop(set)]
    await activateWithPin(hers, phone, { issuer, t, person: ANNA })
    const code = await invite(his, issuer, t, BENOIT)
    await open(phone, issuer, 'keys')
    await phone.getByRole('link', { name: t('phone.keys.add') }).click()
    await phone.getByLabel(t('phone.setup.userName')).fill(BENOIT.userName)
    await phone.getByLabel(t('phone.setup.code')).fill(code)
    await phone.getByRole('button', { name: t('phone.setup.goOn') }).click()
    // Nothing that is there is replaced without a word.
    await phone.getByText(t('phone.setup.adds', { userName: ANNA.userName })).waitFor()
    await phone.getByRole('button', { name: t('phone.setup.goOn') }).click()
    await enterPin(phone, t, { title: 'phone.setup.choosePin', pin: OTHER_PIN })
    await enterPin(phone, t, { title: 'phone.setup.repeatPin', pin: OTHER_PIN })
    await phone.getByRole('heading', { name: t('phone.setup.done') }).waitFor()

    await beginTrading(hers, issuer, t, ANNA)
    const number = await digitsOn(hers)
    await open(phone, issuer, 'requests')
    await phone.getByRole('link', { name: BENOIT.userName }).waitFor()
    const waits = t('phone.others.waits', { userName: ANNA.userName })
    await phone.locator('.notice', { hasText: waits }).waitFor()
    await phone
      .getByRole('button', { name: t('phone.others.open', { userName: ANNA.userName }) })
      .click()
    await phone.getByLabel(t('phone.request.number')).fill(number)
    await phone.getByRole('button', { name: t('phone.request.approve') }).click()
    await typePin(phone, t)
    await isTrading(hers, t)

    await open(phone, issuer, 'keys')
    await phone.getByRole('button', { name: `${t('phone.keys.use')} ${BENOIT.userName}` }).click()
    // The browser in which the phone was set up is logged in: another one asks.
    const elsewhere = await desktop(set)
    await beginTrading(elsewhere, issuer, t, BENOIT)
    await open(phone, issuer, 'requests')
    await phone.getByLabel(t('phone.request.number')).fill(await digitsOn(elsewhere))
    await phone.getByRole('button', { name: t('phone.request.approve') }).click()
    await enterPin(phone, t, { title: 'phone.pin.title', pin: OTHER_PIN })
    await isTrading(elsewhere, t)
  })
})
