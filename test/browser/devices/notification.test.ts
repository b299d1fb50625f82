import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { Page, Worker } from 'playwright-core'
import type { Delivered } from '#channels/channel.ts'
import type { Finding } from '#core/delivery/phone-check.ts'
import type { AuthenticatorId } from '#core/ids.ts'
import { seconds } from '#core/time/time.ts'
import { texts } from '#edges/texts/texts.ts'
import { standingOf } from '#engine/delivery/phone-check.ts'
import { startEnrolment } from '#engine/devices/enrolment.ts'
import { setSeamless } from '#engine/devices/overview.ts'
import { listAuthenticators } from '#store/devices/authenticators.ts'
import { savePush } from '#store/devices/phone-channels.ts'
import { firstSession, PASSWORD } from '../../support/clients/engine-story.ts'
import type { TestWorld } from '../../support/server/world.ts'
import {
  activateWithPin,
  ANNA,
  BENOIT,
  beginTrading,
  digitsOn,
  isBound,
  lockWithPin,
  type Person,
  present,
} from '../acts.ts'
import { desktop, handset, noBrowser, stage } from '../support.ts'
import { house } from '../test-server.ts'
import { words } from '../words.ts'

/**
 * What a push service would hand to the real worker of a phone whose app is closed, and what it
 * shows.
 */

const DORA: Person = { userName: 'dora', password: PASSWORD }

interface Shown {
  readonly title: string
  readonly body: string
  readonly lang: string
}

/** The worker, and a way to hand it what a push service brings, without one. */
async function pushing(phone: Page, issuer: string) {
  const session = await phone.context().newCDPSession(phone)
  const registered = Promise.withResolvers<string>()
  session.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
    const own = registrations.find(({ scopeURL }) => scopeURL === `${issuer}/phone`)
    if (own) registered.resolve(own.registrationId)
  })
  await session.send('ServiceWorker.enable')
  const registrationId = await registered.promise
  const [worker] = phone.context().serviceWorkers()
  assert.ok(worker)
  return {
    worker,
    deliver: async (message: object) =>
      await session.send('ServiceWorker.deliverPushMessage', {
        origin: issuer,
        registrationId,
        data: JSON.stringify(message),
      }),
  }
}

/** A browser without a screen shows no notification; what it is given to show is kept here. */
const SCREEN = `{
  self.shown = []
  self.registration.showNotification = async (title, { body, lang }) => {
    self.shown.push({ title, body, lang })
  }
}`

/** What is on the screen of the phone once something is. */
const shownBy = async (worker: Worker): Promise<Shown> =>
  await worker.evaluate<Shown>(`(async () => {
    for (let count = 0; count < 100 && self.shown.length === 0; count += 1)
      await new Promise((again) => setTimeout(again, 50))
    return self.shown.pop()
  })()`)

/**
 * A browser without a screen has neither a permission nor a push service: these stand in for both,
 * as the test says they are. The page reads what the test has written down for it.
 */
const PLATFORM = `{
  const said = (name, other = null) => localStorage.getItem(name) ?? other
  const now = Date.now.bind(Date)
  Date.now = () => now() + Number(said('ahead', '0'))
  if (said('storage') === 'off') Object.defineProperty(window, 'indexedDB', { value: undefined })
  Object.defineProperty(Notification, 'permission', { get: () => said('permission', 'granted') })
  Notification.requestPermission = async () => {
    if (said('permission') === 'default') localStorage.setItem('permission', 'granted')
    return Notification.permission
  }
  const subscription = () => said('address') && {
    endpoint: said('address'),
    options: { applicationServerKey: Uint8Array.from(JSON.parse(said('key'))).buffer },
    getKey: (name) => new Uint8Array(name === 'auth' ? 16 : 65).buffer,
    async unsubscribe() {
      localStorage.removeItem('address')
    },
  }
  PushManager.prototype.getSubscription = async () => subscription()
  PushManager.prototype.subscribe = async ({ applicationServerKey }) => {
    localStorage.setItem('key', JSON.stringify([...applicationServerKey]))
    localStorage.setItem('address', 'https://push.example.com/' + crypto.randomUUID())
    return subscription()
  }
}`

