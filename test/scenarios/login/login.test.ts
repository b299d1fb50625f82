import assert from 'node:assert/strict'
import { suite, test, type TestContext } from 'node:test'
import { hours, instant, minutes, seconds } from '#core/time/time.ts'
import { claimLogin } from '#engine/login/answer.ts'
import { viewLogin } from '#engine/login/view.ts'
import { setContact } from '#engine/contact/addresses.ts'
import { setSeamless } from '#engine/devices/overview.ts'
import { findOpenSession } from '#engine/sessions/sessions.ts'
import { openChallenge } from '#engine/login/challenge.ts'
import { unlockName } from '#engine/subscribers/subscribers.ts'
import { ClockWentBack } from '#engine/world.ts'
import {
  activate,
  begin,
  begun,
  device,
  firstSession,
  numberOn,
  PASSWORD,
  personWithPhone,
  requestsOf,
  sendAnswer,
  typed,
} from '../../support/clients/engine-story.ts'
import { textsOf } from '../../support/clients/texts.ts'
import { problemOf } from '../../support/outcomes.ts'
import { DATABASES, type DatabaseKind } from '../../support/databases/databases.ts'
import { browser, NOON, testWorld } from '../../support/server/world.ts'

/** Anna has a phone, and has typed her password in a browser that was never used for her. */
async function asked(t: TestContext, database: DatabaseKind) {
  const world = await testWorld(t, { database })
  const phone = await personWithPhone(world, 'anna')
  const client = browser()
  return { world, phone, client, login: await begun(world, client, 'anna') }
}

