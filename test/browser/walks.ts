import assert from 'node:assert/strict'
import type { Page } from 'playwright-core'
import {
  activateWithPin,
  ANNA,
  beginTrading,
  cardOn,
  cellsAsked,
  chooseCard,
  digitsOn,
  invite,
  isBound,
  isTrading,
  IRENE,
  lockWithPin,
  mailedCode,
  offline,
  passcodeOf,
  NORA,
  present,
  pressCard,
  respond,
  toChoice,
  typePasscode,
  typePassword,
  typePin,
} from './acts.ts'
import { lostCard, returnedCard } from './walks/cards-by-post.ts'
import { jonahCalls } from './walks/jonah-calls.ts'
import { statements } from './walks/statements.ts'
import type { Words } from './words.ts'

/** Stories on the running product: a test walks them, and `npm run walkthroughs` with a camera. */
export interface Walker {
  readonly issuer: string
  readonly language: 'en' | 'fr'
  readonly t: Words
  desktop(): Promise<Page>
  handset(): Promise<Page>
  /** From here on, or up to here, the steps of the client are counted. */
  count?(part: 'from here' | 'up to here'): void
  /** Days pass, or the story is told in one. */
  advance?(by: number): Promise<void>
  /** A picture, and what is done there. */
  shot(page: Page, name: string, caption: string): Promise<void>
}

export interface Story {
  readonly name: string
  readonly title: string
  readonly lead: string
  /** How many steps it may take, where that is promised: `docs/steps.md`. */
  readonly steps?: StepBudget
  walk(walker: Walker): Promise<void>
}

export interface StepBudget {
  /** What has happened before the first step, in words. */
  readonly from: string
  /** A story that takes more fails. */
  readonly max: number
  /** What it is to come down to. */
  readonly goal: number
  /** What a client does beside these steps, outside our pages. */
  readonly beside?: string
}

export const STORIES: readonly Story[] = [
  {
    name: 'lost-phone',
    title: 'My phone is at the bottom of the sea',
    lead:
      'The desk has checked that it is the client and has read out a temporary passcode. ' +
      'A printed card follows, and with it trading.',
    steps: {
      from: 'the call, with the passcode noted, to trading',
      max: 5,
      goal: 5,
      beside:
        'The window for printing opens by itself after step 3. It belongs to the browser, and\n' +
        'what is pressed there is not counted.',
    },
    walk: lostPhone,
  },
  jonahCalls,
  {
    name: 'first-phone',
    title: 'First activation',
    lead: 'A new client with a password and nothing else sets up a phone.',
    walk: firstPhone,
  },
  {
    name: 'daily-login',
    title: 'The login of every day',
    lead: 'The browser is known, the phone is the way that was used last.',
    steps: { from: 'the login page', max: 3, goal: 3 },
    walk: dailyLogin,
  },
  {
    name: 'new-phone',
    title: 'A new phone, with the old one at hand',
    lead: 'Everything happens on the new phone; the old one confirms it.',
    steps: { from: 'the app on the new phone', max: 7, goal: 7 },
    walk: newPhone,
  },
  {
    name: 'two-phones',
    title: 'Two phones',
    lead:
      'The platform is open on one phone, the key is on the other, ' +
      'and that one is in flight mode.',
    steps: { from: 'the login page, in a new browser and without a connection', max: 6, goal: 6 },
    walk: twoPhones,
  },
  {
    name: 'withdrawal',
    title: 'A withdrawal',
    lead:
      'Money leaves the account only after a password and a second step ' +
      'for this amount and this payee.',
    steps: { from: 'the page that asks for approval', max: 3, goal: 3 },
    walk: withdrawal,
  },
  {
    name: 'contact-data',
    title: 'Another e-mail address',
    lead: 'A new address counts once the second step and the code that went there confirm it.',
    walk: contactData,
  },
  {
    name: 'statements',
    title: 'Statements, also after the account is closed',
    lead:
      'Activity and tax statements stand in the portal by year. ' +
      'A closed account shows them on its first page.',
    walk: statements,
  },
  {
    name: 'security-card',
    title: 'A security card, from the order to the login',
    lead:
      'A client who may have one orders a card, waits for it, ' +
      'activates it with the PIN that was chosen, and logs in with it.',
    walk: securityCard,
  },
  lostCard,
  returnedCard,
]

