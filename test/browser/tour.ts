import type { Page } from 'playwright-core'
import type { Guide } from '#edges/pages/help/guides.ts'
import { PLACES } from '../../web/phone/camera/address.ts'
import {
  beginTrading,
  DEMO_CLIENTS,
  type Cast,
  digitsOn,
  invite,
  isTrading,
  NORA,
  PAULA,
  QUENTIN,
  type Person,
  PIN,
  passcodeOf,
  pictureOn,
  present,
  respond,
  setUpWithPin,
  typePasscode,
  typeAgain,
  typePassword,
  typePin,
  withCard,
} from './acts.ts'
import type { Words } from './words.ts'

/**
 * One way past every page, on a fresh demo. A test looks at each with the eyes of
 * axe; `npm run screens` looks with a camera. A new page is one line here.
 */
export interface Tourist {
  readonly issuer: string
  readonly language: 'en' | 'fr'
  readonly t: Words
  /** New browsers. */
  desktop(): Promise<Page>
  handset(): Promise<Page>
  /**
   * Stops at a page; names of pages on the phone begin with `phone-`. What a form has brought is
   * not there when its address is opened again.
   */
  look(page: Page, name: string, by?: 'form'): Promise<void>
}

interface Guided extends Tourist {
  readonly cast: Cast
}

export async function tour(tourist: Tourist): Promise<void> {
  const guided = { ...tourist, cast: DEMO_CLIENTS[tourist.language] }
  await outside(guided)
  await withPasswordAlone(guided)
  const { desk, phone } = await firstPhone(guided)
  await inThePortal(guided, desk)
  await aWithdrawal(guided, { desk, phone })
  await withoutConnection(guided, { desk, phone })
  await aStranger(guided, phone)
  await otherRungs(guided)
  await aCardByPost(guided)
  await aSharedAccount(guided)
  await statements(guided)
  await closedDoors(guided)
}

/** Those with pictures, and one that has lists and ways within itself; the others look alike. */
const ARTICLES: readonly Guide[] = [
  ...(['lost-phone', 'passcode', 'printed-card', 'first-phone', 'new-phone'] as const),
  ...(['two-phones', 'contact-data', 'withdrawal', 'security-card', 'statements'] as const),
  'no-notification',
]

/** What every visitor may see. */
async function outside({ issuer, t, desktop, look }: Guided): Promise<void> {
  const desk = await desktop()
  const open = [
    ['demo', 'demo'],
    ['trade', 'trade'],
    ['help', 'help'],
    ...ARTICLES.map((guide) => [`help/${guide}`, `help-${guide}`] as const),
    ['help/search?q=text+passkey', 'help-search'],
    ['connectivity', 'connectivity'],
    ['status', 'status'],
    ['help/questions/start', 'help-questions'],
    ['help/questions/no-notification', 'help-answer'],
    ['reset', 'reset'],
    ['reset/done', 'reset-done'],
    ['oidc/logout', 'log-out'],
    ['oidc/logout/success', 'logged-out'],
    ['sim', 'sim'],
    ['sim/mail', 'sim-mail'],
    ['no-such-page', 'not-found'],
    ['login?platform=trade', 'login'],
  ] as const
  for (const [path, name] of open) {
    await desk.goto(`${issuer}/${path}`)
    // Its outcome, and not the test under way.
    if (path === 'connectivity') await desk.locator('#again').waitFor()
    await look(desk, name)
    if (path !== 'connectivity') continue
    await desk.getByRole('button', { name: t('connectivity.share.get') }).click()
    await desk.waitForURL('**/connectivity/results/*')
    await look(desk, 'connectivity-result')
  }
  await desk.getByRole('button', { name: t('login.continue') }).click()
  await desk.locator('#errors').waitFor()
  await look(desk, 'login-empty')
}

