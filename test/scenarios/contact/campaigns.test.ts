import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { days, hours, type Instant, instant, minutes, seconds } from '#core/time/time.ts'
import { answerLogin } from '#engine/login/answer.ts'

import { openChallenge } from '#engine/login/challenge.ts'
import { type Client, viewLogin } from '#engine/login/view.ts'
import { noticeDue } from '#engine/notices/notices.ts'
import { ClockWentBack } from '#engine/world.ts'
import { listNotices } from '#store/notices/notices.ts'
import { DATABASES } from '../../support/databases/databases.ts'
import { askedBy, HOLDERS, SAMPLE_TOOLS } from '../../support/holders.ts'
import type { TestPhone } from '../../support/clients/phone.ts'
import {
  activate,
  begin,
  firstSession,
  numberOn,
  PASSWORD,
  personWithPhone,
  typed,
} from '../../support/clients/engine-story.ts'
import { browser, NOON, type TestWorld, testWorld } from '../../support/server/world.ts'

/** Attacks on the whole house at once, and on its clock. */

const elsewhere = (count: number) => browser({ address: `2001:db8:${count.toString(16)}::1` })

/** Answers wrongly until the login is over. */
async function guessed(world: TestWorld, userName: string): Promise<void> {
  const client = elsewhere(0xffff)
  const started = await begin(world, client, { userName })
  assert.ok(started.ok)
  const held = { id: started.login.id, holder: client.holder }
  for (let count = 0; count < 5; count += 1) {
    const view = await viewLogin(world, held)
    assert.ok(view.ok && view.choices[0])
    const authenticatorId = view.choices[0].id
    await openChallenge(world, { ...held, authenticatorId, way: 'response' })
    await typed(world, held, { client, response: '00000000' })
  }
}

for (const database of DATABASES) {
  test(`A2 of pairs stolen elsewhere one is right: its owner hears of it once and comes in, on ${database}`, async (t) => {
    const world = await testWorld(t, { database })
    const anna = await world.add({ userName: 'anna', password: PASSWORD })
    const boris = await world.add({ userName: 'boris', password: 'seven spoons, blue kettle' })
    const phone = await activate(world, await firstSession(world, 'anna'))
    const own = browser()
    const login = await begin(world, own, { userName: 'anna' })
    assert.ok(login.ok)
    const response = await phone.respond(await numberOn(world, login.login.id, own), world.now())
    const known = await typed(world, login.login, { client: own, response })
    assert.ok(known.ok)
    world.advance(minutes(5))
    for (let count = 0; count < 120; count += 1) {
      const userName = count % 3 === 0 ? 'boris' : `nobody-${count}`
      const tried = await begin(world, elsewhere(count), { userName, password: `leak ${count}` })
      assert.equal(tried.ok, false)
    }
    await guessed(world, 'anna')
    await noticeDue(world)
    const kinds = async (id: typeof anna) =>
      (await listNotices(world.db, id, 100)).map(({ kind }) => kind)
    const heard = (await kinds(anna)).filter((kind) => kind === 'not-confirmed')
    assert.deepEqual(heard, ['not-confirmed'])
    assert.deepEqual(await kinds(boris), [])
    const again = browser({ browserCookie: known.browserCookie })
    assert.ok((await begin(world, again, { userName: 'anna' })).ok)
  })
}

test('A3 one password at a thousand names: after five hundred the attacker learns nothing, and a client logs in', async (t) => {
  const world = await testWorld(t)
  await world.add({ userName: 'anna', password: PASSWORD })
  await activate(world, await firstSession(world, 'anna'))
  let refused = 0
  for (let count = 0; count < 1_000; count += 1) {
    const spray = { userName: `name-${count}`, password: 'Spring2026!' }
    const tried = await begin(world, elsewhere(count), spray)
    if (!tried.ok) refused += 1
    else assert.equal(tried.login.decoy, true)
  }
  assert.equal(refused, 500)
  const hit = await begin(world, elsewhere(5_000), { userName: 'anna' })
  assert.ok(hit.ok && !hit.login.decoy)
})

