import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { CDPSession, Page } from 'playwright-core'
import {
  ANNA,
  BENOIT,
  beginTrading,
  isBound,
  isTrading,
  type Person,
  typeAgain,
  typePassword,
} from '../acts.ts'
import { desktop, type Looks, noBrowser, stage } from '../support.ts'
import { type Words, words } from '../words.ts'

/** A computer with a finger print reader, that keeps passkeys. */
async function withReader(page: Page): Promise<CDPSession> {
  const session = await page.context().newCDPSession(page)
  await session.send('WebAuthn.enable')
  await session.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      ctap2Version: 'ctap2_1',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  })
  return session
}

/** A security key that can do only this. */
async function withKey(
  page: Page,
  can: { readonly hasResidentKey: boolean; readonly hasUserVerification: boolean },
): Promise<() => Promise<unknown>> {
  const session = await page.context().newCDPSession(page)
  await session.send('WebAuthn.enable')
  const { authenticatorId } = await session.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'usb',
      ...can,
      isUserVerified: can.hasUserVerification,
      automaticPresenceSimulation: true,
    },
  })
  return () => session.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId })
}

/** A browser that offers no passkey at the user name: the page has to be asked. */
const offersNothing = (page: Page): Promise<unknown> =>
  page.addInitScript(
    'PublicKeyCredential.isConditionalMediationAvailable = () => Promise.resolve(false)',
  )

/** Makes a passkey in the portal, as the first thing beside the password. */
async function setUp(page: Page, issuer: string, t: Words, person: Person): Promise<void> {
  await page.goto(`${issuer}/portal`)
  await typePassword(page, t, person)
  await page.getByRole('button', { name: t('method.passkey.add') }).click()
  await typeAgain(page, t, person)
  await page.getByRole('button', { name: t('method.passkey.create.button') }).click()
  await isBound(page)
}

const CASES: readonly (readonly [NonNullable<Looks['language']>, Person])[] = [
  ['en', ANNA],
  ['fr', BENOIT],
]

