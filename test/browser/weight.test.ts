import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { Page } from 'playwright-core'
import { desktop, handset, noBrowser, stage } from './support.ts'

const KIB = 1024

/** Everything that a page makes the browser fetch, in bytes on the wire. */
async function weightOf(page: Page, address: string): Promise<number> {
  const session = await page.context().newCDPSession(page)
  await session.send('Network.enable')
  let bytes = 0
  session.on('Network.loadingFinished', ({ encodedDataLength }) => {
    bytes += encodedDataLength
  })
  await page.goto(address, { waitUntil: 'networkidle' })
  return bytes
}

suite('pages are light', { skip: noBrowser }, () => {
  test('the login page is under 30 KB in all, the phone app under 40 KB', async (s) => {
    const set = await stage(s)
    const login = await weightOf(await desktop(set), `${set.where.issuer}/login?platform=portal`)
    assert.ok(login > 0 && login < 30 * KIB, `the login page weighs ${login} bytes`)
    const phone = await weightOf(await handset(set), `${set.where.issuer}/phone`)
    assert.ok(phone > 0 && phone < 40 * KIB, `the phone app weighs ${phone} bytes`)
    s.diagnostic(`login page ${login} bytes, phone app ${phone} bytes, headers included`)
  })
})
