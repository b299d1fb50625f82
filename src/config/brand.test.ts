import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { GROUNDS } from '#config/brand.ts'
import { loadSettings } from '#config/load.ts'

const problemsOf = (file: string): string => {
  const loaded = loadSettings({ file, environment: {}, readFile: () => '' })
  return loaded.ok ? '' : loaded.problems.join('\n')
}

suite('The brand', () => {
  test('has a colour that is read at 4.5:1 on every light ground, or none', () => {
    // On the quiet block, #f4f4f2, this grey is just enough, and the next one is not.
    assert.equal(problemsOf('accent: "#6f6f6f"'), '')
    assert.match(problemsOf('accent: "#717171"'), /accent: #717171 has a contrast of 4\.4:1/)
    assert.equal(
      problemsOf('accent: "#ffd400"'),
      'accent: #ffd400 has a contrast of 1.2:1 on the light page, and text needs 4.5:1 ' +
        '(WCAG 2.2): choose a darker one',
    )
  })

  test('has another colour on dark pages, which is read there', () => {
    assert.equal(problemsOf('brand:\n  accentDark: "#ffd400"'), '')
    assert.match(
      problemsOf('brand:\n  accentDark: "#0a5c4a"'),
      /brand\.accentDark: #0a5c4a has a contrast of 2\.\d:1 on the dark page, .* a lighter one/,
    )
  })

  test('is measured on the grounds that pages have', () => {
    const tokens = readFileSync('web/style/tokens.css', 'utf8')
    const pairOf = (name: string) => {
      const found = new RegExp(`--${name}: light-dark\\((#\\w+), (#\\w+)\\)`).exec(tokens)
      return [found?.[1], found?.[2]].map((one) => one?.replace(/^#(.)(.)(.)$/, '#$1$1$2$2$3$3'))
    }
    const [paper, wash, text] = ['paper', 'wash', 'on-accent'].map(pairOf)
    assert.deepEqual([paper?.[0], wash?.[0]], [...GROUNDS.light])
    assert.equal(text?.[0], GROUNDS.light[0], 'a button is white on the colour')
    assert.deepEqual([paper?.[1], wash?.[1], text?.[1]], [...GROUNDS.dark])
    assert.match(tokens, /--accent-ink: light-dark\(\s*var\(--accent\),\s*var\(--accent-dark,/)
  })

  test('has a logo that is a picture of at most 64 KB, and one for light pages at least', (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'countersign-brand-'))
    t.after(() => rmSync(folder, { recursive: true, force: true }))
    const fileOf = (name: string, content: string) => {
      writeFileSync(join(folder, name), content)
      return join(folder, name)
    }
    const svg = fileOf('logo.svg', '<svg xmlns="http://www.w3.org/2000/svg"/>')
    const logo = (light: string, dark?: string) =>
      `brand:\n  logo:\n    light: ${light}\n${dark ? `    dark: ${dark}\n` : ''}`
    assert.equal(problemsOf(logo(svg)), '')
    assert.equal(problemsOf(logo(svg, svg)), '')
    const atMost = fileOf('most.svg', '<svg/>'.padEnd(65_536))
    assert.equal(problemsOf(logo(atMost)), '')
    const said = /brand\.logo\.light: must name a file that is an SVG, PNG or WebP picture/
    for (const wrong of [
      join(folder, 'missing.svg'),
      folder,
      fileOf('page.html', '<html></html>'),
      fileOf('large.svg', '<svg/>'.padEnd(65_537)),
    ]) {
      assert.match(problemsOf(logo(wrong)), said, wrong)
    }
    assert.match(
      problemsOf(`brand:\n  logo:\n    dark: ${svg}`),
      /brand\.logo\.light: is needed where there is a dark one/,
    )
  })

  test('has legal lines in both languages, and numbers by country', () => {
    assert.equal(problemsOf('brand:\n  legal: [{ en: Supervised., fr: Surveillé. }]'), '')
    assert.match(problemsOf('brand:\n  legal: [{ en: Supervised. }]'), /brand\.legal\.0\.fr/)
    const hidden = 'brand:\n  legal: [{ en: "Super\\u202evised", fr: Surveillé. }]'
    assert.match(problemsOf(hidden), /brand\.legal\.0\.en: must be one line of words/)
    assert.equal(problemsOf('helpLines: { FR: "+33 1 99 00 00 00" }'), '')
    for (const odd of ['UK', 'XX'])
      assert.match(
        problemsOf(`helpLines: { ${odd}: "+33 1 99 00 00 00" }`),
        new RegExp(`helpLines\\.${odd}: .*two letters of ISO 3166-1, such as GB`),
      )
    assert.match(problemsOf('helpLines: { FR: "01 99 00 00 00" }'), /international number/)
    assert.match(
      problemsOf('helpLines: { France: "+33 1 99 00 00 00" }'),
      /helpLines\.France: the name must be two letters of ISO 3166-1/,
    )
  })
})
