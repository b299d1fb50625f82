import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { minutes } from '#core/time/time.ts'
import { answerLogin } from '#engine/login/answer.ts'
import { openChallenge } from '#engine/login/challenge.ts'
import { viewLogin } from '#engine/login/view.ts'
import { listAuthenticators } from '#store/devices/authenticators.ts'
import { commitLogin, findLogin } from '#store/login/logins.ts'
import { DATABASES } from '../../support/databases/databases.ts'
import { pebble } from '../../support/sample-method.ts'
import { begin, begun, PASSWORD, personWithPhone } from '../../support/clients/engine-story.ts'
import { browser, type TestWorld, testWorld } from '../../support/server/world.ts'

const TWO = [
  { method: 'pebble', state: { word: 'one' } },
  { method: 'pebble', state: { word: 'two' } },
]

/** Logs in with one of several pebbles, from a new browser. */
async function withPebble(world: TestWorld, word: string) {
  const client = browser()
  const login = await begun(world, client, 'anna')
  // One of them is asked at once; any other can be chosen.
  assert.equal(login.state, 'challenged')
  const held = { id: login.id, holder: client.holder }
  const view = await viewLogin(world, held)
  assert.ok(view.ok)
  for (const { id } of view.choices) {
    const opened = await openChallenge(world, { ...held, authenticatorId: id, way: null })
    assert.ok(opened.ok)
    const answered = await answerLogin(world, { ...held, answer: { word } })
    if (answered.ok) return { browserCookie: answered.browserCookie }
  }
  throw new Error('no pebble fits')
}