suite('a notification in a real browser', { skip: noBrowser }, () => {
  test('R045 R046 R049 a phone that was refused notifications says where they are allowed', async (s) => {
    const t = words('en')
    const set = await stage(s)
    const { issuer } = set.where
    for (const [device, person, settings] of [
      ['iPhone 15', ANNA, /“Allow Notifications”.*Lock Screen, Notification Centre and Banners/s],
      ['Pixel 7', BENOIT, /Notifications and allow them.*Allow them on the lock screen too/s],
    ] as const) {
      const [desk, phone] = [await desktop(set), await handset(set, { device })]
      await activateWithPin(desk, phone, { issuer, t, person })
      // A browser without a screen refuses them, as a client does who chose "Block".
      await phone.goto(`${issuer}/phone#notifications`)
      await phone.getByRole('heading', { name: t('phone.push.deniedTitle') }).waitFor()
      await phone.getByText(t('phone.push.deniedText')).waitFor()
      assert.match(await phone.locator('main ol.steps').innerText(), settings)
    }
  })

  test('R033 R170 S32 it says what and where in the language chosen last, holds no secret, and opens the request', async (s) => {
    const t = words('en')
    const set = await stage(s)
    const { issuer } = set.where
    const [desk, phone] = [await desktop(set), await handset(set)]
    await activateWithPin(desk, phone, { issuer, t, person: ANNA })
    await isBound(desk)
    const { worker, deliver } = await pushing(phone, issuer)
    await worker.evaluate(SCREEN)
    // The app is closed.
    await phone.goto('about:blank')
    await beginTrading(desk, issuer, t, ANNA)
    await desk.getByRole('heading', { name: t('method.phone-key.waiting.title') }).waitFor()
    const number = await digitsOn(desk)
    const transaction = /log_\w{26}/.exec(desk.url())?.[0] ?? ''
    const platform = { en: 'Trading platform', fr: 'Plateforme de trading' }

    for (const language of ['en', 'fr'] as const) {
      await deliver({ transaction, language, platform })
      const shown = await shownBy(worker)
      const { text } = texts(language)
      const body = text('phone.notification.body-at', { platform: platform[language] })
      assert.deepEqual(shown, { title: text('phone.notification.title'), body, lang: language })
      for (const secret of [number, ANNA.userName, transaction])
        assert.ok(!JSON.stringify(shown).includes(secret), secret)
    }

    // News asks for nothing, and leads to where it is told in full.
    await deliver({ alert: 'browser', language: 'en' })
    assert.equal((await shownBy(worker)).title, t('phone.notification.alert.about.browser'))
    assert.equal(await worker.evaluate<string>(tap('news')), '/portal/activity')

    // A platform that shows messages by itself brings ours with what it would show.
    await worker.evaluate(DECLARED)
    assert.equal((await shownBy(worker)).title, t('phone.notification.alert.about.money'))

    // A tap; only a real one may open a window, so it is noted which.
    const address = await worker.evaluate<string>(tap('request'))
    assert.equal(address, '/phone#requests')
    await phone.goto(issuer + address)
    await phone.getByLabel(t('phone.request.number')).waitFor()
  })

  test('R038 R039 R044 R049 nine faults are named on the phone, and what it can is put right', async (s) => {
    const t = words('en')
    const set = await house(s)
    const { world, issuer } = set
    await world.add(DORA)
    const session = await firstSession(world, DORA.userName)
    const invited = await startEnrolment(world, session, { method: 'phone-key' })
    assert.ok(invited.ok)
    const phone = await handset(set, { device: 'Pixel 7' })
    await phone.addInitScript(PLATFORM)
    const write = async (name: string, value: string) =>
      await phone.evaluate(([key = '', to = '']) => localStorage.setItem(key, to), [name, value])
    await phone.goto(`${issuer}/phone`)
    const aligned = world.now() - Date.now()
    await write('ahead', String(aligned))
    await present(phone, issuer, { t, person: DORA, code: invited.code })
    await lockWithPin(phone, t)
    await phone.getByRole('heading', { name: t('phone.setup.done') }).waitFor()
    const { worker, deliver } = await pushing(phone, issuer)
    await worker.evaluate(SCREEN)
    const [{ value: held } = assert.fail()] = await listAuthenticators(
      world.db,
      session.subscriberId,
    ).then((all) => all.filter(({ value }) => value.method === 'phone-key'))
    const service: { answers: Delivered } = { answers: { outcome: 'sent' } }
    world.channels.set('web-push', {
      name: 'web-push',
      retries: [],
      deliver: async ({ payload }) => {
        if (service.answers.outcome === 'sent') await deliver(payload as object)
        return service.answers
      },
    })

    const status = phone.locator('.notice [role=status]')
    const says = async (finding: Finding | null) => {
      const words = finding ? `phone.check.finding.${finding}.said` : 'phone.check.minor'
      await status.getByText(t(words), { exact: true }).waitFor()
    }
    const press = async (button: string) =>
      await phone.getByRole('button', { name: t(`phone.check.${button}`) }).click()
    await phone.goto(`${issuer}/phone#help`)
    await phone.getByRole('link', { name: t('phone.check.title') }).click()
    // Storage that may go, and a page that is not on the home screen: nothing that stops them.
    await says(null)

    // 1 Refused. Only the settings of the phone help, and the app leads to how.
    await write('permission', 'denied')
    await press('again')
    await says('denied')
    const shown = status.locator('xpath=../..').getByRole('link', { name: t('phone.check.open') })
    assert.equal(await shown.getAttribute('href'), '#notifications')
    // 2 Taken back by the browser: it was allowed before.
    await write('permission', 'default')
    await press('again')
    await says('withdrawn')
    await press('repair')
    await says(null)

    // 3 The server has lost the address.
    const seenAt = world.now()
    await savePush(world.db, held.id, { subscription: null, permission: 'granted', seenAt })
    await press('again')
    await says('not-known')
    await press('repair')
    await says(null)

    // 4 The push service has forgotten the phone (410): a new address is made.
    service.answers = { outcome: 'gone' }
    await press('test.send')
    await says('test-gone')
    const before = await phone.evaluate(() => localStorage.getItem('address'))
    await press('repair')
    await says(null)
    assert.notEqual(await phone.evaluate(() => localStorage.getItem('address')), before)
    service.answers = { outcome: 'sent' }
    await press('test.send')
    await phone.getByText(t('phone.check.fine.test')).waitFor()
    assert.equal((await shownBy(worker)).title, t('phone.notification.test.title'))
    const rows = phone.locator('dl.facts > div')
    await rows
      .filter({ hasText: t('phone.check.test.opened') })
      .getByText('…')
      .waitFor()
    await worker.evaluate(`(${tapOn})('test', ${JSON.stringify(await testOf(world, held.id))})`)
    await rows
      .filter({ hasText: t('phone.check.test.opened') })
      .getByText(/\d:\d/)
      .waitFor()

    // 5 The clock of the phone.
    world.advance(seconds(5))
    await write('ahead', String(aligned + 3_600_000))
    await press('again')
    await phone.getByText(t('phone.check.finding.clock.said')).waitFor()
    await write('ahead', String(aligned))
    // 6 No connection.
    await phone.context().setOffline(true)
    await press('again')
    await says('offline')
    await phone.context().setOffline(false)
    // 7 What receives notifications is gone.
    await phone.evaluate(UNREGISTER)
    await press('again')
    await says('worker-broken')
    await press('repair')
    await says(null)
    // 8 The switch in the portal.
    assert.ok((await setSeamless(world, session, false)).ok)
    await press('again')
    await says('switched-off')
    assert.equal(await shown.getAttribute('href'), '/portal/security')
    await press('share.button')
    await phone.locator('.notice', { hasText: t('phone.check.share.done') }).waitFor()
    const { examination } = (await standingOf(world, held.id)) ?? assert.fail()
    assert.equal(examination?.findings[0], 'switched-off')
    assert.equal(examination?.system, 'android')
    // 9 Nothing can be stored: there is no key then, and the app says why.
    await write('storage', 'off')
    await phone.goto('about:blank')
    await phone.goto(`${issuer}/phone#check`)
    await phone.getByRole('heading', { name: t('phone.failed.title') }).waitFor()
  })
})

const tap = (tag: string) => `(async () => await new Promise((opened) => {
  self.clients.openWindow = async (address) => opened(address)
  const tap = { notification: { tag: '${tag}', close() {} }, waitUntil() {} }
  self.dispatchEvent(Object.assign(new Event('notificationclick'), tap))
}))()`

const DECLARED = `void self.dispatchEvent(Object.assign(new Event('push'), {
  data: null,
  notification: { data: { alert: 'money', language: 'en' } },
  waitUntil() {},
}))`

const UNREGISTER = `navigator.serviceWorker.getRegistration('/phone')
  .then((registration) => registration.unregister())`

const tapOn = `async (tag, data) => await new Promise((done) => {
  const tap = {
    notification: { tag, data, close() {} },
    waitUntil: (work) => void Promise.resolve(work).catch(() => {}).then(done),
  }
  self.dispatchEvent(Object.assign(new Event('notificationclick'), tap))
})`

const testOf = async (world: TestWorld, id: AuthenticatorId): Promise<string> =>
  (await standingOf(world, id))?.test?.id ?? ''