for (const database of DATABASES)
  suite(`the main job on ${database}`, () => {
    test('R020 a wrong password asks the phone nothing', async (t) => {
      const world = await testWorld(t, { database })
      const phone = await personWithPhone(world, 'anna')
      const wrong = await begin(world, browser(), { userName: 'anna', password: 'a guess' })
      assert.equal('problem' in wrong && wrong.problem, 'login.wrong-credentials')
      assert.deepEqual(await requestsOf(world, phone), [])
      await begun(world, browser(), 'anna')
      assert.equal((await requestsOf(world, phone)).length, 1)
    })

    test('R020 a password and an approval on the phone open a session', async (t) => {
      const { world, phone, client, login } = await asked(t, database)
      const number = await numberOn(world, login.id, client)
      const [request] = await requestsOf(world, phone)
      assert.ok(request)
      assert.equal(request.context.browser, 'Firefox, Windows')
      const approval = await phone.approve(request, { now: world.now(), number })
      assert.deepEqual(await sendAnswer(world, request, approval), {
        ok: true,
        outcome: 'approved',
      })

      const taken = await claimLogin(world, { id: login.id, holder: client.holder })
      assert.ok(taken.ok && taken.token)
      const session = await findOpenSession(world, taken.token)
      assert.deepEqual(
        session?.proofs.map((proof) => proof.method),
        ['password', 'phone-key'],
      )
    })

    test('R036 R037 R050 R051 R057 the response of an offline phone opens a session at once', async (t) => {
      const { world, phone, client, login } = await asked(t, database)
      const number = await numberOn(world, login.id, client)
      assert.match(number, /^[0-7][0-9]{5}$/)
      const response = await phone.respond(number, world.now())
      assert.match(response, /^[0-9]{8}$/)
      const answered = await typed(world, login, { client, response })
      assert.ok(answered.ok && answered.token && answered.browserCookie)
      assert.ok(await findOpenSession(world, answered.token))
    })

    test('a browser that has logged in before shows no number, and its phone needs none', async (t) => {
      const { world, phone, client, login } = await asked(t, database)
      const response = await phone.respond(await numberOn(world, login.id, client), world.now())
      const answered = await typed(world, login, { client, response })
      assert.ok(answered.ok && answered.browserCookie)

      const again = browser({ browserCookie: answered.browserCookie })
      const second = await begun(world, again, 'anna')
      const view = await viewLogin(world, { id: second.id, holder: again.holder })
      assert.ok(view.ok && view.views[0]?.name === 'approve')
      assert.equal(view.views[0].number, undefined)
      assert.equal(view.choices[0]?.label, 'Test phone')
      const [request] = await requestsOf(world, phone)
      assert.ok(request?.number)
      const sent = await sendAnswer(
        world,
        request,
        await phone.approve(request, { now: world.now() }),
      )
      assert.deepEqual(sent, { ok: true, outcome: 'approved' })
    })

    test('R003 who never had a second factor comes into the portal, and nowhere else', async (t) => {
      const world = await testWorld(t, { database })
      await world.add({ userName: 'anna', password: PASSWORD })
      const refused = await begin(world, browser(), { userName: 'anna', platform: 'trade' })
      assert.equal('problem' in refused && refused.problem, 'login.no-authenticator')
      assert.equal((await firstSession(world, 'anna')).proofs.length, 1)
    })

    test('R074 a number on record that was never verified is no second factor', async (t) => {
      const world = await testWorld(t, { database })
      const subscriberId = await world.add({ userName: 'anna', password: PASSWORD })
      textsOf(world)
      const number = { kind: 'mobile', value: '+12025550142', by: 'operator' } as const
      assert.ok((await setContact(world, { ...number, subscriberId })).ok)
      const refused = await begin(world, browser(), { userName: 'anna', platform: 'trade' })
      assert.equal('problem' in refused && refused.problem, 'login.no-authenticator')
    })

    test('R017 R029 live and paper are told apart, after the password only', async (t) => {
      const world = await testWorld(t, { database })
      await world.add({
        userName: 'anna-paper',
        password: PASSWORD,
        accounts: [{ number: 'DU1', environment: 'paper' }],
      })
      const right = { userName: 'anna-paper', environment: 'live' } as const
      const told = await begin(world, browser(), right)
      assert.equal('problem' in told && told.problem, 'login.use-paper')
      const wrong = await begin(world, browser(), { ...right, password: 'wrong' })
      assert.equal('problem' in wrong && wrong.problem, 'login.wrong-credentials')
    })

    test('R038 who turned notifications off is shown the challenge at once, and the phone is left alone', async (t) => {
      const { world, phone, client, login } = await asked(t, database)
      const response = await phone.respond(await numberOn(world, login.id, client), world.now())
      const answered = await typed(world, login, { client, response })
      assert.ok(answered.ok && answered.token)
      const own = await findOpenSession(world, answered.token)
      assert.ok(own)
      assert.ok((await setSeamless(world, own, false)).ok)
      const later = browser()
      const quiet = await begun(world, later, 'anna')
      const view = await viewLogin(world, { id: quiet.id, holder: later.holder })
      assert.ok(view.ok)
      assert.deepEqual(
        view.views.map(({ name }) => name),
        ['response'],
      )
      assert.deepEqual(await requestsOf(world, phone), [])
    })

    test('R060 a new phone replaces the old one in one step', async (t) => {
      const world = await testWorld(t, { database })
      const old = await personWithPhone(world, 'anna')
      const client = browser()
      const login = await begun(world, client, 'anna')
      const response = await old.respond(await numberOn(world, login.id, client), world.now())
      const answered = await typed(world, login, { client, response })
      assert.ok(answered.ok && answered.token)
      const session = await findOpenSession(world, answered.token)
      assert.ok(session)
      const young = await activate(world, session)
      const refused = await device(world, await old.sign('list', {}, world.now()), 'list')
      assert.equal('problem' in refused && refused.problem, 'phone.revoked')
      assert.deepEqual(await requestsOf(world, young), [])
    })
  })

