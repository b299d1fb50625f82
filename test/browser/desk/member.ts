import type { CDPSession, Page } from 'playwright-core'
import { critic, type Critic } from '../every-page/critic.ts'
import { desktop, type Stage } from '../support.ts'
import { type Words, words } from '../words.ts'

/** Members of the demo’s staff, each in a browser of their own. */

/** A computer with a fingerprint reader, or a security key beside it. */
export async function withReader(page: Page): Promise<CDPSession> {
  const session = await page.context().newCDPSession(page)
  await session.send('WebAuthn.enable')
  await plug(session, 'internal')
  return session
}

export const plug = async (session: CDPSession, transport: 'internal' | 'usb') =>
  await session.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport,
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  })

export interface AtDesk {
  readonly page: Page
  readonly reader: CDPSession
  readonly t: Words
  /** Who looks at the pages. */
  readonly critic: Critic
}

interface Coming {
  readonly agentId: string
  readonly language: 'en' | 'fr'
  readonly critic?: Critic
}

/** A member of the demo's staff makes a passkey, and is in. */
export async function comesIn(
  set: Stage,
  { agentId, language, critic: one = critic([]) }: Coming,
): Promise<AtDesk> {
  const page = await desktop(set, { language })
  const reader = await withReader(page)
  const t = words(language)
  const at: AtDesk = { page, reader, t, critic: one }
  await page.goto(`${set.where.issuer}/demo/desk/${agentId}`)
  await looksAt(at)
  await page.getByRole('button', { name: t('method.passkey.create.button') }).click()
  await page.getByText(t('desk.home.second-passkey')).waitFor()
  await looksAt(at)
  return at
}

/** @param by see `Critic.look` */
export async function looksAt({ page, critic: one }: AtDesk, by?: 'form'): Promise<void> {
  await one.look(page, page.url(), by)
}

export const confirm = async ({ page, t }: AtDesk): Promise<void> =>
  await page.getByRole('button', { name: t('desk.touch.button') }).click()

/** On the page of their passkeys they make another, on a security key. */
export async function addsPasskey(at: AtDesk): Promise<void> {
  const { page, reader, t } = at
  await page.getByRole('link', { name: t('desk.passkeys.add') }).click()
  await looksAt(at)
  await confirm(at)
  await page.getByRole('heading', { name: t('desk.passkeys.make.title') }).waitFor()
  await plug(reader, 'usb')
  await page.getByRole('button', { name: t('method.passkey.create.button') }).click()
  await page.getByText(t('desk.passkeys.done.added')).waitFor()
  await looksAt(at)
}
