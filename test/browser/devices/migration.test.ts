import assert from 'node:assert/strict'
import { suite, test, type TestContext } from 'node:test'
import type { Page } from 'playwright-core'
import type { SubscriberId } from '#core/ids.ts'
import { days, hours, type Millis, minutes, seconds } from '#core/time/time.ts'
import { changeAccount } from '#engine/subscribers/accounts.ts'
import { setContact } from '#engine/contact/addresses.ts'
import { listAccounts } from '#store/accounts/accounts.ts'
import {
  commitAuthenticators,
  findAuthenticator,
  listAuthenticators,
} from '#store/devices/authenticators.ts'
import type { TestPhone } from '../../support/clients/phone.ts'
import { subscriberOf } from '../../support/clients/printed.ts'
import { activate, PASSWORD, personWithPhone } from '../../support/clients/engine-story.ts'
import {
  digitsOn,
  isOffered,
  lockWithPin,
  offline,
  type Person,
  PIN,
  present,
  respond,
  toChoice,
  typePassword,
  typePin,
  withPrf,
} from '../acts.ts'
import {
  changedPassword,
  type House,
  house,
  invitedByText,
  sessionByText,
  textedCode,
  textedPerson,
} from '../test-server.ts'
import { desktop, handset, noBrowser } from '../support.ts'
import { type Words, words } from '../words.ts'

/**
 * One phone takes the place of another, in a real browser over a clock that is moved (security
 * 2.4).
 */

const t = words('en')
const LENA: Person = { userName: 'lena', password: PASSWORD }

interface Told extends House {
  readonly lena: SubscriberId
  /** The phone that serves. */
  old: Page
}

/** Lena confirms by text, and has had a phone for some days. */
async function withOldPhone(
  s: TestContext,
  options: { readonly nodes?: number } = {},
): Promise<Told> {
  const set = await house(s, options)
  const lena = await textedPerson(set, LENA)
  const old = await handset(set)
  await setUp(set, old)
  await old.getByRole('heading', { name: t('phone.setup.done') }).waitFor()
  await passes(set, hours(48))
  return { ...set, lena, old }
}

/** Time goes by, and what happens by itself has happened. */
async function passes(set: House, length: Millis): Promise<void> {
  set.world.advance(length)
  await set.tend()
}

/** The first phone, with a code from a session that password and text have opened. */
async function setUp(set: House, phone: Page): Promise<void> {
  const { code } = await invitedByText(set, LENA)
  await present(phone, set.issuer, { t, person: LENA, code })
  await lockWithPin(phone, t)
}

/** It has its key, and is not heard yet. */
const waits = async (phone: Page): Promise<void> =>
  await phone.getByRole('heading', { name: t('phone.setup.waits') }).waitFor()

/**
 * From the app on the new phone alone, with password and text, to the key that is offered (R061).
 */
async function toOffer(set: House, young: Page, person: Person = LENA): Promise<void> {
  set.world.advance(minutes(3))
  await young.goto('about:blank')
  await young.goto(`${set.issuer}/phone`)
  await young.getByText(t('phone.none.newPhone')).click()
  await typePassword(young, t, person)
  await confirmByText(set, young)
  await young.getByText(t('method.phone-key.enrol.waits')).waitFor()
  await young.getByRole('button', { name: t('method.phone-key.enrol.this-one') }).click()
  await isOffered(young, t, person)
}

/** The same, to a key that waits. */
async function migrate(set: House, young: Page, person: Person = LENA): Promise<void> {
  await toOffer(set, young, person)
  await lockWithPin(young, t)
}

/** The newest of a kind comes first, while none was used yet. */
const choice = (page: Page, method: string) =>
  page.getByRole('button').filter({ hasText: t(`method.${method}.line`) })

async function confirmByText(set: House, page: Page): Promise<void> {
  const field = page.getByLabel(t('method.sms-code.code.label'))
  // Where a text is all there is, it is asked at once.
  const text = choice(page, 'sms-code')
  const another = page.getByRole('link', { name: t('login.another-way') })
  await field.or(text).or(another).first().waitFor()
  if (!(await field.isVisible())) {
    await toChoice(page, t, text)
    await text.click()
  }
  // The text is on its way when the page is there.
  await field.waitFor()
  await field.fill(await textedCode(set))
  // The words on the button are those of what is confirmed.
  await field.press('Enter')
}

