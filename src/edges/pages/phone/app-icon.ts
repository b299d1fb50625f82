import { crc32, deflateSync } from 'node:zlib'

/**
 * The logo of the brokerage as a picture, for systems that take no drawing. Bars on a field, on a
 * grid of 28.
 */
const BARS = [
  { left: 8.5, right: 19.5, top: 8.25, bottom: 10.75 },
  { left: 8.5, right: 15.5, top: 12.75, bottom: 15.25 },
  { left: 8.5, right: 19.5, top: 17.25, bottom: 19.75 },
] as const
const GRID = 28

/**
 * A square of `size` pixels in two colours. The field reaches the edges, so that a system may cut
 * it round.
 *
 * @see W3C, "Portable Network Graphics (PNG) Specification (Third Edition)"
 */
export function appIcon(size: number, accent: string): Buffer {
  const rows = Buffer.alloc(size * (size + 1))
  for (let y = 0; y < size; y += 1) {
    for (let x = 0; x < size; x += 1) {
      const [gx, gy] = [((x + 0.5) * GRID) / size, ((y + 0.5) * GRID) / size]
      const isBar = BARS.some(
        (bar) => gx > bar.left && gx < bar.right && gy > bar.top && gy < bar.bottom,
      )
      rows[y * (size + 1) + 1 + x] = isBar ? 1 : 0
    }
  }
  const header = Buffer.alloc(13)
  header.writeUInt32BE(size, 0)
  header.writeUInt32BE(size, 4)
  // Eight bits a pixel, each the number of a colour.
  header.set([8, 3, 0, 0, 0], 8)
  const colours = Buffer.concat([Buffer.from(accent.slice(1), 'hex'), Buffer.from('ffffff', 'hex')])
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('PLTE', colours),
    chunk('IDAT', deflateSync(rows, { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const frame = Buffer.alloc(8)
  frame.writeUInt32BE(data.length, 0)
  frame.writeUInt32BE(crc32(body), 4)
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)])
}
