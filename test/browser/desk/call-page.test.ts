import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { ANNA, BENOIT, isBound, typeAgain, typePassword } from '../acts.ts'
import { critic } from '../every-page/critic.ts'
import { desktop, noBrowser, stage } from '../support.ts'
import { words } from '../words.ts'
import { comesIn, looksAt, withReader } from './member.ts'

const PAGES = ['/call', '/call/question', '/call/confirmed', '/call/denied']

suite('the page of a call in a real browser', { skip: noBrowser }, () => {
  for (const [language, person] of [
    ['en', ANNA],
    ['fr', BENOIT],
  ] as const) {
    test(`in ${language}: code and passkey open the call, the passkey confirms it, and both pages go on`, async (s) => {
      const set = await stage(s)
      const { issuer } = set.where
      const t = words(language)
      const client = await desktop(set, { language })
      await withReader(client)
      const { found, seen, look } = critic(PAGES)
      await client.goto(`${issuer}/portal`)
      await typePassword(client, t, person)
      await client.getByRole('button', { name: t('method.passkey.add') }).click()
      await typeAgain(client, t, person)
      await client.getByRole('button', { name: t('method.passkey.create.button') }).click()
      await isBound(client)

      const dora = await comesIn(set, { agentId: 'demo-dora', language })
      const { page } = dora
      await page.getByRole('link', { name: t('desk.places.cases'), exact: true }).click()
      await page.getByLabel(t('desk.cases.typed')).fill(person.userName)
      await page.getByRole('button', { name: t('desk.cases.open') }).click()
      const asks = async (): Promise<string> => {
        await page.getByRole('button', { name: t('desk.cases.page.ask') }).click()
        await page.getByText(t('desk.cases.page.waits')).waitFor()
        await looksAt(dora)
        return (await page.locator('p.number .hidden').innerText()).replaceAll(/\s/g, '')
      }
      const opens = async (code: string) => {
        await client.goto(`${issuer}/call`)
        await look(client, 'call')
        await client.getByLabel(t('on-call.code'), { exact: true }).fill(code)
        await client.getByRole('button', { name: t('method.passkey.confirm.button') }).click()
      }
      const code = await asks()
      await opens('900000' === code ? '900001' : '900000')
      await client.getByText(t('problem.call.not-found')).waitFor()
      await look(client, 'call', 'form')
      await opens(code)
      const asked = t('phone.call.asks', { agent: 'Dora' })
      await client.getByRole('heading', { name: asked }).waitFor()
      await page.getByText(t('desk.cases.page.opened')).waitFor({ timeout: 5_000 })
      await looksAt(dora)
      await look(client, 'call', 'form')
      await client.getByRole('button', { name: t('method.passkey.confirm.button') }).click()
      await client.getByRole('heading', { name: t('on-call.confirmed.title') }).waitFor()
      await look(client, 'call', 'form')
      await page.getByText(t('desk.cases.proven'), { exact: true }).waitFor()

      // A case that is closed takes its page from the client, by itself.
      await opens(await asks())
      await client.getByRole('heading', { name: asked }).waitFor()
      await page.getByText(t('desk.cases.page.opened')).waitFor()
      await page.getByRole('button', { name: t('desk.cases.close') }).click()
      await client.getByText(t('problem.call.over')).first().waitFor({ timeout: 5_000 })

      await page.getByLabel(t('desk.cases.typed')).fill(person.userName)
      await page.getByRole('button', { name: t('desk.cases.open') }).click()
      await opens(await asks())
      await client.getByRole('button', { name: t('phone.call.deny') }).click()
      await client.getByRole('heading', { name: t('on-call.denied.title') }).waitFor()
      await look(client, 'denied')
      assert.deepEqual([...found, ...dora.critic.found], [])
      assert.deepEqual([...seen].toSorted(), PAGES.toSorted())
    })
  }
})