async function open(phone: Page, { issuer }: House, place: string): Promise<void> {
  await phone.goto('about:blank')
  await phone.goto(`${issuer}/phone#${place}`)
}

/** As far as the page that waits for a phone. */
async function toPhone(desk: Page, { issuer }: House, nth = 0): Promise<void> {
  await desk.goto(`${issuer}/login?platform=portal`)
  await typePassword(desk, t, LENA)
  const phone = choice(desk, 'phone-key').nth(nth)
  await toChoice(desk, t, phone)
  await phone.click()
}

/** As far as the challenge that a phone makes a response to. */
async function toChallenge(desk: Page, set: House, nth = 0): Promise<void> {
  await toPhone(desk, set, nth)
  await desk.getByRole('link', { name: t('method.phone-key.waiting.not-received') }).click()
}

async function typeResponse(desk: Page, response: string): Promise<void> {
  await desk.getByLabel(t('method.phone-key.response.label')).fill(response)
  await desk.getByRole('button', { name: t('method.phone-key.response.button') }).click()
}

/** Logs in with a phone that has no connection; the newest of several is asked. */
async function enter(desk: Page, phone: Page, set: House, nth = 0): Promise<void> {
  await offline(phone, set.issuer, t)
  await toChallenge(desk, set, nth)
  await typeResponse(desk, await respond(phone, t, await digitsOn(desk)))
  await desk.waitForURL(/\/portal$/)
  await phone.context().setOffline(false)
}

/** One tap on the phone that serves. */
async function stop(set: Told): Promise<void> {
  const { old } = set
  await open(old, set, 'requests')
  await old.getByRole('button', { name: t('phone.migration.stop') }).click()
  await old.locator('strong', { hasText: t('phone.migration.stopped') }).waitFor()
}

/** The phones that answer everything now, and those that wait. */
async function phonesOf({ world }: House, lena: SubscriberId) {
  const held = await listAuthenticators(world.db, lena)
  const active = held
    .map(({ value }) => value)
    .filter(({ method, lifecycle }) => method === 'phone-key' && lifecycle === 'active')
  return {
    full: active.filter(({ pendingUntil }) => pendingUntil === null).map(({ id }) => id),
    waiting: active.filter(({ pendingUntil }) => pendingUntil !== null),
  }
}

/** When it begins, as the phone says it: in the time zone of the phone. */
async function dayIn(page: Page, at: number): Promise<string> {
  const format = "new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'long' })"
  return await page.evaluate<string>(`${format}.format(${at})`)
}

/** The app on a phone that holds no key, as far as the user name. */
async function fromTheApp({ issuer }: House, young: Page): Promise<void> {
  await young.goto(`${issuer}/phone`)
  await young.getByText(t('phone.none.newPhone')).click()
}

interface Moving {
  /** The one that serves now, and confirms. */
  readonly from: Page
  readonly to: Page
  begin(): Promise<void>
}

/**
 * Everything on the phone that comes, confirmed with responses of the one that goes: no text, and
 * no waiting.
 */
async function moved(set: House, { from, to, begin }: Moving): Promise<void> {
  await offline(from, set.issuer, t)
  await begin()
  await typePassword(to, t, LENA)
  await confirmOffline(from, to)
  // There is nothing to choose: the phone that comes asks for its PIN at once.
  await isOffered(to, t, LENA)
  await to.getByText(t('phone.setup.stops')).waitFor()
  await lockWithPin(to, t)
  await to.getByRole('heading', { name: t('phone.setup.done') }).waitFor()
  await from.context().setOffline(false)
}

