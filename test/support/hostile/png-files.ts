import { deflateSync } from 'node:zlib'
import sharp from 'sharp'
import { ascii, colourProfile, exifBlock, long, packedZeros, pngChunk } from './bytes.ts'
import { hostile, type HostileFile } from './file.ts'

/** PNG files that say more than they are, unpack to more than they say, or break off. */

const SIGNATURE = ascii('\u0089PNG\r\n\u001a\n')
const END = pngChunk('IEND')

interface Header {
  readonly width: number
  readonly height: number
  readonly depth?: number
  /** 0 grey, 2 colour, 3 palette, 6 colour with alpha. */
  readonly colour?: number
  readonly interlace?: number
}

const header = ({ width, height, depth = 8, colour = 0, interlace = 0 }: Header): Buffer =>
  pngChunk(
    'IHDR',
    Buffer.concat([long(width), long(height), Buffer.from([depth, colour, 0, 0, interlace])]),
  )

const png = (...chunks: readonly Uint8Array[]): Buffer => Buffer.concat([SIGNATURE, ...chunks, END])

/** Ten by ten pixels of grey. */
const SMALL: Header = { width: 10, height: 10 }
const PIXELS = pngChunk('IDAT', deflateSync(Buffer.alloc(11 * 10)))
const small = (...chunks: readonly Uint8Array[]): Buffer => png(header(SMALL), ...chunks, PIXELS)

const MEGABYTE = 1_024 * 1_024

const photo = async () =>
  await sharp({ create: { width: 300, height: 200, channels: 3, background: '#fdfbf7' } })
    .png()
    .toBuffer()

const half = (bytes: Buffer): Buffer => bytes.subarray(0, bytes.length / 2)

export const PNG_FILES: readonly HostileFile[] = [
  hostile('png 65,535 by 65,535', 'too-many-pixels', () =>
    png(header({ width: 65_535, height: 65_535 }), PIXELS),
  ),
  hostile('png 2^31-1 by 2^31-1', 'damaged', () =>
    png(header({ width: 2 ** 31 - 1, height: 2 ** 31 - 1 }), PIXELS),
  ),
  hostile('png without a pixel', 'damaged', () => png(header({ width: 0, height: 0 }), PIXELS)),
  hostile('png one pixel wide and too high', 'too-many-pixels', () =>
    png(header({ width: 1, height: 50_000_001 }), PIXELS),
  ),
  hostile('png of 49 megapixels in 48 kilobytes', 'page', () =>
    png(header({ width: 7_000, height: 7_000 }), pngChunk('IDAT', packedZeros(7_001 * 7_000))),
  ),
  hostile('png of 4 megapixels with 16 bits of four colours', 'page', () =>
    png(
      header({ width: 2_000, height: 2_000, depth: 16, colour: 6 }),
      pngChunk('IDAT', packedZeros((2_000 * 8 + 1) * 2_000)),
    ),
  ),
  hostile('png interlaced, 9 megapixels', 'page', () =>
    png(
      header({ width: 3_000, height: 3_000, interlace: 1 }),
      pngChunk('IDAT', packedZeros(3_000 * 3_000 + 6_000)),
    ),
  ),
  hostile('png whose pixels unpack to a gigabyte more than it says', 'page', () =>
    png(header(SMALL), pngChunk('IDAT', packedZeros(1_000 * MEGABYTE))),
  ),
  hostile('png with packed text of 500 megabytes', 'page', () =>
    small(pngChunk('zTXt', Buffer.concat([ascii('Comment\0\0'), packedZeros(500 * MEGABYTE)]))),
  ),
  hostile('png with packed international text of 500 megabytes', 'page', () =>
    small(
      pngChunk('iTXt', Buffer.concat([ascii('C\0\u0001\0en\0t\0'), packedZeros(500 * MEGABYTE)])),
    ),
  ),
  hostile('png with a packed profile of 500 megabytes', 'page', () =>
    small(pngChunk('iCCP', Buffer.concat([ascii('icc\0\0'), packedZeros(500 * MEGABYTE)]))),
  ),
  hostile('png with 200,000 texts', 'page', () => {
    const text = pngChunk('tEXt', ascii('Comment\0x'))
    return small(Buffer.alloc(text.length * 200_000, text))
  }),
  hostile('png with 1,900,000 empty chunks', 'page', () => {
    const none = pngChunk('prVt')
    return png(header(SMALL), PIXELS, Buffer.alloc(1_900_000 * none.length, none))
  }),
  hostile('png with a chunk of 2^31-1 bytes that is not there', 'damaged', () =>
    Buffer.concat([SIGNATURE, header(SMALL), long(2 ** 31 - 1), ascii('IDAT'), Buffer.alloc(99)]),
  ),
  hostile('png with a wrong checksum', 'damaged', () => {
    const bytes = small()
    bytes[SIGNATURE.length + 8 + 13] = 1
    return bytes
  }),
  hostile('png whose pixels are not packed', 'damaged', () =>
    png(header(SMALL), pngChunk('IDAT', Buffer.alloc(500, 7))),
  ),
  hostile('png that breaks off', 'damaged', async () => half(await photo())),
  hostile('png without an end', 'page', async () => (await photo()).subarray(0, -12)),
  hostile('png with a palette that is not there', 'damaged', () =>
    png(header({ ...SMALL, colour: 3 }), PIXELS),
  ),
  hostile('png whose pixels are outside of its palette', 'page', () =>
    png(
      header({ ...SMALL, colour: 3 }),
      pngChunk('PLTE', Buffer.from([1, 2, 3])),
      pngChunk('IDAT', deflateSync(Buffer.alloc(11 * 10, 0).fill(200, 1, 11))),
    ),
  ),
  hostile('png with three bits a pixel', 'damaged', () =>
    png(header({ ...SMALL, depth: 3 }), PIXELS),
  ),
  hostile('png with two headers', 'damaged', () =>
    png(header(SMALL), header({ width: 7_000, height: 7_000 }), PIXELS),
  ),
  hostile('png without a header', 'damaged', () => png(PIXELS)),
  hostile('png with nothing but its first bytes', 'damaged', () => SIGNATURE),
  hostile('png whose Exif goes round in a circle', 'page', () =>
    small(pngChunk('eXIf', exifBlock([[0x87_69, 4, 1, 8]], 8))),
  ),
  hostile('png with gamma 0', 'page', () =>
    small(pngChunk('gAMA', long(0)), pngChunk('cHRM', Buffer.alloc(32))),
  ),
  hostile('png with a profile of four billion tags', 'page', () => {
    const profile = colourProfile('x', { tags: 2 ** 32 - 1 })
    return small(pngChunk('iCCP', Buffer.concat([ascii('icc\0\0'), deflateSync(profile)])))
  }),
  hostile('png that says it has 4 billion frames', 'page', () =>
    small(
      pngChunk('acTL', Buffer.concat([long(2 ** 31 - 1), long(0)])),
      pngChunk('fcTL', Buffer.alloc(26, 0xff)),
    ),
  ),
  hostile('png with a page of HTML behind it', 'page', async () =>
    Buffer.concat([await photo(), ascii('<html><script>alert(1)</script></html>')]),
  ),
]