suite('a passkey in a real browser', { skip: noBrowser }, () => {
  for (const [language, person] of CASES) {
    const t = words(language)

    test(`C12 S50 in ${language}: made in the portal, it confirms a login after the password`, async (s) => {
      const set = await stage(s)
      const { issuer } = set.where
      const desk = await desktop(set, { language })
      await withReader(desk)
      await setUp(desk, issuer, t, person)
      await desk.context().clearCookies()
      await offersNothing(desk)
      await beginTrading(desk, issuer, t, person)
      await desk.getByRole('heading', { name: t('method.passkey.confirm.title') }).waitFor()
      await desk.getByRole('button', { name: t('method.passkey.confirm.button') }).click()
      await isTrading(desk, t)
    })

    test(`C12 S50 in ${language}: chosen at the user name, it logs in without a password`, async (s) => {
      const set = await stage(s)
      const { issuer } = set.where
      const desk = await desktop(set, { language })
      await withReader(desk)
      await setUp(desk, issuer, t, person)
      await desk.context().clearCookies()
      // The virtual reader answers for a person who picks the passkey that the browser offers.
      await desk.goto(`${issuer}/trade`)
      await desk.getByRole('link', { name: t('trade.out.live'), exact: true }).click()
      await isTrading(desk, t)
    })
  }

  const t = words('en')

  test('one press logs in where the browser offers nothing by itself', async (s) => {
    const set = await stage(s)
    const { issuer } = set.where
    const desk = await desktop(set)
    await withReader(desk)
    await setUp(desk, issuer, t, ANNA)
    await desk.context().clearCookies()
    await offersNothing(desk)
    await desk.goto(`${issuer}/login?platform=portal`)
    assert.equal(
      await desk.locator('.notice').count(),
      await desk.locator('.notice:not(:visible)').count(),
    )
    await desk.getByRole('button', { name: t('method.passkey.offer.button') }).click()
    await desk
      .getByRole('heading', { name: t('portal.overview.title', { name: 'Anna Example' }) })
      .waitFor()
  })

  test('a browser whose JSON forms are missing or wrong makes and uses one all the same', async (s) => {
    const set = await stage(s)
    const { issuer } = set.where
    const desk = await desktop(set)
    await withReader(desk)
    await desk.addInitScript(`
      delete PublicKeyCredential.parseCreationOptionsFromJSON
      delete PublicKeyCredential.parseRequestOptionsFromJSON
      PublicKeyCredential.prototype.toJSON = () => { throw new TypeError('Illegal invocation') }
    `)
    await setUp(desk, issuer, t, ANNA)
    await desk.context().clearCookies()
    await offersNothing(desk)
    await beginTrading(desk, issuer, t, ANNA)
    await desk.getByRole('button', { name: t('method.passkey.confirm.button') }).click()
    await isTrading(desk, t)
  })

  for (const [language, person] of CASES) {
    const said = words(language)

    test(`a security key that lacks something hears in ${language} which of the two it is`, async (s) => {
      const set = await stage(s)
      const desk = await desktop(set, { language })
      await desk.goto(`${set.where.issuer}/portal`)
      await typePassword(desk, said, person)
      await desk.getByRole('button', { name: said('method.passkey.add') }).click()
      await typeAgain(desk, said, person)
      const press = () =>
        desk.getByRole('button', { name: said('method.passkey.create.button') }).click()
      const hears = (key: string) => desk.getByText(said(key)).locator('visible=true').waitFor()
      const unplug = await withKey(desk, { hasResidentKey: false, hasUserVerification: true })
      await press()
      await hears('problem.enrolment.no-resident-key')
      await unplug()
      const unplugToo = await withKey(desk, { hasResidentKey: true, hasUserVerification: false })
      await press()
      await hears('method.passkey.create.failed')
      await press()
      await hears('problem.enrolment.no-user-verification')
      // One that can do both is taken on the same page.
      await unplugToo()
      await withReader(desk)
      await press()
      await isBound(desk)
    })
  }

  test('A6 a relay at another address gets no answer that opens anything here', async (s) => {
    const set = await stage(s)
    const { issuer } = set.where
    const victim = await desktop(set)
    await withReader(victim)
    await setUp(victim, issuer, t, ANNA)
    await victim.context().clearCookies()

    // What the relay was offered by us, it puts before the victim on a page of its own.
    const relay = await (await desktop(set))
      .context()
      .request.get(`${issuer}/login?platform=portal`)
    const page = await relay.text()
    const cookie = relay.headers()['set-cookie']?.split(';', 1)[0] ?? ''
    const asked = unescaped(/data-asked="([^"]+)"/.exec(page)?.[1] ?? '')
    const { publicKey } = JSON.parse(asked) as { readonly publicKey: object }
    await victim.goto(`${issuer.replace('localhost', 'evil.localhost')}/help`)
    const answers = await Promise.all([
      usedBy(victim, publicKey),
      usedBy(victim, { ...publicKey, rpId: undefined }),
    ])
    for (const answer of answers.filter((one) => one.startsWith('{'))) {
      const response = await fetch(`${issuer}/login/identified`, {
        method: 'POST',
        headers: { origin: issuer, cookie },
        body: new URLSearchParams({ ...carried(page), environment: 'live', answer }),
        redirect: 'manual',
      })
      assert.equal(response.status, 401)
      assert.match(await response.text(), new RegExp(t('problem.login.not-identified')))
    }
    assert.ok(
      answers.includes('NotAllowedError') || answers.includes('SecurityError'),
      answers.join(),
    )

    // At our own address the same passkey logs in.
    await victim.goto(`${issuer}/login?platform=portal`)
    await victim.waitForURL(/\/portal$/)
  })

  test('without a script the page says so, and another way is one press away', async (s) => {
    const set = await stage(s)
    const { issuer } = set.where
    const desk = await desktop(set, { javaScript: false })
    await desk.goto(`${issuer}/portal`)
    // Before the password: a client with only a passkey would hear it too late.
    assert.equal(await desk.locator('noscript').innerText(), t('method.passkey.offer.scriptless'))
    await typePassword(desk, t, ANNA)
    await desk.getByRole('button', { name: t('method.passkey.add') }).click()
    await typeAgain(desk, t, ANNA)
    await desk.getByRole('button', { name: t('task.approved.go-on') }).click()
    assert.equal(await desk.locator('noscript').innerText(), t('method.passkey.unable'))
    assert.equal(
      await desk.getByRole('button', { name: t('method.passkey.create.button') }).count(),
      0,
    )
    await desk.getByRole('button', { name: t('portal.enrol.cancel') }).click()
  })
})

/** What a page makes of a passkey: the answer, or the name of the error. */
async function usedBy(page: Page, publicKey: object): Promise<string> {
  const asked = JSON.stringify({ ...publicKey, timeout: 3_000 })
  return await page.evaluate<string>(`
    navigator.credentials
      .get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(${asked}) })
      .then((made) => JSON.stringify(made.toJSON()), (error) => error.name)
  `)
}

const unescaped = (text: string): string => text.replaceAll('&quot;', '"').replaceAll('&amp;', '&')

/** The hidden fields of the form that offers a passkey. */
function carried(page: string): Record<string, string> {
  const [form = ''] = /<form[^>]*data-script[\s\S]*?<\/form>/.exec(page) ?? []
  const fields = [...form.matchAll(/type="hidden" name="(\w+)" value="([^"]*)"/g)]
  return Object.fromEntries(fields.map(([, name = '', value = '']) => [name, unescaped(value)]))
}
