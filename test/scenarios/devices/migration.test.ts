import assert from 'node:assert/strict'
import { suite, test, type TestContext } from 'node:test'
import type { Lifecycle } from '#core/devices/authenticator.ts'
import { type AuthenticatorId, newId, type SubscriberId } from '#core/ids.ts'
import type { Json } from '#core/json.ts'
import { after, hours, millis, minutes } from '#core/time/time.ts'
import { formatsOf } from '#edges/texts/formats.ts'
import { startHold } from '#engine/subscribers/accounts.ts'
import { answerLogin } from '#engine/login/answer.ts'
import { listRequests, stopFromDevice } from '#engine/devices/phone-approval.ts'
import { openChallenge } from '#engine/login/challenge.ts'
import { completeActivation, offerActivation, startEnrolment } from '#engine/devices/enrolment.ts'
import { viewLogin } from '#engine/login/view.ts'
import { decisionOn } from '#engine/sessions/rights.ts'
import { revokeAuthenticator, suspendAuthenticator } from '#engine/devices/overview.ts'
import { deliverDue } from '#engine/delivery/outbox.ts'
import { openTask, viewTask } from '#engine/tasks/tasks.ts'
import { findOpenSession } from '#engine/sessions/sessions.ts'
import { stopSuccessor, succeedDue, waitOf } from '#engine/devices/migration.ts'
import { SAMPLE_PIN, type SampleCard } from '#methods/security-card/sample.ts'
import { sample as textSample } from '#methods/sms-code/sample.ts'
import {
  bindingWrites,
  commitAuthenticators,
  listAuthenticators,
} from '#store/devices/authenticators.ts'
import { holdWrite } from '#store/holds.ts'
import { cardOf } from '../../support/clients/card.ts'
import { DATABASES, type DatabaseKind } from '../../support/databases/databases.ts'
import { pebble } from '../../support/sample-method.ts'
import { type TestPhone, testPhone } from '../../support/clients/phone.ts'
import { textsOf } from '../../support/clients/texts.ts'
import {
  activate,
  authenticatorOf,
  begin,
  begun,
  device,
  numberOn,
  requestsOf,
  sendAnswer,
  typed,
} from '../../support/clients/engine-story.ts'
import { browser, type TestWorld, testWorld } from '../../support/server/world.ts'

const PASSWORD = 'correct horse battery'

/** Anna has a phone, and a pebble that an attacker may have got hold of, like a number. */
async function annaWithPhone(
  t: TestContext,
  {
    database,
    residence = null,
  }: { readonly database: DatabaseKind; readonly residence?: string | null },
) {
  const world = await testWorld(t, { database, methods: [pebble] })
  const accounts = [{ number: 'U1', environment: 'live' as const, residence }]
  const holds = [{ method: 'pebble', state: { word: 'stolen' } }]
  const subscriberId = await world.add({ userName: 'anna', password: PASSWORD, accounts, holds })
  const old = await activate(world, await session(world))
  return { world, subscriberId, old }
}

/** A caller with the password and the pebble, in the portal. */
async function session(world: TestWorld) {
  const client = browser()
  const started = await begin(world, client, { userName: 'anna', platform: 'portal' })
  assert.ok(started.ok, 'the password was refused')
  const held = { id: started.login.id, holder: client.holder }
  const view = await viewLogin(world, held)
  assert.ok(view.ok)
  const choice = view.choices.find(({ method }) => method === 'pebble')
  assert.ok(choice)
  await openChallenge(world, { ...held, authenticatorId: choice.id, way: null })
  const answered = await answerLogin(world, { ...held, answer: { word: 'stolen' } })
  assert.ok(answered.ok && answered.token)
  return (await findOpenSession(world, answered.token)) ?? assert.fail('no session')
}

/** A client in the portal with the password and a security card. */
async function withCard(world: TestWorld, card: SampleCard) {
  const client = browser()
  const started = await begin(world, client, { userName: 'anna', platform: 'portal' })
  assert.ok(started.ok)
  const held = { id: started.login.id, holder: client.holder }
  const view = await viewLogin(world, held)
  const choice = view.ok && view.choices.find(({ method }) => method === 'security-card')
  assert.ok(choice)
  await openChallenge(world, { ...held, authenticatorId: choice.id, way: null })
  const response = card.press(SAMPLE_PIN, await numberOn(world, held.id, client))
  const answered = await typed(world, started.login, { client, response })
  assert.ok(answered.ok && answered.token)
  return (await findOpenSession(world, answered.token)) ?? assert.fail('no session')
}

