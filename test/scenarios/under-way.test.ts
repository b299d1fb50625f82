import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { ENDING_NAMES, UNDER_WAY } from '#core/under-way.ts'
import { newId } from '#core/ids.ts'
import { revokeTemporaryPasscode } from '#engine/passcodes.ts'
import { findLiveSession } from '#engine/session.ts'
import { stopSuccessor, succeedDue } from '#engine/succession.ts'
import { bindingWrites, listAuthenticators } from '#store/authenticators.ts'
import { DATABASES } from '../support/databases.ts'
import { givenPasscode, inWithPasscode } from '../support/paper.ts'
import { pebble } from '../support/pebble.ts'
import {
  type Act,
  ACTS,
  type Cast,
  castOf,
  endsWith,
  isPossible,
  type Thing,
  THINGS,
  TOLD_APART,
} from '../support/under-way.ts'
import { authenticatorOf } from '../support/story.ts'
import { raced } from '../support/under-way-races.ts'
import { type TestWorld, testWorld } from '../support/world.ts'

test('every kind of thing and every act is tried against each other', () => {
  assert.deepEqual([...new Set(THINGS.map(({ is }) => is))].toSorted(), [...UNDER_WAY].toSorted())
  const acts = [...ACTS.map(({ by }) => by), ...TOLD_APART]
  assert.deepEqual(acts.toSorted(), [...ENDING_NAMES].toSorted())
})

/** A task is asked on the phone, where its holder can say that it is not theirs. */
const HOUSE = { methods: [pebble], settings: { taskApproval: 'signed' } } as const

/** A phone that is due to take its place. */
async function waiting({ world, subscriberId, client }: Cast): Promise<void> {
  const held = await listAuthenticators(world.db, subscriberId)
  const phone = held.find(({ value }) => value.id === authenticatorOf(client.phone))
  assert.ok(phone)
  const now = world.now()
  const next = { ...phone.value, id: newId('aut', now, world.random), pendingUntil: now }
  assert.ok(await world.db.commit(bindingWrites(world.db, next, [subscriberId])))
}

/** The act is done, and then the thing is completed. */
async function inTurn(world: TestWorld, thing: Thing, act: Act): Promise<void> {
  const cast = await castOf(world, { isWeak: thing.isWeak ?? false })
  const acts = await act.prepare(cast)
  const completes = await thing.begin(cast)
  assert.equal(await acts(cast.world), 'yes', `${act.by} was not done`)
  const outcome = await completes(cast.world)
  const about = `${thing.name}, after ${act.by}: ${outcome}`
  if (endsWith(act, thing)) assert.notEqual(outcome, 'yes', about)
  else assert.equal(outcome, 'yes', about)
}

for (const database of DATABASES) {
  suite(`acts that need a story of their own, over ${database}`, () => {
    const invited = THINGS[0] ?? assert.fail('no invitation')
    const task = THINGS.find(({ is }) => is === 'task') ?? assert.fail('no task')

    test('A12 who stops a phone that waits ends what is under way in that session, too', async (t) => {
      const cast = await castOf(await testWorld(t, { database, ...HOUSE }), { isWeak: true })
      const { world, owners, subscriberId } = cast
      const completes = await invited.begin(cast)
      await waiting(cast)
      const mine = await task.begin({ ...cast, theirs: owners })
      const by = { subscriberId, by: 'session', spare: owners.id } as const
      assert.ok((await stopSuccessor(world, by)).ok)
      assert.equal(await completes(world), 'enrolment.expired')
      assert.equal(await mine(world), 'task.cancelled')
    })

    test('R062 a phone that takes its place ends what was begun before', async (t) => {
      const cast = await castOf(await testWorld(t, { database, ...HOUSE }))
      const completes = await task.begin(cast)
      await waiting(cast)
      await succeedDue(cast.world)
      assert.equal(await completes(cast.world), 'task.cancelled')
    })

    test('R097 a passcode that the desk takes back ends what was begun with it', async (t) => {
      const cast = await castOf(await testWorld(t, { database, ...HOUSE }))
      const { world, client, subscriberId } = cast
      const passcode = await givenPasscode(world, client.userName)
      const { session } = await inWithPasscode(world, { userName: client.userName }, passcode)
      const theirs = await findLiveSession(world, session.id)
      assert.ok(theirs)
      const completes = await invited.begin({ ...cast, theirs })
      assert.ok((await revokeTemporaryPasscode(world, { subscriberId, by: 'agent-7' })).ok)
      assert.equal(await completes(world), 'enrolment.expired')
    })
  })

  for (const thing of THINGS) {
    suite(`${thing.name} over ${database}`, () => {
      test('is completed where nothing ends it', async (t) => {
        const world = await testWorld(t, { database, ...HOUSE })
        const cast = await castOf(world, { isWeak: thing.isWeak ?? false })
        const completes = await thing.begin(cast)
        assert.equal(await completes(cast.world), 'yes')
      })

      test('S85 ends with every act that ends it, and with no other', async (t) => {
        const world = await testWorld(t, { database, ...HOUSE })
        for (const act of ACTS) if (isPossible(act, thing)) await inTurn(world, thing, act)
      })

      test('S12 S85 is not completed after an act that comes at the same moment', async (t) => {
        const one = await testWorld(t, { database, ...HOUSE })
        const other = await testWorld(t, { database, ...HOUSE, beside: one })
        for (const act of ACTS) {
          if (isPossible(act, thing)) await raced([one, other], { thing, act, round: 0 })
        }
      })
    })
  }
}