async function lostPhone(walker: Walker): Promise<void> {
  const { issuer, t, desktop, shot } = walker
  const desk = await desktop()
  // The window for printing stays open until the picture is taken.
  await desk.context().addInitScript({ content: 'window.print = () => {}' })
  const passcode = await passcodeOf(desk, issuer, IRENE)
  walker.count?.('from here')
  await desk.goto(`${issuer}/login?platform=portal`)
  await shot(desk, 'login', 'User name and password, as always.')
  await typePassword(desk, t, IRENE)
  await typePasscode(desk, t, {
    passcode,
    button: t('method.temporary-passcode.print'),
    before: (page) =>
      shot(
        page,
        'passcode',
        'The passcode from Client Services, in capital letters. It works in this browser only.',
      ),
  })
  await desk.getByRole('heading', { name: t('method.code-card.enrol.title') }).waitFor()
  await shot(desk, 'card', 'The card. It is shown once, and the browser asks where to print it.')
  const codes = await cardOn(desk)
  await desk.evaluate("dispatchEvent(new Event('afterprint'))")
  await desk.getByRole('heading', { name: t('method.code-card.enrol.check.title') }).waitFor()
  await desk.getByLabel(t('method.code-card.label')).fill(await cellsAsked(desk, codes))
  await shot(desk, 'check', 'Two codes, to show that the card can be read.')
  await desk.getByRole('button', { name: t('method.code-card.enrol.check.button') }).click()
  await desk.getByText(t('portal.enrol.bound.until')).first().waitFor()
  await shot(desk, 'ready', 'The card is ready, and says until when.')
  await desk.goto(`${issuer}/trade`)
  await desk.getByRole('link', { name: t('trade.out.live'), exact: true }).click()
  await isTrading(desk, t)
  walker.count?.('up to here')
  await leave(desk)
  await beginTrading(desk, issuer, t, IRENE)
  await chooseCard(desk, t)
  await desk.getByLabel(t('method.code-card.label')).fill(await cellsAsked(desk, codes))
  await shot(desk, 'codes', 'From now on every login asks for two codes of the card.')
  await desk.getByRole('button', { name: t('method.code-card.button'), exact: true }).click()
  await isTrading(desk, t)
  await shot(desk, 'trading', 'Trading again.')
}

/** Logged out everywhere, on a browser that stays known. */
async function leave(page: Page): Promise<void> {
  for (const { name } of await page.context().cookies()) {
    if (name !== 'browser') await page.context().clearCookies({ name })
  }
}

async function firstPhone({ issuer, t, desktop, handset, shot }: Walker): Promise<void> {
  const [desk, phone] = [await desktop(), await handset()]
  await phone.goto(`${issuer}/phone`)
  await phone.getByRole('heading', { name: t('phone.none.title') }).waitFor()
  await shot(phone, 'app', 'The Authenticator on the phone, before it has a key.')
  const code = await invite(desk, issuer, t, ANNA)
  await shot(
    desk,
    'invitation',
    'In the Client Portal: a picture to scan, or a code to type, good for ten minutes.',
  )
  await present(phone, issuer, { t, person: ANNA, code })
  await phone.getByRole('heading', { name: t('phone.setup.choosePin') }).waitFor()
  await shot(
    phone,
    'pin',
    'The phone says for whom the key is. A PIN, typed twice, or fingerprint or face where it can.',
  )
  await typePin(phone, t, t('phone.setup.choosePin'))
  await typePin(phone, t, t('phone.setup.repeatPin'))
  await phone.getByRole('heading', { name: t('phone.setup.done') }).waitFor()
  await shot(phone, 'done', 'The phone is ready.')
  await isBound(desk)
  await shot(desk, 'bound', 'The page has moved on by itself: the portal is open.')
  await desk.context().clearCookies()
  await beginTrading(desk, issuer, t, ANNA)
  await approve(phone, { issuer, t, number: await digitsOn(desk) })
  await isTrading(desk, t)
  await shot(desk, 'trading', 'One approval later, trading.')
}

async function approve(
  phone: Page,
  asked: { readonly issuer: string; readonly t: Words; readonly number: string },
): Promise<void> {
  const { t } = asked
  await openRequest(phone, asked)
  await phone.getByRole('button', { name: t('phone.request.approve') }).click()
  await typePin(phone, t)
  await phone.getByRole('heading', { name: t('phone.outcome.approved.title') }).waitFor()
}