/** What the door of the phone knows of one that is heard. */
async function call(world: TestWorld, phone: TestPhone, act: string) {
  const signed = await phone.sign(act, {}, world.now())
  const heard = await device(world, signed, act)
  assert.ok(heard.ok, `the phone is not heard: ${'problem' in heard && heard.problem}`)
  return heard
}

/** How many phones answer everything at this moment. */
async function phonesOf(world: TestWorld, subscriberId: Awaited<ReturnType<TestWorld['add']>>) {
  const held = await listAuthenticators(world.db, subscriberId)
  const phones = held.filter(({ value }) => value.method === 'phone-key')
  const active = phones.filter(({ value }) => value.lifecycle === 'active')
  return {
    full: active.filter(({ value }) => value.pendingUntil === null).map(({ value }) => value.id),
    waiting: active.filter(({ value }) => value.pendingUntil !== null).map(({ value }) => value),
  }
}

interface Becoming {
  readonly subscriberId: SubscriberId
  readonly id: AuthenticatorId
  readonly lifecycle: Lifecycle
}

async function becomes(world: TestWorld, { subscriberId, id, lifecycle }: Becoming): Promise<void> {
  const held = await listAuthenticators(world.db, subscriberId)
  const one = held.find(({ value }) => value.id === id)
  assert.ok(one)
  const changed = [{ value: { ...one.value, lifecycle }, version: one.version }]
  assert.ok(await commitAuthenticators(world.db, { now: world.now(), changed, events: [] }))
}

/**
 * Logs in at the portal with a phone, by the number of the page; the session, or why there is none.
 */
async function withPhone(world: TestWorld, phone: TestPhone, platform = 'portal') {
  const client = browser()
  const started = await begin(world, client, { userName: 'anna', platform })
  assert.ok(started.ok)
  const held = { id: started.login.id, holder: client.holder }
  for (let index = 0; ; index += 1) {
    const view = await viewLogin(world, held)
    assert.ok(view.ok)
    const choice = view.choices.filter(({ method }) => method === 'phone-key')[index]
    if (!choice) return null
    const opened = await openChallenge(world, {
      ...held,
      authenticatorId: choice.id,
      way: 'response',
    })
    if (!opened.ok) continue
    const response = await phone.respond(await numberOn(world, held.id, client), world.now())
    const answered = await typed(world, opened.login, { client, response })
    if (answered.ok && answered.token) return await findOpenSession(world, answered.token)
  }
}

