/**
 * Takes the pictures of every page in `docs/screens/`, on the running demo, in a real browser:
 * `npm run screens`. Names are page, width, scheme and, where it is not English, the language.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import {
  ANNA,
  activateWithPin,
  BENOIT,
  beginTrading,
  digitsOn,
  invite,
  isTrading,
  PIN,
  present,
  respond,
} from '../test/browser/acts.ts'
import { words } from '../test/browser/words.ts'
import { openBrowser, startDemo } from './demo.ts'

const OUT = resolve(import.meta.dirname, '../docs/screens')
const WIDTHS = { desk: [360, 1280], phone: [390] } as const

interface Look {
  readonly language: 'en' | 'fr'
  readonly scheme: 'light' | 'dark'
}

/** Both schemes in English, and French in the light one. */
const LOOKS: readonly Look[] = [
  { language: 'en', scheme: 'light' },
  { language: 'en', scheme: 'dark' },
  { language: 'fr', scheme: 'light' },
]

const folder = mkdtempSync(join(tmpdir(), 'countersign-screens-'))
mkdirSync(OUT, { recursive: true })
const browser = await openBrowser(folder)
try {
  for (const look of LOOKS) await tour(browser, look)
} finally {
  await browser.close()
  rmSync(folder, { recursive: true, force: true })
}

/** One walk through everything, with a demo of its own. */
async function tour(in_: Browser, look: Look): Promise<void> {
  const { issuer, stop } = await startDemo(join(folder, `${look.language}-${look.scheme}`))
  try {
    const t = words(look.language)
    const person = look.language === 'en' ? ANNA : BENOIT
    const desk = await visitor(in_, look, 'desk')
    const phone = await visitor(in_, look, 'phone')
    const shoot = camera(look)
    for (const path of ['demo', 'trade', 'help']) {
      await desk.goto(`${issuer}/${path}`)
      await shoot(desk, path)
    }
    await desk.goto(`${issuer}/no-such-page`)
    await shoot(desk, 'not-found')
    await desk.goto(`${issuer}/login?platform=trade`)
    await shoot(desk, 'login')
    await desk.getByRole('button', { name: t('login.continue') }).click()
    await desk.locator('#errors').waitFor()
    await shoot(desk, 'login-empty')
    await phone.goto(`${issuer}/phone`)
    await phone.getByRole('heading', { name: t('phone.none.title') }).waitFor()
    await shoot(phone, 'phone-empty')
    const code = await invite(desk, issuer, t, person)
    await shoot(desk, 'activate')
    await present(phone, issuer, { t, person, code })
    await shoot(phone, 'phone-offer')
    await desk.context().clearCookies()
    await activateWithPin(desk, phone, { issuer, t, person })
    await shoot(phone, 'phone-ready')
    await phone.goto('about:blank')
    await phone.goto(`${issuer}/phone#requests`)
    await phone.getByRole('button', { name: t('phone.requests.look') }).waitFor()
    await shoot(phone, 'phone-requests')
    await beginTrading(desk, issuer, t, person)
    await desk.getByRole('heading', { name: t('method.phone-key.waiting.title') }).waitFor()
    await phone.getByLabel(t('phone.request.number')).waitFor()
    await desk.locator('.track .done', { hasText: t('login.track.opened.kind') }).waitFor()
    await shoot(desk, 'waiting-new')
    await shoot(phone, 'phone-request')
    await phone.getByLabel(t('phone.request.number')).fill(await digitsOn(desk))
    await phone.getByRole('button', { name: t('phone.request.approve') }).click()
    await phone.getByRole('heading', { name: t('phone.pin.title') }).waitFor()
    await phone.keyboard.type(PIN.slice(0, 3))
    await shoot(phone, 'phone-pin')
    await phone.keyboard.type(PIN.slice(3))
    await phone.getByRole('button', { name: t('phone.pin.ok'), exact: true }).click()
    await phone.getByRole('heading', { name: t('phone.outcome.approved.title') }).waitFor()
    await shoot(phone, 'phone-approved')
    await isTrading(desk, t)
    await shoot(desk, 'trading')
    await desk.goto(`${issuer}/portal`)
    await shoot(desk, 'portal')
    await desk.goto(`${issuer}/portal/security`)
    await shoot(desk, 'portal-security')
    await desk
      .getByRole('link', { name: t('portal.devices.manage') })
      .first()
      .click()
    await shoot(desk, 'portal-device')
    await offline({ issuer, look, person }, { desk, phone, shoot })
    await refused({ issuer, person, look }, { phone, shoot, in_ })
  } finally {
    await stop()
  }
}