suite('A client who shares one network address with many', () => {
  const office = () => browser({ address: '203.0.113.50' })

  test('S10 comes in, also as the hundredth in ten minutes', async (t) => {
    const world = await testWorld(t)
    const phone = await personWithPhone(world, 'anna')
    const known = await loggedIn(world, phone, office())
    for (let count = 0; count < 100; count += 1) {
      const client = office()
      await loggedIn(world, phone, { ...client, browserCookie: known })
      world.advance(seconds(5))
    }
  })

  test('A4 is as little believed as any caller with a password alone, or with a wrong one', async (t) => {
    const world = await testWorld(t)
    await personWithPhone(world, 'anna')
    for (let count = 0; count < 30; count += 1) {
      const password = count % 2 === 0 ? PASSWORD : 'a guess'
      const userName = count % 2 === 0 ? 'anna' : `name-${count}`
      await begin(world, office(), { userName, password })
    }
    const refused = await begin(world, office(), { userName: 'anna' })
    assert.equal(!refused.ok && refused.problem, 'request.too-many')
  })

  test('S10 may try again as soon as another has logged in: a refused client has used up nothing', async (t) => {
    const world = await testWorld(t)
    const phone = await personWithPhone(world, 'anna')
    const full = async (client: Client) => {
      const tried = await begin(world, client, { userName: 'nobody', password: 'a guess' })
      return !tried.ok && tried.problem === 'request.too-many'
    }
    const anna = office()
    const login = await begin(world, anna, { userName: 'anna' })
    assert.ok(login.ok)
    for (let count = 0; count < 29; count += 1) assert.equal(await full(office()), false)
    // Three other offices of the same neighbourhood use up what all of them share.
    for (const last of [2, 3, 4]) {
      const neighbour = browser({ address: `203.0.113.${last}` })
      for (let count = 0; count < 30; count += 1) assert.equal(await full(neighbour), false)
    }
    const fifth = browser({ address: '203.0.113.5' })
    for (let count = 0; count < 40; count += 1) {
      assert.equal(await full(office()), true)
      assert.equal(await full(fifth), true)
    }
    const response = await phone.respond(await numberOn(world, login.login.id, anna), world.now())
    assert.ok((await typed(world, login.login, { client: anna, response })).ok)
    assert.equal(await full(fifth), false)
    assert.equal(await full(fifth), true)
  })

  test('S10 keeps no other client out by logging in all the time', async (t) => {
    const world = await testWorld(t)
    const accounts = [{ number: 'U-boris', environment: 'live', optedOut: true }] as const
    await world.add({ userName: 'boris', password: PASSWORD, accounts })
    const problems: string[] = []
    for (let count = 0; count <= 1_200; count += 1) {
      const login = await begin(world, office(), { userName: 'boris' })
      if (!login.ok) problems.push(login.problem)
    }
    assert.deepEqual(problems, ['request.too-many'])
  })
})

/** Types the response of the phone; what the browser is known by afterwards. */
async function loggedIn(world: TestWorld, phone: TestPhone, client: Client) {
  const login = await begin(world, client, { userName: 'anna' })
  assert.ok(login.ok, !login.ok ? login.problem : '')
  const response = await phone.respond(await numberOn(world, login.login.id, client), world.now())
  const answered = await typed(world, login.login, { client, response })
  assert.ok(answered.ok)
  return answered.browserCookie
}

suite('A24 F10 the clock of the machine jumps while a client is asked', () => {
  for (const holder of HOLDERS) {
    const { name } = holder.method
    const asked = async (t: Parameters<typeof testWorld>[0]) => {
      const world = await testWorld(t, { tools: SAMPLE_TOOLS })
      const one = await askedBy(world, holder, { userName: 'anna' })
      const held = { id: one.login.id, holder: one.client.holder, answer: one.right }
      return async (at: Instant) => {
        world.setClock(at)
        try {
          return (await answerLogin(world, held)).ok
        } catch (error) {
          // Far behind what was written no request is answered at all, until the clock is right.
          if (error instanceof ClockWentBack) return false
          throw error
        }
      }
    }

    test(`${name}: an hour or four hundred days on, what was asked has ended, also when it jumps back`, async (t) => {
      for (const by of [hours(1), days(400)]) {
        const answerAt = await asked(t)
        assert.equal(await answerAt(instant(NOON + by)), false)
        assert.equal(await answerAt(NOON), false)
      }
    })

    test(`${name}: an hour or four hundred days back no answer is accepted, and when the clock is right again, once`, async (t) => {
      const answerAt = await asked(t)
      for (const by of [hours(1), days(400)])
        assert.equal(await answerAt(instant(NOON - by)), false)
      assert.equal(await answerAt(NOON), true)
      assert.equal(await answerAt(NOON), false)
    })

    test(`${name}: a second back it is answered once, and never again`, async (t) => {
      const answerAt = await asked(t)
      assert.equal(await answerAt(instant(NOON - seconds(1))), true)
      for (const by of [-1, 0, 1]) {
        assert.equal(await answerAt(instant(NOON + by * seconds(1))), false)
      }
    })
  }
})
