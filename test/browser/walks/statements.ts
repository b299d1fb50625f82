import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import { beginTrading, DEMO_CLIENTS, typePassword, withCard } from '../acts.ts'
import type { Walker } from '../walks.ts'

/** To the statements of an open account, and of one that is closed. */
export async function statements(walker: Walker): Promise<void> {
  const { issuer, language, t, desktop, shot } = walker
  const cast = DEMO_CLIENTS[language]
  const desk = await withCard(walker, cast.cardholder)
  await desk.getByRole('link', { name: t('portal.tabs.documents') }).click()
  await desk.getByRole('heading', { name: t('documents.title') }).waitFor()
  await shot(desk, 'documents', 'The statements of a year. Each is saved as a PDF.')
  assert.match(await savedFrom(desk), /^\d{4}-12-31-.+\.pdf$/)

  const closed = await desktop()
  await beginTrading(closed, issuer, t, cast.closed)
  await closed.getByRole('link', { name: t('common.next.portal') }).click()
  await typePassword(closed, t, cast.closed)
  await closed.getByRole('heading', { name: t('portal.scope.statements.title') }).waitFor()
  await shot(closed, 'closed', 'The account is closed: its statements are on the first page.')
  assert.match(await savedFrom(closed), /^\d{4}-12-31-.+\.pdf$/)
}

/** The name under which the first statement of the page is saved. */
async function savedFrom(page: Page): Promise<string> {
  const saved = page.waitForEvent('download')
  await page.getByRole('table').getByRole('link').first().click()
  const download = await saved
  const file = await readFile(await download.path())
  assert.equal(file.subarray(0, 5).toString('latin1'), '%PDF-')
  return download.suggestedFilename()
}
