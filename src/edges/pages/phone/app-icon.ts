import { crc32, deflateSync } from 'node:zlib'

/**
 * The sign as a picture, for systems that take no drawing: a white disc of two halves on a field,
 * on a grid of 28.
 */
const GRID = 28
const MIDDLE = 14
const RADIUS = 9
/** How far the cut stands from the middle, above to the left and below to the right. */
const STEP = 2.7
const HALF_CUT = 0.95
/** Shades between field and disc: so many points are looked at in each pixel, to a side. */
const POINTS = 4

/**
 * A square of `size` pixels. The field reaches the edges, so that a system may cut it round.
 *
 * @see W3C, "Portable Network Graphics (PNG) Specification (Third Edition)"
 */
export function appIcon(size: number, accent: string): Buffer {
  const rows = Buffer.alloc(size * (size + 1))
  const at = (pixel: number, point: number) =>
    ((pixel + (point + 0.5) / POINTS) * GRID) / size - MIDDLE
  for (let y = 0; y < size; y += 1) {
    for (let x = 0; x < size; x += 1) {
      let light = 0
      for (let point = 0; point < POINTS * POINTS; point += 1) {
        light += Number(isSign(at(x, point % POINTS), at(y, Math.floor(point / POINTS))))
      }
      rows[y * (size + 1) + 1 + x] = light
    }
  }
  const header = Buffer.alloc(13)
  header.writeUInt32BE(size, 0)
  header.writeUInt32BE(size, 4)
  // Eight bits a pixel, each the number of a colour.
  header.set([8, 3, 0, 0, 0], 8)
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('PLTE', shadesOf(Buffer.from(accent.slice(1), 'hex'))),
    chunk('IDAT', deflateSync(rows, { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

/** Whether a point, seen from the middle, is of one of the halves. */
function isSign(x: number, y: number): boolean {
  if (Math.hypot(x, y) > RADIUS) return false
  const isAcross = Math.abs(y) < HALF_CUT && Math.abs(x) < STEP + HALF_CUT
  const isAlong = Math.abs(x - (y < 0 ? -STEP : STEP)) < HALF_CUT
  return !isAcross && !isAlong
}

/** From the field to white. */
function shadesOf(field: Buffer): Buffer {
  const last = POINTS * POINTS
  const shades = Array.from({ length: last + 1 }, (_, light) =>
    [...field].map((part) => Math.round(part + ((255 - part) * light) / last)),
  )
  return Buffer.from(shades.flat())
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const frame = Buffer.alloc(8)
  frame.writeUInt32BE(data.length, 0)
  frame.writeUInt32BE(crc32(body), 4)
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)])
}
