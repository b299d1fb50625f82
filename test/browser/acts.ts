import assert from 'node:assert/strict'
import { setTimeout as wait } from 'node:timers/promises'
import type { Locator, Page, Response } from 'playwright-core'
import decodeQr from 'qr/decode.js'
import type { Words } from './words.ts'

/** What a client does, with the words that stand on the page. */

export interface Person {
  readonly userName: string
  readonly password: string
}

export const ANNA: Person = { userName: 'demo-anna', password: 'correct horse battery' }
export const BENOIT: Person = { userName: 'demo-benoit', password: 'un deux trois soleil' }
/** Was told a temporary passcode. */
export const IRENE: Person = { userName: 'demo-irene', password: 'a letter in a bottle' }
export const XENIA: Person = { userName: 'demo-xenia', password: 'between two floorboards' }
/** Has lost the phone, and has yet to call. */
export const JONAH: Person & { readonly telephone: string } = {
  userName: 'demo-jonah',
  password: 'down to the sea in ships',
  telephone: '+12025550151',
}
/** Holds a security card, and may have another. */
export const NORA: Person = { userName: 'demo-nora', password: 'more than enough of it' }
/** Whose account it is that Quentin uses too. */
export const PAULA: Person = { userName: 'demo-paula', password: 'two keys to one safe' }
export const QUENTIN: Person = { userName: 'demo-quentin', password: 'the other key of the safe' }

/** Clients of the demo who read the same language. */
export interface Cast {
  /** Holds a password and nothing else. */
  readonly newcomer: Person
  readonly texted: Person
  /** Has a year of statements besides. */
  readonly cardholder: Cardholder
  /** Whose account is closed, with a year of statements. */
  readonly closed: Person
}

/** A security card among the simulators. */
export interface Cardholder extends Person {
  readonly telephone: string
  readonly pin: string
}

export const DEMO_CLIENTS: Readonly<Record<'en' | 'fr', Cast>> = {
  en: {
    newcomer: ANNA,
    texted: { userName: 'demo-lena', password: 'a letter takes too long' },
    cardholder: {
      userName: 'demo-chloe',
      password: 'nine lives of a cat',
      telephone: '+12025550163',
      pin: '2580',
    },
    closed: { userName: 'demo-goran', password: 'closed for the season' },
  },
  fr: {
    newcomer: BENOIT,
    texted: { userName: 'demo-marc', password: 'allô allô qui est là' },
    cardholder: {
      userName: 'demo-felix',
      password: 'la plume de ma tante',
      telephone: '+12025550174',
      pin: '7193',
    },
    closed: { userName: 'demo-gaelle', password: 'la clef est sous la porte' },
  },
}

export const PIN = 'a7k2'

/** Types user name and password on the page that is open. */
export async function typePassword(
  page: Page,
  t: Words,
  { userName, password }: Person,
): Promise<void> {
  await page.getByRole('textbox', { name: t('login.user-name') }).fill(userName)
  await page.getByLabel(t('login.password'), { exact: true }).fill(password)
  await page.getByRole('button', { name: t('login.continue') }).click()
}

/**
 * Types the password once more, because something is about to change; nothing else is held, or it
 * follows.
 */
export async function typeAgain(
  page: Page,
  t: Words,
  { password }: Pick<Person, 'password'>,
): Promise<void> {
  await page.getByLabel(t('task.password'), { exact: true }).fill(password)
  await page.getByRole('button', { name: t('task.continue') }).click()
}

/** Digits as they are read out, without the gaps. */
export async function digitsOn(page: Page): Promise<string> {
  const spoken = await page.locator('.number .hidden').first().innerText()
  return spoken.replaceAll(/\s/g, '')
}

