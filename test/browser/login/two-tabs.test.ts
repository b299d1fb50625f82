import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { Page } from 'playwright-core'
import type { TestPhone } from '../../support/clients/phone.ts'
import { PASSWORD, requestsOf, sendAnswer } from '../../support/clients/engine-story.ts'
import { personWithAll } from '../../support/server/tabs.ts'
import type { TestWorld } from '../../support/server/world.ts'
import { digitsOn, isTrading, typePassword } from '../acts.ts'
import { house } from '../test-server.ts'
import { desktop, handset, noBrowser } from '../support.ts'
import { type Words, words } from '../words.ts'

/** Two pages of one browser, each on its way to another place. */

const LENA = { userName: 'lena', password: PASSWORD }

/** The phone is asked at once, and the page waits for it. */
async function askPhone(page: Page, t: Words): Promise<void> {
  await page.getByRole('heading', { name: t('method.phone-key.waiting.title') }).waitFor()
}

/** The phone approves the one request that it shows. */
async function approve(world: TestWorld, phone: TestPhone, number: string): Promise<void> {
  const [request, ...others] = await requestsOf(world, phone)
  assert.ok(request && others.length === 0, 'the phone shows one request')
  const signed = await phone.approve(request, { now: world.now(), number })
  assert.deepEqual(await sendAnswer(world, request, signed), { ok: true, outcome: 'approved' })
}

for (const language of ['en', 'fr'] as const) {
  const t = words(language)

  suite(`two tabs of one browser, ${language}`, { skip: noBrowser }, () => {
    test('the one that was left goes on by itself, and both come to where they were going', async (s) => {
      const set = await house(s)
      const { world, issuer } = set
      const phone = await personWithAll(world, { userName: 'lena', number: '+12025550142' })
      const one = await desktop(set, { language })
      const two = await one.context().newPage()
      const three = await one.context().newPage()
      await one.goto(`${issuer}/portal/activity`)
      await three.goto(`${issuer}/portal/security`)
      await two.goto(`${issuer}/trade`)
      await two.getByRole('link', { name: t('trade.out.live'), exact: true }).click()

      await typePassword(one, t, LENA)
      await askPhone(one, t)
      await typePassword(two, t, LENA)
      await one.getByRole('heading', { name: t('login.withdrawn.title') }).waitFor()
      await askPhone(two, t)
      await approve(world, phone, await digitsOn(two))
      await isTrading(two, t)
      await one.getByRole('heading', { name: t('activity.title'), level: 1 }).waitFor()
      assert.equal(new URL(one.url()).pathname, '/portal/activity')
      // It stood at the form: what is typed there is not needed any more.
      await typePassword(three, t, LENA)
      await three.waitForURL(`${issuer}/portal/security`)

      // Back to the login leads on to where the client is logged in.
      await two.goBack()
      await two.waitForURL(`${issuer}/portal`)
    })

    // What happens is the same in French.
    if (language === 'fr') return

    test('without a script, the one that was left is led on by its own button', async (s) => {
      const set = await house(s)
      const { world, issuer } = set
      const phone = await personWithAll(world, { userName: 'lena', number: '+12025550142' })
      const one = await handset(set, { language, javaScript: false })
      const two = await one.context().newPage()
      await two.goto(`${issuer}/trade`)
      await two.getByRole('link', { name: t('trade.out.live'), exact: true }).click()
      await typePassword(two, t, LENA)
      await askPhone(two, t)
      await one.goto(`${issuer}/portal/activity`)
      await typePassword(one, t, LENA)
      await askPhone(one, t)
      await approve(world, phone, await digitsOn(one))
      await one.getByRole('button', { name: t('login.approved-continue') }).click()
      await one.waitForURL(`${issuer}/portal/activity`)
      // Its form is of before the login of the other.
      await two.getByRole('button', { name: t('login.approved-continue') }).click()
      await isTrading(two, t)
    })
  })
}
