import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { suite, test } from 'node:test'
import { brotliDecompressSync } from 'node:zlib'
import { TYPEFACE } from '#edges/brand/typeface.ts'
import { formatsOf } from '#edges/texts/formats.ts'

const KIB = 1024
const FONT = readFileSync(TYPEFACE)

suite('The typeface', () => {
  test('is one file of at most 40 KB, and its licence lies beside it', () => {
    assert.ok(FONT.length <= 40 * KIB, `${FONT.length} bytes`)
    const licence = readFileSync('web/font/OFL.txt', 'utf8')
    assert.match(licence, /Public Sans Project Authors/)
    assert.match(licence, /SIL OPEN FONT LICENSE Version 1\.1/)
  })

  test('has every character of the texts in both languages, of times and of amounts', () => {
    const drawn = charactersIn(FONT)
    const files = globSync(['locales/*.json', 'help/**/*.md', 'web/phone/words-*.ts'])
    assert.ok(files.length > 10)
    const written = [...files.map((file) => readFileSync(file, 'utf8')), ...formatted()].join('')
    const missing = [...new Set(written)].filter(
      // Space of any width, and the end of a line, need no drawing.
      (character) => !/\s/.test(character) && !drawn.has(character.codePointAt(0) ?? 0),
    )
    assert.deepEqual(missing, [])
  })

  test('has the accents of French, small and large', () => {
    const drawn = charactersIn(FONT)
    const letters = [...'àâæçéèêëîïôœùûüÿÀÂÆÇÉÈÊËÎÏÔŒÙÛÜ«»’…–—']
    assert.deepEqual(
      letters.filter((letter) => !drawn.has(letter.codePointAt(0) ?? 0)),
      [],
    )
  })
})

suite('Steps', () => {
  const filesWith = (pattern: string, words: RegExp) =>
    globSync(pattern).filter((file) => words.test(readFileSync(file, 'utf8')))

  test('are numbered by one component of the pages, and so is the place in a task', () => {
    const drawing = filesWith('src/**/*.ts', /<ol class="(steps|stages)"/)
    assert.deepEqual(
      drawing.filter((file) => !file.endsWith('.test.ts')),
      ['src/edges/pages/frame/parts.ts'],
    )
  })

  test('look the same on every page and in the phone app', () => {
    assert.deepEqual(filesWith('web/style/*.css', /\.steps\s*>\s*li/), ['web/style/confirm.css'])
    assert.deepEqual(filesWith('web/style/*.css', /\.stages\b/), ['web/style/portal.css'])
  })
})

/** What is written by a formatter and stands in no file. */
function formatted(): readonly string[] {
  const at = Date.UTC(2026, 7, 31, 12) as Parameters<ReturnType<typeof formatsOf>['full']>[0]
  return (['en', 'fr'] as const).flatMap((language) => {
    const formats = formatsOf(language, 'America/New_York')
    const amount = new Intl.NumberFormat(language, { style: 'currency', currency: 'EUR' })
    return [formats.full(at), formats.date(at), formats.time(at), amount.format(-1_234_567.89)]
  })
}

/** Where the table of characters is among the known ones. @see W3C, "WOFF File Format 2.0", 4.1 */
const CMAP = 0
const [GLYF, LOCA, OTHER] = [10, 11, 63]
const HEADER_BYTES = 48

/** The characters that a file draws. */
function charactersIn(woff2: Buffer): ReadonlySet<number> {
  assert.equal(woff2.toString('latin1', 0, 4), 'wOF2')
  let at = HEADER_BYTES
  const number = (): number => {
    let value = 0
    for (;;) {
      const byte = woff2.readUInt8(at)
      at += 1
      value = value * 128 + (byte & 0x7f)
      if (byte < 0x80) return value
    }
  }
  let offset = 0
  let cmap: { readonly from: number; readonly to: number } | null = null
  for (let left = woff2.readUInt16BE(12); left > 0; left -= 1) {
    const flags = woff2.readUInt8(at)
    at += 1
    const [tag, version] = [flags & 0x3f, flags >> 6]
    if (tag === OTHER) at += 4
    const plain = number()
    const isPlain = tag === GLYF || tag === LOCA ? version === 3 : version === 0
    const length = isPlain ? plain : number()
    if (tag === CMAP) cmap = { from: offset, to: offset + length }
    offset += length
  }
  assert.ok(cmap, 'it has no table of characters')
  const tables = brotliDecompressSync(woff2.subarray(at, at + woff2.readUInt32BE(20)))
  return mappedIn(tables.subarray(cmap.from, cmap.to))
}

/** @see ISO/IEC 14496-22, "Open Font Format", cmap, format 4 */
function mappedIn(cmap: Buffer): ReadonlySet<number> {
  const found = new Set<number>()
  for (let record = 0; record < cmap.readUInt16BE(2); record += 1) {
    const table = cmap.subarray(cmap.readUInt32BE(4 + record * 8 + 4))
    if (table.readUInt16BE(0) !== 4) continue
    const twice = table.readUInt16BE(6)
    for (let segment = 0; segment < twice; segment += 2) {
      const last = table.readUInt16BE(14 + segment)
      const first = table.readUInt16BE(16 + twice + segment)
      for (let code = first; code <= last && code < 0xff_ff; code += 1) found.add(code)
    }
  }
  return found
}