/** A client who holds nothing yet binds the first, and sees nothing else. */
async function withPasswordAlone({ issuer, t, cast, desktop, look }: Guided): Promise<void> {
  const desk = await desktop()
  await desk.goto(`${issuer}/portal`)
  await typePassword(desk, t, cast.newcomer)
  const add = desk.getByRole('button', { name: t('method.totp.add') })
  await add.waitFor()
  await look(desk, 'first-factor')
  await add.click()
  await typeAgain(desk, t, cast.newcomer)
  await desk.getByText(t('method.totp.key.button')).waitFor()
  await look(desk, 'activate-app')
  await desk.goto(`${issuer}/portal`)
  await desk.getByRole('button', { name: t('method.passkey.add') }).click()
  await typeAgain(desk, t, cast.newcomer)
  await desk.getByRole('button', { name: t('method.passkey.create.button') }).waitFor()
  await look(desk, 'activate-passkey')
}

async function firstPhone(guided: Guided) {
  const { issuer, t, cast, desktop, handset, look } = guided
  const [desk, phone] = [await desktop(), await handset()]
  const person = cast.newcomer
  await phone.goto(`${issuer}/phone`)
  await phone.getByRole('heading', { name: t('phone.none.title') }).waitFor()
  await look(phone, 'phone-empty')
  const code = await invite(desk, issuer, t, person)
  await look(desk, 'activate')
  await present(phone, issuer, { t, person, code })
  await look(phone, 'phone-offer')
  await desk.context().clearCookies()
  await setUpWithPin(desk, phone, { issuer, t, person })
  await look(phone, 'phone-ready')
  await desk.context().clearCookies()
  await placesOfThePhone(guided, phone)
  await phone.goto('about:blank')
  await phone.goto(`${issuer}/phone#requests`)
  await phone.getByRole('button', { name: t('phone.requests.look') }).waitFor()
  await look(phone, 'phone-requests')
  await beginTrading(desk, issuer, t, person)
  await desk.getByRole('heading', { name: t('method.phone-key.waiting.title') }).waitFor()
  await phone.getByLabel(t('phone.request.number')).waitFor()
  await desk.locator('.track .done', { hasText: t('login.track.opened.kind') }).waitFor()
  await look(desk, 'waiting-new')
  await look(phone, 'phone-request')
  await phone.getByLabel(t('phone.request.number')).fill(await digitsOn(desk))
  await phone.getByRole('button', { name: t('phone.request.approve') }).click()
  await phone.getByRole('heading', { name: t('phone.pin.title') }).waitFor()
  await phone.keyboard.type(PIN.slice(0, 3))
  await look(phone, 'phone-pin')
  await phone.keyboard.type(PIN.slice(3))
  await phone.getByRole('button', { name: t('phone.pin.ok'), exact: true }).click()
  await phone.getByRole('heading', { name: t('phone.outcome.approved.title') }).waitFor()
  await look(phone, 'phone-approved')
  await isTrading(desk, t)
  await look(desk, 'trading')
  return { desk, phone }
}

/** Responses and requests: the tour comes there by itself. */
const DAILY: typeof PLACES = ['code', 'requests']

/** Every other place that has an address in the app. */
async function placesOfThePhone({ issuer, look }: Guided, phone: Page): Promise<void> {
  for (const place of PLACES.filter((one) => !DAILY.includes(one))) {
    await phone.goto('about:blank')
    await phone.goto(`${issuer}/phone#${place}`)
    await phone.getByRole('heading', { level: 1 }).first().waitFor()
    // It examines the phone before it shows anything.
    if (place === 'check') await phone.locator('.checks').waitFor()
    await look(phone, `phone-at-${place}`)
  }
}

