import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { Page, Worker } from 'playwright-core'
import { texts } from '#edges/texts/texts.ts'
import { activateWithPin, ANNA, BENOIT, beginTrading, digitsOn, isBound } from '../acts.ts'
import { desktop, handset, noBrowser, stage } from '../support.ts'
import { words } from '../words.ts'

/**
 * What a push service would hand to the real worker of a phone whose app is closed, and what it
 * shows.
 */

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

    // A tap; only a real one may open a window, so it is noted which.
    const address = await worker.evaluate<string>(tap('request'))
    assert.equal(address, '/phone#requests')
    await phone.goto(issuer + address)
    await phone.getByLabel(t('phone.request.number')).waitFor()
  })
})

const tap = (tag: string) => `(async () => await new Promise((opened) => {
  self.clients.openWindow = async (address) => opened(address)
  const tap = { notification: { tag: '${tag}', close() {} }, waitUntil() {} }
  self.dispatchEvent(Object.assign(new Event('notificationclick'), tap))
}))()`
