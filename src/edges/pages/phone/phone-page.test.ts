import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { inflateSync } from 'node:zlib'
import { appIcon } from '#edges/pages/phone/app-icon.ts'
import { inside } from '../../../../test/support/clients/login-story.ts'
import { openDoor } from '../../../../test/support/server/door.ts'

suite('The phone app', () => {
  test('is framed by a page that says whose it is, also without a session', async (t) => {
    const { app } = await openDoor(t, {
      http: { name: 'Bull & "Bear"', helpLines: { FR: '+33 1 99 00 00 00' } },
    })
    const { headers, payload, cookies } = await app.inject({ url: '/phone' })
    const content = /<meta name="countersign" content="([^"]*)">/.exec(payload)?.[1] ?? ''
    assert.deepEqual(JSON.parse(content.replaceAll('&quot;', '"').replaceAll('&amp;', '&')), {
      issuer: 'http://localhost:4600',
      name: 'Bull & "Bear"',
      accent: '#0a5c4a',
      help: '+1 212 555 0100',
      helpLines: { FR: '+33 1 99 00 00 00' },
    })
    assert.match(payload, /<body class="phone"><div id="app"><\/div><noscript>/)
    assert.match(String(headers['content-security-policy']), /script-src 'self' 'wasm-unsafe-eval'/)
    assert.match(String(headers['content-security-policy']), /trusted-types countersign/)
    assert.deepEqual(cookies, [])
  })

  test('R004 opens from the login page and from the portal, and asks for no session', async (t) => {
    const { browser, app } = await inside(t)
    const fresh = await app.inject({ url: '/login?platform=portal' })
    const devices = await browser.open('/portal/security/devices')
    for (const html of [fresh.payload, devices.html])
      assert.match(html, /<a href="\/phone">Open the Authenticator<\/a>/)
    const manifest = await app.inject({ url: '/phone/manifest.webmanifest' })
    const { shortcuts } = JSON.parse(manifest.payload) as { shortcuts: { url: string }[] }
    assert.deepEqual(
      shortcuts.map(({ url }) => url),
      ['/phone#code', '/phone#requests'],
    )
    assert.equal((await app.inject({ url: '/phone' })).statusCode, 200)
  })

  test('can be installed', async (t) => {
    const { app } = await openDoor(t)
    const { headers, payload } = await app.inject({ url: '/phone/manifest.webmanifest' })
    assert.match(String(headers['content-type']), /^application\/manifest\+json/)
    const manifest = JSON.parse(payload) as {
      scope: string
      icons: { src: string; type: string }[]
    }
    assert.equal(manifest.scope, '/')
    for (const { src, type } of manifest.icons) {
      const icon = await app.inject({ url: src })
      assert.equal(icon.statusCode, 200, src)
      assert.equal(icon.headers['content-type'], type, src)
    }
  })

  test('has an icon in the colour of the brand', () => {
    const png = appIcon(28, '#c8102e')
    assert.equal(png.subarray(1, 4).toString('latin1'), 'PNG')
    const palette = png.indexOf('PLTE')
    const shades = png.subarray(palette + 4, palette + 4 + 17 * 3).toString('hex')
    assert.match(shades, /^c8102e.{90}ffffff$/, 'from the colour to white')
    const data = png.indexOf('IDAT')
    const rows = inflateSync(png.subarray(data + 4, data + 4 + png.readUInt32BE(data - 4)))
    assert.equal(rows.length, 28 * 29)
    assert.equal(rows[14 * 29 + 1 + 8], 16, 'a half of the sign')
    assert.equal(rows[14 * 29 + 1 + 20], 16, 'the other half')
    assert.equal(rows[14 * 29 + 1 + 14], 0, 'the cut between them')
    assert.equal(rows[1], 0, 'the field')
  })
})

suite('The brand', () => {
  test('with a colour of its own has a style sheet for it, and no page has a style inside', async (t) => {
    const { app } = await openDoor(t, { http: { accent: '#C8102E' } })
    const { payload } = await app.inject({ url: '/login' })
    const [, address = ''] = /href="(\/accent-\w+\.css)"/.exec(payload) ?? []
    const sheet = await app.inject({ url: address })
    assert.equal(sheet.payload, ':root{--accent:#C8102E}')
    assert.doesNotMatch(payload, /style=|<style|onclick|<script>/)
  })
})

suite('The help', () => {
  test('has an answer wherever a page points to one', async (t) => {
    const { app } = await openDoor(t)
    const { payload } = await app.inject({ url: '/help' })
    for (const topic of ['login', 'notifications', 'none', 'denied', 'wrong', 'locked', 'not-me']) {
      assert.ok(payload.includes(`id="${topic}"`), topic)
    }
  })
})
