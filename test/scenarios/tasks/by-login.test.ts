import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { hours, minutes } from '#core/time/time.ts'
import { bindingTask } from '#engine/login/task-approval.ts'
import { answerLogin } from '#engine/login/answer.ts'
import { startLogin } from '#engine/login/start.ts'
import type { Held } from '#engine/login/view.ts'
import type { OpenSession } from '#engine/sessions/rights.ts'
import { findOpenSession } from '#engine/sessions/sessions.ts'
import { useLogin } from '#engine/tasks/by-login.ts'
import { startHold } from '#engine/subscribers/accounts.ts'
import { deliverDue } from '#engine/delivery/outbox.ts'
import { sample } from '#methods/sms-code/sample.ts'
import { codeAt } from '#methods/totp/codes.ts'
import { TOTP_DEFAULT, timeStep } from '#oath/totp.ts'
import type { Session } from '#core/sessions/session.ts'
import { findLogin } from '#store/login/logins.ts'
import { auditOf } from '../../support/audit.ts'
import {
  numberOn,
  PASSWORD,
  personWithPhone,
  requestsOf,
} from '../../support/clients/engine-story.ts'
import { givenPasscode, inWithPasscode } from '../../support/clients/printed.ts'
import { textsOf } from '../../support/clients/texts.ts'
import { DATABASES } from '../../support/databases/databases.ts'
import { browser, type TestWorld, testWorld } from '../../support/server/world.ts'

const NEXT = { to: '/portal/security/enrolments', fields: null, back: '/portal/security' }

/** What is to be done, in the browser of the login that has opened the session. */
async function wish(world: TestWorld, { loginId }: Pick<Session, 'loginId'>, method: string) {
  const login = await findLogin(world.db, loginId)
  const holders = [login?.value.holder ?? assert.fail('no login')]
  const deed = bindingTask(world, 'en', { method })
  return { deed, platform: 'portal', next: NEXT, holders } as const
}

/** Anna has a passcode of the desk, and is in with it. */
async function inByPasscode(world: TestWorld) {
  await personWithPhone(world, 'anna')
  const passcode = await givenPasscode(world, 'anna')
  return await inWithPasscode(world, { userName: 'anna' }, passcode)
}

/** Ben confirms by text, and logs in to set up a phone; what the text says. */
async function inToSetUp(world: TestWorld) {
  const { texts, latest } = textsOf(world)
  const holds = [{ method: 'sms-code', state: sample.state }]
  await world.add({ userName: 'ben', password: PASSWORD, holds })
  const { client, login } = await begunForPhone(world)
  await deliverDue(world)
  const held = { id: login.id, holder: client.holder }
  return { session: await inWith(world, held, { code: latest() }), texts }
}

/** Ben's password, typed on the page of a new phone. */
async function begunForPhone(world: TestWorld) {
  const client = browser()
  const claim = { userName: 'ben', password: PASSWORD, platform: 'portal', binds: 'phone-key' }
  const started = await startLogin(world, { ...claim, environment: 'live', client })
  assert.ok(started.ok)
  return { client, login: started.login }
}

/** The session that an answer opens. */
async function inWith(world: TestWorld, held: Held, answer: unknown): Promise<OpenSession> {
  const answered = await answerLogin(world, { ...held, answer })
  assert.ok(answered.ok && answered.token)
  return (await findOpenSession(world, answered.token)) ?? assert.fail('no session')
}

for (const database of DATABASES) {
  suite(`What a login confirms beside letting in, on ${database}`, () => {
    test('R104 A7 the passcode that was typed prints one card, of however many that are asked for at once', async (t) => {
      const world = await testWorld(t, { database })
      const other = await testWorld(t, { database, beside: world })
      const { session } = await inByPasscode(world)
      const asking = await wish(world, session, 'code-card')
      const asked = await Promise.all(
        Array.from({ length: 6 }, (_, index) =>
          useLogin(index % 2 ? other : world, session, asking),
        ),
      )
      assert.equal(asked.filter(Boolean).length, 1)
      const told = await auditOf(world)
      assert.equal(told.filter(({ kind }) => kind === 'task.used').length, 1)
    })

    test('R023 A9 it sets up no phone, and after ten minutes it prints nothing either', async (t) => {
      const world = await testWorld(t, { database })
      const { session } = await inByPasscode(world)
      assert.equal(await useLogin(world, session, await wish(world, session, 'phone-key')), false)
      world.advance(minutes(10))
      assert.equal(await useLogin(world, session, await wish(world, session, 'code-card')), false)
    })

    test('A9 it confirms nothing in another browser, and its own loses nothing by that', async (t) => {
      const world = await testWorld(t, { database })
      const { session } = await inByPasscode(world)
      const asking = await wish(world, session, 'code-card')
      for (const holders of [[], ['of another browser']])
        assert.equal(await useLogin(world, session, { ...asking, holders }), false)
      assert.equal(await useLogin(world, session, asking), true)
    })

    test('S12 it prints nothing once its client is in another state', async (t) => {
      const world = await testWorld(t, { database })
      const { session } = await inByPasscode(world)
      const { subscriberId } = session
      const until = (world.now() + hours(1)) as typeof session.openedAt
      const hold = { kind: 'review', forbids: ['binding'], until, by: 'operator' } as const
      await startHold(world, { subscriberId, ...hold })
      assert.equal(await useLogin(world, session, await wish(world, session, 'code-card')), false)
    })

    test('A6 S87 a code of an app, which does not say what it is for, sets up no phone beside the login', async (t) => {
      const world = await testWorld(t, { database })
      const key = Buffer.alloc(20, 7).toString('base64url')
      const holds = [{ method: 'totp', state: { key, usedStep: 0 } }]
      await world.add({ userName: 'ben', password: PASSWORD, holds })
      const { client, login } = await begunForPhone(world)
      const code = codeAt(timeStep(TOTP_DEFAULT, world.now()), key)
      const session = await inWith(world, { id: login.id, holder: client.holder }, { code })
      assert.equal(await useLogin(world, session, await wish(world, session, 'phone-key')), false)
    })

    test('R023 it is not approved on the phone where tasks want a response', async (t) => {
      const world = await testWorld(t, { database, settings: { taskApproval: 'response' } })
      const phone = await personWithPhone(world, 'ben')
      const { client, login } = await begunForPhone(world)
      assert.deepEqual(await requestsOf(world, phone), [])
      const response = await phone.respond(await numberOn(world, login.id, client), world.now())
      const session = await inWith(world, { id: login.id, holder: client.holder }, { response })
      assert.equal(await useLogin(world, session, await wish(world, session, 'phone-key')), true)
    })

    test('S87 a login that was begun for a phone says so in the text, and confirms that phone alone', async (t) => {
      const world = await testWorld(t, { database })
      const { session, texts } = await inToSetUp(world)
      assert.match(texts.at(-1) ?? '', /code to set up a new device is \d{6}\./)
      assert.equal(await useLogin(world, session, await wish(world, session, 'passkey')), false)
      assert.equal(await useLogin(world, session, await wish(world, session, 'code-card')), false)
      assert.equal(await useLogin(world, session, await wish(world, session, 'phone-key')), true)
      assert.equal(await useLogin(world, session, await wish(world, session, 'phone-key')), false)
    })
  })
}
