import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { Page } from 'playwright-core'
import { desktop, handset, noBrowser, stage } from './support.ts'

const KIB = 1024

interface Weight {
  /** Everything that a page makes the browser fetch but the typeface, in bytes on the wire. */
  readonly bytes: number
  /** The typeface, which the first page of all brings. */
  readonly typeface: number
}

async function weightOf(page: Page, address: string): Promise<Weight> {
  const session = await page.context().newCDPSession(page)
  await session.send('Network.enable')
  const typefaces = new Set<string>()
  const weight = { bytes: 0, typeface: 0 }
  session.on('Network.responseReceived', ({ requestId, response }) => {
    if (response.mimeType === 'font/woff2') typefaces.add(requestId)
  })
  session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    weight[typefaces.has(requestId) ? 'typeface' : 'bytes'] += encodedDataLength
  })
  await page.goto(address, { waitUntil: 'networkidle' })
  return weight
}

suite('pages are light', { skip: noBrowser }, () => {
  test('the login page is under 30 KB in all, the phone app under 40 KB, the typeface under 40 KB', async (s) => {
    const set = await stage(s)
    const login = await weightOf(await desktop(set), `${set.where.issuer}/login?platform=portal`)
    assert.ok(login.bytes > 0 && login.bytes < 30 * KIB, `the login page: ${login.bytes} bytes`)
    const phone = await weightOf(await handset(set), `${set.where.issuer}/phone`)
    assert.ok(phone.bytes > 0 && phone.bytes < 40 * KIB, `the phone app: ${phone.bytes} bytes`)
    for (const { typeface } of [login, phone]) {
      assert.ok(typeface > 0 && typeface < 40 * KIB, `the typeface, once: ${typeface} bytes`)
    }
    s.diagnostic(`login page ${login.bytes} bytes, phone app ${phone.bytes}, headers included`)
  })
})