/** The way to a security card, up to the summary; the walk goes on from there. */
async function aCardByPost(guided: Guided): Promise<void> {
  const { issuer, t, look } = guided
  const desk = await withCard(guided, {
    ...NORA,
    telephone: '+12025550156',
    pin: NORAS_PIN,
  })
  await desk.goto(`${issuer}/portal/security/order`)
  await look(desk, 'order-address')
  await desk.goto(`${issuer}/portal/security/order/pin?why=more`)
  await desk.getByLabel(t('method.security-card.order.label'), { exact: true }).fill('1234')
  await desk.getByRole('button', { name: t('method.security-card.order.button') }).click()
  await desk.locator('#errors').waitFor()
  await look(desk, 'order-pin')
  await desk.getByLabel(t('method.security-card.order.label'), { exact: true }).fill('7193')
  await desk.getByLabel(t('method.security-card.order.again')).fill('7193')
  await desk.getByRole('button', { name: t('method.security-card.order.button') }).click()
  await look(desk, 'order-account')
  await desk.getByRole('button', { name: t('portal.order.continue') }).click()
  await look(desk, 'order-summary')
  await desk.goto(`${issuer}/portal/security/devices`)
  await look(desk, 'portal-devices-card')
  await desk.getByRole('link', { name: `${t('portal.devices.manage')} EX-00418-7733` }).click()
  await desk.getByRole('link', { name: t('method.security-card.change.link') }).click()
  await desk.getByLabel(t('method.security-card.change.label')).waitFor()
  await look(desk, 'card-pin')
  await desk.getByLabel(t('method.security-card.change.label')).fill('4071')
  await desk.getByRole('button', { name: t('method.security-card.change.button') }).click()
  await desk.getByRole('heading', { name: t('method.security-card.change.prove.title') }).waitFor()
  await look(desk, 'card-pin-proof')
  await desk.goto(`${issuer}/portal/security/devices`)
  await desk.getByRole('link', { name: `${t('portal.return.link')} EX-00418-7733` }).click()
  await look(desk, 'return')
}

const NORAS_PIN = '4826'

/** Two who use one account: whose it is decides, and the other reads so. */
async function aSharedAccount(guided: Guided): Promise<void> {
  const { issuer, look } = guided
  for (const [name, holder] of [
    ['users-primary', { ...PAULA, telephone: '+12025550158', pin: '6402' }],
    ['users-other', { ...QUENTIN, telephone: '+12025550159', pin: '5187' }],
  ] as const) {
    const desk = await withCard(guided, holder)
    await desk.goto(`${issuer}/portal/security`)
    await look(desk, name)
  }
}

/** A year of statements, in an open account and in one that is closed. */
async function statements(guided: Guided): Promise<void> {
  const { issuer, t, cast, desktop, look } = guided
  const desk = await withCard(guided, cast.cardholder)
  await desk.goto(`${issuer}/portal/documents`)
  await look(desk, 'portal-documents')
  await desk.goto(`${issuer}/portal/documents/send`)
  await look(desk, 'portal-send')
  const closed = await desktop()
  await beginPortal(closed, issuer, t, cast.closed)
  await closed.getByRole('table').waitFor()
  await look(closed, 'portal-closed')
}

async function inThePortal({ issuer, t, look }: Guided, desk: Page): Promise<void> {
  const open = [
    ['', 'portal'],
    ['/security', 'portal-security'],
    ['/security/devices', 'portal-devices'],
    ['/security/contact', 'portal-contact'],
    ['/security/sessions', 'portal-sessions'],
    ['/security/trading', 'portal-opt-out'],
    ['/security/trade-notices', 'portal-trade-notices'],
    ['/security/alerts', 'portal-alerts'],
    ['/security/password', 'portal-password'],
    ['/security/contact/mobile', 'portal-number'],
    ['/security/contact/email', 'portal-mail'],
    ['/security/contact/postal', 'portal-postal'],
    ['/activity', 'portal-activity'],
    ['/security/enrolments/new?method=phone-key', 'portal-new-phone'],
  ] as const
  for (const [path, name] of open) {
    await desk.goto(`${issuer}/portal${path}`)
    await look(desk, name)
  }
  await desk.goto(`${issuer}/portal/security/sharing`)
  await look(desk, 'sharing')
  for (const name of ['not-a-client', 'nor-this-one']) {
    await desk.getByLabel(t('portal.sharing.ask.label')).fill(name)
    await desk.getByRole('button', { name: t('portal.sharing.ask.button'), exact: true }).click()
    await desk.getByText(t('portal.sharing.done.asked')).waitFor()
  }
  await look(desk, 'sharing-asked')
  await desk.goto(`${issuer}/portal/activity`)
  await desk.locator('.activity summary').first().click()
  await desk.locator('.activity a').first().click()
  await desk.waitForURL(/activity\/\d+$/)
  await look(desk, 'portal-not-me')
  await desk.goto(`${issuer}/portal/security/devices`)
  await desk
    .getByRole('link', { name: t('portal.devices.manage') })
    .first()
    .click()
  await desk.waitForURL(/\/devices\/[^/]+$/)
  await look(desk, 'portal-device')
  await desk.goto(`${desk.url()}/stop`)
  await look(desk, 'portal-device-stop')
}

