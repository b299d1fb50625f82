import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { sql } from 'kysely'
import type { AgentId } from '#core/agent.ts'
import { EVERYWHERE } from '#core/status/lateness.ts'
import type { Standing, Subject } from '#core/status/subjects.ts'
import { hours, minutes, seconds } from '#core/time/time.ts'
import { tellClients } from '#engine/status/notice.ts'
import { lookAtStatus } from '#engine/status/look.ts'
import type { Channel } from '#channels/channel.ts'
import { lateWords } from '#edges/pages/status/status-words.ts'
import { texts } from '#edges/texts/texts.ts'
import { commitLook, listStandings } from '#store/status/status.ts'
import { openDoor, visitor } from '../../../../test/support/server/door.ts'
import type { TestWorld } from '../../../../test/support/server/world.ts'

const channel = (name: string): Channel => ({
  name,
  retries: [],
  deliver: async () => ({ outcome: 'sent' }),
})

/** What the last look has seen. */
async function saw(world: TestWorld, late: readonly (readonly [Subject, string])[]): Promise<void> {
  const now = world.now()
  const known = await listStandings(world.db)
  const standings = late.map(
    ([subject, place]): Standing & { seenAt: typeof now; heardAt: null } => ({
      subject,
      place,
      condition: 'late',
      since: now,
      seenAt: now,
      heardAt: null,
    }),
  )
  const before = known.find(({ subject }) => subject === 'database')?.seenAt ?? null
  const look = { now, before, standings, late: [], forgetHoursBefore: now, others: [] }
  assert.ok(await commitLook(world.db, look))
}

suite('The status page', () => {
  test('says to every client, in both languages, that all works, and sets no cookie', async (t) => {
    const door = await openDoor(t)
    const { world } = door
    world.channels.set('sms', channel('sms'))
    await lookAtStatus(world)
    const browser = visitor(door)
    const page = await browser.open('/status')
    assert.equal(page.heading, 'Status')
    assert.match(page.words, /Everything works as usual\./)
    assert.match(page.words, /Texts Works as usual\./)
    assert.doesNotMatch(page.words, /Calls Works/, 'there is no carrier for calls')
    assert.doesNotMatch(page.html, /<script/)
    assert.deepEqual([...browser.cookies.keys()], [])
    const french = await browser.open('/status?language=fr')
    assert.equal(french.heading, 'État du service')
  })

  test('what is late is told there and above the form of the login, and only while it is seen', async (t) => {
    const door = await openDoor(t)
    const { world } = door
    for (const name of ['sms', 'push']) world.channels.set(name, channel(name))
    await saw(world, [
      ['sms', 'IN'],
      ['push', 'apple'],
    ])
    const browser = visitor(door)
    for (const address of ['/status', '/login?platform=trade']) {
      const { words } = await browser.open(address)
      assert.match(words, /Texts to India are late\. Use your phone/)
      assert.match(words, /Notifications are late on: iPhone and iPad\./)
    }
    const { words } = await browser.open('/login?platform=trade&language=fr')
    assert.match(words, /Les SMS ont du retard \(Inde\)/)
    world.advance(minutes(1))
    assert.doesNotMatch((await browser.open('/login?platform=trade')).words, /retard/)
    assert.match((await browser.open('/status?language=en')).words, /may be older/)
  })

  test('the words of an operator stand there as text, and nothing of them is read as HTML', async (t) => {
    const door = await openDoor(t)
    const told = await tellClients(door.world, {
      words: { en: 'Cards <b>late</b>.', fr: 'Cartes <b>lentes</b>.' },
      reason: 'the printer',
      hours: 1,
      by: 'olga' as AgentId,
    })
    assert.ok(told.ok)
    const browser = visitor(door)
    for (const address of ['/status', '/login?platform=trade']) {
      const { html } = await browser.open(address)
      assert.match(html, /Cards &lt;b&gt;late&lt;\/b&gt;\./)
      assert.doesNotMatch(html, /olga|printer/)
    }
    door.world.advance(hours(1))
    assert.doesNotMatch((await browser.open('/status')).words, /Cards/)
  })

  test('tells the days on which something was disturbed, with the minutes', async (t) => {
    const door = await openDoor(t)
    const { world } = door
    await lookAtStatus(world)
    world.advance(minutes(12))
    await lookAtStatus(world)
    world.advance(seconds(1))
    const { words } = await visitor(door).open('/status')
    assert.match(words, /Availability Works as usual\. Today: disturbed for 12 minutes\./)
  })

  test('a login page opens, and the status page says why, where nothing can be read', async (t) => {
    const { app, world } = await openDoor(t)
    await world.db.alter((tables) => sql`drop table status_notice`.execute(tables))
    const page = await app.inject({ url: '/status' })
    assert.equal(page.statusCode, 503)
    assert.match(page.body, /Our database does not answer/)
    const login = await app.inject({ url: '/login?platform=trade' })
    assert.equal(login.statusCode, 200)
  })

  test('has a sentence for every subject, with one place and with many', () => {
    for (const language of ['en', 'fr'] as const) {
      const t = texts(language)
      const many = ['IN', 'US', 'FR', 'DE', 'CH']
      for (const subject of ['push', 'sms', 'voice'])
        for (const places of [[EVERYWHERE], ['IN'], many]) {
          const words = lateWords(t, subject, places)
          assert.doesNotMatch(words, /status\.|\{\{/)
          assert.equal(/Ind(?:e|ia)\b/.test(words), places.length === 1 && places[0] === 'IN')
        }
      for (const subject of ['login', 'email', 'documents', 'database'])
        assert.doesNotMatch(lateWords(t, subject, [EVERYWHERE]), /status\./)
      for (const vendor of ['apple', 'google', 'mozilla', 'microsoft'])
        assert.doesNotMatch(lateWords(t, 'push', [vendor]), /status\./)
    }
  })
})