/** Types on one phone what the other answers, which has no connection. */
async function confirmOffline(from: Page, to: Page): Promise<void> {
  const field = to.getByLabel(t('method.phone-key.response.label'))
  const other = to.getByRole('link', { name: t('method.phone-key.waiting.not-received') })
  const first = choice(to, 'phone-key').first()
  const text = to.getByLabel(t('method.sms-code.code.label'))
  await first.or(other).or(field).or(text).first().waitFor()
  // A text is asked at once; the phone that goes is behind “another way”.
  if (await text.isVisible()) {
    await to.getByRole('link', { name: t('login.another-way') }).click()
    await first.waitFor()
  }
  if (await first.isVisible()) await first.click()
  await other.or(field).first().waitFor()
  if (await other.isVisible()) await other.click()
  await field.waitFor()
  const response = await respond(from, t, await digitsOn(to))
  await from.getByRole('button', { name: t('phone.response.done') }).click()
  await field.fill(response)
  // The words on the button are those of what is confirmed.
  await field.press('Enter')
}

/** Opens the app on a phone that holds nothing. */
async function beginAt({ world, issuer }: House, young: Page, say: Words): Promise<void> {
  world.advance(minutes(3))
  await young.goto(`${issuer}/phone`)
  await young.getByText(say('phone.none.newPhone')).waitFor()
}

/**
 * User name and password, the code of the text, and what is about to happen, as far as the offer of
 * a key.
 */
async function stepsTo(set: House, young: Page, say: Words): Promise<void> {
  await young.getByText(say('phone.none.newPhone')).tap()
  await typePassword(young, say, LENA)
  // The phone that it replaces is away more often than not: the text is asked at once.
  const field = young.getByLabel(say('method.sms-code.code.label'))
  await field.waitFor()
  await field.fill(await textedCode(set))
  await field.press('Enter')
  // Nothing is asked twice: the text has said what it is for (S87).
  await young.getByText(say('method.phone-key.enrol.waits')).waitFor()
  await young.getByRole('button', { name: say('method.phone-key.enrol.this-one') }).tap()
  await isOffered(young, say, LENA)
}

/** It serves: it approves a login, opened the way it was locked. */
async function approvesWith(set: House, phone: Page, say: Words, pin?: string): Promise<void> {
  const desk = await desktop(set)
  await toPhone(desk, set)
  await open(phone, set, 'requests')
  await phone.getByLabel(say('phone.request.number')).fill(await digitsOn(desk))
  await phone.getByRole('button', { name: say('phone.request.approve') }).click()
  if (pin !== undefined) await typePin(phone, say)
  await desk.waitForURL(/\/portal$/)
}

/** Sends a form as a page of this browser would. */
async function posted(page: Page, address: string, fields: string): Promise<number> {
  const token = await page.locator('input[name=form]').first().inputValue()
  return await page.evaluate<number>(`(async () => {
    const body = new URLSearchParams(${JSON.stringify(fields)})
    body.set('form', ${JSON.stringify(token)})
    const sent = { method: 'POST', body, redirect: 'manual' }
    const answer = await fetch(${JSON.stringify(address)}, sent)
    return answer.status
  })()`)
}

