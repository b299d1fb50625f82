import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { suite, test } from 'node:test'
import { deflateSync } from 'node:zlib'
import sharp from 'sharp'
import type { Mail } from '#core/documents/kept-mail.ts'
import { kindOf } from '#core/documents/picture.ts'
import { newId } from '#core/ids.ts'
import { bubblewrapSandbox } from '#engine/documents/sandbox.ts'
import { softKey } from '#methods/passkey/sample.ts'
import { addMail, judgeMail } from '#store/documents/mails.ts'
import { comesIn, openDesk } from '../../support/desk/door.ts'
import { NO_SANDBOX } from '../../support/documents/pictures.ts'
import { received } from '../../support/documents/reviewing.ts'
import {
  ascii,
  colourProfile,
  exifTexts,
  jpegSegment,
  pngChunk,
  riffChunk,
} from '../../support/hostile/bytes.ts'
import { HOSTILE_FILES } from '../../support/hostile/corpus.ts'
import { PAYLOADS } from '../../support/hostile/payloads.ts'

/** `npm run test:long` opens all of the files, and shows all of the texts in a browser. */

const sandbox = bubblewrapSandbox()

async function openedAs(bytes: Uint8Array) {
  const opened = await sandbox.open(Readable.from([bytes]))
  if (!opened?.ok) return opened?.why ?? 'killed'
  const all: Uint8Array[] = []
  for await (const part of opened.page) all.push(part)
  return Buffer.concat(all)
}

/** One of each kind, and those that have hurt. */
const FEW = [
  'png interlaced, 9 megapixels',
  'png with packed text of 500 megabytes',
  'png with two headers',
  'jpeg 65,500 by 65,500',
  'jpeg with 10,000 scans',
  'jpeg whose Exif goes round in a circle',
  'jpeg with 20 megabytes of remarks',
  'jpeg in four colours',
  'webp of 16,383 by 16,383 in a few bytes',
  'svg that reads a file',
]

const MARK = 'canary-of-the-camera'
const PACKED = deflateSync(Buffer.from(MARK))
/** What a picture may carry beside its pixels, in the segments of a JPEG. */
const SEGMENTS = [
  jpegSegment(0xe0, ascii(`JFXX\0\u0010${MARK}`)),
  jpegSegment(0xe1, Buffer.concat([ascii('Exif\0\0'), exifTexts([[0x01_0e, MARK]])])),
  jpegSegment(0xe1, ascii(`http://ns.adobe.com/xap/1.0/\0<x>${MARK}</x>`)),
  jpegSegment(0xe1, ascii(`http://ns.adobe.com/xmp/extension/\0${MARK}`)),
  jpegSegment(0xe2, Buffer.concat([ascii('ICC_PROFILE\0\u0001\u0001'), colourProfile(MARK)])),
  jpegSegment(0xe2, ascii(`MPF\0${MARK}`)),
  jpegSegment(0xeb, ascii(`JP${MARK}`)),
  jpegSegment(0xed, ascii(`Photoshop 3.0\u00008BIM${MARK}`)),
  jpegSegment(0xfe, ascii(MARK)),
]

/** The same photograph in three formats, with a word wherever one fits. */
async function marked(): Promise<readonly Buffer[]> {
  const photo = sharp({ create: { width: 60, height: 40, channels: 3, background: '#fdfbf7' } })
  const [jpeg, png, webp] = [
    await photo.clone().jpeg().toBuffer(),
    await photo.clone().png().toBuffer(),
    await photo.clone().webp().toBuffer(),
  ]
  const texts = [
    pngChunk('tEXt', ascii(`Comment\0${MARK}`)),
    pngChunk('zTXt', Buffer.concat([ascii('Comment\0\0'), PACKED])),
    pngChunk('iTXt', ascii(`XML:com.adobe.xmp\0\0\0\0\0<x>${MARK}</x>`)),
    pngChunk('eXIf', exifTexts([[0x01_0e, MARK]])),
    pngChunk('iCCP', Buffer.concat([ascii(`icc\0\0`), deflateSync(colourProfile(MARK))])),
    pngChunk('prVt', ascii(MARK)),
  ]
  const canvas = riffChunk('VP8X', Buffer.from([0x2c, 0, 0, 0, 59, 0, 0, 39, 0, 0]))
  const chunks = [
    riffChunk('ICCP', colourProfile(MARK)),
    webp.subarray(12),
    riffChunk('EXIF', exifTexts([[0x01_0e, MARK]])),
    riffChunk('XMP ', ascii(`<x>${MARK}</x>`)),
    riffChunk('zzzz', ascii(MARK)),
  ]
  const body = Buffer.concat([ascii('WEBP'), canvas, ...chunks])
  return [
    Buffer.concat([jpeg.subarray(0, 2), ...SEGMENTS, jpeg.subarray(2), ascii(MARK)]),
    Buffer.concat([png.subarray(0, 33), ...texts, png.subarray(33), ascii(MARK)]),
    riffChunk('RIFF', body),
  ]
}

