import sharp from 'sharp'
import { ascii, colourProfile, exifBlock, jpegSegment, long, short } from './bytes.ts'
import { hostile, type HostileFile } from './file.ts'

/** JPEG files with headers that lie, directories in a circle, and more scans than pixels. */

const SOF = [0xc0, 0xc2]
const SOS = 0xda
const END_LENGTH_BYTES = 2

async function photo({ isProgressive = false, width = 320, height = 240 } = {}): Promise<Buffer> {
  const noise = { type: 'gaussian', mean: 128, sigma: 40 } as const
  return await sharp({ create: { width, height, channels: 3, background: '#888888', noise } })
    .jpeg({ progressive: isProgressive, quality: 60 })
    .toBuffer()
}

/** Where the segment with one of these markers begins. */
function segmentAt(bytes: Buffer, markers: readonly number[]): number {
  let at = 2
  while (at < bytes.length) {
    if (markers.includes(bytes[at + 1] ?? 0)) return at
    at += 2 + bytes.readUInt16BE(at + 2)
  }
  throw new Error('no such segment')
}

/** The photo with segments after its first two bytes. */
const withSegments = async (...segments: readonly Uint8Array[]): Promise<Buffer> => {
  const bytes = await photo()
  return Buffer.concat([bytes.subarray(0, 2), ...segments, bytes.subarray(2)])
}

/** The photo with other bytes in one of its segments, counted from its marker. */
async function patched(
  markers: readonly number[],
  at: number,
  values: readonly number[],
): Promise<Buffer> {
  const bytes = await photo()
  bytes.set(values, segmentAt(bytes, markers) + at)
  return bytes
}

const sized = async (width: number, height: number) =>
  await patched(SOF, 5, [...short(height), ...short(width)])

/** A progressive photo whose last scan comes so often. */
async function scans(count: number, side: { width: number; height: number }): Promise<Buffer> {
  const bytes = await photo({ isProgressive: true, ...side })
  const last = bytes.lastIndexOf(Buffer.from([0xff, SOS]))
  const scan = bytes.subarray(last, bytes.length - END_LENGTH_BYTES)
  const end = bytes.subarray(bytes.length - END_LENGTH_BYTES)
  return Buffer.concat([bytes.subarray(0, last), Buffer.alloc(scan.length * count, scan), end])
}

/** A scan of nothing: it refines what it has no bits for. */
async function emptyScans(count: number, side: { width: number; height: number }) {
  const bytes = await photo({ isProgressive: true, ...side })
  const last = bytes.lastIndexOf(Buffer.from([0xff, SOS]))
  const head = bytes.subarray(last, last + 2 + bytes.readUInt16BE(last + 2))
  const end = bytes.subarray(bytes.length - END_LENGTH_BYTES)
  return Buffer.concat([
    bytes.subarray(0, bytes.length - END_LENGTH_BYTES),
    Buffer.alloc(head.length * count, head),
    end,
  ])
}

const exif = (block: Uint8Array): Buffer =>
  jpegSegment(0xe1, Buffer.concat([ascii('Exif\0\0'), block]))
const icc = (profile: Uint8Array, number: number, count: number): Buffer =>
  jpegSegment(0xe2, Buffer.concat([ascii('ICC_PROFILE\0'), Buffer.from([number, count]), profile]))

const ICC_PIECE = 60_000