/** Opens the app and types the number of the page; a request that is alone is open already. */
async function openRequest(
  phone: Page,
  asked: { readonly issuer: string; readonly t: Words; readonly number: string },
): Promise<void> {
  const { issuer, t, number } = asked
  await phone.goto('about:blank')
  await phone.goto(`${issuer}/phone#requests`)
  await phone.getByLabel(t('phone.request.number')).fill(number)
}

async function dailyLogin(walker: Walker): Promise<void> {
  const { issuer, t, desktop, handset, shot, count } = walker
  const [desk, phone] = [await desktop(), await handset()]
  await activateWithPin(desk, phone, { issuer, t, person: ANNA })
  await leave(desk)
  await beginTrading(desk, issuer, t, ANNA)
  await approve(phone, { issuer, t, number: await digitsOn(desk) })
  await isTrading(desk, t)
  await leave(desk)
  await desk.goto(`${issuer}/trade`)
  await desk.getByRole('link', { name: t('trade.out.live'), exact: true }).click()
  await desk.getByLabel(t('login.password'), { exact: true }).waitFor()
  await shot(desk, 'password', 'The browser remembers the user name: the password alone.')
  count?.('from here')
  await desk.getByLabel(t('login.password'), { exact: true }).fill(ANNA.password)
  await desk.getByRole('button', { name: t('login.continue') }).click()
  await desk.getByRole('heading', { name: t('method.phone-key.waiting.title') }).waitFor()
  await phone.goto('about:blank')
  await phone.goto(`${issuer}/phone#requests`)
  const approval = phone.getByRole('button', { name: t('phone.request.approve') })
  await approval.waitFor()
  await shot(phone, 'request', 'The phone asks once, without a number: it knows the browser.')
  await approval.click()
  await typePin(phone, t)
  await isTrading(desk, t)
  await shot(desk, 'trading', 'Trading.')
}

async function newPhone({ issuer, t, desktop, handset, shot, count }: Walker): Promise<void> {
  const [desk, old] = [await desktop(), await handset()]
  await activateWithPin(desk, old, { issuer, t, person: ANNA })
  const young = await handset()
  await young.goto(`${issuer}/phone`)
  await young.getByText(t('phone.none.newPhone')).waitFor()
  await shot(young, 'app', 'On the new phone: “This is my new phone”.')
  count?.('from here')
  await young.getByText(t('phone.none.newPhone')).click()
  await typePassword(young, t, ANNA)
  const number = await digitsOn(young)
  await shot(young, 'number', 'After the password the new phone shows a number.')
  await openRequest(old, { issuer, t, number })
  await shot(
    old,
    'request',
    'The old phone says that a new phone is set up, asks for that number, and approves.',
  )
  await old.getByRole('button', { name: t('phone.request.approve') }).click()
  await typePin(old, t)
  await young.getByText(t('phone.setup.stops')).waitFor()
  await shot(
    young,
    'pin',
    'The new phone goes on by itself: it says what happens to the old one, and takes a PIN.',
  )
  await lockWithPin(young, t)
  await young.getByRole('heading', { name: t('phone.setup.done') }).waitFor()
  await shot(young, 'done', 'The new phone has a key of its own, and works at once.')
  await old.goto('about:blank')
  await old.goto(`${issuer}/phone`)
  await old.getByText(t('phone.stopped.title')).first().waitFor()
  await shot(old, 'stopped', 'The old phone is blocked at once: only one can approve at a time.')
}

async function twoPhones({ issuer, t, desktop, handset, shot, count }: Walker): Promise<void> {
  const [desk, phone, trading] = [await desktop(), await handset(), await handset()]
  await activateWithPin(desk, phone, { issuer, t, person: ANNA })
  await offline(phone, issuer, t)
  await trading.goto(`${issuer}/trade`)
  await shot(trading, 'platform', 'The platform on the phone that trades.')
  await trading.getByRole('link', { name: t('trade.out.live'), exact: true }).click()
  await trading.getByLabel(t('login.password'), { exact: true }).waitFor()
  count?.('from here')
  await typePassword(trading, t, ANNA)
  await trading.getByRole('link', { name: t('method.phone-key.waiting.not-received') }).waitFor()
  await shot(trading, 'waiting', 'The other phone has no connection, so no notification comes.')
  await trading.getByRole('link', { name: t('method.phone-key.waiting.not-received') }).click()
  const challenge = await digitsOn(trading)
  await shot(trading, 'challenge', 'A challenge of six digits instead.')
  await phone.getByLabel(t('phone.code.label')).fill(challenge)
  await shot(phone, 'code', 'It is typed on the phone in flight mode, under “Code”.')
  await phone.getByLabel(t('phone.code.label')).fill('')
  const response = await respond(phone, t, challenge)
  await shot(phone, 'response', 'After the PIN, a response of eight digits.')
  await trading.getByLabel(t('method.phone-key.response.label')).fill(response)
  await shot(trading, 'answer', 'It is typed on the phone that trades.')
  await trading.getByRole('button', { name: t('method.phone-key.response.button') }).click()
  await isTrading(trading, t)
  await shot(trading, 'trading', 'Trading. The phone with the key was never connected.')
}