/** The start of a picture, tables, the frame, a scan, its end: and the plain head of a JPEG. */
const OF_PIXELS = [0xc0, 0xc4, 0xda, 0xdb, 0xe0]

/** The markers of a JPEG up to its scan. */
function markersOf(jpeg: Buffer): readonly number[] {
  const markers = []
  for (let at = 2; ; at += 2 + jpeg.readUInt16BE(at + 2)) {
    const marker = jpeg[at + 1] ?? 0
    markers.push(marker)
    if (marker === 0xda) return markers
  }
}

suite('Hostile files', { skip: NO_SANDBOX }, () => {
  test('A18 S106 S108 each of these is read or refused, as it should be', async () => {
    for (const name of FEW) {
      const file = HOSTILE_FILES.find((one) => one.name === name) ?? assert.fail(name)
      const opened = await openedAs(await file.make())
      assert.equal(typeof opened === 'string' ? opened : 'page', file.outcome, name)
    }
  })

  test('S112 a clean page has nothing but its pixels, whatever the photograph carried', async () => {
    for (const bytes of await marked()) {
      assert.ok(bytes.includes(MARK))
      const page = await openedAs(bytes)
      assert.ok(typeof page !== 'string', String(page))
      const beside = markersOf(page).filter((marker) => !OF_PIXELS.includes(marker))
      assert.deepEqual(beside, [])
      assert.equal(page.indexOf(Buffer.from([0xff, 0xd9])), page.length - 2, 'nothing follows it')
      assert.ok(!page.includes(MARK) && !page.includes('Exif') && !page.includes('ICC'))
    }
  })
})

test('S106 what a file is called counts for nothing: of 25 megabytes sixteen bytes are read', () => {
  const bytes = new Proxy(new Uint8Array(25 * 1_024 * 1_024), {
    get(target, key) {
      assert.ok(key !== Symbol.iterator && key !== 'length', 'all of it is read')
      const value: unknown = Reflect.get(target, key, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
  assert.equal(kindOf(bytes), 'other')
})

/** Of the texts; `npm run test:long` shows each in a browser. */
const EVERY = 7

/** The tags of a page, without what its attributes say. */
const tagsOf = (html: string): readonly string[] =>
  [...html.matchAll(/<[^>]*>/g)].map(([tag]) => tag.replaceAll(/"[^"]*"/g, '""'))

test('S110 A19 subjects of an attacker add no tag to the page of the desk', async (t) => {
  const door = await openDesk(t)
  const { world } = door
  const browser = await comesIn(door, { agentId: 'olga', role: 'documents', key: softKey('o') })
  const { file } = await received(world)
  const now = world.now()
  const mail: Mail = {
    id: newId('mai', now, world.random),
    receivedAt: now,
    sender: 'anna@example.com',
    mailbox: 'other',
    original: file.id,
    lengthBytes: file.lengthBytes,
    isAutomatic: false,
    read: null,
    status: { state: 'waiting', at: now, rule: 'name' },
  }
  assert.ok(await addMail(world.db, { mail, senderHash: 's', slot: 's', file, events: [] }))
  const waiting = { next: mail, messageHash: null, filed: null, events: [], now }
  assert.ok(await judgeMail(world.db, { ...waiting, version: 1 }))
  await browser.open('/documents')
  assert.equal((await browser.submit('/documents/next')).address, `/documents/mails/${mail.id}`)
  let version = 2
  const shown = async (subject: string) => {
    const next = { ...mail, read: { subject, messageId: '<1@example.com>', pages: 1 } }
    assert.ok(await judgeMail(world.db, { ...waiting, next, version }))
    version += 1
    const page = await browser.open(`/documents/mails/${mail.id}`)
    assert.equal(page.status, 200)
    return tagsOf(page.html)
  }
  const plain = await shown('U1234567 PoRes')
  assert.equal(PAYLOADS.length, 300)
  // Prime to how they are made: each escape and each way is among them.
  const some = PAYLOADS.filter((_, index) => index % EVERY === 0)
  for (const payload of some) assert.deepEqual(await shown(payload), plain, payload)
})
