import assert from 'node:assert/strict'
import { suite, test, type TestContext } from 'node:test'
import type { Json } from '#core/json.ts'
import type { Refusal } from '#core/problems.ts'
import { after, hours, type Instant, type Millis, minutes, seconds } from '#core/time/time.ts'
import { setContact } from '#engine/contact/addresses.ts'
import { completeActivation, openActivation, startEnrolment } from '#engine/devices/enrolment.ts'
import { IDENTITIES, takeAttempt, refundAttempt } from '#engine/rate-limits.ts'
import { beginReset, startReset } from '#engine/password/reset.ts'
import { areTextsStopped, noteTextedBack } from '#engine/contact/text-opt-out.ts'
import { findSubscriberByName } from '#engine/subscribers/subscribers.ts'
import { startTask } from '#engine/tasks/tasks.ts'
import type { World } from '#engine/world.ts'
import { SAMPLE_NUMBER, sample as number } from '#methods/sms-code/sample.ts'
import { listSubscriberEvents } from '#store/audit/audit.ts'
import { findEnrolment } from '#store/devices/enrolments.ts'
import { DATABASES, type DatabaseKind } from '../../support/databases/databases.ts'
import { type TestPhone, testPhone } from '../../support/clients/phone.ts'
import {
  begin,
  firstSession,
  numberOn,
  PASSWORD,
  personWithPhone,
  typed,
} from '../../support/clients/engine-story.ts'
import { opened, sessionBy, withdrawal } from '../../support/clients/task.ts'
import { browser, type TestWorld, testWorld } from '../../support/server/world.ts'

/**
 * What strangers can use up of what only its owner holds: nothing. Each test lets them guess as
 * much as they can, and then the owner comes (S10, A28).
 */

const WRONG = '00000000'
/** A phone somewhere else than the browser of the portal, which is at 203.0.113.7. */
const PHONE = '198.51.100.9'
const HOME = '203.0.113.7'

/** Each in a network of its own. */
const stranger = (count: number) => `2001:db8:${count.toString(16)}::1`

type Answer = { readonly ok: true } | Refusal
const outcome = (answer: Answer): string => (answer.ok ? 'ok' : answer.problem)

/** A client with a password who has just been shown a code and a picture in the portal. */
async function invited(t: TestContext, database: DatabaseKind) {
  const world = await testWorld(t, { database })
  await world.add({ userName: 'anna', password: PASSWORD })
  const session = await firstSession(world, 'anna')
  const started = await startEnrolment(world, session, { method: 'phone-key' })
  assert.ok(started.ok)
  const { code, token, enrolment } = started
  assert.notEqual(code, WRONG)
  const tried = async (typedCode: string, address: string, node: World = world) =>
    outcome(
      await openActivation(node, { activation: { userName: 'anna', code: typedCode }, address }),
    )
  const guess = async (address: string, node?: World) => await tried(WRONG, address, node)
  const shown = async (address = PHONE) =>
    outcome(await openActivation(world, { activation: { token }, address }))
  return { world, session, code, token, enrolment, tried, guess, shown }
}

/** The whole of an activation, on a new phone. */
async function bound(
  { world, enrolment }: Awaited<ReturnType<typeof invited>>,
  activation: { readonly token: string } | { readonly userName: string; readonly code: string },
  address = PHONE,
): Promise<string> {
  const phone = await testPhone(world.settings.issuer)
  const offer = { enrolment: enrolment.id, now: world.now() }
  const request = (await phone.activation(activation, offer)) as unknown as Json
  return outcome(await completeActivation(world, { activation, address, request }))
}

/** What the browser is known by after a login in it. */
async function known(world: TestWorld, phone: TestPhone): Promise<string> {
  const client = browser()
  const login = await begin(world, client, { userName: 'anna' })
  assert.ok(login.ok)
  const response = await phone.respond(await numberOn(world, login.login.id, client), world.now())
  const answered = await typed(world, login.login, { client, response })
  assert.ok(answered.ok && answered.browserCookie)
  return answered.browserCookie
}

/** As often as strangers may: from then on no browser is let in that is not known. */
async function passwordGuessed(world: TestWorld): Promise<void> {
  for (let count = 0; count < 50; count += 1) {
    world.advance(minutes(1))
    const client = browser({ address: stranger(count) })
    await begin(world, client, { userName: 'anna', password: `guess ${count}` })
  }
}