/** What a camera reads from the picture on a page, which is drawn in modules of one unit. */
export async function pictureOn(page: Page): Promise<string> {
  const picture = page.locator('svg.qr')
  const [box, path] = await Promise.all([
    picture.getAttribute('viewBox'),
    picture.locator('path').last().getAttribute('d'),
  ])
  const side = Number(box?.split(' ')[2])
  const scale = 4
  const width = side * scale
  const data = new Uint8ClampedArray(width * width * 4).fill(255)
  for (const [, x, y, length] of (path ?? '').matchAll(/M(\d+) (\d+)h(\d+)/g)) {
    const [from, to] = [(Number(x) + 3) * scale, (Number(x) + 3 + Number(length)) * scale]
    for (let row = (Number(y) + 3) * scale; row < (Number(y) + 4) * scale; row += 1) {
      for (let at = from; at < to; at += 1)
        data.fill(0, (row * width + at) * 4, (row * width + at) * 4 + 3)
    }
  }
  return decodeQr({ width, height: width, data })
}

/** Invites a phone in the portal; says the code to type. */
export async function invite(
  page: Page,
  issuer: string,
  t: Words,
  person: Person,
): Promise<string> {
  await page.goto(`${issuer}/portal`)
  await typePassword(page, t, person)
  await page.getByRole('button', { name: t('method.phone-key.add') }).click()
  await typeAgain(page, t, person)
  const code = await page.locator('p.number').innerText()
  return code.replaceAll(/\s/g, '')
}

/** Types user name and code on the phone, and comes to the offer. */
export async function present(
  phone: Page,
  issuer: string,
  typed: { readonly t: Words; readonly person: Person; readonly code: string },
): Promise<void> {
  const { t, person, code } = typed
  await phone.goto(`${issuer}/phone`)
  await phone.getByRole('link', { name: t('phone.none.setUp') }).click()
  await phone.getByLabel(t('phone.setup.userName')).fill(person.userName)
  // As people type it: small letters, in two groups.
  await phone
    .getByLabel(t('phone.setup.code'))
    .fill(`${code.slice(0, 4)}-${code.slice(4)}`.toLowerCase())
  await phone.getByRole('button', { name: t('phone.setup.goOn') }).click()
  await isOffered(phone, t, person)
}

/**
 * The phone says whose key it is to be: above the PIN, or on a page of its own where there is
 * something to choose.
 */
export async function isOffered(
  phone: Page,
  t: Words,
  { userName }: Pick<Person, 'userName'>,
): Promise<void> {
  const offer = phone.getByRole('heading', { name: t('phone.setup.offer', { userName }) })
  const pin = phone.locator('form.pin', { hasText: userName })
  await offer.or(pin).first().waitFor()
}

/**
 * Activates a phone that is opened with a PIN. The story goes on in a new browser.
 */
export async function activateWithPin(...story: Parameters<typeof setUpWithPin>): Promise<void> {
  await setUpWithPin(...story)
  const [desk, phone] = story
  await desk.context().clearCookies()
  // On the phone the next request would open by itself: the app is closed.
  await phone.goto('about:blank')
}

/** The same, and the browser stays logged in with the phone. */
export async function setUpWithPin(
  desk: Page,
  phone: Page,
  story: { readonly issuer: string; readonly t: Words; readonly person: Person },
): Promise<void> {
  const { issuer, t, person } = story
  const code = await invite(desk, issuer, t, person)
  await present(phone, issuer, { t, person, code })
  await lockWithPin(phone, t)
  await phone.getByRole('heading', { name: t('phone.setup.done') }).waitFor()
  // What a reader of the screen was told of the PIN is not read again on the next page.
  const told = await phone.locator('#live').innerText()
  assert.ok(!told.includes(t('phone.pin.typed_other', { count: String(PIN.length) })), told)
  await isBound(desk)
}

/** Takes the offer, and chooses the PIN. */
export async function lockWithPin(phone: Page, t: Words): Promise<void> {
  const goOn = phone.getByRole('button', { name: t('phone.setup.goOn') })
  await goOn.or(phone.locator('form.pin')).first().waitFor()
  if (await goOn.isVisible()) await goOn.click()
  await typePin(phone, t, t('phone.setup.choosePin'))
  await typePin(phone, t, t('phone.setup.repeatPin'))
}

