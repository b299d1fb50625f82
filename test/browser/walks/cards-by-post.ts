import type { Page } from 'playwright-core'
import { DEMO_CLIENTS, digitsOn, pressCard, withCard } from '../acts.ts'
import type { Story, Walker } from '../walks.ts'
import { member } from './jonah-calls.ts'

/** A card that goes by post, from both sides: the client, and the clerk who sends devices. */

/** Of the clients who hold a card from the start. */
const SERIALS = { en: 'EX-00418-7731', fr: 'EX-00418-7732' } as const

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

  await writeOff(walker, clerk, {
    serial,
    why: 'not-returned',
    listed: async () => await shot(clerk, 'due-back', 'What is due back, and by which day.'),
  })
  await shot(clerk, 'written-off', 'It has not come: it is written off, with the reason.')
  await client
    .getByRole('link', { name: t('portal.order.see') })
    .first()
    .click()
  await client.getByText(new RegExp(`, ${t('portal.order.facts.charged')}$`)).waitFor()
  await shot(client, 'charged', 'The deposit is charged, and the order says so.')

  await clerk.getByRole('button', { name: t('desk.stock.act.returned') }).click()
  await touch(walker, clerk)
  await clerk.getByText(t('desk.stock.fact.returned'), { exact: true }).waitFor()
  await client.reload()
  await client.getByText(new RegExp(`, ${t('portal.order.facts.refunded')}$`)).waitFor()
  await shot(client, 'refunded', 'It has come after all, and the deposit is refunded.')
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

/** The passkey confirms what the page says. */
const touch = async ({ t }: Walker, page: Page): Promise<void> =>
  await page.getByRole('button', { name: t('desk.touch.button') }).click()
