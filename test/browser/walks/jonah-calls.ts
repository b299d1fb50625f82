import assert from 'node:assert/strict'
import type { Page } from 'playwright-core'
import { isTrading, JONAH } from '../acts.ts'
import { choose, press, type } from '../by-keyboard.ts'
import { withReader } from '../desk/member.ts'
import type { Story, Walker } from '../walks.ts'

/**
 * A phone at the bottom of the sea, from the call to trading. All of them go by keyboard alone: the
 * client, the agent and the second person.
 */
export const jonahCalls: Story = {
  name: 'jonah-calls',
  title: 'Jonah calls',
  lead:
    'The phone is at the bottom of the sea, and its owner calls. Our voice calls him back, ' +
    'two people give him a temporary passcode, and he trades. Everyone goes by keyboard alone.',
  walk,
}

async function walk(walker: Walker): Promise<void> {
  const { issuer, t, desktop, shot } = walker
  const [dora, frida] = [await member(walker, 'demo-dora'), await member(walker, 'demo-frida')]
  const jonah = await desktop()
  await jonah.goto(`${issuer}/demo/browser/${JONAH.userName}`)
  await logsIn(walker, jonah)
  await shot(jonah, 'asked', 'The login asks for the phone, which lies at the bottom of the sea.')

  await press(dora, dora.getByRole('link', { name: t('desk.places.cases'), exact: true }))
  await type(dora, dora.getByLabel(t('desk.cases.typed')), JONAH.userName)
  await press(dora, dora.getByRole('button', { name: t('desk.cases.open') }))
  const purpose = dora.getByLabel(t('desk.cases.ask-for'))
  await choose(dora, purpose, 'device')
  await shot(dora, 'case', 'The agent finds one client by the whole name. Nothing is proven yet.')
  await press(dora, dora.getByRole('button', { name: t('desk.cases.call-back.ask') }))
  await dora.getByText(t('desk.cases.call-back.waits')).waitFor()

  const handset = await desktop()
  await handset.goto(`${issuer}/sim?number=${encodeURIComponent(JONAH.telephone)}`)
  await press(handset, handset.getByRole('button', { name: t('sim.answer') }))
  const one = handset.getByRole('button', { name: t('sim.press'), exact: true })
  await one.waitFor()
  await shot(handset, 'rings', 'Our voice calls the number that has been his for weeks.')
  await press(handset, one)
  const code = await digitsHeard(handset)

  // By itself, as soon as the code was said.
  const heard = dora.getByLabel(t('desk.cases.call-back.code'))
  await type(dora, heard, code)
  await shot(dora, 'code', 'He tells the code to the agent, who types it.')
  await press(dora, dora.getByRole('button', { name: t('desk.cases.verify') }))
  await dora.getByText(t('desk.cases.proven'), { exact: true }).waitFor()

  const asks = dora.locator('form[action$="/second/issue-passcode"]')
  await type(dora, asks.getByRole('textbox'), 'The phone fell into the sea.')
  await press(dora, asks.getByRole('button'))
  await dora.getByText(t('desk.cases.done.asked')).waitFor()
  await frida.reload()
  await press(frida, frida.getByRole('link', { name: t('desk.cases.deed.issue-passcode.name') }))
  const agrees = frida.getByRole('button', { name: t('desk.touch.button') })
  await agrees.waitFor()
  await shot(frida, 'second', 'A supervisor, whom the system has drawn, reads why and agrees.')
  await press(frida, agrees)
  await frida.getByText(t('desk.home.done.agreed')).waitFor()

  await dora.reload()
  await press(dora, dora.locator('form[action$="/deeds/issue-passcode"] button'))
  await press(dora, dora.getByRole('button', { name: t('desk.touch.button') }))
  const told = t('desk.cases.spoken.issue-passcode')
  await dora.getByRole('heading', { name: told, exact: true }).waitFor()
  await shot(dora, 'passcode', 'The temporary passcode, once, letter by letter.')
  const passcode = (await dora.locator('p.number').innerText()).replaceAll(/\s/g, '')

  await logsIn(walker, jonah)
  await type(jonah, jonah.getByLabel(t('method.temporary-passcode.label')), passcode)
  const goOn = t('method.temporary-passcode.button')
  await press(jonah, jonah.getByRole('button', { name: goOn, exact: true }))
  await isTrading(jonah, t)
  await shot(jonah, 'trading', 'Trading, on the computer that he has used before.')
}

/** A member of staff at their first visit makes a passkey. */
export async function member(
  { issuer, t, desktop }: Pick<Walker, 'issuer' | 't' | 'desktop'>,
  agentId: string,
): Promise<Page> {
  const page = await desktop()
  await withReader(page)
  await page.goto(`${issuer}/demo/desk/${agentId}`)
  await press(page, page.getByRole('button', { name: t('method.passkey.create.button') }))
  await page.getByText(t('desk.home.second-passkey')).waitFor()
  return page
}

/** He comes to the second step. His computer fills in his name until the desk has helped. */
async function logsIn({ issuer, t }: Walker, page: Page): Promise<void> {
  await page.goto(`${issuer}/trade`)
  await press(page, page.getByRole('link', { name: t('trade.out.live'), exact: true }))
  const name = page.getByRole('textbox', { name: t('login.user-name') })
  await page.getByLabel(t('login.password'), { exact: true }).waitFor()
  if (await name.isVisible()) await type(page, name, JONAH.userName)
  await type(page, page.getByLabel(t('login.password'), { exact: true }), JONAH.password)
  await press(page, page.getByRole('button', { name: t('login.continue') }))
  await page.waitForURL(/\/login\/log_/)
}

/** What is said on the handset, which shows it too. */
async function digitsHeard(handset: Page): Promise<string> {
  const words = handset.locator('#call .lines', { hasText: /(?:\d[\s,]*){8}/ })
  await words.waitFor()
  const [digits = ''] = /\d{8}/.exec((await words.innerText()).replaceAll(/[^\d]/g, '')) ?? []
  return digits.length === 8 ? digits : assert.fail('no code was said')
}