suite('a new phone in a real browser', { skip: noBrowser }, () => {
  test('T-MIG-1 R061 S70 A12 with password and text it waits, moves nothing, and the old one stops it with one tap', async (s) => {
    const set = await withOldPhone(s)
    const { world, issuer } = set
    const young = await handset(set)
    await migrate(set, young)
    await waits(young)
    const day = await dayIn(young, world.now() + hours(12))
    assert.ok((await young.locator('main').innerText()).includes(day), day)

    // Eleven hours later it still opens statements only.
    await passes(set, hours(11))
    await open(young, set, 'requests')
    await young.getByText(/Until then you only see your statements\./).waitFor()
    const thief = await desktop(set)
    await enter(thief, young, set)
    await thief.getByRole('heading', { name: t('portal.scope.waiting.title') }).waitFor()
    await thief.goto(`${issuer}/portal/security`)
    await thief.getByRole('heading', { name: t('problem.account.on-hold') }).waitFor()
    await thief.goto(`${issuer}/trade/login`)
    await thief.getByText(t('problem.account.on-hold')).first().waitFor()

    await stop(set)
    await young.getByRole('heading', { name: t('phone.stopped.title') }).waitFor()
    await thief.goto(`${issuer}/portal`)
    await thief.getByRole('textbox', { name: t('login.user-name') }).waitFor()
    await passes(set, hours(2))
    const { full, waiting } = await phonesOf(set, set.lena)
    assert.deepEqual([full.length, waiting.length], [1, 0])
  })

  test('how long it still waits is counted down by the server’s clock, in the portal and on both phones', async (s) => {
    const set = await withOldPhone(s)
    const { world, issuer, old } = set
    const young = await handset(set)
    await migrate(set, young)
    await waits(young)
    await passes(set, minutes(30))
    const [desk, bare] = [
      await desktop(set),
      await desktop(set, { javaScript: false, language: 'fr' }),
    ]
    await enter(desk, old, set, 1)
    await bare.context().addCookies(await desk.context().cookies())
    await desk.goto(`${issuer}/portal/security/devices`)
    await desk.getByText(/^11\sh (29|30)\smin left$/).waitFor()
    await bare.goto(`${issuer}/portal/security/devices`)
    const row = bare.locator('tr', { hasText: 'à partir du' })
    assert.match(await row.innerText(), /à partir du \d+(er)? \S+ \d{4}, \d\d:\d\d/)
    assert.equal(await bare.locator('[data-hold-until]').isVisible(), false)

    for (const [phone, place] of [
      [old, 'requests'],
      [young, 'requests'],
    ] as const) {
      await open(phone, set, place)
      const left = phone.getByText(/^11\sh (29|30)\smin left$/)
      await left.waitFor()
      const loud = '[role=alert], [role=status], [aria-live]'
      assert.equal(await phone.locator(loud).filter({ has: left }).count(), 0)
      // The clock of the phone is set; that of the server goes on, and only its time is ever shown.
      world.advance(seconds(5))
      const asked = phone.waitForResponse(
        (response) => response.url().endsWith('/phone/api/list') && response.ok(),
      )
      await phone.evaluate(`{
        const real = Date.now
        Date.now = () => real() + 5 * 3600_000
        globalThis.said = new Set()
        const note = () => said.add(/\\d+\\sh.*left/.exec(document.body.innerText)?.[0])
        new MutationObserver(note).observe(document.body, {
          childList: true, characterData: true, subtree: true,
        })
      }`)
      await asked
      await left.waitFor()
      const said = await phone.evaluate<readonly string[]>('[...said].filter(Boolean)')
      for (const words of said) assert.match(words, /^11\sh (29|30)\smin left$/)
    }

    // The machine sleeps for three hours, which no clock of the page has counted.
    world.advance(hours(3))
    await desk.evaluate('{ const real = Date.now; Date.now = () => real() + 3 * 3600_000 }')
    await desk.getByText(/^8\sh (29|30)\smin left$/).waitFor()
    await desk.route('**/assets/**', (route) => route.abort())
    await desk.evaluate('{ const real = Date.now; Date.now = () => real() - 3600_000 }')
    await desk.locator('[data-hold-until]').waitFor({ state: 'hidden' })
    await desk.waitForTimeout(1_500)
    assert.equal(
      await desk.locator('[data-hold-until]').isVisible(),
      false,
      'the time is not known',
    )
  })

  test('R061 R062 R063 T-MIG-4 when the hold is over the new one serves, and nothing of the old one counts', async (s) => {
    const set = await withOldPhone(s)
    const { world, old } = set
    const young = await handset(set)
    await migrate(set, young)
    await waits(young)
    world.advance(hours(11))
    world.advance(minutes(59))
    world.advance(seconds(55))

    // Asked five seconds before the switch: an approval is on its way during it, a response is
    // typed after it.
    const asked = await desktop(set)
    const twin = await old.context().newPage()
    await offline(twin, set.issuer, t)
    await toChallenge(asked, set, 1)
    const number = await digitsOn(asked)
    const response = await respond(twin, t, number)
    await twin.context().setOffline(false)
    const flight = Promise.withResolvers<void>()
    const sent = Promise.withResolvers<void>()
    await open(old, set, 'requests')
    await old.getByLabel(t('phone.request.number')).fill(number)
    await old.getByRole('button', { name: t('phone.request.approve') }).click()
    // The number is checked by now; what is held up is the approval.
    await old.getByRole('heading', { name: t('phone.pin.title') }).waitFor()
    await old.route('**/phone/api/answer', async (route) => {
      sent.resolve()
      await flight.promise
      await route.continue()
    })
    await typePin(old, t)
    await sent.promise
    await passes(set, seconds(5))
    flight.resolve()
    await typeResponse(asked, response)
    await old.getByRole('heading', { name: t('phone.stopped.title') }).waitFor()
    await twin.getByRole('heading', { name: t('phone.stopped.title') }).waitFor()
    await asked.goto(`${set.issuer}/portal`)
    await asked.getByRole('textbox', { name: t('login.user-name') }).waitFor()

    const desk = await desktop(set)
    await enter(desk, young, set)
    await desk
      .getByRole('link', { name: t('portal.tabs.security') })
      .first()
      .waitFor()
    assert.equal((await phonesOf(set, set.lena)).full.length, 1)
  })

  test('R061 six steps from “This is my new phone” to a key on it, and nothing is typed twice', async (s) => {
    const set = await withOldPhone(s)
    set.world.advance(minutes(3))
    const young = await handset(set)
    await young.goto(`${set.issuer}/phone`)
    const button = (key: string) => young.getByRole('button', { name: t(key), exact: true })
    const steps: readonly (readonly [string, () => Promise<void>])[] = [
      ['this is my new phone', async () => await young.getByText(t('phone.none.newPhone')).click()],
      ['user name and password', async () => await typePassword(young, t, LENA)],
      ['the code of the text', async () => await confirmByText(set, young)],
      ['set up this phone', async () => await button('method.phone-key.enrol.this-one').click()],
      ['a PIN', async () => await typePin(young, t, t('phone.setup.choosePin'))],
      ['the PIN again', async () => await typePin(young, t, t('phone.setup.repeatPin'))],
    ]
    for (const [, act] of steps) await act()
    await waits(young)
    assert.equal(steps.length, 6)
    assert.equal((await phonesOf(set, set.lena)).waiting.length, 1)
  })

  for (const language of ['en', 'fr'] as const) {
    test(`R035 R065 R078 the steps on an iPhone, in ${language}: log in, text, instructions, and the lock of the phone itself`, async (s) => {
      const set = await withOldPhone(s)
      const say = words(language)
      const young = await handset(set, { language, device: 'iPhone 15' })
      await withPrf(young)
      await beginAt(set, young, say)
      // Only on the home screen does an iPhone keep a key for good, and this one says so.
      await young.getByText(say('phone.setup.ios')).waitFor()
      await stepsTo(set, young, say)
      assert.equal(await young.getByLabel(say('phone.setup.label')).inputValue(), 'iPhone')
      // Face or finger is chosen already, and no PIN is asked for.
      assert.ok(await young.getByRole('radio', { name: say('phone.setup.prf') }).isChecked())
      await young.getByRole('button', { name: say('phone.setup.goOn') }).click()
      await young.getByRole('heading', { name: say('phone.setup.waits') }).waitFor()
      await passes(set, hours(12))
      await approvesWith(set, young, say)
    })

    // What happens is the same in French, where the walk to a new phone comes past each step.
    if (language === 'fr') continue

    test(`R034 R066 R067 R078 the steps on an Android phone, in ${language}: the same, and a PIN that is chosen and repeated`, async (s) => {
      const set = await withOldPhone(s)
      const say = words(language)
      const young = await handset(set, { language, device: 'Pixel 7' })
      await beginAt(set, young, say)
      await stepsTo(set, young, say)
      const pin = async (title: string, typed: string) => {
        await young.getByRole('heading', { name: say(title) }).waitFor()
        await young.locator('.dots i.on').first().waitFor({ state: 'hidden' })
        await young.keyboard.type(typed)
        await young.getByRole('button', { name: say('phone.pin.ok'), exact: true }).click()
      }
      // Without a digit it is none, and one that is repeated otherwise is chosen again.
      await pin('phone.setup.choosePin', 'abcd')
      await young.getByRole('alert').first().waitFor()
      await young.keyboard.press('Backspace')
      await young.keyboard.press('Backspace')
      await young.keyboard.press('Backspace')
      await young.keyboard.press('Backspace')
      await pin('phone.setup.choosePin', PIN)
      await pin('phone.setup.repeatPin', 'b8m3')
      await young.getByText(say('phone.setup.unlike')).waitFor()
      await pin('phone.setup.choosePin', PIN)
      await pin('phone.setup.repeatPin', PIN)
      await young.getByRole('heading', { name: say('phone.setup.waits') }).waitFor()
      await passes(set, hours(12))
      await approvesWith(set, young, say, PIN)
      const { full } = await phonesOf(set, set.lena)
      const held = full[0] && (await findAuthenticator(set.world.db, full[0]))
      assert.equal(held?.value.label, 'Pixel 7 (Android)', 'it has named itself')
    })
  }

  test('R063 R070 for a journey and back: each time the phone in hand confirms, and the other takes over at once', async (s) => {
    const set = await withOldPhone(s)
    const { old, issuer } = set
    const travel = await handset(set)
    await moved(set, { from: old, to: travel, begin: () => fromTheApp(set, travel) })
    // The one at home says what has happened, and the way back.
    await open(old, set, 'requests')
    await old.getByRole('heading', { name: t('phone.stopped.title') }).waitFor()
    await passes(set, days(9))
    const again = old.getByRole('link', { name: t('phone.stopped.again') })
    await moved(set, { from: travel, to: old, begin: () => again.click() })
    await open(travel, set, 'requests')
    await travel.getByRole('heading', { name: t('phone.stopped.title') }).waitFor()
    const { full, waiting } = await phonesOf(set, set.lena)
    assert.deepEqual([full.length, waiting.length], [1, 0])
    const desk = await desktop(set)
    await enter(desk, old, set)
    assert.equal(desk.url(), `${issuer}/portal`)
  })

  test('R071 R159 no text, no old phone: every dead end of a new phone tells of the desk, and how to reach it', async (s) => {
    const set = await house(s)
    const { world, issuer } = set
    const call = (page: Page) => page.locator('a[href^="tel:"]').first()

    // No number on record: the phone that is gone is all there is.
    const person = { userName: 'vera', password: PASSWORD }
    await personWithPhone(world, person.userName)
    const young = await handset(set)
    await fromTheApp(set, young)
    await typePassword(young, t, person)
    await young.getByRole('link', { name: t('login.another-way') }).click()
    await young.getByRole('link', { name: t('login.choose.none') }).click()
    await young.getByText(t('login.help.none.title')).first().waitFor()
    await call(young).waitFor()

    // Rules that take no text for it (S74).
    const rules = { userName: 'wong', password: PASSWORD }
    await textedPerson(set, rules)
    await activate(world, await sessionByText(set, rules))
    const [account] = await listAccounts(world.db, await subscriberOf(world, rules.userName))
    await changeAccount(world, {
      number: account?.number ?? '',
      by: 'operator',
      change: { kind: 'relocate', residence: 'HK' },
    })
    await passes(set, hours(48))
    const other = await handset(set)
    await fromTheApp(set, other)
    world.advance(minutes(3))
    await typePassword(other, t, rules)
    await confirmByText(set, other)
    // Said where it would be offered: no button is there to be pressed for nothing.
    await other.getByText(t('problem.enrolment.jurisdiction')).first().waitFor()
    const offer = other.getByRole('button', { name: t('method.phone-key.enrol.this-one') })
    assert.equal(await offer.count(), 0)
    await other.getByText(/call us for temporary access/).waitFor()
    await call(other).waitFor()

    // A phone that is locked, and nothing beside it.
    const locked = await phonesOf(set, await subscriberOf(world, person.userName))
    const [id] = locked.full
    const held = id && (await findAuthenticator(world.db, id))
    assert.ok(held)
    const value = { ...held.value, lifecycle: 'disabled' } as const
    const changed = [{ value, version: held.version }]
    assert.ok(await commitAuthenticators(world.db, { now: world.now(), changed, events: [] }))
    const last = await handset(set)
    await fromTheApp(set, last)
    await typePassword(last, t, person)
    await last
      .getByRole('heading', { name: t('common.news.login.authenticator-locked.title') })
      .waitFor()
    await call(last).waitFor()
    assert.match(last.url(), new RegExp(`^${issuer}/login`))
  })

  test('T-MIG-3 R060 of three that begin at once on two nodes one waits, and one comes', async (s) => {
    const set = await withOldPhone(s, { nodes: 2 })
    const young: Page[] = []
    for (let count = 0; count < 3; count += 1) {
      const phone = await handset(set)
      young.push(phone)
      await toOffer(set, phone)
      await typePin(phone, t, t('phone.setup.choosePin'))
      await phone.getByRole('heading', { name: t('phone.setup.repeatPin') }).waitFor()
      await phone.keyboard.type(PIN)
    }
    await Promise.all(
      young.map(async (phone) => {
        await phone.getByRole('button', { name: t('phone.pin.ok'), exact: true }).click()
        const waiting = phone.getByRole('heading', { name: t('phone.setup.waits') })
        await waiting.or(phone.getByRole('alert')).first().waitFor()
      }),
    )
    assert.equal((await phonesOf(set, set.lena)).waiting.length, 1)
    await passes(set, hours(12))
    const { full, waiting } = await phonesOf(set, set.lena)
    assert.deepEqual([full.length, waiting.length], [1, 0])
  })

  test('T-MIG-5 R060 a server that dies at the switch, or at the binding, leaves one phone: never none, never two', async (s) => {
    const set = await withOldPhone(s)
    const { world } = set
    for (const when of ['before', 'after'] as const) {
      world.advance(days(31))
      const young = await handset(set)
      await toOffer(set, young)
      await typePin(young, t, t('phone.setup.choosePin'))
      set.dies(when)
      await typePin(young, t, t('phone.setup.repeatPin'))
      // A browser sends once more what went into a connection that broke.
      const ready = young.getByRole('heading', { name: t('phone.setup.waits') })
      const refused = young.getByRole('heading', { name: t('phone.setup.title') })
      await ready.or(refused).waitFor()
      const { full, waiting } = await phonesOf(set, set.lena)
      assert.equal(full.length, 1)
      if (when === 'after') {
        // It was written, and the phone has not heard of it: a key that no phone has is stopped
        // like any other.
        assert.equal(waiting.length, 1)
        assert.ok(await refused.isVisible())
        await stop(set)
        continue
      }
      if (await refused.isVisible()) {
        await migrate(set, young)
        await waits(young)
      }
      for (const again of ['before', 'after'] as const) {
        if (again === 'before') world.advance(hours(12))
        set.dies(again)
        await assert.rejects(set.tend(), /dies/)
        const now = await phonesOf(set, set.lena)
        assert.deepEqual([now.full.length, now.waiting.length], [1, again === 'before' ? 1 : 0])
      }
      await set.tend()
      await enter(await desktop(set), young, set)
      set.old = young
    }
    assert.equal((await phonesOf(set, set.lena)).full.length, 1)
  })

  test('T-MIG-7 S73 every page of the portal, for a phone that serves, one that waits, and one that was stopped', async (s) => {
    const set = await withOldPhone(s)
    const { issuer, old } = set
    const young = await handset(set)
    await migrate(set, young)
    await waits(young)
    const [waiting, serving] = [await desktop(set), await desktop(set)]
    await enter(waiting, young, set)
    await waiting.getByRole('heading', { name: t('portal.scope.waiting.title') }).waitFor()
    await enter(serving, old, set, 1)
    const [device] = (await phonesOf(set, set.lena)).full
    const own = `/portal/security/devices/${device}`
    const pages = [
      '/portal/security',
      '/portal/security/devices',
      '/portal/security/contact',
      '/portal/security/sessions',
      '/portal/activity',
      '/portal/security/password',
      own,
      `${own}/stop`,
      '/portal/security/trading',
      '/portal/security/enrolments/new?method=sms-code',
    ]
    const deeds: readonly (readonly [string, string])[] = [
      ['/portal/security/enrolments', 'method=totp'],
      [`${own}/remove`, ''],
      [`${own}/stop`, ''],
      ['/portal/security/seamless', 'seamless=off'],
      ['/portal/security/browsers/forget', ''],
      ['/portal/security/successor/stop', ''],
      ['/portal/security/sessions/end-others', ''],
    ]
    for (const page of pages) {
      assert.equal((await serving.goto(issuer + page))?.status(), 200, page)
      assert.equal((await waiting.goto(issuer + page))?.status(), 403, page)
    }
    await waiting.goto(`${issuer}/portal`)
    for (const [address, fields] of deeds) {
      const status = await posted(waiting, address, fields)
      assert.equal(status, 403, `${address}: ${status}`)
    }
    assert.equal((await phonesOf(set, set.lena)).waiting.length, 1)

    await stop(set)
    for (const page of ['/portal', ...pages]) {
      await waiting.goto(issuer + page)
      assert.match(waiting.url(), /\/login/, page)
    }
  })

  test('T-MIG-6 each thing that is odd makes it wait three days, and the phone says so', async (s) => {
    const set = await house(s)
    const { world } = set
    const oddities: Readonly<
      Record<string, (id: SubscriberId, person: Person, phone: TestPhone) => Promise<void>>
    > = {
      'contact-changed': async (subscriberId) => {
        const value = 'another@example.com'
        await setContact(world, { subscriberId, kind: 'email', value, by: 'operator' })
      },
      'password-changed': async (_id, person, phone) => {
        await changedPassword(set, person, { phone, password: OTHER })
      },
      'answers-failed': async (_id, person) => {
        const desk = await desktop(set)
        world.advance(minutes(3))
        await desk.goto(`${set.issuer}/login?platform=portal`)
        await typePassword(desk, t, person)
        const right = await textedCode(set)
        const field = desk.getByLabel(t('method.sms-code.code.label'))
        for (let count = 0; count < 3; count += 1) {
          const wrong = right === `00000${count}` ? '111111' : `00000${count}`
          await field.or(choice(desk, 'sms-code')).first().waitFor()
          if (!(await field.isVisible())) await choice(desk, 'sms-code').click()
          await field.fill(wrong)
          await desk
            .getByRole('button', { name: t('method.sms-code.code.button'), exact: true })
            .click()
          await desk.getByRole('alert').first().waitFor()
        }
      },
    }
    for (const [oddity, happen] of Object.entries(oddities)) {
      const person = { userName: oddity, password: PASSWORD }
      const id = await textedPerson(set, person)
      const phone = await activate(set.world, await sessionByText(set, person))
      await passes(set, hours(48))
      await happen(id, person, phone)
      const now = oddity === 'password-changed' ? { ...person, password: OTHER } : person
      const young = await handset(set)
      await migrate(set, young, now)
      await waits(young)
      const { waiting } = await phonesOf(set, id)
      assert.equal((waiting[0]?.pendingUntil ?? 0) - world.now(), hours(72), oddity)
      const day = await dayIn(young, world.now() + hours(72))
      assert.ok((await young.locator('main').innerText()).includes(day), `${oddity}: ${day}`)
    }
  })

  test('T-MIG-8 S68 every address hears of it once, also when the carriers were down', async (s) => {
    const set = await withOldPhone(s)
    const { world, posts, carriers } = set
    const by = { subscriberId: set.lena, by: 'operator' } as const
    const young = await handset(set)
    await toOffer(set, young)
    await setContact(world, { ...by, kind: 'email', value: 'lena.new@example.com' })
    await set.tend()
    posts.length = 0
    carriers.isDown = true
    await lockWithPin(young, t)
    await waits(young)
    await set.tend()
    assert.deepEqual(posts, [])
    carriers.isDown = false
    await passes(set, minutes(2))
    const addresses = posts.map(({ to }) => to).toSorted()
    const all = ['+12025550142', 'lena.new@example.com', 'lena@example.com']
    assert.deepEqual(addresses, all)
    for (const { words: said } of posts) assert.doesNotMatch(said, /http|www|localhost/)
    await passes(set, minutes(10))
    assert.equal(posts.length, 3)

    // The switch itself is told as well, once.
    posts.length = 0
    await passes(set, days(3))
    assert.deepEqual(posts.map(({ to }) => to).toSorted(), all)
    await passes(set, seconds(30))
    assert.equal(posts.length, 3)
  })
})

const OTHER = 'seven spoons of rain'