/** Anna trades. */
async function tradingWithPhone({
  issuer,
  t,
  desktop,
  handset,
}: Pick<Walker, 'issuer' | 't' | 'desktop' | 'handset'>) {
  const [desk, phone] = [await desktop(), await handset()]
  await activateWithPin(desk, phone, { issuer, t, person: ANNA })
  await beginTrading(desk, issuer, t, ANNA)
  await approve(phone, { issuer, t, number: await digitsOn(desk) })
  await isTrading(desk, t)
  return { desk, phone }
}

async function withdrawal({ shot, ...walker }: Walker): Promise<void> {
  const { issuer, t } = walker
  const { desk, phone } = await tradingWithPhone(walker)
  await desk.getByRole('link', { name: t('trade.withdraw.open') }).click()
  await desk.getByLabel(t('trade.withdraw.amount.label')).fill('12500')
  await desk.getByLabel(t('trade.withdraw.payee.label')).fill('Client A')
  await desk.getByLabel(t('trade.withdraw.account.label')).fill('Demo Bank 4471')
  await shot(desk, 'form', 'How much and to whom, on the platform.')
  await desk.getByRole('button', { name: t('trade.withdraw.button') }).click()
  await desk.getByRole('heading', { name: t('task.kind.withdrawal.title') }).waitFor()
  await shot(
    desk,
    'approve',
    'The login server shows the same once more, and asks for the password again.',
  )
  walker.count?.('from here')
  await desk.getByLabel(t('task.password'), { exact: true }).fill(ANNA.password)
  await desk.getByRole('button', { name: t('task.continue') }).click()
  await desk.getByRole('heading', { name: t('method.phone-key.waiting.title') }).waitFor()
  walker.count?.('up to here')
  const waiting = desk.url()
  await desk.getByRole('link', { name: t('method.phone-key.waiting.not-received') }).click()
  await desk.getByRole('heading', { name: t('method.phone-key.task.title') }).waitFor()
  await shot(
    desk,
    'challenge',
    'Where no notification arrives: a challenge for this task alone, which begins with 8.',
  )
  await desk.goto(waiting)
  await desk.getByRole('heading', { name: t('method.phone-key.waiting.title') }).waitFor()
  const number = await digitsOn(desk)
  assert.equal(number[0], '8')
  walker.count?.('from here')
  await openRequest(phone, { issuer, t, number })
  await phone.getByText('Demo Bank 4471').waitFor()
  await shot(
    phone,
    'request',
    'The phone shows the same: how much, to whom, on which platform and from where.',
  )
  await phone.getByRole('button', { name: t('phone.request.approve') }).click()
  await typePin(phone, t)
  await phone.getByRole('heading', { name: t('phone.outcome.task-approved.title') }).waitFor()
  await shot(phone, 'approved', 'After the PIN, the fingerprint or the face, it is approved.')
  await desk.getByRole('heading', { name: t('trade.withdraw.done.title') }).waitFor()
  await shot(desk, 'done', 'Sent once, with a reference.')
}

async function contactData({ shot, ...walker }: Walker): Promise<void> {
  const { issuer, t } = walker
  const { desk, phone } = await tradingWithPhone(walker)

  await desk.goto(`${issuer}/portal/security/contact/email`)
  const address = 'anna.new@example.org'
  await desk.getByLabel(t('contact.email.address.label')).fill(address)
  await shot(desk, 'form', 'The new address. Nothing has changed yet.')
  await desk.getByRole('button', { name: t('contact.email.address.button') }).click()
  await desk.getByLabel(t('task.password'), { exact: true }).fill(ANNA.password)
  await shot(desk, 'approve', 'What is changed, and the password once more.')
  await desk.getByRole('button', { name: t('task.continue') }).click()
  await desk.getByRole('heading', { name: t('method.phone-key.waiting.title') }).waitFor()
  const number = await digitsOn(desk)
  await openRequest(phone, { issuer, t, number })
  await phone.getByText(address).waitFor()
  await phone.getByRole('button', { name: t('phone.request.approve') }).click()
  await typePin(phone, t)
  const code = desk.getByLabel(t('contact.email.code.label'))
  await code.waitFor()
  await shot(desk, 'code', 'A code went to the new address.')
  await code.fill(await mailedCode(issuer, address))
  await desk.keyboard.press('Enter')
  await desk.getByText(t('portal.done.contact-email')).waitFor()
  await desk.getByRole('heading', { name: t('contact.title') }).scrollIntoViewIfNeeded()
  await shot(desk, 'done', 'The new address is verified; the one before it hears of the change.')
}

