import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { openDoor } from '../../../test/support/server/door.ts'

const NONE = { logo: { light: null, dark: null }, accentDark: null, legal: [] }

suite('A page', () => {
  test('shows the sign and the name, where the brokerage has no logo', async (t) => {
    const { app } = await openDoor(t)
    const { payload } = await app.inject({ url: '/login' })
    assert.match(payload, /<a class="brand" href="\/"><svg [^]*?<\/svg>Example Brokerage<\/a>/)
    assert.doesNotMatch(payload, /class="legal"|href="\/help#call"/)
  })

  test('shows the logo of the brokerage, light and dark, under addresses that may be kept', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'countersign-brand-'))
    t.after(() => rmSync(folder, { recursive: true, force: true }))
    const light = join(folder, 'light.svg')
    const dark = join(folder, 'dark.svg')
    const drawing = (fill: string) =>
      `<svg xmlns="http://www.w3.org/2000/svg"><path fill="${fill}" d="M0 0h9v9z"/></svg>`
    writeFileSync(light, drawing('#000'))
    writeFileSync(dark, drawing('#fff'))
    const { app } = await openDoor(t, { http: { brand: { ...NONE, logo: { light, dark } } } })
    const { payload } = await app.inject({ url: '/login' })
    const shown = new RegExp(
      '<picture><source srcset="([^"]+)" media="\\(prefers-color-scheme: dark\\)">' +
        '<img src="([^"]+)" alt="Example Brokerage">',
    )
    const [, inDark = '', inLight = ''] = shown.exec(payload) ?? []
    for (const [address, fill] of [
      [inLight, '#000'],
      [inDark, '#fff'],
    ] as const) {
      const file = await app.inject({ url: address })
      assert.equal(file.statusCode, 200, address)
      assert.equal(file.payload, drawing(fill))
      assert.equal(file.headers['content-type'], 'image/svg+xml')
      assert.match(String(file.headers['cache-control']), /immutable/)
      assert.match(String(file.headers['content-security-policy']), /default-src 'none'/)
    }
  })

  test('has the colours of the brand, light and dark, and no style inside', async (t) => {
    const brand = { ...NONE, accentDark: '#ff8a90' }
    const { app } = await openDoor(t, { http: { accent: '#c8102e', brand } })
    const { payload } = await app.inject({ url: '/login' })
    const [, address = ''] = /href="(\/accent-[\w-]+\.css)"/.exec(payload) ?? []
    const sheet = await app.inject({ url: address })
    assert.equal(sheet.payload, ':root{--accent:#c8102e;--accent-dark:#ff8a90}')
    assert.doesNotMatch(payload, /style=|<style/)
  })

  test('ends with the legal lines in its language, and the help has the numbers by country', async (t) => {
    const legal = [
      { en: 'Supervised by A & B.', fr: 'Sous la surveillance de A & B.' },
      { en: 'Registered in Zug.', fr: 'Inscrite à Zoug.' },
    ]
    const helpLines = { FR: '+33 1 99 00 00 00', DE: '+49 30 23125 000' }
    const { app } = await openDoor(t, { http: { brand: { ...NONE, legal }, helpLines } })
    const french = await app.inject({ url: '/login', headers: { 'accept-language': 'fr' } })
    assert.match(
      french.payload,
      /<div class="legal"><p>Sous la surveillance de A &amp; B\.<\/p><p>Inscrite à Zoug\.<\/p>/,
    )
    assert.match(french.payload, /<a href="\/help#call">/)
    const help = await app.inject({ url: '/help', headers: { 'accept-language': 'fr' } })
    assert.match(
      help.payload,
      /id="call">[^]*<dt>Allemagne<\/dt><dd><a href="tel:\+493023125000">[^]*<dt>France<\/dt>/,
    )
  })
})

suite('The typeface', () => {
  test('may come from here and from nowhere else', async (t) => {
    const { app } = await openDoor(t)
    for (const url of ['/login', '/phone']) {
      const { headers } = await app.inject({ url })
      assert.match(String(headers['content-security-policy']), /font-src 'self'(;|$)/, url)
    }
  })
})
