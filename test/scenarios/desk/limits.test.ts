import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { minutes } from '#core/time/time.ts'
import { join, openInvitation } from '#engine/desk/invitation.ts'
import { softKey } from '#methods/passkey/sample.ts'
import { begin } from '../../support/clients/engine-story.ts'
import { deskBrowser, hired, invited, joining, memberLogIn } from '../../support/desk/staff.ts'
import { DATABASES } from '../../support/databases/databases.ts'
import { browser, HONEST, testWorld } from '../../support/server/world.ts'
import { problemOf } from '../../support/outcomes.ts'

/** How often an address may open what lets no member in, and how often it may fail to log in. */
const TRIES = 60
/** What all logins of an address have together. */
const ARRIVALS = 1_200

for (const database of DATABASES) {
  suite(`What one address uses up at the desk, on ${database}`, () => {
    test('A28 invitations that a web page makes a browser open stop no login, and no good invitation', async (t) => {
      const world = await testWorld(t, { database, settings: HONEST })
      await world.add({ userName: 'anna', password: 'correct horse battery' })
      const { key } = await hired(world, 'olga')
      const { token } = await invited(world, 'nina')
      const client = deskBrowser()
      const forged = { token: 'x'.repeat(43), client, language: 'en' } as const
      for (let count = 0; count < TRIES; count += 1) {
        assert.equal(problemOf(await openInvitation(world, forged)), 'desk.invitation-over')
      }
      for (let count = TRIES; count < ARRIVALS; count += 1) {
        assert.equal(problemOf(await openInvitation(world, forged)), 'request.too-many')
      }
      assert.ok((await memberLogIn(world, key, { client })).ok)
      const own = { ...browser(), address: client.address }
      assert.ok((await begin(world, own, { userName: 'anna', platform: 'portal' })).ok)
      const sent = await joining(world, token, { key: softKey('n'), client })
      assert.equal(
        problemOf(await join(world, { ...sent, token: forged.token })),
        'request.too-many',
      )
      assert.ok((await join(world, sent)).ok)
    })

    test('S10 an address that fails 60 times logs no member in for ten minutes, and a neighbour does', async (t) => {
      const world = await testWorld(t, { database })
      const { key } = await hired(world, 'olga')
      const client = deskBrowser()
      for (let count = 0; count <= TRIES; count += 1) {
        assert.ok((await memberLogIn(world, key, { client })).ok, 'what is right costs nothing')
      }
      const stranger = softKey('s')
      for (let count = 0; count < TRIES; count += 1) {
        const done = await memberLogIn(world, stranger, { client, userHandle: 'AAAA' })
        assert.equal(problemOf(done), 'desk.not-logged-in')
      }
      assert.equal(problemOf(await memberLogIn(world, key, { client })), 'request.too-many')
      const neighbour = { ...client, address: '192.0.2.51' }
      assert.ok((await memberLogIn(world, key, { client: neighbour })).ok)
      world.advance(minutes(10))
      assert.ok((await memberLogIn(world, key, { client })).ok)
    })
  })
}