for (const database of DATABASES) {
  suite(`several authenticators on ${database}`, () => {
    test('R022 R122 the claimant chooses, and the one used last comes first', async (t) => {
      const world = await testWorld(t, { database, methods: [pebble] })
      await world.add({ userName: 'anna', password: PASSWORD, holds: TWO })
      for (const word of ['two', 'one', 'two']) {
        const used = await withPebble(world, word)
        world.advance(minutes(1))
        const client = browser({ browserCookie: used.browserCookie })
        const login = await begun(world, client, 'anna')
        const view = await viewLogin(world, { id: login.id, holder: client.holder })
        assert.ok(view.ok)
        assert.equal(view.choices.length, 2)
        const [first, second] = view.choices
        assert.ok(first?.usedAt && first.usedAt > (second?.usedAt ?? 0))
      }
    })

    test('a browser that is new hears kinds, and never a name', async (t) => {
      const world = await testWorld(t, { database, methods: [pebble] })
      await world.add({ userName: 'anna', password: PASSWORD, holds: TWO })
      const client = browser()
      const login = await begun(world, client, 'anna')
      const view = await viewLogin(world, { id: login.id, holder: client.holder })
      assert.ok(view.ok)
      assert.deepEqual(
        view.choices.map(({ label }) => label),
        [null, null],
      )
    })

    test('what is locked cannot be chosen, and the other still opens', async (t) => {
      const world = await testWorld(t, { database, methods: [pebble] })
      await world.add({ userName: 'anna', password: PASSWORD, holds: TWO })
      const client = browser()
      const login = await begun(world, client, 'anna')
      const held = { id: login.id, holder: client.holder }
      const view = await viewLogin(world, held)
      assert.ok(view.ok && view.choices[0])
      const authenticatorId = view.choices[0].id
      for (let count = 0; count < pebble.hardCap; count += 1) {
        await openChallenge(world, { ...held, authenticatorId, way: null })
        await answerLogin(world, { ...held, answer: { word: 'wrong' } })
      }
      const again = browser()
      const next = await begun(world, again, 'anna')
      const nextHeld = { id: next.id, holder: again.holder }
      const nextView = await viewLogin(world, nextHeld)
      assert.ok(nextView.ok)
      const locked = nextView.choices.find((choice) => choice.locked)
      assert.ok(locked)
      const shut = await openChallenge(world, {
        ...nextHeld,
        authenticatorId: locked.id,
        way: null,
      })
      assert.equal('problem' in shut && shut.problem, 'login.authenticator-locked')
    })

    test('A1 (EU) 2018/389, 4(3)(a), and OWASP ASVS 5.0, 6.3.8: with decoys on, a right and a wrong password look alike, and change alike', async (t) => {
      const world = await testWorld(t, { database, settings: { decoy: 'always' } })
      await personWithPhone(world, 'anna')
      const look = async (password: string) => {
        const client = browser()
        const started = await begin(world, client, { userName: 'anna', password })
        assert.ok(started.ok)
        const view = await viewLogin(world, { id: started.login.id, holder: client.holder })
        assert.ok(view.ok && view.login.state === 'challenged')
        assert.equal(view.login.challenge.authenticatorId, view.choices[0]?.id)
        return view
      }
      const looks = [
        await look(PASSWORD),
        await look('wrong'),
        await look(PASSWORD),
        await look('wrong'),
      ]
      const ids = looks.map(({ choices }) => choices[0]?.id)
      assert.equal(new Set(ids).size, 4, 'an id that comes again belongs to a right password')
      const shapes = looks.map(({ choices, views }) => ({
        choices: choices.map(({ method, label, usedAt, locked }) => [
          method,
          label,
          usedAt,
          locked,
        ]),
        views: views.map(({ name, lead }) => [name, lead.key]),
      }))
      assert.deepEqual(shapes[0], shapes[1])
    })

    test('one that has confirmed already, or has expired, cannot be chosen and says so', async (t) => {
      const world = await testWorld(t, { database, methods: [pebble] })
      const id = await world.add({ userName: 'anna', password: PASSWORD, holds: TWO })
      const client = browser()
      const login = await begun(world, client, 'anna')
      const held = { id: login.id, holder: client.holder }
      const all = await listAuthenticators(world.db, id)
      const [first, second] = all.filter(({ value }) => value.method === 'pebble')
      assert.ok(first && second)
      const found = await findLogin(world.db, login.id)
      assert.ok(found)
      const proof = { method: 'pebble', acr: '2c', amr: ['otp'] } as const
      const used = { ...proof, authenticatorId: first.value.id }
      await commitLogin(world.db, {
        now: world.now(),
        effects: [],
        events: [],
        login: { ...found, value: { ...found.value, proofs: [...found.value.proofs, used] } },
        authenticators: [{ ...second, value: { ...second.value, expiresAt: world.now() } }],
      })
      const view = await viewLogin(world, held)
      assert.ok(view.ok)
      assert.deepEqual(view.choices.map((one) => [one.used, one.expired]).sort(), [
        [false, true],
        [true, false],
      ])
      const problems = await Promise.all(
        view.choices.map(async ({ id: authenticatorId }) => {
          const opened = await openChallenge(world, { ...held, authenticatorId, way: null })
          return 'problem' in opened ? opened.problem : 'none'
        }),
      )
      assert.deepEqual(problems.sort(), ['login.authenticator-expired', 'login.authenticator-used'])
    })

    test('one that belongs to another client cannot be chosen', async (t) => {
      const world = await testWorld(t, { database, methods: [pebble] })
      await world.add({ userName: 'anna', password: PASSWORD, holds: TWO })
      await world.add({ userName: 'boris', password: PASSWORD, holds: TWO })
      const theirs = browser()
      const his = await begun(world, theirs, 'boris')
      const seen = await viewLogin(world, { id: his.id, holder: theirs.holder })
      assert.ok(seen.ok && seen.choices[0])
      const client = browser()
      const login = await begun(world, client, 'anna')
      const stolen = await openChallenge(world, {
        id: login.id,
        holder: client.holder,
        way: null,
        authenticatorId: seen.choices[0].id,
      })
      assert.equal('problem' in stolen && stolen.problem, 'authenticator.not-found')
    })
  })
}
