import sharp from 'sharp'
import { ascii, colourProfile, exifBlock, longLittle, riffChunk } from './bytes.ts'
import { hostile, type HostileFile } from './file.ts'

/** WebP files: frames without end, canvases without pixels, and chunks that lie. */

const webp = (...chunks: readonly Uint8Array[]): Buffer => {
  const body = Buffer.concat([ascii('WEBP'), ...chunks])
  return Buffer.concat([ascii('RIFF'), longLittle(body.length), body])
}

const FLAGS = { animation: 2, exif: 8, profile: 32 } as const

/** The head of a file with more than one picture: width and height less one, in three bytes. */
const canvas = (width: number, height: number, flags = 0): Buffer =>
  riffChunk(
    'VP8X',
    Buffer.concat([
      Buffer.from([flags, 0, 0, 0]),
      longLittle(width - 1).subarray(0, 3),
      longLittle(height - 1).subarray(0, 3),
    ]),
  )

async function photo({ lossless = false, width = 60, height = 40 } = {}): Promise<Buffer> {
  return await sharp({ create: { width, height, channels: 3, background: '#fdfbf7' } })
    .webp({ lossless })
    .toBuffer()
}

/** The chunk with the pixels. */
const pixels = async (options?: Parameters<typeof photo>[0]): Promise<Buffer> =>
  (await photo(options)).subarray(12)

/** A picture of an animation, at the top left. */
const frame = (picture: Uint8Array, width = 60, height = 40): Buffer =>
  riffChunk(
    'ANMF',
    Buffer.concat([
      Buffer.alloc(6),
      longLittle(width - 1).subarray(0, 3),
      longLittle(height - 1).subarray(0, 3),
      Buffer.alloc(4),
      picture,
    ]),
  )

const ANIMATION = riffChunk('ANIM', Buffer.alloc(6))

export const WEBP_FILES: readonly HostileFile[] = [
  hostile('webp with 5,000 pictures', 'page', async () => {
    const one = frame(await pixels())
    const all = Array.from({ length: 5_000 }, () => one)
    return webp(canvas(60, 40, FLAGS.animation), ANIMATION, ...all)
  }),
  hostile('webp whose pictures are all of 49 megapixels', 'page', async () => {
    const one = frame(await pixels({ lossless: true, width: 7_000, height: 7_000 }), 7_000, 7_000)
    const all = Array.from({ length: 200 }, () => one)
    return webp(canvas(7_000, 7_000, FLAGS.animation), ANIMATION, ...all)
  }),
  hostile('webp with no picture in its animation', 'damaged', () =>
    webp(canvas(60, 40, FLAGS.animation), ANIMATION),
  ),
  hostile('webp of 16,383 by 16,383 in a few bytes', 'too-many-pixels', () =>
    webp(riffChunk('VP8L', Buffer.from([0x2f, 0xfe, 0xbf, 0xff, 0x0f, 0, 0, 0]))),
  ),
  hostile('webp with a canvas of 16 million by 16 million', 'damaged', async () =>
    webp(canvas(2 ** 24, 2 ** 24), await pixels()),
  ),
  hostile('webp whose canvas is not that of its picture', 'damaged', async () =>
    webp(canvas(7_000, 7_000), await pixels()),
  ),
  hostile('webp that breaks off', 'damaged', async () => {
    const bytes = await photo({ width: 600, height: 400 })
    return bytes.subarray(0, bytes.length / 2)
  }),
  hostile('webp that says it has 4 gigabytes', 'damaged', async () => {
    const bytes = await photo()
    bytes.set(longLittle(2 ** 32 - 2), 4)
    return bytes
  }),
  hostile('webp with a chunk of 4 gigabytes that is not there', 'damaged', () =>
    webp(ascii('VP8 '), longLittle(2 ** 32 - 2), Buffer.alloc(40)),
  ),
  hostile('webp with nothing but its first bytes', 'damaged', () => webp()),
  hostile('webp whose Exif goes round in a circle', 'page', async () =>
    webp(
      canvas(60, 40, FLAGS.exif),
      await pixels(),
      riffChunk('EXIF', exifBlock([[0x87_69, 4, 1, 8]], 8)),
    ),
  ),
  hostile('webp with a profile of four billion tags', 'page', async () =>
    webp(
      canvas(60, 40, FLAGS.profile),
      riffChunk('ICCP', colourProfile('x', { tags: 2 ** 32 - 1 })),
      await pixels(),
    ),
  ),
  hostile('webp with a million chunks that nothing knows', 'page', async () => {
    const none = riffChunk('zzzz', Buffer.alloc(0))
    const all = Buffer.alloc(none.length * 1_000_000, none)
    return webp(canvas(60, 40), await pixels(), all)
  }),
  hostile('webp that is sound', 'not-a-picture', () =>
    Buffer.concat([ascii('RIFF'), longLittle(4), ascii('WAVE')]),
  ),
]
