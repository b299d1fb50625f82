import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { FRAGMENTS_MAX } from '#core/devices/known-pin.ts'
import type { SubscriberId } from '#core/ids.ts'
import { hours } from '#core/time/time.ts'
import { setContact } from '#engine/contact/addresses.ts'
import { checkBlindly } from '#engine/devices/pins/blind-check.ts'
import { setIdentity } from '#engine/subscribers/identity.ts'
import type { PinChecked } from '#methods/phone-key/wire.ts'
import { PASSWORD } from '../../support/clients/engine-story.ts'
import { DATABASES } from '../../support/server/databases.ts'
import { type TestWorld, testWorld } from '../../support/server/world.ts'
import { checkPin, type SendPoints } from '../../../web/phone/pin-check.ts'

/** The real phone asks the real server; what went over the line is kept. */
function line(world: TestWorld, subscriberId: SubscriberId, asker = 'enr_1') {
  const heard: { readonly sent: readonly string[]; readonly said: PinChecked }[] = []
  const send: SendPoints = async (points) => {
    const asked = { asker, holders: [subscriberId], points } as const
    const said = await checkBlindly(world, asked)
    if (!said.ok) return { ok: false, problem: said.problem }
    heard.push({ sent: points, said })
    return { ok: true, value: said }
  }
  return { heard, send }
}

for (const database of DATABASES) {
  suite(`R068 The PIN of a phone on ${database}`, () => {
    test('is held against what is on record, and neither side learns more', async (t) => {
      const world = await testWorld(t, { database })
      const id = await world.add({ userName: 'anna', password: PASSWORD })
      const facts = { birthDate: '1984-02-29', documents: ['X0471-9926'] }
      assert.ok((await setIdentity(world, { id, facts, by: 'operator' })).ok)
      const mobile = { kind: 'mobile', value: '+12125550199', by: 'operator' } as const
      assert.ok((await setContact(world, { ...mobile, subscriberId: id })).ok)
      const { heard, send } = line(world, id)
      const pins = ['2902', 'X0471', 'a5501b', '7352', 'k4715m']
      const found: unknown[] = []
      for (const pin of pins) found.push(await checkPin(pin, send))
      assert.deepEqual(found, ['known', 'known', 'known', null, null])
      // The same number of points and values each time, and no point or value twice.
      const sent = heard.flatMap((one) => one.sent)
      const values = heard.flatMap(({ said }) => said.refused)
      assert.ok(heard.every(({ said }) => said.refused.length === FRAGMENTS_MAX))
      assert.equal(new Set(sent).size, pins.length * 3)
      assert.equal(new Set(values).size, pins.length * FRAGMENTS_MAX)
    })

    test('A28 is checked thirty times in a day, with however many invitations', async (t) => {
      const world = await testWorld(t, { database })
      const id = await world.add({ userName: 'anna', password: PASSWORD })
      const nothing = { asker: '', holders: [id], points: [] } as const
      const asked = async (asker: string) => (await checkBlindly(world, { ...nothing, asker })).ok
      const all = Array.from({ length: 31 }, async (_, turn) => await asked(`enr_${turn % 4}`))
      assert.equal((await Promise.all(all)).filter(Boolean).length, 30)
      const benoit = await world.add({ userName: 'benoit', password: PASSWORD })
      assert.equal(await checkPin('7352', line(world, benoit, 'enr_9').send), null)
    })

    test('is checked ten times in a day, and what is no point is refused', async (t) => {
      const world = await testWorld(t, { database })
      const id = await world.add({ userName: 'anna', password: PASSWORD })
      const { send } = line(world, id)
      const none = await send(Array.from({ length: 3 }, () => `${'_'.repeat(42)}8`))
      assert.ok(!none.ok && none.problem === 'request.malformed')
      for (let turn = 1; turn < 10; turn += 1) assert.equal(await checkPin('7352', send), null)
      assert.equal(await checkPin('7352', send), 'authenticator.pin-tries')
      world.advance(hours(24))
      assert.equal(await checkPin('7352', send), null)
    })
  })
}

test('A phone that hears no point in answer does not take the PIN for unknown', async () => {
  for (const points of [[], ['x', 'y', 'z'], ['A', 'B', 'C'].map((one) => one.repeat(43))]) {
    const said = { points, refused: [] }
    assert.equal(await checkPin('7352', async () => ({ ok: true, value: said })), 'forged')
  }
})
