import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { CDPSession, Page } from 'playwright-core'
import { barriersOn, overflowOn } from '../barriers.ts'
import { desktop, noBrowser, type Stage, stage } from '../support.ts'
import { type Words, words } from '../words.ts'

/** A computer with a fingerprint reader, or a security key beside it. */
async function withReader(page: Page): Promise<CDPSession> {
  const session = await page.context().newCDPSession(page)
  await session.send('WebAuthn.enable')
  await plug(session, 'internal')
  return session
}

const plug = async (session: CDPSession, transport: 'internal' | 'usb') =>
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

interface AtDesk {
  readonly page: Page
  readonly reader: CDPSession
  readonly t: Words
  /** What is wrong with the pages that were looked at. */
  readonly found: string[]
}

/** A member of the demo's staff makes a passkey, and is in. */
async function comesIn(
  set: Stage,
  { agentId, language }: { readonly agentId: string; readonly language: 'en' | 'fr' },
): Promise<AtDesk> {
  const page = await desktop(set, { language })
  const reader = await withReader(page)
  const t = words(language)
  const at: AtDesk = { page, reader, t, found: [] }
  await page.goto(`${set.where.issuer}/demo/desk/${agentId}`)
  await looksAt(at)
  await page.getByRole('button', { name: t('method.passkey.create.button') }).click()
  await page.getByText(t('desk.home.second-passkey')).waitFor()
  await looksAt(at)
  return at
}

async function looksAt({ page, found }: AtDesk): Promise<void> {
  found.push(...(await barriersOn(page)), ...(await overflowOn(page)))
}

const confirm = async ({ page, t }: AtDesk): Promise<void> =>
  await page.getByRole('button', { name: t('desk.touch.button') }).click()

suite('the desk in a real browser', { skip: noBrowser }, () => {
  for (const language of ['en', 'fr'] as const) {
    test(`in ${language}: a passkey at the first visit, a second one, an invitation, a suspension`, async (s) => {
      const set = await stage(s)
      const operator = await comesIn(set, { agentId: 'demo-ivo', language })
      const agent = await comesIn(set, { agentId: 'demo-dora', language })
      const { page, reader, t } = operator

      await page.getByRole('link', { name: t('desk.passkeys.add') }).click()
      await looksAt(operator)
      await confirm(operator)
      await page.getByRole('heading', { name: t('desk.passkeys.make.title') }).waitFor()
      await plug(reader, 'usb')
      await page.getByRole('button', { name: t('method.passkey.create.button') }).click()
      await page.getByText(t('desk.passkeys.done.added')).waitFor()
      await looksAt(operator)

      await page.getByRole('link', { name: t('desk.places.staff') }).click()
      await looksAt(operator)
      await page.getByRole('link', { name: t('desk.staff.invite'), exact: true }).click()
      await looksAt(operator)
      await page.getByLabel(t('desk.invite.name'), { exact: true }).fill('Nina Example')
      await page.getByLabel(t('desk.invite.agentId')).fill('nina')
      await page.getByRole('button', { name: t('desk.invite.button') }).click()
      await looksAt(operator)
      await confirm(operator)
      const address = await page.locator('.address').innerText()
      assert.ok(address.startsWith(`${set.where.desk}/join/`))
      await looksAt(operator)

      await page.getByRole('link', { name: t('desk.places.staff') }).click()
      await page.getByRole('link', { name: 'Dora Demo' }).click()
      await looksAt(operator)
      await page.getByRole('link', { name: t('desk.staff.leave.button') }).click()
      await looksAt(operator)
      await confirm(operator)
      await page.getByText(t('desk.staff.done.suspended')).waitFor()
      // The page of the member who was suspended is gone by itself, and the passkey opens nothing.
      await agent.page.getByRole('button', { name: t('desk.login.button') }).click()
      await agent.page.getByText(t('problem.desk.not-logged-in')).waitFor()
      await looksAt(agent)

      await page.getByRole('button', { name: t('desk.log-out') }).click()
      await page.getByRole('button', { name: t('desk.login.button') }).click()
      await page.getByRole('heading', { name: 'Ivo Demo' }).waitFor()
      assert.deepEqual([...operator.found, ...agent.found], [])
    })
  }
})