async function securityCard({ issuer, t, desktop, shot }: Walker): Promise<void> {
  const desk = await desktop()
  const sim = await desktop()
  await desk.goto(`${issuer}/portal`)
  await typePassword(desk, t, NORA)
  const pressOn = async (serial: string, pin: string, button: string) => {
    await sim.goto(`${issuer}/sim?number=%2B12025550156&card=${serial}`)
    const response = await pressCard(sim, { pin, question: await digitsOn(desk) })
    await desk.getByLabel(t('method.security-card.label')).fill(response)
    await desk.getByRole('button', { name: button, exact: true }).click()
  }
  await pressOn(OLD_CARD.serial, OLD_CARD.pin, t('method.security-card.button'))
  await desk.waitForURL(/\/portal$/)
  await desk.goto(`${issuer}/portal/security/devices`)
  await desk.getByRole('link', { name: t('portal.order.title') }).click()
  await shot(desk, 'address', 'Where it goes: the address on record. It can be changed here.')
  await desk.getByLabel(t('portal.order.why.more')).check()
  await desk.getByRole('button', { name: t('portal.order.continue') }).click()
  await desk.getByLabel(t('method.security-card.order.label'), { exact: true }).fill(NEW_PIN)
  await desk.getByLabel(t('method.security-card.order.again')).fill(NEW_PIN)
  await shot(desk, 'pin', 'A PIN of four digits, twice. It is shown nowhere.')
  await desk.getByRole('button', { name: t('method.security-card.order.button') }).click()
  await desk.getByRole('button', { name: t('portal.order.continue') }).click()
  await shot(desk, 'summary', 'All of it once more, and the day on which it should be there.')
  await desk.getByRole('button', { name: t('portal.order.summary.button') }).click()
  await desk.getByLabel(t('task.password'), { exact: true }).fill(NORA.password)
  await desk.getByRole('button', { name: t('task.continue') }).click()
  await pressOn(OLD_CARD.serial, OLD_CARD.pin, t('task.kind.order.button'))
  await desk.getByRole('heading', { name: t('portal.order.state.ordered.title') }).waitFor()
  await shot(desk, 'ordered', 'Ordered. Until it has left, it can be cancelled.')
  const onItsWay = desk.getByRole('heading', { name: t('portal.order.state.sent.title') })
  await until(async () => {
    await desk.reload()
    return await onItsWay.isVisible()
  })
  await shot(desk, 'sent', 'On its way, since when and till when.')
  const serial = await desk.locator('dd.mono').innerText()
  await desk.getByRole('button', { name: t('portal.order.state.sent.button') }).click()
  await desk.getByRole('heading', { name: t('method.security-card.order.prove.title') }).waitFor()
  await shot(desk, 'activate', 'It has arrived: one response of the card, with the chosen PIN.')
  await pressOn(serial, NEW_PIN, t('method.security-card.order.prove.button'))
  await desk.getByRole('heading', { name: t('portal.order.state.active.title') }).waitFor()
  await leave(desk)
  await beginTrading(desk, issuer, t, NORA)
  const card = desk.getByRole('button', { name: new RegExp(serial) })
  await toChoice(desk, t, card)
  await card.click()
  await shot(desk, 'login', 'From now on it logs in.')
  await pressOn(serial, NEW_PIN, t('method.security-card.button'))
  await isTrading(desk, t)
}

const OLD_CARD = { serial: 'EX-00418-7733', pin: '4826' }
const NEW_PIN = '7193'
const PRESSES = 60

/** The demo sends it by itself. */
async function until(happened: () => Promise<boolean>): Promise<void> {
  for (let look = 0; look < PRESSES; look += 1) {
    if (await happened()) return
    await new Promise((resolve) => setTimeout(resolve, 1_000))
  }
  throw new Error('it has not left within a minute')
}
