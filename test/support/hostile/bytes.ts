import { crc32, deflateSync } from 'node:zlib'

/** Pieces that hostile files are made of: numbers as their formats write them, and chunks. */

export const ascii = (text: string): Buffer => Buffer.from(text, 'latin1')

/** Four bytes, the largest first. */
export function long(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

/** Two bytes, the largest first. */
export function short(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeUInt16BE(value)
  return bytes
}

/** Four bytes, the smallest first. */
export function longLittle(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}

/** Two bytes, the smallest first. */
export function shortLittle(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeUInt16LE(value)
  return bytes
}

/** A chunk of a PNG, with its length and checksum. */
export function pngChunk(type: string, body: Uint8Array = Buffer.alloc(0)): Buffer {
  const named = Buffer.concat([ascii(type), body])
  return Buffer.concat([long(body.length), named, long(crc32(named))])
}

/** A segment of a JPEG, with its marker and length. */
export const jpegSegment = (marker: number, body: Uint8Array): Buffer =>
  Buffer.concat([Buffer.from([0xff, marker]), short(body.length + 2), body])

/** A chunk of a RIFF file, such as a WebP. */
export const riffChunk = (type: string, body: Uint8Array): Buffer =>
  Buffer.concat([ascii(type), longLittle(body.length), body, Buffer.alloc(body.length % 2)])

/** What says a kilobyte and is a thousand of them when it is unpacked. */
export const packedZeros = (lengthBytes: number): Buffer =>
  deflateSync(Buffer.alloc(lengthBytes), { level: 9 })

const ENTRY_LENGTH_BYTES = 12
/** The kind of a directory entry whose value is text. */
const TEXT = 2

/** An Exif block (TIFF) with one directory: entries of tag, kind, count and value. */
export function exifBlock(
  entries: readonly (readonly [tag: number, kind: number, count: number, value: number])[],
  next = 0,
): Buffer {
  const head = Buffer.concat([ascii('MM'), short(42), long(8)])
  const rows = entries.map(([tag, kind, count, value]) =>
    Buffer.concat([short(tag), short(kind), long(count), long(value)]),
  )
  return Buffer.concat([head, short(entries.length), ...rows, long(next)])
}

/** An Exif block with text in every tag that holds some. */
export function exifTexts(texts: readonly (readonly [tag: number, text: string])[]): Buffer {
  let at = 8 + 2 + texts.length * ENTRY_LENGTH_BYTES + 4
  const entries = texts.map(([tag, text]) => {
    const entry = [tag, TEXT, text.length + 1, at] as const
    at += text.length + 1
    return entry
  })
  return Buffer.concat([exifBlock(entries), ...texts.map(([, text]) => ascii(`${text}\0`))])
}

/** A colour profile with text for its description, as large as asked. */
export function colourProfile(text: string, { tags = 1, lengthBytes = 256 } = {}): Buffer {
  const profile = Buffer.alloc(Math.max(lengthBytes, 160 + text.length))
  profile.writeUInt32BE(profile.length, 0)
  profile.write('lcms', 4, 'latin1')
  profile.writeUInt32BE(0x04_30_00_00, 8)
  profile.write('mntrRGB XYZ ', 12, 'latin1')
  profile.write('acsp', 36, 'latin1')
  profile.writeUInt32BE(tags, 128)
  profile.write('desc', 132, 'latin1')
  profile.writeUInt32BE(144, 136)
  profile.writeUInt32BE(12 + text.length, 140)
  profile.write('text', 144, 'latin1')
  profile.write(text, 152, 'latin1')
  return profile
}
