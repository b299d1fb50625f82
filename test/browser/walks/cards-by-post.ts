import assert from 'node:assert/strict'
import type { Page } from 'playwright-core'
import { days } from '#core/time/time.ts'
import {
  DEMO_CLIENTS,
  digitsOn,
  passcodeOf,
  pressCard,
  typePasscode,
  typePassword,
  withCard,
  XENIA,
} from '../acts.ts'
import type { Story, Walker } from '../walks.ts'
import { member } from './jonah-calls.ts'

/** Cards that go by post, from both sides: the client, and the clerk who sends devices. */

const NEW_PIN = '8350'
/** Of the clients who hold a card from the start. */
const SERIALS = { en: 'EX-00418-7731', fr: 'EX-00418-7732' } as const

export const lostCard: Story = {
  name: 'lost-card',
  title: 'A lost card, and the one that takes its place',
  lead:
    'The desk has given a client a passcode. With it the client orders another card, the clerk ' +
    'packs and sends it, and the lost one ends once the new one is proven.',
  walk: replacing,
}

async function replacing(walker: Walker): Promise<void> {
  const { issuer, t, desktop, shot } = walker
  const [client, sim] = [await desktop(), await desktop()]
  const clerk = await member(walker, 'demo-gus')
  const passcode = await passcodeOf(client, issuer, XENIA)
  await client.goto(`${issuer}/portal`)
  await typePassword(client, t, XENIA)
  const button = t('method.temporary-passcode.button')
  await typePasscode(client, t, { passcode, button })
  await client.waitForURL((url) => url.pathname.startsWith('/portal'))
  await client.goto(`${issuer}/portal/security/order`)
  const lost = t('portal.order.why.lost', { card: 'EX-00418-7739' })
  await client.getByLabel(lost, { exact: true }).check()
  await shot(client, 'why', 'Why another card is needed. The old one is blocked with the order.')
  await client.getByRole('button', { name: t('portal.order.continue') }).click()
  await client.getByLabel(t('method.security-card.order.label'), { exact: true }).fill(NEW_PIN)
  await client.getByLabel(t('method.security-card.order.again')).fill(NEW_PIN)
  await client.getByRole('button', { name: t('method.security-card.order.button') }).click()
  await client.getByRole('button', { name: t('portal.order.continue') }).click()
  await client.getByText(t('portal.order.why.instead.lost')).waitFor()
  await shot(client, 'summary', 'All of it once more, with the old card and its number.')
  await client.getByRole('button', { name: t('portal.order.summary.button') }).click()
  await client.getByLabel(t('task.password'), { exact: true }).fill(XENIA.password)
  await client.getByRole('button', { name: t('task.continue') }).click()
  await client
    .getByText(/EX-00418-7739/)
    .first()
    .waitFor()
  await client.getByLabel(t('method.temporary-passcode.label')).fill(passcode)
  await client.getByRole('button', { name: t('task.kind.order.button'), exact: true }).click()
  await client.getByRole('heading', { name: t('portal.order.state.ordered.title') }).waitFor()

  await openFirst(walker, clerk)
  const serial = clerk.getByLabel(t('desk.orders.fact.serial'))
  await serial.fill('EX-00418-7740')
  await clerk.getByRole('button', { name: t('desk.orders.act.packed') }).click()
  await shot(clerk, 'touch', 'The clerk types the number on the card, and touches the passkey.')
  await touch(walker, clerk)
  await clerk.getByRole('heading', { name: t('desk.orders.state.packed') }).waitFor()
  await shot(clerk, 'packed', 'Packed, and told so. The label opens beside it, with the country.')
  await clerk.getByLabel(t('desk.orders.label.carrier')).fill('DHL')
  await clerk.getByLabel(t('desk.orders.label.tracking')).fill('JD014600')
  await clerk.getByRole('button', { name: t('desk.orders.act.sent') }).click()
  await touch(walker, clerk)
  await clerk.getByRole('heading', { name: t('desk.orders.state.sent') }).waitFor()

  if (walker.advance) {
    // The card comes the next day. The session is over, and the passcode still opens another.
    await walker.advance(days(1))
    await client.goto(`${issuer}/portal`)
    await typePassword(client, t, XENIA)
    await typePasscode(client, t, { passcode, button })
    await client.waitForURL((url) => url.pathname.startsWith('/portal'))
    await client.goto(`${issuer}/portal/security/devices`)
    await client
      .getByRole('link', { name: t('portal.order.see') })
      .first()
      .click()
    await comesInAgain(walker, clerk)
  } else await client.reload()
  await client.getByText('JD014600').waitFor()
  await shot(client, 'sent', 'On its way, with its carrier and its number.')
  await client.getByRole('button', { name: t('portal.order.state.sent.button') }).click()
  await client.getByRole('heading', { name: t('method.security-card.order.prove.title') }).waitFor()
  const card = sim.locator('#card[data-serial="EX-00418-7740"]')
  // The demo puts it into the drawer of its holder a moment after it has left.
  for (let tries = 0; tries < 20 && !(await card.isVisible()); tries += 1) {
    await sim.waitForTimeout(tries === 0 ? 0 : 500)
    await sim.goto(`${issuer}/sim?number=%2B12025550169&card=EX-00418-7740`)
  }
  const response = await pressCard(sim, { pin: NEW_PIN, question: await digitsOn(client) })
  await client.getByLabel(t('method.security-card.label')).fill(response)
  const prove = t('method.security-card.order.prove.button')
  await client.getByRole('button', { name: prove, exact: true }).click()
  await client.getByRole('heading', { name: t('portal.order.state.active.title') }).waitFor()
  await shot(client, 'active', 'It has come, and one response of the card has proven it.')

  await writeOff(walker, clerk, { serial: 'EX-00418-7739', why: 'lost' })
  await shot(clerk, 'written-off', 'The lost one has ended, and is written off.')
}

