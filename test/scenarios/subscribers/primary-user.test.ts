import assert from 'node:assert/strict'
import { suite, test, type TestContext } from 'node:test'
import { type Authenticator, FRESH } from '#core/devices/authenticator.ts'
import { newId, type SubscriberId } from '#core/ids.ts'
import { LEAVE, OTHER_USERS_MAX } from '#core/subscribers/primary-user.ts'
import { after, before, seconds } from '#core/time/time.ts'
import { changeAccount, createAccount } from '#engine/subscribers/accounts.ts'
import { obstacleToOptingOut, setOptedOut } from '#engine/subscribers/opting-out.ts'
import { startEnrolment } from '#engine/devices/enrolment.ts'
import { obstacleToBinding } from '#engine/devices/may-bind.ts'
import { noticeDue } from '#engine/notices/notices.ts'
import { giveLeave, setPrimary, takeLeave } from '#engine/subscribers/primary-user.ts'
import { renameAuthenticator, revokeAuthenticator } from '#engine/devices/overview.ts'
import { securityOf, setSeamless, suspendAuthenticator } from '#engine/devices/overview.ts'
import { endOtherSessions, findOpenSession } from '#engine/sessions/sessions.ts'
import { openTask, useTask } from '#engine/tasks/tasks.ts'
import { topicOfClient } from '#engine/wake-up-topics.ts'
import { methodNamed } from '#engine/world.ts'
import { listSubscriberEvents } from '#store/audit/audit.ts'
import { listNotices } from '#store/notices/notices.ts'
import { sample } from '#methods/sms-code/sample.ts'
import { bindingWrites } from '#store/devices/authenticators.ts'
import { listAccounts } from '#store/accounts/accounts.ts'
import { findSubscriber, updateSubscriber } from '#store/subscribers/subscribers.ts'
import { answerOnPage, startOnPage } from '#engine/devices/enrolment-on-page.ts'
import { codeAt } from '#methods/totp/codes.ts'
import { TOTP_DEFAULT, timeStep } from '#oath/totp.ts'
import { findEnrolment } from '#store/devices/enrolments.ts'
import { DATABASES, type DatabaseKind } from '../../support/databases/databases.ts'
import { givenPasscode, inWithPasscode } from '../../support/clients/printed.ts'
import type { TestPhone } from '../../support/clients/phone.ts'
import {
  activate,
  authenticatorOf,
  begin,
  firstSession,
  numberOn,
  PASSWORD,
  typed,
} from '../../support/clients/engine-story.ts'
import { approvedTask } from '../../support/clients/task.ts'
import { browser, type TestWorld, testWorld } from '../../support/server/world.ts'

/** Two people, one account: whose it is decides how it is protected (R032). */

interface House {
  readonly world: TestWorld
  readonly chief: SubscriberId
  readonly clerk: SubscriberId
  readonly phones: { readonly chief: TestPhone; readonly clerk: TestPhone }
}

async function house(t: TestContext, database: DatabaseKind): Promise<House> {
  const world = await testWorld(t, { database })
  const chief = await world.add({ userName: 'chief', password: PASSWORD })
  const clerk = await world.add({ userName: 'clerk', password: PASSWORD, accounts: [] })
  const set = await setPrimary(world, { id: clerk, primary: { id: chief, name: 'The chief' }, by })
  assert.ok(set.ok)
  const phones = {
    chief: await activate(world, await firstSession(world, 'chief')),
    // A client sets up the first device themselves: without it they could not begin.
    clerk: await activate(world, await firstSession(world, 'clerk')),
  }
  return { world, chief, clerk, phones }
}

const by = 'back-office:ledger'

/** With the phone, in the portal or on the platform that is named. */
async function inside({ world, phones }: House, userName: 'chief' | 'clerk', platform = 'portal') {
  const who = browser()
  const started = await begin(world, who, { userName, platform })
  assert.ok(started.ok, 'problem' in started ? started.problem : '')
  const response = await phones[userName].respond(
    await numberOn(world, started.login.id, who),
    world.now(),
  )
  const answered = await typed(world, started.login, { client: who, response })
  assert.ok(answered.ok && answered.token)
  const session = await findOpenSession(world, answered.token)
  assert.ok(session)
  return { session, token: answered.token }
}

const ONLY = { ok: false, problem: 'subscriber.primary-user-only' }
const errand = { platform: 'portal', next: { to: '/portal', fields: null, back: '/portal' } }

const kindsOf = async (world: TestWorld, id: SubscriberId) =>
  (await listSubscriberEvents(world.db, id, { limit: 30 })).map(({ event }) => event.kind)