/** Seen on the phone, with a connection and from the picture of the page, and sent. */
async function aWithdrawal(
  { issuer, t, cast, look }: Guided,
  { desk, phone }: { readonly desk: Page; readonly phone: Page },
): Promise<void> {
  await desk.goto(`${issuer}/trade`)
  await desk.getByRole('link', { name: t('trade.order.open') }).click()
  await look(desk, 'order')
  await desk.getByLabel(t('trade.order.quantity.label')).fill('10')
  await desk.getByRole('button', { name: t('trade.order.button') }).click()
  await desk.getByRole('heading', { name: t('trade.order.done.title') }).waitFor()
  await look(desk, 'order-done')
  await desk.goto(`${issuer}/trade`)
  await desk.getByRole('link', { name: t('trade.withdraw.open') }).click()
  await look(desk, 'withdrawal')
  await desk.getByLabel(t('trade.withdraw.amount.label')).fill('12500')
  await desk.getByLabel(t('trade.withdraw.payee.label')).fill('Client A')
  await desk.getByLabel(t('trade.withdraw.account.label')).fill('Demo Bank 4471')
  await desk.getByRole('button', { name: t('trade.withdraw.button') }).click()
  await desk.getByRole('heading', { name: t('task.kind.withdrawal.title') }).waitFor()
  await look(desk, 'task')
  await typeAgain(desk, t, cast.newcomer)
  await desk.getByRole('heading', { name: t('method.phone-key.waiting.title') }).waitFor()
  await phone.goto('about:blank')
  await phone.goto(`${issuer}/phone#requests`)
  await phone.getByText('Demo Bank 4471').waitFor()
  await look(desk, 'task-waiting')
  await look(phone, 'phone-task')
  await desk.getByRole('link', { name: t('method.phone-key.waiting.not-received') }).click()
  await desk.getByRole('heading', { name: t('method.phone-key.task.title') }).waitFor()
  await look(desk, 'task-challenge')
  const [, hash = ''] = (await pictureOn(desk)).split('/phone')
  await phone.context().setOffline(true)
  await phone.evaluate(`location.hash = ${JSON.stringify(hash)}`)
  await phone.getByText(t('phone.code.fromPicture')).waitFor()
  await look(phone, 'phone-task-picture')
  await phone.getByRole('button', { name: t('phone.code.make') }).click()
  await typePin(phone, t)
  await phone.getByRole('heading', { name: t('phone.response.title') }).waitFor()
  await desk.getByLabel(t('method.phone-key.response.label')).fill(await digitsOn(phone))
  await desk.keyboard.press('Enter')
  await desk.getByRole('heading', { name: t('trade.withdraw.done.title') }).waitFor()
  await look(desk, 'withdrawal-sent')
  await phone.context().setOffline(false)
  await desk.goto(`${issuer}/trade`)
  await desk.getByRole('link', { name: t('trade.in.log-out') }).click()
  await desk.getByRole('heading', { name: t('trade.reason.left.title') }).waitFor()
  await look(desk, 'trade-left')
}

/** On a browser that is known by now, with the phone in flight mode. */
async function withoutConnection(
  { issuer, t, cast, look }: Guided,
  { desk, phone }: { readonly desk: Page; readonly phone: Page },
): Promise<void> {
  await phone.goto('about:blank')
  await phone.goto(`${issuer}/phone#code`)
  await phone.getByLabel(t('phone.code.label')).waitFor()
  await look(phone, 'phone-code')
  await phone.context().setOffline(true)
  for (const cookie of await desk.context().cookies()) {
    if (cookie.name !== 'browser') await desk.context().clearCookies({ name: cookie.name })
  }
  await beginTrading(desk, issuer, t, cast.newcomer)
  await desk.getByRole('heading', { name: t('method.phone-key.waiting.title') }).waitFor()
  await look(desk, 'waiting')
  await desk.getByRole('link', { name: t('method.phone-key.waiting.not-received') }).click()
  await look(desk, 'challenge')
  await desk.getByLabel(t('method.phone-key.response.label')).fill('0000 0000')
  await desk.getByRole('button', { name: t('method.phone-key.response.button') }).click()
  await desk.locator('#errors').waitFor()
  await look(desk, 'challenge-wrong')
  await respond(phone, t, await digitsOn(desk))
  await look(phone, 'phone-response')
  await phone.context().setOffline(false)
}