/**
 * The page that showed the code moves on by itself, into the portal or back to where it was begun;
 * a client who goes elsewhere before would be overtaken.
 */
export async function isBound(desk: Page): Promise<void> {
  await desk.waitForURL(/done=bound/)
}

export async function typePin(phone: Page, t: Words, title = t('phone.pin.title')): Promise<void> {
  await phone.getByRole('heading', { name: title }).waitFor()
  await phone.keyboard.type(PIN)
  await phone.getByRole('button', { name: t('phone.pin.ok'), exact: true }).click()
}

/** Opens the login of the trading platform and comes to the second step. */
export async function beginTrading(
  desk: Page,
  issuer: string,
  t: Words,
  person: Person,
): Promise<void> {
  await desk.goto(`${issuer}/trade`)
  await desk.getByRole('link', { name: t('trade.out.live'), exact: true }).click()
  await typePassword(desk, t, person)
}

/** Turns a challenge into a response on the phone. */
export async function respond(phone: Page, t: Words, challenge: string): Promise<string> {
  await phone.getByLabel(t('phone.code.label')).fill(challenge)
  await phone.getByRole('button', { name: t('phone.code.make') }).click()
  await typePin(phone, t)
  await phone.getByRole('heading', { name: t('phone.response.title') }).waitFor()
  const response = await digitsOn(phone)
  assert.match(response, /^[0-9]{8}$/)
  return response
}

/** The platform shows what the session may do. */
export async function isTrading(desk: Page, t: Words): Promise<void> {
  await desk.getByRole('heading', { name: t('trade.in.title.live') }).waitFor()
}

/** What the desk read out, as the page of the demo retells it. */
export async function passcodeOf(
  page: Page,
  issuer: string,
  { userName }: Person,
): Promise<string> {
  await page.goto(`${issuer}/demo`)
  const row = await page.getByRole('row').filter({ hasText: userName }).innerText()
  const [told = ''] = /[0-9A-Z]{4} [0-9A-Z]{4}/.exec(row) ?? []
  return told.replace(' ', '')
}

export async function typePasscode(
  page: Page,
  t: Words,
  asked: {
    readonly passcode: string
    readonly button?: string
    before?(page: Page): Promise<void>
  },
): Promise<void> {
  const { passcode, button = t('method.temporary-passcode.button') } = asked
  await page.getByLabel(t('method.temporary-passcode.label')).fill(passcode)
  await asked.before?.(page)
  await page.getByRole('button', { name: button, exact: true }).click()
}

/** The codes of a card by their numbers, as they are read off the paper. */
export async function cardOn(page: Page): Promise<ReadonlyMap<string, string>> {
  const cells = await page
    .locator('#sheet li')
    .evaluateAll((items) =>
      items.map(
        (item) =>
          [
            item.querySelector('span')?.textContent ?? '',
            item.querySelector('b')?.textContent ?? '',
          ] as const,
      ),
    )
  assert.equal(cells.length, 224)
  return new Map(cells)
}

export async function cellsAsked(page: Page, codes: ReadonlyMap<string, string>): Promise<string> {
  const indices = await page.locator('.steps strong').allInnerTexts()
  const [first = '', second = ''] = indices.map((index) => codes.get(index.trim()) ?? '')
  return first + second
}

/** The card, where something else is asked first. */
export async function chooseCard(page: Page, t: Words): Promise<void> {
  const asked = page.getByLabel(t('method.code-card.label'))
  const another = page.getByRole('link', { name: t('login.another-way') })
  await another.waitFor()
  if (await asked.isVisible()) return
  const card = page.getByRole('button').filter({ hasText: t('method.code-card.line') })
  await toChoice(page, t, card.first())
  await card.first().click()
}