interface Story {
  readonly issuer: string
  readonly look: Look
  readonly person: typeof ANNA
}

type Shoot = ReturnType<typeof camera>

/** On a browser that is known by now, with the phone in flight mode. */
async function offline(
  { issuer, look, person }: Story,
  { desk, phone, shoot }: { readonly desk: Page; readonly phone: Page; readonly shoot: Shoot },
): Promise<void> {
  const t = words(look.language)
  await phone.goto('about:blank')
  await phone.goto(`${issuer}/phone#code`)
  await phone.getByLabel(t('phone.code.label')).waitFor()
  await shoot(phone, 'phone-code')
  await phone.context().setOffline(true)
  for (const cookie of await desk.context().cookies()) {
    if (cookie.name !== 'browser') await desk.context().clearCookies({ name: cookie.name })
  }
  await beginTrading(desk, issuer, t, person)
  await desk.getByRole('heading', { name: t('method.phone-key.waiting.title') }).waitFor()
  await shoot(desk, 'waiting')
  await desk.getByRole('link', { name: t('method.phone-key.waiting.not-received') }).click()
  await shoot(desk, 'challenge')
  await desk.getByLabel(t('method.phone-key.response.label')).fill('0000 0000')
  await desk.getByRole('button', { name: t('method.phone-key.response.button') }).click()
  await desk.locator('#errors').waitFor()
  await shoot(desk, 'challenge-wrong')
  await respond(phone, t, await digitsOn(desk))
  await shoot(phone, 'phone-response')
  await phone.context().setOffline(false)
}

/** From a browser that nobody knows, and nobody wants. */
async function refused(
  { issuer, look, person }: Story,
  { phone, shoot, in_ }: { readonly phone: Page; readonly shoot: Shoot; readonly in_: Browser },
): Promise<void> {
  const t = words(look.language)
  const stranger = await visitor(in_, look, 'desk')
  await phone.goto('about:blank')
  await beginTrading(stranger, issuer, t, person)
  await stranger.getByRole('heading', { name: t('method.phone-key.waiting.title') }).waitFor()
  await phone.goto(`${issuer}/phone#requests`)
  const hint = phone.locator('.picker a').first()
  const deny = phone.getByRole('button', { name: t('phone.request.deny'), exact: true })
  // Alone it opens by itself; beside another it is chosen from the list.
  await deny.waitFor({ timeout: 3_000 }).catch(async () => await hint.click())
  await deny.click()
  await stranger.getByRole('heading', { name: t('login.ended.denied.title') }).waitFor()
  await shoot(stranger, 'denied')
  await shoot(phone, 'phone-denied')
}

function camera({ language, scheme }: Look) {
  return async (page: Page, name: string): Promise<void> => {
    const widths = name.startsWith('phone-') ? WIDTHS.phone : WIDTHS.desk
    for (const width of widths) {
      await page.setViewportSize({ width, height: width > 600 ? 800 : 844 })
      const tail = language === 'en' ? '' : `-${language}`
      await page.screenshot({
        path: join(OUT, `${name}-${width}-${scheme}${tail}.png`),
        fullPage: true,
      })
    }
  }
}

async function visitor(in_: Browser, look: Look, kind: 'desk' | 'phone'): Promise<Page> {
  const context: BrowserContext = await in_.newContext({
    locale: look.language === 'en' ? 'en-GB' : 'fr-FR',
    colorScheme: look.scheme,
    viewport: { width: kind === 'desk' ? 1280 : 390, height: 844 },
    hasTouch: kind === 'phone',
  })
  context.setDefaultTimeout(20_000)
  return await context.newPage()
}
