import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import MiniSearch from 'minisearch'
import { orderRules, Orders } from '#config/broker.ts'
import { allBlocks, allWords, type Words } from '#core/help/article.ts'
import type { KeptHelp } from '#core/help/kept.ts'
import { type Entry, entriesOf, indexOptions, searchIn } from '#core/help/search.ts'
import { LANGUAGES, type Language } from '#core/subscribers/account.ts'
import { metricsOf } from '#edges/http/metrics.ts'
import { GUIDES } from '#edges/pages/help/guides.ts'
import { searchHelp } from '#edges/pages/help/search/search.ts'
import { type Door, openDoor } from '../../../../../test/support/server/door.ts'

async function keptOn({ app }: Pick<Door, 'app'>, language: Language): Promise<KeptHelp> {
  const { payload } = await app.inject({ url: `/phone/help/${language}` })
  return JSON.parse(payload) as KeptHelp
}

const pieces = (words: Words): Words =>
  words.flatMap((one) =>
    typeof one !== 'string' && 'words' in one ? [one, ...pieces(one.words)] : [one],
  )

suite('The help that a phone keeps', () => {
  test('R016 R170 is whole in each language, with the figures that the broker has set', async (t) => {
    const orders = { ...orderRules(Orders.parse({})), equityUsd: 750_001 }
    const door = await openDoor(t, { settings: { orders } })
    for (const language of LANGUAGES) {
      const kept = await keptOn(door, language)
      const articles = kept.shelves.flatMap((shelf) => shelf.articles)
      assert.deepEqual(
        articles.map(({ guide }) => guide),
        GUIDES,
      )
      const words = articles.flatMap(({ blocks }) => allWords(blocks)).flatMap(pieces)
      assert.ok(words.every((one) => typeof one === 'string' || one.kind !== 'fill'))
      const said = words.filter((one) => typeof one === 'string').join(' ')
      assert.match(said, language === 'en' ? /USD\s750,001/ : /USD\s750\s001/)
      const pictures = articles
        .flatMap(({ blocks }) => allBlocks(blocks))
        .flatMap((one) => (one.kind === 'picture' ? [one.file] : []))
      assert.ok(pictures.length > 10)
      for (const url of pictures)
        assert.equal((await door.app.inject({ url })).statusCode, 200, url)
    }
  })

  test('R016 is searched on the phone as on the page: the same articles in the same order', async (t) => {
    const door = await openDoor(t)
    for (const language of LANGUAGES) {
      const index = new MiniSearch<Entry>(indexOptions(language))
      for (const { articles } of (await keptOn(door, language)).shelves)
        for (const one of articles) index.addAll(entriesOf(one.guide, one, one.said))
      for (const words of ['sms', 'stolen mobile', 'withdrawl', 'téléphone volé', 'zeppelin', '']) {
        const found = (of: ReturnType<typeof searchHelp>) =>
          of.found.map(({ guide, section }) => `${guide}#${section?.anchor}`)
        const here = searchHelp(language, words)
        const there = searchIn(index, words)
        assert.equal(there.finding, here.finding, words)
        assert.deepEqual(found(there).slice(0, 1), found(here).slice(0, 1), words)
      }
    }
  })

  test('is sent again only when it is another, and small', async (t) => {
    const { app } = await openDoor(t)
    const url = '/phone/help/fr'
    const first = await app.inject({ url, headers: { 'accept-encoding': 'gzip' } })
    assert.equal(first.headers['cache-control'], 'no-cache')
    assert.equal(first.headers['set-cookie'], undefined)
    assert.ok(first.rawPayload.length < 48 * 1_024, `${first.rawPayload.length} bytes`)
    const mark = String(first.headers.etag)
    const again = await app.inject({ url, headers: { 'if-none-match': mark } })
    assert.equal(again.statusCode, 304)
    assert.equal(again.rawPayload.length, 0)
    const orders = { ...orderRules(Orders.parse({})), equityUsd: 750_001 }
    const changed = await openDoor(t, { settings: { orders } })
    const newer = await changed.app.inject({ url, headers: { 'if-none-match': mark } })
    assert.equal(newer.statusCode, 200)
    for (const other of ['de', 'EN', '%00', 'en/x'])
      assert.ok((await app.inject({ url: `/phone/help/${other}` })).statusCode >= 400, other)
  })
})

suite('A search on a phone', () => {
  const ask = ({ app }: Pick<Door, 'app'>, payload: object) =>
    app.inject({ method: 'POST', url: '/phone/api/searched', payload })

  test('R016 is counted as on the page, without a word of it, and not without end', async (t) => {
    const door = await openDoor(t)
    const { searches } = metricsOf(door.world)
    const count = async () => (await searches.get()).values.map(({ value }) => value)
    assert.equal((await ask(door, { language: 'fr', found: 'none' })).statusCode, 200)
    assert.deepEqual(await count(), [1])
    for (const bad of [
      {},
      { language: 'de', found: 'none' },
      { language: 'en', found: 'zeppelin' },
      { language: 'en', found: 'none', words: 'zeppelin' },
    ])
      assert.equal((await ask(door, bad)).statusCode, 400, JSON.stringify(bad))
    assert.deepEqual(await count(), [1])
    for (let asked = 0; asked < 60; asked += 1) await ask(door, { language: 'fr', found: 'none' })
    assert.deepEqual(await count(), [60])
  })
})