/**
 * Guesses as soon as it is allowed, until the life of what is guessed at is over; @returns how many
 * were judged.
 */
async function guessedFor(
  world: TestWorld,
  life: Millis,
  guess: (count: number) => Promise<Answer>,
): Promise<number> {
  const end = after(world.now(), life)
  for (let count = 0, judged = 0; ; count += 1) {
    const said = await guess(count)
    assert.ok(!said.ok)
    if (said.until === undefined) {
      assert.match(said.problem, /wrong/)
      judged += 1
    } else world.setClock(said.until as Instant)
    if (world.now() >= end) return judged
  }
}

for (const database of DATABASES) {
  suite(`an activation code over ${database}`, () => {
    test('A28 S10 five wrong ones from anywhere end neither the code nor the picture', async (t) => {
      const set = await invited(t, database)
      for (let count = 0; count < 5; count += 1) {
        assert.equal(await set.guess(stranger(0)), 'enrolment.wrong-code')
      }
      assert.equal(await set.shown(), 'ok')
      assert.equal(await set.tried(set.code, PHONE), 'ok')
      const before = await findEnrolment(set.world.db, set.enrolment.id)
      assert.deepEqual([before?.version, before?.value.state], [1, 'open'], 'it was not written')
      const { userName, code } = { userName: 'anna', code: set.code }
      assert.equal(await bound(set, { userName, code }), 'ok')
    })

    test('A28 S10 sixty of sixty networks, spread over its life, leave it to its owner', async (t) => {
      const set = await invited(t, database)
      for (let count = 0; count < 60; count += 1) {
        assert.equal(await set.guess(stranger(count)), 'enrolment.wrong-code', `${count}`)
        set.world.advance(seconds(9))
      }
      assert.equal(await set.tried(set.code, PHONE), 'ok')
      assert.equal(await bound(set, { userName: 'anna', code: set.code }), 'ok')
    })

    test('A4 S1 all strangers together have fewer than a hundred, however many they are', async (t) => {
      const { world } = await invited(t, database)
      const activation = { userName: 'anna', code: WRONG }
      const judged = await guessedFor(
        world,
        minutes(10),
        async (count) => await openActivation(world, { activation, address: stranger(count) }),
      )
      assert.equal(judged, 99)
    })

    test('A28 while all of them guess, the picture does not wait, nor does who types at home', async (t) => {
      const set = await invited(t, database)
      for (let count = 0; count < 40; count += 1) {
        await set.guess(stranger(count))
        set.world.advance(seconds(3))
      }
      while ((await set.guess(stranger(1_000))) === 'enrolment.wrong-code');
      assert.equal(await set.tried(set.code, PHONE), 'enrolment.too-many-codes', 'strangers wait')
      assert.equal(await set.shown(), 'ok')
      assert.equal(await set.tried(set.code, HOME), 'ok')
      set.world.advance(seconds(7))
      assert.equal(await set.tried(set.code, PHONE), 'ok', 'and so does its owner elsewhere')
      assert.equal(await bound(set, { token: set.token }), 'ok')
    })

    test('A28 strangers on the owner’s own line use up that budget, and not the code', async (t) => {
      const set = await invited(t, database)
      const heard: string[] = []
      for (let count = 0; count < 40; count += 1) heard.push(await set.guess(HOME))
      const judged = heard.filter((said) => said === 'enrolment.wrong-code').length
      assert.equal(judged, 20 + 10, 'twenty of the line, ten of the network')
      assert.equal(await set.tried(set.code, HOME), 'request.too-many')
      assert.equal(await set.tried(set.code, PHONE), 'ok')
      assert.equal(await bound(set, { token: set.token }, HOME), 'ok')
    })

    test('A4 S10 three hundred guesses of one /64, or one /24, are slowed', async (t) => {
      const set = await invited(t, database)
      for (const addressOf of [
        (count: number) => `2001:db8:0:1::${count.toString(16)}`,
        (count: number) => `192.0.2.${count % 256}`,
      ]) {
        const all = Array.from({ length: 300 }, (_, count) => set.guess(addressOf(count)))
        const judged = (await Promise.all(all)).filter((said) => said === 'enrolment.wrong-code')
        assert.ok(judged.length >= 1 && judged.length <= 10, `${judged.length}`)
        assert.equal(await set.tried(set.code, PHONE), 'ok', 'its owner elsewhere does not wait')
      }
    })

    test('A4 one network has sixty guesses in ten minutes at all names, one address twenty', async (t) => {
      const { world } = await invited(t, database)
      const judgedOf = async (addressOf: (count: number) => string) => {
        const all = Array.from({ length: 100 }, async (_, count) => {
          const activation = { userName: `name-${count}`, code: WRONG }
          return outcome(await openActivation(world, { activation, address: addressOf(count) }))
        })
        return (await Promise.all(all)).filter((said) => said === 'enrolment.wrong-code').length
      }
      assert.equal(await judgedOf(() => '192.0.2.1'), 20)
      assert.equal(await judgedOf((count) => `2001:db8:7:${count.toString(16)}::1`), 60)
    })

    test('S10 typed rightly it was no guess: an office sets up one phone after the other', async (t) => {
      const { tried, code } = await invited(t, database)
      for (let count = 0; count < 30; count += 1) {
        assert.equal(await tried(code, '192.0.2.1'), 'ok', `${count}`)
      }
    })

    test('A28 made-up pictures are slowed, and the right one never', async (t) => {
      const { world, shown } = await invited(t, database)
      const heard: string[] = []
      for (let count = 0; count < 70; count += 1) {
        const activation = { token: `${count}`.padStart(26, '0') }
        heard.push(outcome(await openActivation(world, { activation, address: PHONE })))
      }
      assert.equal(heard.filter((said) => said === 'enrolment.wrong-code').length, 60)
      assert.equal(heard.at(-1), 'request.too-many')
      assert.equal(await shown(PHONE), 'ok')
    })

    test('A4 of fifty guesses at once on two nodes no more are heard than are counted', async (t) => {
      const set = await invited(t, database)
      const node = await testWorld(t, { beside: set.world })
      for (let round = 0; round < 3; round += 1) {
        const heard = await Promise.all(
          Array.from({ length: 50 }, (_, count) =>
            set.guess(stranger(round * 50 + count), count % 2 === 0 ? set.world : node),
          ),
        )
        const judged = heard.filter((said) => said === 'enrolment.wrong-code').length
        assert.ok(judged <= 11 && (judged >= 1 || round > 0), `${judged}`)
        const { subscriberId } = set.session
        const events = await listSubscriberEvents(set.world.db, subscriberId, { limit: 500 })
        const refused = events.filter(({ event }) => event.kind === 'enrolment.code-refused')
        assert.ok(refused.length <= 11 && refused.length >= judged, `${refused.length}`)
      }
      set.world.advance(seconds(7))
      assert.equal(await set.tried(set.code, PHONE), 'ok')
    })

    test('A1 a name that awaits no phone hears the same, guess for guess', async (t) => {
      const set = await invited(t, database)
      await set.world.add({ userName: 'boris', password: PASSWORD })
      for (let count = 0; count < 30; count += 1) {
        const heard = new Set<string>()
        for (const userName of ['anna', 'boris', 'nobody']) {
          const activation = { userName, code: WRONG }
          heard.add(
            outcome(await openActivation(set.world, { activation, address: stranger(count) })),
          )
        }
        assert.equal(heard.size, 1, [...heard].join())
        set.world.advance(seconds(count % 4))
      }
    })

    test('A1 one whose time is over is like a name that awaits no phone, even with the right code', async (t) => {
      const { world, session, code, tried, guess } = await invited(t, database)
      const refusals = async () =>
        (await listSubscriberEvents(world.db, session.subscriberId, { limit: 100 })).filter(
          ({ event }) => event.kind === 'enrolment.code-refused',
        ).length
      await guess(PHONE)
      assert.equal(await refusals(), 1)
      world.advance(minutes(10))
      assert.equal(await guess(PHONE), 'enrolment.wrong-code')
      assert.equal(await tried(code, HOME), 'enrolment.wrong-code')
      assert.equal(await refusals(), 1, 'nothing is written of a client who awaits nothing')
    })
  })

  suite(`a code of the desk over ${database}`, () => {
    async function read(t: TestContext) {
      const world = await testWorld(t, { database })
      const phone = await personWithPhone(world, 'anna')
      const id = (await findSubscriberByName(world, 'anna')) ?? assert.fail('nobody')
      const begun = await startReset(world, { subscriberId: id, by: 'agent-7' })
      assert.ok(begun.ok)
      const { code } = begun
      const tried = async (typedCode: string, client = browser({ address: PHONE })) =>
        outcome(await beginReset(world, { userName: 'anna', code: typedCode, client }))
      const guess = async (address: string) => await tried(WRONG, browser({ address }))
      return { world, phone, id, code, tried, guess }
    }

    test('A28 S10 five wrong posts from anywhere do not end it', async (t) => {
      const { code, tried, guess } = await read(t)
      for (let count = 0; count < 5; count += 1) {
        assert.equal(await guess(stranger(0)), 'login.wrong-credentials')
      }
      assert.equal(await tried(code), 'ok')
    })

    test('A28 S10 sixty of sixty networks, spread over its life, leave it to its owner', async (t) => {
      const { world, code, tried, guess } = await read(t)
      for (let count = 0; count < 60; count += 1) {
        assert.equal(await guess(stranger(count)), 'login.wrong-credentials', `${count}`)
        world.advance(seconds(58))
      }
      assert.equal(await tried(code), 'ok')
    })

    test('A4 S1 all strangers together have fewer than a hundred in its hour', async (t) => {
      const { world } = await read(t)
      const judged = await guessedFor(world, hours(1), async (count) => {
        const client = browser({ address: stranger(count) })
        return await beginReset(world, { userName: 'anna', code: WRONG, client })
      })
      assert.equal(judged, 87)
    })

    test('A28 one network makes ten, and its owner elsewhere does not wait', async (t) => {
      const { code, tried, guess } = await read(t)
      const heard: string[] = []
      for (let count = 0; count < 300; count += 1) {
        heard.push(await guess(`2001:db8:0:1::${count.toString(16)}`))
      }
      assert.equal(heard.filter((said) => said === 'login.wrong-credentials').length, 10)
      assert.equal(await tried(code), 'ok')
    })

    test('A28 while all of them guess, a browser that is known does not wait', async (t) => {
      const { world, phone, code, tried, guess } = await read(t)
      const browserCookie = await known(world, phone)
      for (let count = 0; count < 30; count += 1) {
        await guess(stranger(count))
        world.advance(seconds(20))
      }
      while ((await guess(stranger(1_000))) === 'login.wrong-credentials');
      assert.equal(await tried(code), 'login.wait', 'strangers wait')
      assert.equal(await tried(code, browser({ browserCookie })), 'ok')
    })

    test('A28 an attacker who guesses at the password does not lock the code', async (t) => {
      const { world, code, tried } = await read(t)
      await passwordGuessed(world)
      const locked = await begin(world, browser(), { userName: 'anna' })
      assert.equal(outcome(locked), 'login.locked')
      assert.equal(await tried(code), 'ok')
    })
  })

  suite(`a client who is known over ${database}`, () => {
    test('S10 A28 comes in from an address at which strangers have used up everything', async (t) => {
      const world = await testWorld(t, { database })
      const phone = await personWithPhone(world, 'anna')
      const browserCookie = await known(world, phone)
      const session = await sessionBy(world, phone, 'anna')
      const task = await opened(world, session, withdrawal('100.00'))
      for (let count = 0; count < 40; count += 1) {
        await begin(world, browser(), { userName: `name-${count}`, password: 'a guess' })
      }
      const newcomer = await begin(world, browser(), { userName: 'anna' })
      assert.equal(outcome(newcomer), 'request.too-many')
      const own = await begin(world, browser({ browserCookie }), { userName: 'anna' })
      assert.equal(outcome(own), 'ok')
      const confirming = { id: task, password: PASSWORD, client: browser() }
      assert.equal(outcome(await startTask(world, session, confirming)), 'ok')
    })

    test('A28 confirms a task in a session while strangers have locked the name', async (t) => {
      const world = await testWorld(t, { database })
      const phone = await personWithPhone(world, 'anna')
      const session = await sessionBy(world, phone, 'anna')
      await passwordGuessed(world)
      const task = await opened(world, session, withdrawal('100.00'))
      const started = async (password: string) =>
        outcome(await startTask(world, session, { id: task, password, client: browser() }))
      assert.equal(await started(PASSWORD), 'ok')
      // A stolen session has ten guesses of its own.
      const heard: string[] = []
      for (let count = 0; count < 12; count += 1) {
        heard.push(await started('a guess'))
        world.advance(seconds(40))
      }
      assert.equal(heard.filter((said) => said === 'login.wrong-credentials').length, 10)
      assert.equal(heard.at(-1), 'login.locked')
    })
  })

  suite(`an address among others over ${database}`, () => {
    test('S10 does not wait for what was not tried because its network had no tries left', async (t) => {
      const world = await testWorld(t, { database })
      const at = world.now()
      const of = (last: number) => ({ address: `203.0.113.${last}`, nameKey: '' })
      const takes = async (last: number) =>
        (await takeAttempt(world, of(last), IDENTITIES))?.problem ?? 'ok'
      for (const neighbour of [1, 2, 3, 4]) {
        for (let count = 0; count < 30; count += 1) assert.equal(await takes(neighbour), 'ok')
      }
      for (let count = 0; count < 30; count += 1) assert.equal(await takes(5), 'request.too-many')
      await refundAttempt(world, { ...of(1), at }, IDENTITIES)
      assert.equal(await takes(5), 'ok')
    })

    test('A28 S10 is stopped in the end, however many of its tries were given back', async (t) => {
      const world = await testWorld(t, { database })
      const source = { address: '203.0.113.7', nameKey: '' }
      const at = world.now()
      const arrives = async (address: string) => {
        const slowed = await takeAttempt(world, { ...source, address }, IDENTITIES)
        if (!slowed) await refundAttempt(world, { ...source, address, at }, IDENTITIES)
        return slowed?.problem ?? 'ok'
      }
      for (let count = 0; count < 1_200; count += 1) {
        assert.equal(await arrives(source.address), 'ok', `${count}`)
      }
      assert.equal(await arrives(source.address), 'request.too-many')
      assert.equal(await arrives('203.0.113.8'), 'ok', 'its neighbour')
    })
  })

  suite(`texts over ${database}`, () => {
    test('A28 A23 a decoy uses up no text of the owner', async (t) => {
      const settings = { decoy: 'always' } as const
      const world = await testWorld(t, { database, settings })
      world.channels.set('sms', {
        name: 'sms',
        retries: [],
        deliver: async ({ id }) => ({ outcome: 'sent', messages: [id] }),
      })
      const holds = [{ method: 'sms-code', state: number.state }]
      await world.add({ userName: 'anna', password: PASSWORD, holds })
      for (let count = 0; count < 20; count += 1) {
        const client = browser({ address: stranger(count) })
        const astray = await begin(world, client, { userName: 'anna', password: `guess ${count}` })
        assert.ok(!astray.ok || astray.login.decoy)
        world.advance(minutes(15))
      }
      const own = await begin(world, browser(), { userName: 'anna' })
      assert.equal(own.ok && own.login.state, 'challenged')
    })

    test('A28 R091 forged STOPs do not use up the START of the owner, nor the other way', async (t) => {
      const world = await testWorld(t, { database })
      const holds = [{ method: 'sms-code', state: number.state }]
      const id = await world.add({ userName: 'anna', password: PASSWORD, holds })
      await setContact(world, {
        subscriberId: id,
        kind: 'mobile',
        value: SAMPLE_NUMBER,
        by: 'operator',
      })
      const said = async (text: string, times = 1) => {
        for (let count = 0; count < times; count += 1) {
          await noteTextedBack(world, { from: SAMPLE_NUMBER, text })
        }
      }
      await said('STOP', 30)
      assert.equal(await areTextsStopped(world, id), true)
      await said('START')
      assert.equal(await areTextsStopped(world, id), false)
      world.advance(hours(1))
      await said('START', 30)
      await said('STOP')
      assert.equal(await areTextsStopped(world, id), true)
    })
  })
}