/** A login from a new browser, which the client did not ask for. */
async function aStranger({ issuer, t, cast, desktop, look }: Guided, phone: Page): Promise<void> {
  const stranger = await desktop()
  await phone.goto('about:blank')
  await beginTrading(stranger, issuer, t, cast.newcomer)
  await stranger.getByRole('heading', { name: t('method.phone-key.waiting.title') }).waitFor()
  await phone.goto(`${issuer}/phone#requests`)
  const hint = phone.locator('.picker a').first()
  const deny = phone.getByRole('button', { name: t('phone.request.deny'), exact: true })
  // Alone it opens by itself, maybe at this moment; beside another it is chosen from the list.
  await deny.or(hint).first().waitFor()
  if (!(await deny.isVisible())) await hint.click({ timeout: 3_000 }).catch(() => undefined)
  await deny.click()
  await stranger.getByRole('heading', { name: t('login.ended.denied.title') }).waitFor()
  await look(stranger, 'denied')
  await look(phone, 'phone-denied')
}

/** The second step of those who hold something else. */
async function otherRungs({ issuer, t, cast, desktop, look }: Guided): Promise<void> {
  const texted = await desktop()
  await beginTrading(texted, issuer, t, cast.texted)
  await texted.getByText(t('method.sms-code.delivery.text.delivered')).first().waitFor()
  await look(texted, 'text')
  await texted.getByRole('button', { name: t('method.sms-code.ways.call') }).click()
  await texted.getByRole('heading', { name: t('method.sms-code.call.title') }).waitFor()
  await look(texted, 'call')
  // No handset is chosen there: it shows the one that rings.
  const handset = await desktop()
  await handset.goto(`${issuer}/sim`)
  await handset.getByRole('button', { name: t('sim.answer'), exact: true }).waitFor()
  await look(handset, 'handset')

  const cardholder = await desktop()
  await beginTrading(cardholder, issuer, t, cast.cardholder)
  await cardholder.getByRole('heading', { name: t('method.security-card.title') }).waitFor()
  await look(cardholder, 'security-card')

  await thirdDay({ issuer, t, look }, await desktop())
}

/** Access by passcode that prints a card by now, and does nothing else. */
async function thirdDay(
  { issuer, t, look }: Pick<Guided, 'issuer' | 't' | 'look'>,
  desk: Page,
): Promise<void> {
  const passcode = await passcodeOf(desk, issuer, KARIM)
  await beginPortal(desk, issuer, t, KARIM)
  await desk.getByLabel(t('method.temporary-passcode.label')).waitFor()
  await look(desk, 'passcode')
  await typePasscode(desk, t, { passcode })
  await desk.getByRole('heading').first().waitFor()
  await look(desk, 'card-printing')
}

const KARIM: Person = { userName: 'demo-karim', password: 'the day after tomorrow' }

async function beginPortal(desk: Page, issuer: string, t: Words, person: Person): Promise<void> {
  await desk.goto(`${issuer}/portal`)
  await typePassword(desk, t, person)
}

/** The right password, and a reason why it goes no further. */
async function closedDoors({ issuer, t, cast, desktop, look }: Guided): Promise<void> {
  for (const [name, person] of [
    ['locked', { userName: 'demo-dmitri', password: 'locked out by strangers' }],
    ['applied', { userName: 'demo-emil', password: 'still waiting for a letter' }],
    ['closed', cast.closed],
  ] as const) {
    const desk = await desktop()
    await beginTrading(desk, issuer, t, person)
    await desk.waitForURL(/\/login/)
    await look(desk, name, 'form')
  }
}
