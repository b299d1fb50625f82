import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { Language } from '#core/subscribers/account.ts'
import { FRESH } from '#core/devices/authenticator.ts'
import { type TaskDetails, TASK_RULES, FACT_LENGTH_MAX, isSameTask } from '#core/task-details.ts'
import { type AuthenticatorId, newId } from '#core/ids.ts'
import { minutes } from '#core/time/time.ts'
import { addressTask, deviceTask } from '#engine/tasks/device-details.ts'
import type { OpenSession } from '#engine/sessions/rights.ts'
import { renameAuthenticator } from '#engine/devices/overview.ts'
import { taskDigest } from '#engine/tasks/tasks.ts'
import { methodNamed } from '#engine/world.ts'
import { bindingWrites } from '#store/devices/authenticators.ts'
import { cardOf } from '../../support/clients/card.ts'
import { DATABASES } from '../../support/databases/databases.ts'
import { inPortal, wealthy } from '../../support/clients/orders.ts'
import { authenticatorOf, requestsOf } from '../../support/clients/engine-story.ts'
import { begunTask, opened } from '../../support/clients/task.ts'
import { browser, testWorld, type TestWorld } from '../../support/server/world.ts'

const LABEL = 'x'.repeat(40)

const speaking = (session: OpenSession, language: Language): OpenSession => ({
  ...session,
  subscriber: { ...session.subscriber, language },
})

/** An authenticator app, bound now. */
async function appOf(world: TestWorld, { subscriberId }: OpenSession): Promise<AuthenticatorId> {
  const id = newId('aut', world.now(), world.random)
  const state = methodNamed(world, 'totp').decoy(world.random)
  const app = { ...FRESH, id, method: 'totp', label: 'App', createdAt: world.now(), state }
  assert.ok(await world.db.commit(bindingWrites(world.db, app, [subscriberId])))
  return id
}

test('S88 two mail addresses that begin with the same 139 letters are two deeds', () => {
  const long = (end: string) => `${'a'.repeat(60)}@${'b'.repeat(60)}.${'c'.repeat(40)}.${end}`
  const deed = addressTask('email', long('one.example'))
  assert.ok(!isSameTask(deed, addressTask('email', long('other.example'))))
  assert.ok(isSameTask(deed, addressTask('email', long('one.example'))))
})

for (const database of DATABASES) {
  suite(`What a client confirms about a device, on ${database}`, () => {
    test('A8 S87 tells it from every other one of theirs, whatever it is called and in every language', async (t) => {
      const world = await testWorld(t, { database })
      const anna = await wealthy(world)
      const session = await inPortal(world, anna)
      const first = await appOf(world, session)
      const twin = await appOf(world, session)
      world.advance(minutes(1))
      const later = await appOf(world, session)
      const { id: card } = await cardOf(world, session.subscriberId)
      const all = [authenticatorOf(anna.phone), first, twin, later, card]
      for (const id of all) {
        assert.ok((await renameAuthenticator(world, session, { id, label: LABEL })).ok)
      }
      for (const language of ['en', 'fr'] as const) {
        const told = async (id: AuthenticatorId): Promise<TaskDetails> => {
          const spoken = speaking(session, language)
          return (await deviceTask(world, spoken, { kind: 'remove', id })) ?? assert.fail('no deed')
        }
        const deeds = await Promise.all(all.map(told))
        const words = deeds.map(({ facts }) => JSON.stringify(facts))
        assert.equal(new Set(words).size, all.length, words.join())
        assert.equal(new Set(deeds.map((deed) => taskDigest(world, deed))).size, all.length)
        for (const { kind, facts } of deeds) {
          assert.deepEqual(Object.keys(facts), TASK_RULES[kind].facts)
          for (const fact of Object.values(facts)) {
            assert.ok([...fact].length > 0 && [...fact].length <= FACT_LENGTH_MAX, fact)
          }
        }
      }
    })

    test('A8 S87 of a card names what is printed on it, whatever a session calls it', async (t) => {
      const world = await testWorld(t, { database })
      const session = await inPortal(world, await wealthy(world))
      const { id } = await cardOf(world, session.subscriberId)
      const named = async (label: string) => {
        assert.ok((await renameAuthenticator(world, session, { id, label })).ok)
        const deed = await deviceTask(world, session, { kind: 'remove', id })
        return deed?.facts['device']
      }
      assert.equal(await named('CARD-D'), 'CARD-C (“CARD-D”)')
      assert.equal(await named('CARD-C'), 'CARD-C')
      assert.equal(await named('Old”), and CARD-D (“new'), 'CARD-C (“Old’), and CARD-D (’new”)')
    })

    test('A8 R170 is the same device under another name and in another language', async (t) => {
      const world = await testWorld(t, { database })
      const session = await inPortal(world, await wealthy(world))
      const id = await appOf(world, session)
      const about = { kind: 'bring_back', id } as const
      const before = await deviceTask(world, session, about)
      assert.ok((await renameAuthenticator(world, session, { id, label: 'Other' })).ok)
      const after = await deviceTask(world, speaking(session, 'fr'), about)
      assert.ok(before && after && isSameTask(before, after))
      assert.notDeepEqual(before.facts, after.facts)
      const nobodys = newId('aut', world.now(), world.random)
      assert.equal(await deviceTask(world, session, { ...about, id: nobodys }), null)
    })

    test('S88 is on the phone in the same words', async (t) => {
      const world = await testWorld(t, { database })
      const anna = await wealthy(world)
      const session = await inPortal(world, anna)
      const id = authenticatorOf(anna.phone)
      const deed = await deviceTask(world, session, { kind: 'remove', id })
      assert.ok(deed)
      await begunTask(world, session, {
        id: await opened(world, session, deed),
        client: browser(),
      })
      const [request] = await requestsOf(world, anna.phone)
      assert.deepEqual(request?.context.task, { kind: 'remove', facts: deed.facts })
      assert.deepEqual(deed.facts, {
        device: 'Test phone',
        method: 'Phone',
        added: '20 November 2026, 07:00',
      })
    })
  })
}
