import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { preferred } from '#edges/http/client/language.ts'
import { openDoor, visitor } from '../../../../test/support/server/door.ts'

suite('the language of a page', () => {
  const rows = [
    [undefined, 'en'],
    ['', 'en'],
    ['fr', 'fr'],
    ['fr-CH, fr;q=0.9, en;q=0.8', 'fr'],
    ['en-GB, fr;q=0.9', 'en'],
    ['de, fr;q=0.5, en;q=0.4', 'fr'],
    ['de-DE, de', 'en'],
    ['fr;q=0, en', 'en'],
    ['en;q=0.1, fr;q=0.2', 'fr'],
    ['FR-ca', 'fr'],
    ['*;q=1, ;;;q=x, fr', 'fr'],
    [`${'xx,'.repeat(1_000)}fr`, 'en'],
  ] as const

  for (const [header, language] of rows) {
    test(`${String(header).slice(0, 30)} is ${language}`, () =>
      assert.equal(preferred(header), language))
  }

  test('R170 is the one that was chosen, whatever the browser prefers', async (t) => {
    const door = await openDoor(t)
    const browser = visitor(door)
    const shown = await browser.open('/login?platform=portal&language=fr')
    assert.equal(shown.address, '/login?platform=portal')
    assert.equal(shown.heading, 'Connexion')
    assert.match(shown.html, /<html lang="fr">/)
    assert.equal((await browser.open('/help', { 'accept-language': 'en' })).heading, 'Aide')
    assert.equal((await browser.open('/help?language=en')).heading, 'Help')
  })

  test('R170 is offered as the other one, by its own name', async (t) => {
    const browser = visitor(await openDoor(t))
    const { html } = await browser.open('/login')
    assert.match(html, /<a href="[^"]*language=fr" lang="fr" hreflang="fr">Français<\/a>/)
  })
})
