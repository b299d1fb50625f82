/**
 * Three hundred texts of an attacker, wherever one may write: in the subject of a mail, in the
 * names and kinds of its files, in a photograph, in every field of the form. The pages that come of
 * it are shown in a real browser, as they were answered and without their policy.
 */
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { millis } from '#core/time/time.ts'
import { openMailDoor } from '#edges/mail/server.ts'
import { openDueMails } from '#engine/documents/mail-openings.ts'
import { waitingMails } from '#engine/documents/mails.ts'
import { softKey } from '#methods/passkey/sample.ts'
import { noBrowser } from '../browser/support.ts'
import { inside } from '../support/clients/login-story.ts'
import { comesIn, openDesk, touches } from '../support/desk/door.ts'
import { composedMail, mailed } from '../support/documents/mailing.ts'
import { NO_SANDBOX, photograph } from '../support/documents/pictures.ts'
import { filled, openAll, SEND, sendParts } from '../support/documents/sending.ts'
import { ascii, exifTexts, jpegSegment } from '../support/hostile/bytes.ts'
import { PAYLOADS } from '../support/hostile/payloads.ts'
import { showing, type Showing } from '../support/hostile/shown.ts'

const skip = noBrowser || NO_SANDBOX

/** A photograph that carries it in its description, its author and its remark. */
async function carrying(text: string): Promise<Buffer> {
  const jpeg = await photograph()
  const exif = exifTexts([
    [0x01_0e, text],
    [0x01_3b, text],
  ])
  const segments = [
    jpegSegment(0xe1, Buffer.concat([ascii('Exif\0\0'), exif])),
    jpegSegment(0xfe, ascii(text)),
  ]
  return Buffer.concat([jpeg.subarray(0, 2), ...segments, jpeg.subarray(2)])
}

const encodedWord = (text: string): string => `=?utf-8?B?${Buffer.from(text).toString('base64')}?=`

/** As a browser writes it into a header. */
const inQuotes = (text: string): string => text.replaceAll('"', '%22').replaceAll(/[\r\n]/g, '')

async function nothingHappens(t: TestContext, play: (browser: Showing) => Promise<void>) {
  const browser = await showing(t)
  // The browser would tell: it runs what it is given, and it asks for what it is pointed to.
  for (const text of ['<img src=x onerror=fired()>', `<img src=//canary.example.com/x>`])
    await browser.show({ html: text, headers: {} })
  const control = browser.happened.splice(0)
  assert.ok(control.some((one) => one.startsWith('ran')))
  assert.ok(control.some((one) => one.startsWith('asked')))
  await play(browser)
  assert.deepEqual(browser.happened, [])
}

test('S110 A19 no text in a mail runs at the desk, or asks for anything', { skip }, async (t) => {
  await nothingHappens(t, async ({ show }) => {
    const door = await openDesk(t)
    const { world } = door
    const mail = { port: 0, certificateFile: null, keyFile: null }
    const inbox = await openMailDoor(world, { listen: '127.0.0.1', mail })
    t.after(async () => await inbox.close())
    const photo = await carrying(PAYLOADS.slice(0, 50).join(' '))
    for (const [index, text] of PAYLOADS.entries()) {
      world.advance(millis(1))
      const composed = composedMail({
        subject: encodedWord(text),
        files: [photo],
        fileHeaders: [
          `Content-Type: image/jpeg; name="${inQuotes(text)}"`,
          `Content-Disposition: attachment; filename="${encodedWord(text)}"`,
          `Content-Description: ${encodedWord(text)}`,
        ],
      })
      const from = `sender-${index}@example.com`
      assert.match(await mailed(inbox.port ?? 0, composed, { from }), /^250/, text)
    }
    const signal = new AbortController().signal
    for (let count = 0; count < PAYLOADS.length / 20 + 1; count += 1)
      await openDueMails(world, signal)
    const key = softKey('o')
    const browser = await comesIn(door, { agentId: 'olga', role: 'documents', key })
    let seen = 0
    while ((await waitingMails(world)).length > 0) {
      const queue = await browser.open('/documents')
      if (seen % 50 === 0) await show(queue)
      const page = await browser.submit('/documents/next')
      assert.match(page.address, /^\/documents\/mails\//)
      await show(page)
      await browser.submit(/verdict/, { verdict: 'dismiss' })
      await touches(browser, key)
      seen += 1
    }
    t.diagnostic(`mails shown: ${seen}`)
    assert.equal(seen, PAYLOADS.length)
  })
})

test('S110 no text in what is sent runs in the portal, or asks for anything', {
  skip,
}, async (t) => {
  await nothingHappens(t, async ({ show }) => {
    const door = await inside(t, {})
    const { browser } = door
    await browser.open(SEND)
    for (const text of PAYLOADS) {
      const wrong = filled(browser, ['files', await carrying(text), inQuotes(text)]).map((part) =>
        part[0] === 'purpose' || part[0] === 'account' ? ([part[0], text] as const) : part,
      )
      const answered = await sendParts(door, browser, wrong)
      assert.equal(answered.statusCode, 400, text)
      await show({ html: answered.payload, headers: answered.headers })
    }
    for (let count = 0; count < 3; count += 1) {
      const some = PAYLOADS.filter((_, index) => index % 30 === count)
      const named = some.map(
        async (text) => ['files', await carrying(text), inQuotes(text)] as const,
      )
      const answered = await sendParts(
        door,
        browser,
        filled(browser, ...(await Promise.all(named))),
      )
      assert.equal(answered.statusCode, 303)
      await openAll(door)
    }
    for (const address of [SEND, '/portal/documents', '/portal/activity'])
      await show(await browser.open(address))
  })
})
