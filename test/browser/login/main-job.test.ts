import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import {
  activateWithPin,
  ANNA,
  beginTrading,
  BENOIT,
  digitsOn,
  isTrading,
  lockWithPin,
  type Person,
  present,
  respond,
  setUpWithPin,
  tradeOffline,
  typeAgain,
  typePin,
} from '../acts.ts'
import { desktop, handset, noBrowser, stage } from '../support.ts'
import { words } from '../words.ts'

/** The story at the top of the README, as a newcomer lives through it. */

const TELLINGS: readonly { readonly language: 'en' | 'fr'; readonly person: Person }[] = [
  { language: 'en', person: ANNA },
  { language: 'fr', person: BENOIT },
]

for (const { language, person } of TELLINGS) {
  const t = words(language)

  suite(`the main job in ${language}`, { skip: noBrowser }, () => {
    test('R001 R021 R170 with the phone in hand, the platform opens by itself', async (s) => {
      const set = await stage(s)
      const { issuer } = set.where
      const [desk, phone] = [await desktop(set, { language }), await handset(set, { language })]
      await setUpWithPin(desk, phone, { issuer, t, person })
      const device = t('method.phone-key.name')
      await desk.getByText(t('portal.ready', { device })).waitFor()
      await desk.context().clearCookies()
      await beginTrading(desk, issuer, t, person)
      const number = await digitsOn(desk)
      // On the phone, which still says that it is ready, the request opens by itself.
      await phone.getByLabel(t('phone.request.number')).fill(number)
      // The page says how far it is, without being asked.
      await desk.locator('.track .done', { hasText: t('login.track.opened.kind') }).waitFor()
      await phone.getByRole('button', { name: t('phone.request.approve') }).click()
      await typePin(phone, t)
      await phone.getByRole('heading', { name: t('phone.outcome.approved.title') }).waitFor()
      assert.ok(await phone.locator('.approved svg').isVisible(), 'there is no mark')
      await isTrading(desk, t)

      // A browser that is known now: its name is called, and no number is asked for.
      await desk.context().clearCookies({ name: 'session' })
      await desk.context().clearCookies({ name: /^(_|oidc|trade)/ })
      await beginTrading(desk, issuer, t, person)
      assert.equal(await desk.locator('.number').count(), 0)
      await phone.getByRole('button', { name: t('phone.outcome.done') }).click()
      // Opened anew it shows the request; one that comes to an open list is chosen from it.
      await phone.goto('about:blank')
      await phone.goto(`${issuer}/phone#requests`)
      await phone.getByRole('button', { name: t('phone.request.approve') }).click()
      await typePin(phone, t)
      await isTrading(desk, t)
    })

    test('R170 without JavaScript the login pages do the same', async (s) => {
      const set = await stage(s)
      const { issuer } = set.where
      const [scripted, phone] = [await desktop(set, { language }), await handset(set, { language })]
      await activateWithPin(scripted, phone, { issuer, t, person })
      const desk = await desktop(set, { language, javaScript: false })

      await beginTrading(desk, issuer, t, person)
      await phone.goto(`${issuer}/phone#requests`)
      await phone.getByLabel(t('phone.request.number')).fill(await digitsOn(desk))
      await phone.getByRole('button', { name: t('phone.request.approve') }).click()
      await typePin(phone, t)
      await phone.getByRole('heading', { name: t('phone.outcome.approved.title') }).waitFor()
      await desk.getByRole('button', { name: t('login.approved-continue') }).click()
      await isTrading(desk, t)

      const other = await desktop(set, { language, javaScript: false })
      await tradeOffline(other, phone, { issuer, t, person })
    })

    // What happens is the same in French, and its words are those that the tour finds.
    if (language === 'fr') return

    test('the phone that was just set up logs its client in: portal and platform are open', async (s) => {
      const set = await stage(s)
      const { issuer } = set.where
      const [desk, phone] = [await desktop(set, { language }), await handset(set, { language })]
      // The platform asks for more than the password, and waits.
      await beginTrading(desk, issuer, t, person)
      await desk.getByRole('heading', { name: t('portal.first.title') }).waitFor()
      await desk.getByRole('button', { name: t('method.phone-key.add') }).click()
      await typeAgain(desk, t, person)
      const code = (await desk.locator('p.number').innerText()).replaceAll(/\s/g, '')
      await present(phone, issuer, { t, person, code })
      await lockWithPin(phone, t)
      await isTrading(desk, t)
      await desk.goto(`${issuer}/portal`)
      await desk.getByRole('heading', { name: / Ex[ae]mple\b/ }).waitFor()
    })

    test('R004 R036 R037 R050 R051 R052 in flight mode the phone makes the response', async (s) => {
      const set = await stage(s)
      const { issuer } = set.where
      const [desk, phone] = [await desktop(set, { language }), await handset(set, { language })]
      await activateWithPin(desk, phone, { issuer, t, person })
      await phone.goto(`${issuer}/phone`)
      await phone.evaluate('navigator.serviceWorker.ready.then(() => true)')
      await phone.waitForTimeout(500)
      await phone.context().setOffline(true)
      // Opened anew without a connection: the app is there.
      await phone.reload()

      await beginTrading(desk, issuer, t, person)
      await desk.getByRole('link', { name: t('method.phone-key.waiting.not-received') }).click()
      const response = await respond(phone, t, await digitsOn(desk))
      const field = desk.getByLabel(t('method.phone-key.response.label'))
      await field.fill(`${response.slice(0, 4)} ${response.slice(4)}`)
      await desk.getByRole('button', { name: t('method.phone-key.response.button') }).click()
      await isTrading(desk, t)
    })
  })
}