/** As far as a device that can be chosen; another one may be asked first. */
export async function toChoice(page: Page, t: Words, choice: Locator): Promise<void> {
  const another = page.getByRole('link', { name: t('login.another-way') })
  await another.or(choice).first().waitFor()
  if (!(await choice.isVisible())) await another.click()
  await choice.waitFor()
}

/** A phone with a finger print reader that can also wrap keys. */
export async function withPrf(phone: Page): Promise<void> {
  const session = await phone.context().newCDPSession(phone)
  await session.send('WebAuthn.enable')
  await session.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      ctap2Version: 'ctap2_1',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      hasPrf: true,
      automaticPresenceSimulation: true,
    },
  })
}

/**
 * Opens the page that makes codes; once it has heard the time of the server, the phone is in flight
 * mode.
 */
export async function offline(phone: Page, issuer: string, t: Words): Promise<void> {
  const isList = (response: Response) => response.url().endsWith('/phone/api/list') && response.ok()
  await phone.goto('about:blank')
  await Promise.all([phone.waitForResponse(isList), phone.goto(`${issuer}/phone#code`)])
  await phone.getByLabel(t('phone.code.label')).waitFor()
  await phone.context().setOffline(true)
}

/** The code that went to an address, once it is in the mailbox of the demo. */
export async function mailedCode(issuer: string, address: string): Promise<string> {
  for (let looks = 0; looks < 100; looks += 1) {
    const html = await (await fetch(`${issuer}/sim/mail`)).text()
    const code = html.includes(address)
      ? /\b(\d{6})\b(?= (?:is your code|est votre code))/.exec(html)
      : null
    if (code?.[1]) return code[1]
    await wait(100)
  }
  return assert.fail('no code came by mail')
}

/** The card in the hand: presses the keys of the PIN, types the number, and reads its display. */
export async function pressCard(sim: Page, { pin, question }: { pin: string; question: string }) {
  const press = async (name: string) => await sim.locator(`[data-key="${name}"]`).click()
  for (const name of ['on', ...pin, 'ok']) await press(name)
  await sim.keyboard.type(question)
  await press('ok')
  const display = sim.locator('#lcd', { hasText: /^\d{8}$/ })
  await display.waitFor()
  return (await display.textContent()) ?? ''
}

/** In the portal, with a security card from the simulators. */
export async function withCard(
  { issuer, t, desktop }: CardStory,
  holder: Cardholder,
): Promise<Page> {
  const [desk, sim] = [await desktop(), await desktop()]
  await desk.goto(`${issuer}/portal`)
  await typePassword(desk, t, holder)
  await answerWithCard(desk, sim, { issuer, t, holder })
  await desk.waitForURL(/\/portal$/)
  return desk
}

/** Answers what the page asks with the card among the simulators. */
export async function answerWithCard(
  desk: Page,
  sim: Page,
  { issuer, t, holder }: Omit<CardStory, 'desktop'> & { readonly holder: Cardholder },
): Promise<void> {
  await sim.goto(`${issuer}/sim?number=${encodeURIComponent(holder.telephone)}`)
  const response = await pressCard(sim, { pin: holder.pin, question: await digitsOn(desk) })
  const field = desk.getByLabel(t('method.security-card.label'))
  await field.fill(response)
  await field.press('Enter')
}

interface CardStory {
  readonly issuer: string
  readonly t: Words
  desktop(): Promise<Page>
}

/** Logs in to the platform with the response of a phone in flight mode. */
export async function tradeOffline(
  desk: Page,
  phone: Page,
  story: { readonly issuer: string; readonly t: Words; readonly person: Person },
): Promise<void> {
  const { issuer, t, person } = story
  await offline(phone, issuer, t)
  await beginTrading(desk, issuer, t, person)
  await desk.getByRole('link', { name: t('method.phone-key.waiting.not-received') }).click()
  const response = await respond(phone, t, await digitsOn(desk))
  await desk.getByLabel(t('method.phone-key.response.label')).fill(response)
  await desk.getByRole('button', { name: t('method.phone-key.response.button') }).click()
  await isTrading(desk, t)
}