export const returnedCard: Story = {
  name: 'returned-card',
  title: 'A card that is sent back, and does not come',
  lead:
    'A client sends a card back. It does not come, and the clerk writes it off: the deposit is ' +
    'charged. When it turns up after all, the deposit is refunded.',
  walk: returning,
}

async function returning(walker: Walker): Promise<void> {
  const { t, language, issuer, desktop, shot } = walker
  const { cardholder } = DEMO_CLIENTS[language]
  const serial = SERIALS[language]
  const client = await withCard(walker, cardholder)
  const clerk = await member(walker, 'demo-gus')
  await client.goto(`${issuer}/portal/security/devices`)
  await client.getByRole('link', { name: t('portal.return.link') }).click()
  await client.getByRole('heading', { name: t('portal.return.title') }).waitFor()
  await shot(client, 'return', 'How a card is sent back, and by when it has to be here.')
  await client.getByRole('button', { name: t('portal.return.button') }).click()
  await client.getByLabel(t('task.password'), { exact: true }).fill(cardholder.password)
  await client.getByRole('button', { name: t('task.continue') }).click()
  const sim = await desktop()
  await sim.goto(`${issuer}/sim?number=${encodeURIComponent(cardholder.telephone)}`)
  const response = await pressCard(sim, {
    pin: cardholder.pin,
    question: await digitsOn(client),
  })
  await client.getByLabel(t('method.security-card.label')).fill(response)
  await client.getByRole('button', { name: t('task.kind.remove.button'), exact: true }).click()
  await client.getByText(t('portal.order.state.ended.tag')).first().waitFor()
  await shot(client, 'sent-back', 'It is blocked, and the client sees until when it is waited for.')

  if (walker.advance) {
    // Five business days for the way back have passed, and it is not here.
    await walker.advance(days(8))
    await comesInAgain(walker, clerk)
  }
  await writeOff(walker, clerk, {
    serial,
    why: 'not-returned',
    async listed() {
      const late = clerk.getByRole('row', { name: serial }).getByText(t('desk.returns.late'))
      assert.equal(await late.isVisible(), walker.advance !== undefined, 'late after its day alone')
      await shot(clerk, 'due-back', 'What is due back, and by which day.')
    },
  })
  await shot(clerk, 'written-off', 'It has not come: it is written off, with the reason.')
  // Days later the session is over, and no card is left to log in with: a mail says the same.
  const told = async (what: 'charged' | 'refunded') => {
    if (walker.advance) return await mailed(issuer, t(`notice.deposit-${what}.subject`))
    const fact = client.getByText(new RegExp(`, ${t(`portal.order.facts.${what}`)}$`))
    await client
      .getByRole('link', { name: t('portal.order.see') })
      .or(fact)
      .first()
      .click()
    await fact.waitFor()
    await shot(client, what, PICTURED[what])
  }
  await told('charged')

  await clerk.getByRole('button', { name: t('desk.stock.act.returned') }).click()
  await touch(walker, clerk)
  await clerk.getByText(t('desk.stock.fact.returned'), { exact: true }).waitFor()
  await client.reload()
  await told('refunded')
}

const PICTURED = {
  charged: 'The deposit is charged, and the order says so.',
  refunded: 'It has come after all, and the deposit is refunded.',
} as const

/** A mail with this subject has come. */
async function mailed(issuer: string, subject: string): Promise<void> {
  for (let looks = 0; looks < 100; looks += 1) {
    if ((await (await fetch(`${issuer}/sim/mail`)).text()).includes(subject)) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  assert.fail(`no mail came: ${subject}`)
}

/** The session of a member has ended meanwhile; their passkey opens another. */
async function comesInAgain({ t }: Walker, clerk: Page): Promise<void> {
  await clerk.goto(new URL(clerk.url()).origin)
  await clerk.getByRole('button', { name: t('desk.login.button') }).click()
  await clerk.getByRole('link', { name: t('desk.places.orders') }).waitFor()
}

interface WritingOff {
  readonly serial: string
  readonly why: string
  /** While it stands among what is due back. */
  listed?(): Promise<void>
}

/** From the list of what is due back to the one of what is not expected. */
async function writeOff(walker: Walker, clerk: Page, off: WritingOff): Promise<void> {
  const { t } = walker
  const { serial, why, listed } = off
  const desk = new URL(clerk.url()).origin
  await clerk.goto(`${desk}/orders?state=due-back`)
  const device = clerk.getByRole('link', { name: serial })
  await device.waitFor()
  await listed?.()
  await device.click()
  await clerk.getByLabel(t('desk.stock.written-off.why')).selectOption(why)
  await clerk.getByRole('button', { name: t('desk.stock.act.written-off') }).click()
  await touch(walker, clerk)
  await clerk.getByText(t('desk.stock.fact.written-off'), { exact: true }).waitFor()
}

/** The first order of the board, on its own page. */
async function openFirst({ t }: Walker, clerk: Page): Promise<void> {
  await clerk.getByRole('link', { name: t('desk.places.orders') }).click()
  await clerk.getByRole('table').first().getByRole('link').first().click()
  await clerk.getByRole('heading', { name: t('desk.orders.state.ordered') }).waitFor()
}

/** The passkey confirms what the page says. */
const touch = async ({ t }: Walker, page: Page): Promise<void> =>
  await page.getByRole('button', { name: t('desk.touch.button') }).click()