for (const database of DATABASES)
  suite(`what must not happen on ${database}`, () => {
    test('A1 an unknown name hears what a wrong password hears', async (t) => {
      const world = await testWorld(t, { database })
      await personWithPhone(world, 'anna')
      const wrong = await begin(world, browser(), { userName: 'anna', password: 'wrong' })
      const nobody = await begin(world, browser(), { userName: 'nobody', password: 'wrong' })
      assert.deepEqual(wrong, nobody)
      assert.equal('problem' in wrong && wrong.problem, 'login.wrong-credentials')
    })

    test('A4 strangers wait longer and longer, and after fifty guesses nothing is evaluated', async (t) => {
      const world = await testWorld(t, { database })
      await personWithPhone(world, 'anna')
      const guess = async (address: number) => {
        const client = browser({ address: `2001:db8:${address}::1` })
        const refused = await begin(world, client, { userName: 'anna', password: 'wrong' })
        return 'problem' in refused ? refused.problem : 'none'
      }
      assert.deepEqual(
        [await guess(1), await guess(2), await guess(3)],
        Array(3).fill('login.wrong-credentials'),
      )
      assert.equal(await guess(4), 'login.wait')
      for (let count = 3; count < 50; count += 1) {
        world.advance(minutes(1))
        assert.equal(await guess(100 + count), 'login.wrong-credentials', `guess ${count + 1}`)
      }
      world.advance(hours(24))
      assert.equal(await guess(5), 'login.locked')
      const owner = await begin(world, browser({ address: '2001:db8:6::1' }), { userName: 'anna' })
      assert.equal('problem' in owner && owner.problem, 'login.locked')
    })

    test('A28 a name that strangers have locked is unlocked by the operator, on record', async (t) => {
      const world = await testWorld(t, { database })
      await personWithPhone(world, 'anna')
      for (let count = 0; count < 50; count += 1) {
        world.advance(minutes(2))
        const stranger = browser({ address: `2001:db8:${count}::1` })
        await begin(world, stranger, { userName: 'anna', password: 'wrong' })
      }
      world.advance(minutes(2))
      const owner = browser({ address: '2001:db8:aaaa::1' })
      const shut = await begin(world, owner, { userName: 'anna' })
      assert.equal('problem' in shut && shut.problem, 'login.locked')
      assert.deepEqual(await unlockName(world, 'anna'), { ok: true, forgotten: 50 })
      assert.deepEqual(await unlockName(world, 'anna'), { ok: true, forgotten: 0 })
      assert.equal(problemOf(await unlockName(world, 'nobody')), 'request.not-found')
      assert.equal((await begun(world, owner, 'anna')).state, 'challenged')
    })

    test('A28 a browser that is known logs in although strangers have used up their budget', async (t) => {
      const { world, phone, client, login } = await asked(t, database)
      const response = await phone.respond(await numberOn(world, login.id, client), world.now())
      const answered = await typed(world, login, { client, response })
      assert.ok(answered.ok)
      for (let count = 0; count < 50; count += 1) {
        world.advance(minutes(2))
        await begin(world, browser({ address: `2001:db8:${count}::1` }), {
          userName: 'anna',
          password: 'wrong',
        })
      }
      const known = browser({ browserCookie: answered.browserCookie, address: '2001:db8:aaaa::1' })
      assert.equal((await begun(world, known, 'anna')).state, 'challenged')
    })

    test('A7 two decisions made from one read: one is written', async (t) => {
      const { world, phone, client, login } = await asked(t, database)
      const response = await phone.respond(await numberOn(world, login.id, client), world.now())
      const both = await Promise.all([
        typed(world, login, { client, response }),
        typed(world, login, { client, response }),
      ])
      assert.equal(both.filter(({ ok }) => ok).length, 1)
    })

    test('A7 the same answer does not work twice, nor does a claim', async (t) => {
      const { world, phone, client, login } = await asked(t, database)
      const response = await phone.respond(await numberOn(world, login.id, client), world.now())
      assert.ok((await typed(world, login, { client, response })).ok)
      const twice = await typed(world, login, { client, response })
      assert.equal('problem' in twice && twice.problem, 'login.not-challenged')
      const claim = await claimLogin(world, { id: login.id, holder: client.holder })
      assert.equal('problem' in claim && claim.problem, 'login.already-claimed')
    })

    test('A9 a login belongs to the browser that began it', async (t) => {
      const { world, phone, client, login } = await asked(t, database)
      const response = await phone.respond(await numberOn(world, login.id, client), world.now())
      const stranger = browser()
      const stolen = await typed(world, login, { client: stranger, response })
      assert.equal('problem' in stolen && stolen.problem, 'login.not-found')
      const seen = await viewLogin(world, { id: login.id, holder: stranger.holder })
      assert.equal('problem' in seen && seen.problem, 'login.not-found')
    })

    test('A28 a login of one name in a browser takes no request back from the phone of another', async (t) => {
      const world = await testWorld(t, { database })
      const anna = await personWithPhone(world, 'anna')
      const boris = await personWithPhone(world, 'boris')
      const client = browser()
      const asked = async (phone: typeof anna) =>
        (await requestsOf(world, phone)).map(({ transaction }) => transaction)
      const first = await begun(world, client, 'anna')
      const other = await begun(world, client, 'boris')
      assert.deepEqual([await asked(anna), await asked(boris)], [[first.id], [other.id]])
      const second = await begun(world, client, 'anna')
      assert.deepEqual([await asked(anna), await asked(boris)], [[second.id], [other.id]])
    })

    test('A8 the answer to one login does not open another', async (t) => {
      const world = await testWorld(t, { database })
      const phone = await personWithPhone(world, 'anna')
      const one = browser()
      const first = await begun(world, one, 'anna')
      const number = await numberOn(world, first.id, one)
      const other = browser()
      const second = await begun(world, other, 'anna')
      const response = await phone.respond(number, world.now())
      const swapped = await typed(world, second, { client: other, response })
      assert.equal('problem' in swapped && swapped.problem, 'login.wrong-answer')
      const requests = await requestsOf(world, phone)
      const request = requests.find(({ transaction }) => transaction === first.id)
      assert.ok(request)
      const approval = await phone.approve(request, { now: world.now(), number })
      const misled = await sendAnswer(world, { transaction: second.id }, approval)
      assert.equal(misled.ok, false)
    })

    test('R059 an answer after three minutes is too late, and a login after ten', async (t) => {
      const { world, phone, client, login } = await asked(t, database)
      const number = await numberOn(world, login.id, client)
      world.advance(minutes(3))
      const late = await typed(world, login, {
        client,
        response: await phone.respond(number, world.now()),
      })
      assert.equal('problem' in late && late.problem, 'login.too-late')
      world.advance(minutes(7))
      const view = await viewLogin(world, { id: login.id, holder: client.holder })
      assert.equal(view.ok && view.login.state, 'expired')
    })

    test('R059 the fifth wrong response ends the login, and the tenth in a row the phone', async (t) => {
      const world = await testWorld(t, { database })
      await personWithPhone(world, 'anna')
      const problems: string[] = []
      for (let round = 0; round < 2; round += 1) {
        const client = browser()
        const login = await begun(world, client, 'anna')
        for (let count = 0; count < 5; count += 1) {
          const wrong = await typed(world, login, { client, response: '00000000' })
          problems.push('problem' in wrong ? wrong.problem : 'none')
          const { id } = login
          const view = await viewLogin(world, { id, holder: client.holder })
          const authenticatorId = view.ok && view.choices[0]?.id
          if (authenticatorId)
            await openChallenge(world, { id, holder: client.holder, authenticatorId, way: null })
          // Ten challenges an hour are all that a phone is asked.
          world.advance(minutes(1))
        }
        world.advance(hours(1))
      }
      const wrong = Array(4).fill('login.wrong-answer')
      assert.deepEqual(problems, [
        ...wrong,
        'login.too-many-wrong-answers',
        ...wrong,
        'login.authenticator-locked',
      ])
      const locked = await begin(world, browser(), { userName: 'anna' })
      assert.equal('problem' in locked && locked.problem, 'login.authenticator-locked')
    })

    test('A5 a denial ends the login, and "it was not me" shuts that browser out', async (t) => {
      const world = await testWorld(t, { database })
      const phone = await personWithPhone(world, 'anna')
      const stranger = browser()
      const login = await begun(world, stranger, 'anna')
      const [request] = await requestsOf(world, phone)
      assert.ok(request)
      const denial = await phone.decide(request, { now: world.now(), decision: 'not-me' })
      assert.deepEqual(await sendAnswer(world, request, denial), { ok: true, outcome: 'denied' })
      const view = await viewLogin(world, { id: login.id, holder: stranger.holder })
      assert.ok(view.ok && view.login.state === 'refused')
      const again = await begin(world, stranger, { userName: 'anna' })
      assert.equal('problem' in again && again.problem, 'login.blocked-browser')
      const elsewhere = browser()
      const quiet = await begun(world, elsewhere, 'anna')
      assert.deepEqual(
        await requestsOf(world, phone),
        [],
        `${quiet.id} asks a phone that wants peace`,
      )
    })

    test('A24 nothing is judged while the clock stands before what was written', async (t) => {
      const { world, phone, client, login } = await asked(t, database)
      const number = await numberOn(world, login.id, client)
      const response = await phone.respond(number, world.now())
      world.setClock(instant(NOON - hours(1)))
      await assert.rejects(typed(world, login, { client, response }), ClockWentBack)
      world.setClock(instant(NOON + seconds(1)))
      assert.ok((await typed(world, login, { client, response })).ok)
    })

    test('a device request counts once, for one address, and not for long', async (t) => {
      const world = await testWorld(t, { database })
      const phone = await personWithPhone(world, 'anna')
      const signed = await phone.sign('list', {}, world.now())
      assert.ok((await device(world, signed, 'list')).ok)
      const replayed = await device(world, signed, 'list')
      assert.equal('problem' in replayed && replayed.problem, 'phone.replayed')
      const misused = await device(world, await phone.sign('list', {}, world.now()), 'answer')
      assert.equal('problem' in misused && misused.problem, 'phone.unsigned')
      const old = await phone.sign('list', {}, world.now())
      world.advance(seconds(61))
      const late = await device(world, old, 'list')
      assert.equal('problem' in late && late.problem, 'phone.clock')
    })
  })