export const JPEG_FILES: readonly HostileFile[] = [
  hostile('jpeg 65,500 by 65,500', 'too-many-pixels', async () => await sized(65_500, 65_500)),
  hostile(
    'jpeg 7,000 by 7,000 with pixels of 320 by 240',
    'page',
    async () => await sized(7_000, 7_000),
  ),
  hostile('jpeg without a width', 'damaged', async () => await sized(0, 240)),
  hostile('jpeg whose height comes later', 'damaged', async () => await sized(320, 0)),
  hostile('jpeg 1 by 65,500', 'page', async () => await photo({ width: 1, height: 65_500 })),
  hostile(
    'jpeg with 10,000 scans',
    'damaged',
    async () => await scans(10_000, { width: 16, height: 16 }),
  ),
  hostile(
    'jpeg with 100 scans',
    'damaged',
    async () => await scans(90, { width: 320, height: 240 }),
  ),
  hostile(
    'jpeg of 4 megapixels with 20,000 empty scans',
    'damaged',
    async () => await emptyScans(20_000, { width: 2_000, height: 2_000 }),
  ),
  hostile(
    'jpeg in four colours',
    'page',
    async () =>
      await sharp(await photo())
        .toColourspace('cmyk')
        .jpeg()
        .toBuffer(),
  ),
  hostile('jpeg with five colours', 'damaged', async () => await patched(SOF, 9, [5])),
  hostile('jpeg with 12 bits a colour', 'damaged', async () => await patched(SOF, 4, [12])),
  hostile('jpeg with arithmetic codes', 'page', async () => await patched(SOF, 1, [0xc9])),
  hostile('jpeg without loss', 'damaged', async () => await patched(SOF, 1, [0xc3])),
  hostile('jpeg sampled 15 to 15', 'damaged', async () => await patched(SOF, 11, [0xff])),
  hostile(
    'jpeg with steps of 0',
    'page',
    async () =>
      await patched(
        [0xdb],
        5,
        Array.from({ length: 64 }, () => 0),
      ),
  ),
  hostile(
    'jpeg with codes of 255 letters',
    'damaged',
    async () =>
      await patched(
        [0xc4],
        5,
        Array.from({ length: 16 }, () => 255),
      ),
  ),
  hostile(
    'jpeg whose scan has a colour that is not there',
    'damaged',
    async () => await patched([SOS], 5, [99]),
  ),
  hostile('jpeg that breaks off', 'damaged', async () => {
    const bytes = await photo()
    return bytes.subarray(0, bytes.length / 2)
  }),
  hostile('jpeg with nothing but its first bytes', 'damaged', () =>
    Buffer.from([0xff, 0xd8, 0xff, 0xe0]),
  ),
  hostile(
    'jpeg with a segment shorter than its length',
    'page',
    async () => await withSegments(Buffer.from([0xff, 0xe5, 0, 0])),
  ),
  hostile(
    'jpeg whose Exif goes round in a circle',
    'page',
    async () =>
      await withSegments(
        exif(
          exifBlock(
            [
              [0x87_69, 4, 1, 8],
              [0x88_25, 4, 1, 8],
              [0xa0_05, 4, 1, 8],
            ],
            8,
          ),
        ),
      ),
  ),
  hostile(
    'jpeg whose Exif counts to four billion',
    'page',
    async () =>
      await withSegments(
        exif(
          exifBlock([
            [0x01_0e, 2, 2 ** 32 - 1, 8],
            [0x01_12, 3, 2 ** 32 - 1, 2 ** 32 - 1],
          ]),
        ),
      ),
  ),
  hostile(
    'jpeg held in a ninth way',
    'page',
    async () => await withSegments(exif(exifBlock([[0x01_12, 3, 1, 99 * 2 ** 16]]))),
  ),
  hostile(
    'jpeg whose small picture is itself',
    'page',
    async () =>
      await withSegments(
        exif(
          exifBlock([
            [0x02_01, 4, 1, 0],
            [0x02_02, 4, 1, 2 ** 32 - 1],
          ]),
        ),
      ),
  ),
  hostile('jpeg with 200 blocks of Exif', 'page', async () => {
    const block = exif(
      Buffer.concat([exifBlock([[0x01_12, 3, 1, 6 * 2 ** 16]]), Buffer.alloc(60_000)]),
    )
    return await withSegments(...Array.from({ length: 200 }, () => block))
  }),
  hostile('jpeg with a profile of 15 megabytes', 'page', async () => {
    const count = 255
    const profile = colourProfile('large', { lengthBytes: ICC_PIECE * count })
    const pieces = Array.from({ length: count }, (_, index) =>
      icc(profile.subarray(index * ICC_PIECE, (index + 1) * ICC_PIECE), index + 1, count),
    )
    return await withSegments(...pieces)
  }),
  hostile(
    'jpeg with a profile in pieces that are not there',
    'page',
    async () => await withSegments(icc(colourProfile('x'), 7, 3), icc(colourProfile('x'), 0, 0)),
  ),
  hostile(
    'jpeg with a profile of four billion tags',
    'page',
    async () => await withSegments(icc(colourProfile('x', { tags: 2 ** 32 - 1 }), 1, 1)),
  ),
  hostile('jpeg with a profile that says it has 4 gigabytes', 'page', async () => {
    const profile = colourProfile('x')
    profile.set(long(2 ** 32 - 1))
    return await withSegments(icc(profile, 1, 1))
  }),
  hostile('jpeg with 20 megabytes of remarks', 'page', async () => {
    const remark = jpegSegment(0xfe, Buffer.alloc(65_000, 'x'))
    return await withSegments(...Array.from({ length: 320 }, () => remark))
  }),
  hostile(
    'jpeg with 10 megabytes between two segments',
    'page',
    async () => await withSegments(Buffer.alloc(10 * 1_024 * 1_024, 0xff)),
  ),
  hostile('jpeg with a million restarts', 'damaged', async () => {
    const bytes = await photo()
    const at = segmentAt(bytes, [SOS])
    const restarts = Buffer.alloc(2_000_000, Buffer.from([0xff, 0xd0]))
    return Buffer.concat([
      bytes.subarray(0, at),
      jpegSegment(0xdd, short(1)),
      bytes.subarray(at, at + 14),
      restarts,
    ])
  }),
  hostile('jpeg that is a ZIP too', 'page', async () =>
    Buffer.concat([
      await photo(),
      ascii('PK\u0003\u0004'),
      Buffer.alloc(500),
      ascii('PK\u0005\u0006'),
    ]),
  ),
  hostile(
    'jpeg that is a PDF too',
    'page',
    async () =>
      await withSegments(
        jpegSegment(0xfe, ascii('%PDF-1.7\n1 0 obj<</OpenAction 2 0 R>>endobj\n')),
      ),
  ),
  hostile(
    'jpeg that is a script too',
    'page',
    async () =>
      await withSegments(jpegSegment(0xfe, ascii('*/=alert("canary");/*<?php phpinfo() ?>'))),
  ),
  hostile('jpeg in a jpeg', 'page', async () => Buffer.concat([await photo(), await photo()])),
]
