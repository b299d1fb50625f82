import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { PRESSURES } from '#core/desk/verification.ts'
import { days, seconds } from '#core/time/time.ts'
import { closeCase, notePressure } from '#engine/desk/cases/cases.ts'
import { viewCase } from '#engine/desk/cases/view.ts'
import { softKey } from '#methods/passkey/sample.ts'
import {
  act,
  agent,
  type Call,
  call,
  called,
  caller,
  eventsAbout,
  PASSCODE,
  warrantOf,
} from '../../support/desk/calls.ts'
import { comesIn, openDesk } from '../../support/desk/door.ts'
import { overtaken } from '../../support/models/interrupted.ts'
import { problemOf } from '../../support/outcomes.ts'
import { DATABASES } from '../../support/databases/databases.ts'

const pressIn = async ({ world, jane, case: { id } }: Pick<Call, 'world' | 'jane' | 'case'>) =>
  problemOf(await notePressure(world, jane, { id, pressure: 'hurry' }))

for (const database of DATABASES) {
  suite(`A caller who wants a step skipped, on ${database}`, () => {
    test('A13 a caller in a hurry gets one answer, and costs the call a second person', async (t) => {
      const there = await call(t, database)
      const { world, anna, jane, case: one } = there
      assert.equal(await pressIn(there), 'yes')
      const done = await act(there, PASSCODE, await warrantOf(there, 'device'))
      assert.equal(problemOf(done), 'desk.second-person')
      const view = await viewCase(world, jane, one.id)
      assert.ok(view.ok)
      assert.deepEqual(view.signals, ['pressed'])
      const [event, ...more] = await eventsAbout(world, anna, 'desk.pressed')
      assert.ok(event?.kind === 'desk.pressed')
      assert.deepEqual([event.pressure, event.actor, more], ['hurry', 'staff:jane', []])
    })

    test('A13 a deed that is done while the caller presses takes the second person too', async (t) => {
      const there = await call(t, database)
      const warrant = await warrantOf(there, 'device')
      const world = overtaken(there.world, () => pressIn(there))
      const done = await act({ ...there, world }, PASSCODE, warrant)
      assert.equal(problemOf(done), 'desk.second-person')
    })

    test('A28 another call that pressed costs the client nothing, and two of a day do', async (t) => {
      const there = await call(t, database)
      const { world, anna } = there
      const bob = await agent(world, 'bob')
      const presses = async () => {
        const theirs = { world, jane: bob.open, case: await called(world, bob.open, anna) }
        assert.equal(await pressIn(theirs), 'yes')
        assert.equal(await pressIn(theirs), 'yes', 'said twice it is one call')
      }
      const signals = async () => {
        const view = await viewCase(world, there.jane, there.case.id)
        return view.ok ? view.signals : assert.fail(view.problem)
      }
      await presses()
      assert.deepEqual(await signals(), [])
      await presses()
      assert.deepEqual(await signals(), ['pressed'])
      world.advance(days(1))
      const kim = await agent(world, 'kim')
      const later = await called(world, kim.open, anna)
      const view = await viewCase(world, kim.open, later.id)
      assert.ok(view.ok)
      assert.deepEqual(view.signals, [])
    })

    test('nothing is noted in a call that is over, or of another agent', async (t) => {
      const there = await call(t, database)
      const { world, jane, case: one } = there
      const bob = await agent(world, 'bob')
      assert.equal(await pressIn({ ...there, jane: bob.open }), 'desk.no-case')
      world.advance(seconds(1))
      assert.ok((await closeCase(world, jane, one.id)).ok)
      assert.equal(await pressIn(there), 'desk.case-closed')
      assert.deepEqual(await eventsAbout(world, there.anna, 'desk.pressed'), [])
    })
  })
}

test('A13 the page says what to say, in the language of the client, and the answer to each pressure', async (t) => {
  const door = await openDesk(t)
  await caller(door.world, 'anna')
  const browser = await comesIn(door, { agentId: 'jane', role: 'agent', key: softKey('j') })
  await browser.open('/cases')
  const found = { by: 'user-name', typed: 'anna', reason: 'cannot-log-in' }
  const { address: at, html } = await browser.submit('/cases', found)
  assert.match(html, /<p lang="en">Before I look at anything/)
  const answers = new Set<string>()
  for (const said of PRESSURES) {
    const shown = await browser.submit(`${at}/pressed`, { said })
    assert.equal(shown.address, `${at}?said=${said}`)
    const [, answer = ''] =
      /role="status" class="stack"><p lang="en"><strong>([^<]+)/.exec(shown.html) ?? []
    assert.match(shown.words, /takes a second person wherever one would do/)
    answers.add(answer)
  }
  assert.equal(answers.size, PRESSURES.length)
  assert.ok(!answers.has(''))
  assert.equal((await browser.submit(`${at}/pressed`, { said: 'bribes' })).status, 400)
})
