/// <reference types="node" />
import { writeFileSync } from 'node:fs'
import { crc32, deflateSync } from 'node:zlib'

/**
 * Draws the icons of the home screen from the mark in the masthead: `node web/phone/make-icons.ts '#0a5c4a'`.
 *
 * The colour fills the whole square and the bars stay in the middle half, so that a platform may cut it
 * to any shape. A brokerage with another accent runs this once.
 */
const FOLDER = new URL('public/phone/', import.meta.url)
const SIZES = [192, 512] as const

/** The bars of the mark on its square, as shares of its side. */
const BARS = [
  { x: 0.25, y: 0.2386, width: 0.5, height: 0.1136 },
  { x: 0.25, y: 0.4432, width: 0.3182, height: 0.1136 },
  { x: 0.25, y: 0.6477, width: 0.5, height: 0.1136 },
] as const

type Colour = readonly [red: number, green: number, blue: number]

const WHITE: Colour = [255, 255, 255]

const [, , accent = '#0a5c4a'] = process.argv
const colour = colourOf(accent)
writeFileSync(new URL('icon.svg', FOLDER), svg(accent))
for (const size of SIZES) writeFileSync(new URL(`icon-${size}.png`, FOLDER), png(size, colour))

function colourOf(hex: string): Colour {
  const [red, green, blue] =
    /^#(..)(..)(..)$/
      .exec(hex)
      ?.slice(1)
      .map((part) => Number.parseInt(part, 16)) ?? []
  if (red === undefined || green === undefined || blue === undefined)
    throw new TypeError('not #rrggbb')
  return [red, green, blue]
}

function svg(fill: string): string {
  const side = 512
  const rounded = (share: number) => Math.round(share * side)
  const bars = BARS.map(
    ({ x, y, width, height }) =>
      `<path fill="#fff" d="M${rounded(x)} ${rounded(y)}h${rounded(width)}v${rounded(height)}h-${rounded(width)}z"/>`,
  )
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${side} ${side}"><path fill="${fill}" d="M0 0h${side}v${side}H0z"/>${bars.join('')}</svg>\n`
}

/** Eight bits, three colours, no filter. @see Portable Network Graphics, third edition, sections 5 and 11 */
function png(size: number, background: Colour): Buffer {
  const rows = Buffer.alloc(size * (1 + size * 3))
  for (let y = 0; y < size; y += 1) {
    for (let x = 0; x < size; x += 1) {
      const pixel = blend(background, coverage(x / size, y / size, 1 / size))
      rows.set(pixel, y * (1 + size * 3) + 1 + x * 3)
    }
  }
  const header = Buffer.alloc(13)
  header.writeUInt32BE(size, 0)
  header.writeUInt32BE(size, 4)
  header.set([8, 2, 0, 0, 0], 8)
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
  const chunks = [
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows, { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]
  return Buffer.concat([signature, ...chunks])
}

/** How much of a pixel the bars cover: edges between two pixels come out soft. */
function coverage(left: number, top: number, side: number): number {
  const overlap = (from: number, length: number, at: number) =>
    Math.max(0, Math.min(from + length, at + side) - Math.max(from, at)) / side
  return BARS.reduce(
    (sum, bar) => sum + overlap(bar.x, bar.width, left) * overlap(bar.y, bar.height, top),
    0,
  )
}

function blend(background: Colour, share: number): readonly number[] {
  return background.map((channel, index) =>
    Math.round(channel + ((WHITE[index] ?? 0) - channel) * share),
  )
}

function chunk(type: string, content: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), content])
  const framed = Buffer.alloc(body.length + 8)
  framed.writeUInt32BE(content.length, 0)
  framed.set(body, 4)
  framed.writeUInt32BE(crc32(body), body.length + 4)
  return framed
}
