import sharp from 'sharp'
import type { Legibility } from '#core/documents/legibility.ts'
import { legibilityIn } from '#core/documents/measures/advice.ts'
import { isOpened, kindOf, type Opening, PICTURE_PIXELS_MAX } from '#core/documents/picture.ts'

/**
 * The program in the sandbox. It reads one file of a stranger from its input, and writes what came
 * of it: four bytes with the length of a line of JSON, that line, and the clean page. The line says
 * too how well the page can be read (R144): its pixels are here, and nowhere else. It has no
 * network, no file that it could write, and nothing of ours but itself; what it says is believed
 * as little as what it reads.
 */

/** Of the clean page: A4 at 340 dots an inch. */
const SIDE_PIXELS_MAX = 4_000
const QUALITY = 88
const WHITE = '#ffffff'

sharp.concurrency(1)
sharp.cache(false)
// Of all that the library can read: these three, and only from memory.
sharp.block({ operation: ['VipsForeignLoad'] })
sharp.unblock({
  operation: ['VipsForeignLoadJpegBuffer', 'VipsForeignLoadPngBuffer', 'VipsForeignLoadWebpBuffer'],
})

async function input(): Promise<Buffer> {
  const all: Buffer[] = []
  for await (const chunk of process.stdin) all.push(chunk as Buffer)
  return Buffer.concat(all)
}

interface Opened {
  readonly opening: Opening & { readonly legibility?: Legibility }
  readonly page: Buffer
}

async function opened(bytes: Buffer): Promise<Opened> {
  const kind = kindOf(bytes)
  if (!isOpened(kind)) return unopened('not-a-picture')
  try {
    // The header alone: what it says is looked at before anything is decoded.
    const said = await sharp(bytes, UNLIMITED).metadata()
    if (said.format !== kind) return unopened('not-a-picture')
    if (said.width * said.height > PICTURE_PIXELS_MAX) return unopened('too-many-pixels')
    const { data, info } = await sharp(bytes, LIMITED)
      .autoOrient()
      .flatten({ background: WHITE })
      .resize({
        width: SIDE_PIXELS_MAX,
        height: SIDE_PIXELS_MAX,
        fit: 'inside',
        withoutEnlargement: true,
      })
      .toColourspace('srgb')
      .raw()
      .toBuffer({ resolveWithObject: true })
    const { width, height, channels } = info
    const pixels = { raw: { width, height, channels } }
    // Nothing but pixels: metadata and profiles are left out unless they are asked for (S112).
    const page = await sharp(data, pixels)
      .jpeg({ quality: QUALITY, chromaSubsampling: '4:4:4' })
      .toBuffer()
    const grey = await sharp(data, pixels).greyscale().raw().toBuffer()
    const legibility = legibilityIn({ width, height, pixels: grey })
    return { opening: { ok: true, width, height, legibility }, page }
  } catch {
    return unopened('damaged')
  }
}

const UNLIMITED = { limitInputPixels: false } as const
const LIMITED = { limitInputPixels: PICTURE_PIXELS_MAX, failOn: 'error' } as const

const unopened = (why: (Opening & { readonly ok: false })['why']): Opened => ({
  opening: { ok: false, why },
  page: Buffer.alloc(0),
})

const { opening, page } = await opened(await input())
const line = Buffer.from(JSON.stringify({ ...opening, lengthBytes: page.length }))
const head = Buffer.alloc(4)
head.writeUInt32BE(line.length)
process.stdout.write(Buffer.concat([head, line, page]))