for (const database of DATABASES) {
  suite(`The primary user of an account, on ${database}`, () => {
    test('R032 another user trades on the account, and its settings are not theirs to change', async (t) => {
      const home = await house(t, database)
      const { world } = home
      const { session } = await inside(home, 'clerk', 'trade')
      assert.equal(session.account?.number, 'U-chief')
      assert.equal(session.decision.rights.trading, true)
      const { session: portal } = await inside(home, 'clerk')
      const totp = methodNamed(world, 'totp')
      assert.equal(await obstacleToBinding(world, portal, totp), ONLY.problem)
      assert.deepEqual(await setSeamless(world, portal, false), ONLY)
      assert.equal(await obstacleToOptingOut(world, portal), ONLY.problem)
      assert.deepEqual(await setOptedOut(world, portal, true), ONLY)
      const [held] = (await securityOf(world, portal)).authenticators
      assert.ok(held)
      assert.deepEqual(await revokeAuthenticator(world, portal, { id: held.id }), ONLY)
      const deeds = [
        { kind: 'telephone', facts: { telephone: '+12025550123' } },
        { kind: 'email', facts: { email: 'new@example.com' } },
        { kind: 'remove', facts: { device: 'Phone', method: 'Phone', added: '1 May 2026' } },
        { kind: 'bring_back', facts: { device: 'Phone', method: 'Phone', added: '1 May 2026' } },
        { kind: 'order', facts: { device: 'Card', address: '1', account: 'U1', deposit: '20' } },
        { kind: 'opt_out', facts: {} },
        { kind: 'opt_in', facts: {} },
        { kind: 'network_add', facts: { network: '203.0.113.7' } },
        { kind: 'network_lift', facts: { network: '203.0.113.7' } },
        { kind: 'network_remove', facts: { network: '203.0.113.7' } },
      ] as const
      for (const deed of deeds) {
        assert.deepEqual(await openTask(world, portal, { deed, ...errand }), ONLY, deed.kind)
      }
      const { session: primary } = await inside(home, 'chief')
      assert.equal(await obstacleToBinding(world, primary, totp), null)
      assert.deepEqual(await setSeamless(world, primary, false), { ok: true })
    })

    test('R032 S70 what protects needs no permission: a new password, a name, other sessions, a lost phone', async (t) => {
      const home = await house(t, database)
      const { world, phones } = home
      const first = await inside(home, 'clerk')
      const { session } = await inside(home, 'clerk')
      const deed = { kind: 'password', facts: {} } as const
      assert.ok((await openTask(world, session, { deed, ...errand })).ok)
      const id = authenticatorOf(phones.clerk)
      assert.ok((await renameAuthenticator(world, session, { id, label: 'Mine' })).ok)
      // The one from before and the one in which the phone was set up.
      assert.deepEqual(await endOtherSessions(world, session), { ok: true, count: 2 })
      assert.equal(await findOpenSession(world, first.token), null)
      // The phone is replaced by another one, which takes nothing from another user (R061).
      assert.ok((await startEnrolment(world, session, { method: 'phone-key' })).ok)
      assert.deepEqual(await suspendAuthenticator(world, session, { id }), { ok: true })
    })

    test('R032 what the desk gave after asking who it is sets up another phone without the primary user', async (t) => {
      const home = await house(t, database)
      const { world } = home
      const passcode = await givenPasscode(world, 'clerk')
      const { session } = await inWithPasscode(world, { userName: 'clerk' }, passcode)
      for (const name of ['code-card', 'phone-key', 'totp']) {
        assert.equal(await obstacleToBinding(world, session, methodNamed(world, name)), null, name)
      }
    })

    test('R032 S12 what was begun with leave ends when it is taken back', async (t) => {
      const home = await house(t, database)
      const { world, clerk } = home
      const { session: primary } = await inside(home, 'chief')
      assert.ok((await giveLeave(world, primary, clerk)).ok)
      const { session } = await inside(home, 'clerk')
      const started = await startOnPage(world, session, { method: 'totp', request: null })
      assert.ok(started.ok)
      const { id } = started.enrolment
      const drawn = (await findEnrolment(world.db, id))?.value.drawn
      assert.ok(drawn)
      const { key } = drawn.expected as { readonly key: string }
      const answer = codeAt(timeStep(TOTP_DEFAULT, world.now()), key)
      assert.ok((await takeLeave(world, primary, clerk)).ok)
      const bound = await answerOnPage(world, session, { id, answer })
      assert.deepEqual(bound, { ok: false, problem: 'enrolment.expired' })
    })

    test('R032 leave lasts a day to the second, is told, is taken back, and never reaches the account', async (t) => {
      const home = await house(t, database)
      const { world, clerk } = home
      const { session: primary } = await inside(home, 'chief')
      const over = after(world.now(), LEAVE)
      assert.deepEqual(await giveLeave(world, primary, clerk), { ok: true })
      const obstacle = async () => {
        const { session } = await inside(home, 'clerk')
        assert.equal(await obstacleToOptingOut(world, session), ONLY.problem)
        return await obstacleToBinding(world, session, methodNamed(world, 'totp'))
      }
      assert.equal(await obstacle(), null)
      await noticeDue(world)
      const told = await listNotices(world.db, clerk, 20)
      assert.equal(told.filter(({ kind }) => kind === 'leave-given').length, 1)
      world.setClock(before(over, seconds(1)))
      assert.equal(await obstacle(), null)
      world.setClock(over)
      assert.equal(await obstacle(), ONLY.problem)
      const { session: later } = await inside(home, 'chief')
      assert.ok((await giveLeave(world, later, clerk)).ok)
      assert.deepEqual(await takeLeave(world, later, clerk), { ok: true })
      assert.equal(await obstacle(), ONLY.problem)
      const kinds = await kindsOf(world, clerk)
      assert.equal(kinds.filter((kind) => kind === 'subscriber.leave-given').length, 2)
      assert.equal(kinds.filter((kind) => kind === 'subscriber.leave-taken').length, 1)
    })

    test('S74 a number of theirs is no phone of theirs: another one is for the primary user to allow', async (t) => {
      const home = await house(t, database)
      const { world, clerk } = home
      const { session } = await inside(home, 'clerk')
      const number: Authenticator = {
        ...FRESH,
        id: newId('aut', world.now(), world.random),
        method: 'sms-code',
        label: '',
        state: sample.state,
        createdAt: world.now(),
      }
      await world.db.commit(bindingWrites(world.db, number, [clerk]))
      const may = async (name: string) =>
        await obstacleToBinding(world, session, methodNamed(world, name))
      assert.equal(await may('sms-code'), ONLY.problem)
      assert.equal(await may('phone-key'), null)
    })

    test('R032 leave that is taken back in the middle of a task ends it', async (t) => {
      const home = await house(t, database)
      const { world, clerk, phones } = home
      const { session: primary } = await inside(home, 'chief')
      assert.ok((await giveLeave(world, primary, clerk)).ok)
      const { session } = await inside(home, 'clerk')
      const deed = { kind: 'email', facts: { email: 'new@example.com' } } as const
      const id = await approvedTask(world, session, { deed, phone: phones.clerk })
      assert.ok((await takeLeave(world, primary, clerk)).ok)
      assert.deepEqual(await useTask(world, session, { id, deed, usedFor: 'portal' }), ONLY)
    })

    test('R032 A31 only the primary user gives leave, and only to their own users', async (t) => {
      const home = await house(t, database)
      const { world, chief, clerk } = home
      const stranger = await world.add({ userName: 'stranger', password: PASSWORD })
      const { session: primary } = await inside(home, 'chief')
      const { session } = await inside(home, 'clerk')
      const nobody = { ok: false, problem: 'subscriber.not-found' }
      assert.deepEqual(await giveLeave(world, session, clerk), nobody)
      assert.deepEqual(await giveLeave(world, session, chief), nobody)
      assert.deepEqual(await giveLeave(world, primary, stranger), nobody)
      assert.deepEqual(await giveLeave(world, primary, 'sub_00' as SubscriberId), nobody)
    })

    test('a primary user is no other user, and another user has no account of their own', async (t) => {
      const home = await house(t, database)
      const { world, chief, clerk } = home
      const boss = await world.add({ userName: 'boss', password: PASSWORD })
      const refused = { ok: false, problem: 'subscriber.not-a-primary-user' }
      const set = async (id: SubscriberId, of: SubscriberId) =>
        await setPrimary(world, { id, primary: { id: of, name: 'Somebody' }, by })
      assert.deepEqual(await set(chief, boss), refused, 'has another user')
      assert.deepEqual(await set(boss, clerk), refused, 'is another user')
      assert.deepEqual(await set(boss, boss), refused, 'themselves')
      assert.deepEqual(await set(boss, chief), refused, 'has an account')
      const wanted = { number: 'U9', environment: 'live', subscriberId: clerk, by } as const
      const made = await createAccount(world, {
        ...wanted,
        residence: null,
      })
      assert.deepEqual(made, refused, 'would have two')
      const gone = await setPrimary(world, { id: 'sub_00' as SubscriberId, primary: null, by })
      assert.deepEqual(gone, { ok: false, problem: 'subscriber.not-found' })
    })

    test('of two that were decided from one look, one is written', async (t) => {
      const home = await house(t, database)
      const { world, chief } = home
      const user = await world.add({ userName: 'user', password: PASSWORD, accounts: [] })
      const [read, stays] = [
        await findSubscriber(world.db, user),
        await findSubscriber(world.db, chief),
      ]
      assert.ok(read && stays)
      const write = async () =>
        await updateSubscriber(world.db, {
          now: world.now(),
          stays,
          events: [],
          subscriber: {
            value: { ...read.value, primary: { id: chief, name: 'Chief', leaveUntil: null } },
            version: read.version,
          },
        })
      // Another client is made the other user of the same primary user meanwhile.
      const other = await world.add({ userName: 'other', password: PASSWORD, accounts: [] })
      const set = await setPrimary(world, { id: other, primary: { id: chief, name: 'Chief' }, by })
      assert.ok(set.ok)
      assert.equal(await write(), false)
      assert.equal((await findSubscriber(world.db, user))?.value.primary, null)
    })

    test('R032 a client who gets an account at the moment they are to use another has one of the two', async (t) => {
      const home = await house(t, database)
      const { world, chief } = home
      const primary = { id: chief, name: 'Chief' }
      const clientNamed = (userName: string) =>
        world.add({ userName, password: PASSWORD, accounts: [] })
      const user = await clientNamed('user')
      const read = (await findSubscriber(world.db, user)) ?? assert.fail()
      const stays = (await findSubscriber(world.db, chief)) ?? assert.fail()
      const wanted = { environment: 'live', residence: null, by } as const
      const made = await createAccount(world, { ...wanted, number: 'U9', subscriberId: user })
      assert.ok(made.ok)
      const { version } = read
      const value = { ...read.value, primary: { ...primary, leaveUntil: null } }
      const late = { now: world.now(), stays, subscriber: { value, version }, events: [] }
      assert.equal(await updateSubscriber(world.db, late), false)
      const other = await testWorld(t, { beside: world })
      for (let round = 0; round < 5; round += 1) {
        const id = await clientNamed(`user-${round}`)
        const [account, set] = await Promise.all([
          createAccount(world, { ...wanted, number: `V${round}`, subscriberId: id }),
          setPrimary(other, { id, primary, by }),
        ])
        assert.ok(!(account.ok && set.ok), String(round))
      }
    })

    test('an account has a limit of other users', async (t) => {
      const { world, chief } = await house(t, database)
      const add = async (index: number) => {
        const id = await world.add({ userName: `u${index}`, password: PASSWORD, accounts: [] })
        return await setPrimary(world, { id, primary: { id: chief, name: 'The chief' }, by })
      }
      // The clerk is one of them.
      for (let index = 1; index < OTHER_USERS_MAX; index += 1) assert.ok((await add(index)).ok)
      const refused = await add(OTHER_USERS_MAX)
      assert.equal(!refused.ok && refused.problem, 'subscriber.not-a-primary-user')
    })

    test('R028 a closed account logs every one of its users out of trading, and wakes them', async (t) => {
      const home = await house(t, database)
      const { world, clerk } = home
      const trading = await inside(home, 'clerk', 'trade')
      let woken = 0
      const stop = world.wakeUps.subscribe(
        topicOfClient(trading.session.subscriberId),
        () => (woken += 1),
      )
      const closed = await changeAccount(world, {
        number: 'U-chief',
        by,
        change: { kind: 'close', by: 'client' },
      })
      stop()
      assert.ok(closed.ok)
      assert.equal(await findOpenSession(world, trading.token), null)
      assert.ok(woken >= 1)
      assert.ok((await kindsOf(world, clerk)).includes('session.ended'))
    })

    test('a client who joins an account, or leaves it, is logged out and begins anew', async (t) => {
      const home = await house(t, database)
      const { world, clerk, chief } = home
      const before = await inside(home, 'clerk')
      const same = { id: clerk, primary: { id: chief, name: 'The chief' }, by } as const
      assert.ok((await setPrimary(world, same)).ok)
      assert.ok(await findOpenSession(world, before.token), 'the same again changes nothing')
      assert.ok((await setPrimary(world, { ...same, primary: null })).ok)
      assert.equal(await findOpenSession(world, before.token), null)
      assert.deepEqual(await listAccounts(world.db, clerk), [])
      const kinds = await kindsOf(world, clerk)
      assert.equal(kinds.filter((kind) => kind === 'subscriber.primary-set').length, 2)
    })
  })
}
