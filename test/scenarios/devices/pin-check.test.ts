import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { FRAGMENTS_MAX } from '#core/devices/known-pin.ts'
import { newId, type SubscriberId } from '#core/ids.ts'
import { USUAL_PIN_RULE } from '#core/devices/pin-rule.ts'
import { hours } from '#core/time/time.ts'
import { setContact } from '#engine/contact/addresses.ts'
import { checkBlindly } from '#engine/devices/pins/blind-check.ts'
import { guessed, guesserInvited, guesserOf } from '#engine/devices/pins/guesses.ts'
import { knownOf, pinRuleOf } from '#engine/devices/pins/known-facts.ts'
import { secretHash } from '#engine/secrets.ts'
import { createAccount } from '#engine/subscribers/accounts.ts'
import { setIdentity } from '#engine/subscribers/identity.ts'
import { refusal } from '#engine/world.ts'
import { listSubscriberEvents } from '#store/audit/audit.ts'
import { browserWrite } from '#store/login/browsers.ts'
import type { PinChecked } from '#methods/phone-key/wire.ts'
import { firstSession, PASSWORD } from '../../support/clients/engine-story.ts'
import { withRules } from '../../support/server/rules.ts'
import { DATABASES } from '../../support/databases/databases.ts'
import { type TestWorld, testWorld } from '../../support/server/world.ts'
import { checkPin, type SendPoints } from '../../../web/phone/key/pin-check.ts'

/** The real phone asks the real server; what went over the line is kept. */
function line(world: TestWorld, subscriberId: SubscriberId, asker = 'brw_1') {
  const guess = { asker, kind: 'phone', holder: subscriberId, isOld: false } as const
  const heard: { readonly sent: readonly string[]; readonly said: PinChecked }[] = []
  const send: SendPoints = async (points) => {
    const asked = { guess, holders: [subscriberId], points } as const
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

    test('A28 is checked thirty times in a day in new browsers, and elsewhere as before', async (t) => {
      const world = await testWorld(t, { database })
      const id = await world.add({ userName: 'anna', password: PASSWORD })
      const nothing = { holders: [id], points: [] } as const
      const asked = async (asker: string, isOld = false) => {
        const guess = { asker, kind: 'browser', holder: id, isOld } as const
        return (await checkBlindly(world, { ...nothing, guess })).ok
      }
      const all = Array.from({ length: 31 }, async (_, turn) => await asked(`brw_${turn % 4}`))
      assert.equal((await Promise.all(all)).filter(Boolean).length, 30)
      // A thief came in with new browsers: the phone that the client has had for long still asks.
      const own = Array.from({ length: 11 }, async () => await asked('aut_1', true))
      assert.equal((await Promise.all(own)).filter(Boolean).length, 10)
      const told = await listSubscriberEvents(world.db, id, { limit: 100 })
      const kinds = told.map(({ event }) => event.kind)
      assert.equal(kinds.filter((kind) => kind === 'authenticator.pin-guessed').length, 2)
      const benoit = await world.add({ userName: 'benoit', password: PASSWORD })
      assert.equal(await checkPin('7352', line(world, benoit, 'enr_9').send), null)
    })

    test('A28 the first PIN that a page refuses as known is told once a day', async (t) => {
      const world = await testWorld(t, { database })
      const id = await world.add({ userName: 'anna', password: PASSWORD })
      const session = await firstSession(world, 'anna')
      const outcomes = async () => {
        const told = await listSubscriberEvents(world.db, id, { limit: 100 })
        return told.flatMap(({ event }) =>
          event.kind === 'authenticator.pin-guessed' ? [event.outcome] : [],
        )
      }
      for (const problem of ['authenticator.pin-form', 'authenticator.pin-known'] as const) {
        for (const _again of [1, 2]) await guessed(world, session, () => refusal(problem))
        const expected = problem === 'authenticator.pin-known' ? ['refused'] : []
        assert.deepEqual(await outcomes(), expected)
      }
      world.advance(hours(25))
      await guessed(world, session, () => refusal('authenticator.pin-known'))
      assert.deepEqual(await outcomes(), ['refused', 'refused'])
    })

    test('R067 R068 the list of a place is refused as well, and its length is told to the phone', async (t) => {
      const place = {
        phone: { lengthMin: 5, characters: 'digits' },
        blocklist: ['4711'],
      } as const
      const pins = { everywhere: USUAL_PIN_RULE, places: new Map([['hk', place]]) }
      const world = await testWorld(t, { database, settings: { pins } })
      const [anna, hana] = [
        await world.add({ userName: 'anna', password: PASSWORD }),
        await world.add({ userName: 'hana', password: PASSWORD }),
      ]
      const account = { number: 'U-hana-2', environment: 'live', residence: 'HK' } as const
      const added = { ...account, subscriberId: hana, by: 'operator' } as const
      assert.ok((await createAccount(world, added)).ok)
      assert.equal(await checkPin('4711', line(world, anna).send), null)
      assert.equal(await checkPin('47118', line(world, hana, 'brw_2').send), 'known')
      assert.deepEqual(await pinRuleOf(world, hana), place)
      assert.deepEqual(await pinRuleOf(world, anna), USUAL_PIN_RULE)
      const byFile = withRules(world, { phonePinLength: 6, pinBlocklist: ['4711'] })
      assert.equal((await pinRuleOf(byFile, anna)).phone.lengthMin, 6)
      assert.ok((await knownOf(byFile, anna)).known.has('4711'), 'for a card and a phone')
    })

    test('A28 a session and its invitations guess as one browser, and after a day as the client’s own', async (t) => {
      const world = await testWorld(t, { database })
      await world.add({ userName: 'anna', password: PASSWORD })
      const session = await firstSession(world, 'anna')
      const { id: sessionId, subscriberId, origin } = session
      const page = await guesserOf(world, session)
      assert.deepEqual([page.asker, page.isOld], [sessionId, false])
      const browserId = newId('brw', world.now(), world.random)
      const at = { createdAt: world.now(), seenAt: world.now(), blockedAt: null, namedAt: null }
      const value = { id: browserId, subscriberId, label: 'Firefox, Linux', ...at }
      const written = { value, version: null, cookieHash: secretHash('cookie') }
      assert.ok(await world.db.commit([browserWrite(world.db, written)]))
      const next = { ...session, origin: { ...origin, browserId } }
      assert.equal((await guesserOf(world, next)).asker, browserId)
      const invited = { sessionId, subscriberId }
      assert.deepEqual(await guesserInvited(world, invited), { ...page, kind: 'invitation' })
      world.advance(hours(24))
      assert.ok((await guesserOf(world, next)).isOld)
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