for (const database of DATABASES) {
  suite(`A new phone takes the place of another, on ${database}`, () => {
    test('T-MIG-1 A12 who takes the old one away first gains nothing by it', async (t) => {
      const { world, subscriberId, old } = await annaWithPhone(t, { database })
      world.advance(hours(25))
      const thief = await session(world)
      const id = authenticatorOf(old)
      const taken = await revokeAuthenticator(world, thief, { id })
      assert.equal(taken.ok ? null : taken.problem, 'authenticator.stronger')
      const { full } = await phonesOf(world, subscriberId)
      assert.deepEqual(full, [id])
      assert.ok((await suspendAuthenticator(world, thief, { id })).ok, 'stopping takes one factor')
      const begun = await startEnrolment(world, thief, { method: 'phone-key' })
      assert.ok(begun.ok && begun.enrolment.waits)
      const gone = await revokeAuthenticator(world, thief, { id })
      assert.equal(gone.ok ? null : gone.problem, 'authenticator.stronger')
    })

    test('T-MIG-1 A12 S73 MAS and ABS 19 January 2022: with what can be stolen it waits twelve hours, and moves nothing', async (t) => {
      const { world, subscriberId, old } = await annaWithPhone(t, { database })
      world.advance(hours(48))
      const thief = await session(world)
      const young = await activate(world, thief)
      const { full, waiting } = await phonesOf(world, subscriberId)
      assert.deepEqual(full, [old.self.authenticator])
      assert.deepEqual(
        waiting.map(({ id, pendingUntil }) => [id, pendingUntil && pendingUntil - world.now()]),
        [[young.self.authenticator, hours(12)]],
      )
      const opened = await withPhone(world, young)
      assert.ok(opened)
      const decision = await decisionOn(world, opened)
      assert.equal(decision.row, 'waiting')
      assert.deepEqual(
        [decision.rights.trading, decision.rights.withdrawalPerDayUsd, decision.rights.bind],
        [false, 0, false],
      )
      const further = await startEnrolment(world, opened, { method: 'phone-key' })
      assert.equal(further.ok, false)
    })

    test('T-MIG-1 S73 a hold lasts its hours, also when summer time begins or ends', async (t) => {
      const { world, subscriberId, old } = await annaWithPhone(t, { database })
      // New York goes to summer time at 07:00 UTC on 14 March 2027.
      const midnight = Date.UTC(2027, 2, 14, 5, 0)
      world.advance(millis(midnight - world.now()))
      const young = await activate(world, await session(world))
      const [waiting] = (await phonesOf(world, subscriberId)).waiting
      const until = waiting?.pendingUntil ?? assert.fail('it does not wait')
      assert.equal(until - midnight, hours(12))
      // Thirteen hours later by a wall, and that is what its holder is told.
      assert.equal(formatsOf('en', 'America/New_York').time(until), '13:00')
      world.advance(millis(hours(12) - 1))
      await succeedDue(world)
      assert.deepEqual((await phonesOf(world, subscriberId)).full, [authenticatorOf(old)])
      world.advance(millis(1))
      await succeedDue(world)
      assert.deepEqual((await phonesOf(world, subscriberId)).full, [authenticatorOf(young)])
    })

    test('the phone is asked first after it, as the old one was, and not what its set-up was confirmed with', async (t) => {
      const { world, subscriberId, old } = await annaWithPhone(t, { database })
      assert.ok(await withPhone(world, old))
      world.advance(hours(48))
      const young = await activate(world, await session(world))
      world.advance(hours(13))
      await succeedDue(world)
      assert.deepEqual((await phonesOf(world, subscriberId)).full, [authenticatorOf(young)])
      const started = await begin(world, browser(), { userName: 'anna', platform: 'portal' })
      assert.ok(started.ok && started.login.state === 'challenged')
      assert.equal(started.login.challenge.method, 'phone-key')
    })

    test('T-MIG-1 S70 the old phone stops it with one tap, and money waits for another password', async (t) => {
      const { world, subscriberId, old } = await annaWithPhone(t, { database })
      world.advance(hours(48))
      const thief = await session(world)
      const young = await activate(world, thief)
      const shown = await listRequests(world, await call(world, old, 'list'))
      assert.equal(shown.successor?.label, 'Test phone')
      assert.ok((await stopFromDevice(world, await call(world, old, 'stop'))).ok)
      assert.equal((await phonesOf(world, subscriberId)).waiting.length, 0)
      assert.equal(await findOpenSession(world, 'x'.repeat(43)), null)
      const refused = await device(world, await young.sign('list', {}, world.now()), 'list')
      assert.equal(refused.ok ? null : refused.problem, 'phone.revoked')
      // Every session has ended, and no session moves money until the password is another one.
      const anna = await withPhone(world, old)
      assert.ok(anna)
      const decision = await decisionOn(world, anna)
      assert.deepEqual(decision.narrowed, ['hold-trading', 'hold-withdrawals', 'hold-binding'])
      world.advance(hours(13))
      await succeedDue(world)
      assert.deepEqual((await phonesOf(world, subscriberId)).full, [old.self.authenticator])
    })

    test('T-MIG-1 a thief who reports the old phone lost does not silence it', async (t) => {
      const { world, subscriberId, old } = await annaWithPhone(t, { database })
      world.advance(hours(48))
      const thief = await session(world)
      const held = await listAuthenticators(world.db, subscriberId)
      const phone = held.find(({ value }) => value.id === old.self.authenticator)
      assert.ok(phone)
      const value = { ...phone.value, lifecycle: 'suspended' as const }
      const changed = [{ value, version: phone.version }]
      await commitAuthenticators(world.db, { now: world.now(), changed, events: [] })
      const silent = await device(world, await old.sign('list', {}, world.now()), 'list')
      assert.equal(silent.ok ? null : silent.problem, 'phone.revoked')
      await activate(world, thief)
      // It is heard to deny the other, and for nothing that a thief who has it could use.
      for (const act of ['pin', 'check', 'test', 'tested', 'examined', 'question', 'proof']) {
        const used = await device(world, await old.sign(act, {}, world.now()), act)
        assert.equal(used.ok ? null : used.problem, 'phone.revoked', act)
      }
      assert.ok((await stopFromDevice(world, await call(world, old, 'stop'))).ok)
    })

    test('T-MIG-2 with the old phone it takes its place at once', async (t) => {
      const { world, subscriberId, old } = await annaWithPhone(t, { database })
      world.advance(hours(48))
      const own = await withPhone(world, old)
      assert.ok(own)
      const young = await activate(world, own)
      const { full, waiting } = await phonesOf(world, subscriberId)
      assert.deepEqual([full, waiting], [[young.self.authenticator], []])
    })

    test('R064 a security card that is active confirms it, at once and without a text', async (t) => {
      const world = await testWorld(t, { database })
      const { texts } = textsOf(world)
      const holds = [{ method: 'sms-code', state: textSample.state }]
      const subscriberId = await world.add({ userName: 'anna', password: PASSWORD, holds })
      const { card } = await cardOf(world, subscriberId)
      const old = await activate(world, await withCard(world, card))
      world.advance(hours(48))
      const young = await activate(world, await withCard(world, card))
      const { full, waiting } = await phonesOf(world, subscriberId)
      assert.deepEqual([full, waiting], [[authenticatorOf(young)], []])
      assert.equal(await withPhone(world, old), null)
      await deliverDue(world)
      assert.deepEqual(texts, [])
    })

    test('T-MIG-3 R060 of many that begin at once on two nodes one waits, and one comes', async (t) => {
      const { world, subscriberId } = await annaWithPhone(t, { database })
      const other = await testWorld(t, { database, methods: [pebble], beside: world })
      world.advance(hours(48))
      const thief = await session(world)
      const begun = await Promise.allSettled(
        Array.from({ length: 10 }, (_, index) => activate(index % 2 ? world : other, thief)),
      )
      assert.ok(begun.some(({ status }) => status === 'fulfilled'))
      assert.equal((await phonesOf(world, subscriberId)).waiting.length, 1)
      world.advance(hours(13))
      await Promise.all([succeedDue(world), succeedDue(other), succeedDue(world)])
      const { full, waiting } = await phonesOf(world, subscriberId)
      assert.deepEqual([full.length, waiting.length], [1, 0])
    })

    test('T-MIG-4 R062 nothing of the old phone counts after the switch, not even what was asked before', async (t) => {
      const { world, old } = await annaWithPhone(t, { database })
      world.advance(hours(48))
      const young = await activate(world, await session(world))
      world.advance(hours(12))
      const client = browser()
      const login = await begun(world, client, 'anna')
      const [asked] = await requestsOf(world, old)
      await succeedDue(world)
      if (asked) {
        const number = await numberOn(world, login.id, client)
        const signed = await old.approve(asked, { now: world.now(), number })
        assert.equal((await sendAnswer(world, asked, signed)).ok, false)
        const response = await old.respond(number, world.now())
        assert.equal((await typed(world, login, { client, response })).ok, false)
      }
      assert.equal(await withPhone(world, old), null)
      assert.ok(await withPhone(world, young))
    })

    test('T-MIG-6 what else is odd makes it wait three days', async (t) => {
      const { world, subscriberId } = await annaWithPhone(t, { database })
      world.advance(hours(48))
      const client = browser()
      const login = await begun(world, client, 'anna')
      const held = { id: login.id, holder: client.holder }
      const view = await viewLogin(world, held)
      assert.ok(view.ok)
      const phone = view.choices.find(({ method }) => method === 'phone-key')
      assert.ok(phone)
      for (let count = 0; count < 3; count += 1) {
        const opened = await openChallenge(world, {
          ...held,
          authenticatorId: phone.id,
          way: 'response',
        })
        assert.ok(opened.ok)
        await typed(world, opened.login, { client, response: '00000000' })
      }
      await activate(world, await session(world))
      const { waiting } = await phonesOf(world, subscriberId)
      assert.equal((waiting[0]?.pendingUntil ?? 0) - world.now(), hours(72))
    })

    test('T-MIG-6 wrong answers are odd for a day, also when a right one came after them', async (t) => {
      const { world, subscriberId } = await annaWithPhone(t, { database })
      world.advance(hours(48))
      const client = browser()
      const held = { id: (await begun(world, client, 'anna')).id, holder: client.holder }
      const view = await viewLogin(world, held)
      const stolen = view.ok && view.choices.find(({ method }) => method === 'pebble')
      assert.ok(stolen)
      for (let count = 0; count < 3; count += 1) {
        await openChallenge(world, { ...held, authenticatorId: stolen.id, way: null })
        assert.equal((await answerLogin(world, { ...held, answer: { word: 'guess' } })).ok, false)
      }
      const late = await session(world)
      assert.deepEqual((await waitOf(world, subscriberId)).signals, ['answers-failed'])
      await activate(world, late)
      const { waiting } = await phonesOf(world, subscriberId)
      assert.equal((waiting[0]?.pendingUntil ?? 0) - world.now(), hours(72))
      world.advance(hours(24))
      assert.deepEqual((await waitOf(world, subscriberId)).signals, [])
    })

    test('S74 where the rules say so, a text sets up no phone at all, and the desk is what is left', async (t) => {
      const { world } = await annaWithPhone(t, { database, residence: 'HK' })
      world.advance(hours(48))
      const refused = await startEnrolment(world, await session(world), { method: 'phone-key' })
      assert.deepEqual(refused, { ok: false, problem: 'enrolment.jurisdiction' })
    })

    test('A12 a text settles no doubt about the password that the holder has raised', async (t) => {
      const { world, subscriberId } = await annaWithPhone(t, { database })
      world.advance(hours(48))
      const next = { to: '/portal', fields: null, back: '/portal' }
      const wish = { deed: { kind: 'password', facts: {} }, platform: 'portal', next } as const
      const needed = async () => {
        const thief = await session(world)
        const opened = await openTask(world, thief, wish)
        assert.ok(opened.ok)
        const viewed = await viewTask(world, thief, opened.task.id)
        return viewed.ok && viewed.allowance.needs
      }
      assert.equal(await needed(), '2s')
      await activate(world, await session(world))
      assert.ok((await stopSuccessor(world, { subscriberId, by: 'device', spare: null })).ok)
      assert.equal(await needed(), '3')
    })

    test('A12 S66 is not set up where no phone is held that could say no', async (t) => {
      const { world, subscriberId, old } = await annaWithPhone(t, { database })
      world.advance(hours(48))
      const thief = await session(world)
      const change = async (lifecycle: 'suspended' | 'disabled' | 'revoked') =>
        await becomes(world, { subscriberId, id: authenticatorOf(old), lifecycle })
      const refused = { ok: false, problem: 'enrolment.no-phone-to-replace' }
      // A phone that was stopped is heard for as long as another waits, and one that is held can
      // say no.
      await change('suspended')
      assert.ok((await startEnrolment(world, thief, { method: 'phone-key' })).ok)
      await change('disabled')
      assert.deepEqual(await startEnrolment(world, thief, { method: 'phone-key' }), refused)
      await change('revoked')
      // Something stronger than the stolen word is held all the same, and no phone.
      const card = await cardOf(world, subscriberId)
      assert.ok(card.id)
      assert.deepEqual(await startEnrolment(world, thief, { method: 'phone-key' }), refused)
    })

    test('S12 takes no place while binding is on hold, for any reason', async (t) => {
      const { world, subscriberId } = await annaWithPhone(t, { database })
      world.advance(hours(48))
      await activate(world, await session(world))
      const [waits] = (await phonesOf(world, subscriberId)).waiting
      assert.ok(waits?.pendingUntil)
      const until = after(waits.pendingUntil, hours(1))
      const hold = { kind: 'review', forbids: ['binding'], until } as const
      const id = newId('hld', world.now(), world.random)
      // As it may stand in the data of an installation: what the back office says ends the phone
      // with it.
      const written = holdWrite(world.db, { id, subscriberId, hold }, world.now())
      assert.ok(await world.db.commit([written]))
      world.setClock(waits.pendingUntil)
      await succeedDue(world)
      assert.equal((await phonesOf(world, subscriberId)).waiting.length, 1)
      world.setClock(until)
      await succeedDue(world)
      assert.deepEqual((await phonesOf(world, subscriberId)).full, [waits.id])
    })

    test('A28 R062 a hundred that wait for a hold keep no other from its place', async (t) => {
      const { world, subscriberId } = await annaWithPhone(t, { database })
      world.advance(hours(48))
      await activate(world, await session(world))
      const [waits] = (await phonesOf(world, subscriberId)).waiting
      assert.ok(waits?.pendingUntil)
      const held = await world.add({ userName: 'boris', password: PASSWORD })
      const until = after(waits.pendingUntil, hours(1))
      const hold = { kind: 'review', forbids: ['binding'], until, by: 'operator' } as const
      await startHold(world, { subscriberId: held, ...hold })
      for (let count = 0; count < 100; count += 1) {
        const next = {
          ...waits,
          id: newId('aut', world.now(), world.random),
          pendingUntil: world.now(),
        }
        assert.ok(await world.db.commit(bindingWrites(world.db, next, [held])))
      }
      world.setClock(waits.pendingUntil)
      await succeedDue(world)
      assert.deepEqual((await phonesOf(world, subscriberId)).full, [waits.id])
    })

    test('A12 one that waits is no phone that could say no', async (t) => {
      const { world, subscriberId, old } = await annaWithPhone(t, { database })
      world.advance(hours(48))
      await activate(world, await session(world))
      world.advance(hours(25))
      const thief = await session(world)
      assert.ok((await startEnrolment(world, thief, { method: 'phone-key' })).ok)
      await becomes(world, { subscriberId, id: authenticatorOf(old), lifecycle: 'disabled' })
      const refused = { ok: false, problem: 'enrolment.no-phone-to-replace' }
      assert.deepEqual(await startEnrolment(world, thief, { method: 'phone-key' }), refused)
    })

    test('T-MIG-3 what was allowed when it was begun is refused when another phone came meanwhile, and the phone hears it before a PIN is chosen', async (t) => {
      const { world, subscriberId } = await annaWithPhone(t, { database })
      world.advance(hours(48))
      const begun = await startEnrolment(world, await session(world), { method: 'phone-key' })
      assert.ok(begun.ok)
      const held = await listAuthenticators(world.db, subscriberId)
      const phone = held.find(({ value }) => value.method === 'phone-key')
      assert.ok(phone)
      const now = world.now()
      // As it may stand in the data of an installation: what binds one ends what was begun.
      const other = { ...phone.value, id: newId('aut', now, world.random), createdAt: now }
      assert.ok(await world.db.commit(bindingWrites(world.db, other, [subscriberId])))
      world.advance(minutes(1))
      const refused = {
        ok: false,
        problem: 'enrolment.another-phone-today',
        until: after(now, hours(24)),
      }
      const activation = { token: begun.token }
      const asked = { activation, address: '198.51.100.9' }
      assert.deepEqual(await offerActivation(world, asked), refused)
      const young = await testPhone(world.settings.issuer)
      const offer = { enrolment: begun.enrolment.id, now: world.now() }
      const request = (await young.activation(activation, offer)) as unknown as Json
      assert.deepEqual(await completeActivation(world, { ...asked, request }), refused)
      assert.equal((await phonesOf(world, subscriberId)).waiting.length, 0)
    })

    test('a second one within a day is refused, and a strong session stops the first', async (t) => {
      const { world, subscriberId, old } = await annaWithPhone(t, { database })
      world.advance(hours(48))
      const thief = await session(world)
      await activate(world, thief)
      assert.equal((await startEnrolment(world, thief, { method: 'phone-key' })).ok, false)
      const own = await withPhone(world, old)
      assert.ok(own)
      const by = { subscriberId, by: 'session', spare: own.id } as const
      assert.ok((await stopSuccessor(world, by)).ok)
      assert.deepEqual(await stopSuccessor(world, by), {
        ok: false,
        problem: 'authenticator.not-found',
      })
      world.advance(minutes(1))
      assert.equal((await phonesOf(world, subscriberId)).waiting.length, 0)
    })
  })
}
