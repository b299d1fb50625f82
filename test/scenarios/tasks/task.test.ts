import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { after, before, hours, millis, minutes, seconds } from '#core/time/time.ts'
import type { TaskDetails } from '#core/task-details.ts'
import { newId, type TaskId } from '#core/ids.ts'
import { type Session, SESSION_ABSOLUTE } from '#core/sessions/session.ts'
import { claimLogin } from '#engine/login/answer.ts'
import { viewLogin } from '#engine/login/view.ts'
import { endSession, findLiveSession } from '#engine/sessions/sessions.ts'
import {
  canConfirm,
  cancelTask,
  findLeftTask,
  openTask,
  startTask,
  useTask,
  viewTask,
} from '#engine/tasks/tasks.ts'
import { listSubscriberEvents } from '#store/audit/audit.ts'
import { DATABASES } from '../../support/databases/databases.ts'
import { interrupted } from '../../support/models/interrupted.ts'
import {
  activate,
  begun,
  firstSession,
  numberOn,
  PASSWORD,
  personWithPhone,
  requestsOf,
  sendAnswer,
  typed,
} from '../../support/clients/engine-story.ts'
import {
  approvedTask,
  begunTask,
  opened,
  sessionBy,
  withdrawal,
} from '../../support/clients/task.ts'
import {
  browser,
  type TestWorld,
  testWorld,
  type TestWorldOptions,
} from '../../support/server/world.ts'
import { withRules } from '../../support/server/rules.ts'

const USED_FOR = 'grant 1'

/** As R023 has it: the phone is not asked. */
const RESPONSE = { settings: { taskApproval: 'response' } } as const

/** Anna is in, with a phone. */
async function story(t: Parameters<typeof testWorld>[0], options: TestWorldOptions = {}) {
  const world = await testWorld(t, options)
  const phone = await personWithPhone(world, 'anna')
  const session = await sessionBy(world, phone, 'anna')
  return { world, phone, session }
}

const taskEvents = async (world: TestWorld, { subscriberId }: Session) =>
  (await listSubscriberEvents(world.db, subscriberId, { limit: 100 }))
    .map(({ event }) => event.kind)
    .filter((kind) => kind.startsWith('task.'))

const outcome = (answer: { readonly ok: boolean; readonly problem?: string | null }) =>
  answer.ok ? 'ok' : answer.problem

for (const database of DATABASES) {
  suite(`a sensitive task over ${database}`, () => {
    test('R023 S86 takes the password again, then challenge and response where the operator wants it so', async (t) => {
      const { world, phone, session } = await story(t, { database, ...RESPONSE })
      const deed = withdrawal('12500.00')
      const id = await opened(world, session, deed)
      const client = browser()
      const before = await useTask(world, session, { id, deed, usedFor: USED_FOR })
      assert.equal(outcome(before), 'task.not-approved')
      const login = await begunTask(world, session, { id, client })
      assert.equal(login.state, 'challenged')
      const number = await numberOn(world, login.id, client)
      assert.equal(number[0], '8', 'the offline phone reads the purpose in the first digit')
      assert.deepEqual(await requestsOf(world, phone), [], 'never push')
      const answered = await typed(world, login, {
        client,
        response: await phone.respond(number, world.now()),
      })
      assert.ok(answered.ok)
      assert.equal(answered.token, null, 'it opens no session')
      const used = await useTask(world, session, { id, deed, usedFor: USED_FOR })
      assert.ok(used.ok)
      assert.equal(used.task.state === 'used' && used.task.acr, '3')
      const events = await taskEvents(world, session)
      assert.deepEqual(events, ['task.used', 'task.approved', 'task.opened'])
    })

    test('A8 one proof opens one task once', async (t) => {
      const { world, phone, session } = await story(t, { database })
      const deed = withdrawal('100')
      const id = await approvedTask(world, session, { deed, phone })
      const use = async () => await useTask(world, session, { id, deed, usedFor: USED_FOR })
      assert.equal(outcome(await use()), 'ok')
      assert.equal(outcome(await use()), 'task.already-used')
      const other = await opened(world, session, withdrawal('100'))
      const second = await useTask(world, session, { id: other, deed, usedFor: 'grant 2' })
      assert.equal(outcome(second), 'task.not-approved')
    })

    test('A8 S87 (EU) 2018/389, 5, and FCA, 5: an amount or a payee that has changed since is refused', async (t) => {
      const { world, phone, session } = await story(t, { database })
      const id = await approvedTask(world, session, { deed: withdrawal('100.00'), phone })
      for (const deed of [
        withdrawal('100.01'),
        withdrawal('99.99'),
        withdrawal('100.00', { payee: 'Client B' }),
        withdrawal('100.00', { payee_account: 'Demo Bank 4472' }),
        { kind: 'payee', facts: withdrawal('100.00').facts } as const,
      ]) {
        const used = await useTask(world, session, { id, deed, usedFor: USED_FOR })
        assert.equal(outcome(used), 'task.changed')
      }
      const same = await useTask(world, session, {
        id,
        deed: withdrawal('100'),
        usedFor: USED_FOR,
      })
      assert.equal(outcome(same), 'ok')
    })

    test('R132 takes what the rules of the place ask for, also where they came after it was approved', async (t) => {
      const { world, phone, session } = await story(t, { database })
      const deed = { kind: 'payee', facts: { payee: 'B', payee_account: 'C 1' } } as const
      const id = await approvedTask(world, session, { deed, phone })
      const stricter = withRules(world, { taskFactors: { payee: '4', withdrawal: '4' } })
      const used = await useTask(stricter, session, { id, deed, usedFor: USED_FOR })
      assert.equal(outcome(used), 'task.too-weak')
      const again = await useTask(world, session, { id, deed, usedFor: USED_FOR })
      assert.equal(outcome(again), 'task.cancelled', 'it is over, whatever the rules are next')
      for (const asked of [deed, withdrawal('1')]) {
        const other = await opened(stricter, session, asked)
        const viewed = await viewTask(stricter, session, other)
        assert.ok(viewed.ok)
        assert.deepEqual([viewed.allowance.needs, viewed.allowance.isReached], ['4', false])
      }
      assert.equal(await canConfirm(world, session, 'opt_out'), true)
      const forOptingOut = withRules(world, { taskFactors: { opt_out: '4' } })
      assert.equal(await canConfirm(forOptingOut, session, 'opt_out'), false)
    })

    test('S12 S78 a session that has ended, or is as old as any may be, opens and uses none', async (t) => {
      const { world, phone, session } = await story(t, { database })
      const deed = withdrawal('100')
      const owners = await sessionBy(world, phone, 'anna')
      const theirs = await findLiveSession(world, owners.id)
      assert.ok(theirs)
      const end = async () => await endSession(world, session, { id: owners.id, by: 'holder' })
      const next = { to: '/portal', fields: null, back: '/portal' }
      const late = await openTask(interrupted(world, end), theirs, {
        deed,
        platform: 'trade',
        next,
      })
      assert.equal(outcome(late), 'task.conflict')
      assert.deepEqual(await taskEvents(world, session), [])
      const over = after(session.openedAt, SESSION_ABSOLUTE)
      world.setClock(before(over, seconds(1)))
      const id = await approvedTask(world, session, { deed, phone })
      world.setClock(over)
      const used = await useTask(world, session, { id, deed, usedFor: USED_FOR })
      assert.equal(outcome(used), 'task.cancelled')
    })

    test('R023 A9 FFIEC 11 August 2021: a password alone confirms nothing but the very first device', async (t) => {
      const world = await testWorld(t, { database })
      await world.add({ userName: 'carol', password: PASSWORD })
      const session = await firstSession(world, 'carol')
      const tried = async (deed: TaskDetails) => {
        const next = { to: '/portal', fields: null, back: '/portal' }
        const task = await openTask(world, session, { deed, platform: 'portal', next })
        assert.ok(task.ok)
        const typed = { id: task.task.id, password: PASSWORD, client: browser() }
        return outcome(await startTask(world, session, typed))
      }
      assert.equal(await tried({ kind: 'password', facts: {} }), 'login.no-authenticator')
      assert.equal(await tried({ kind: 'bind', facts: { device: 'Phone' } }), 'ok')
    })

    test('A8 S88 the answer of a login confirms no task, and that of a task opens no session', async (t) => {
      const { world, phone, session } = await story(t, { database })
      const client = browser()
      const login = await begun(world, client, 'anna')
      const forLogin = await phone.respond(await numberOn(world, login.id, client), world.now())
      const id = await opened(world, session, withdrawal('100'))
      const task = await begunTask(world, session, { id, client })
      const forTask = await phone.respond(await numberOn(world, task.id, client), world.now())
      const crossed = await typed(world, task, { client, response: forLogin })
      assert.equal(outcome(crossed), 'login.wrong-answer')
      const other = await typed(world, login, { client, response: forTask })
      assert.equal(outcome(other), 'login.wrong-answer')
      const done = await approvedTask(world, session, { deed: withdrawal('100'), phone })
      const viewed = await viewTask(world, session, done)
      assert.ok(viewed.ok && viewed.task.state === 'approved')
      const claimed = await claimLogin(world, {
        id: viewed.task.loginId,
        holder: client.holder,
      })
      assert.equal(outcome(claimed), 'login.not-found', 'only the browser that began it is heard')
    })

    test('A8 a task that is confirmed opens no session, not even in the browser that confirmed it', async (t) => {
      const { world, phone, session } = await story(t, { database })
      const client = browser()
      const id = await opened(world, session, withdrawal('100'))
      const login = await begunTask(world, session, { id, client })
      const response = await phone.respond(await numberOn(world, login.id, client), world.now())
      assert.ok((await typed(world, login, { client, response })).ok)
      const claimed = await claimLogin(world, { id: login.id, holder: client.holder })
      assert.equal(outcome(claimed), 'task.not-a-login')
    })

    test('A9 the task of another client does not exist, nor does one of another session', async (t) => {
      const { world, phone, session } = await story(t, { database })
      const deed = withdrawal('100')
      const id = await approvedTask(world, session, { deed, phone })
      const bob = await personWithPhone(world, 'bob')
      world.advance(minutes(1))
      const strangers = [await sessionBy(world, bob, 'bob'), await sessionBy(world, phone, 'anna')]
      for (const stranger of strangers) {
        assert.equal(outcome(await viewTask(world, stranger, id)), 'task.not-found')
        const used = await useTask(world, stranger, { id, deed, usedFor: USED_FOR })
        assert.equal(outcome(used), 'task.not-found')
        assert.equal(outcome(await cancelTask(world, stranger, id)), 'task.not-found')
        const client = browser()
        const started = await startTask(world, stranger, { id, password: PASSWORD, client })
        assert.equal(outcome(started), 'task.not-found')
        assert.equal(await findLeftTask(world, stranger, id), null, 'its session goes on')
      }
      const [boris, anew] = strangers
      assert.ok(boris && anew)
      assert.ok((await endSession(world, anew, { id: session.id, by: 'holder' })).ok)
      assert.equal(await findLeftTask(world, boris, id), null, 'it is not theirs')
      assert.equal((await findLeftTask(world, anew, id))?.id, id)
      const unknown: TaskId = newId('tsk', world.now(), world.random)
      assert.equal(outcome(await viewTask(world, session, unknown)), 'task.not-found')
    })

    test('A8 an approval is worth something for five minutes, and a task for ten', async (t) => {
      const { world, phone, session } = await story(t, { database })
      const deed = withdrawal('100')
      const soon = await approvedTask(world, session, { deed, phone })
      world.advance(millis(minutes(5) - 1))
      const used = await useTask(world, session, { id: soon, deed, usedFor: USED_FOR })
      assert.equal(outcome(used), 'ok')
      const late = await approvedTask(world, session, { deed, phone })
      world.advance(minutes(5))
      const over = await useTask(world, session, { id: late, deed, usedFor: 'grant 2' })
      assert.equal(outcome(over), 'task.expired')
      const slow = await opened(world, session, deed)
      world.advance(minutes(10))
      const started = await startTask(world, session, {
        id: slow,
        password: PASSWORD,
        client: browser(),
      })
      assert.equal(outcome(started), 'task.expired')
    })

    test('A8 a response that comes when the task was given up confirms nothing', async (t) => {
      const { world, phone, session } = await story(t, { database })
      const client = browser()
      const id = await opened(world, session, withdrawal('100'))
      const login = await begunTask(world, session, { id, client })
      const response = await phone.respond(await numberOn(world, login.id, client), world.now())
      assert.ok((await cancelTask(world, session, id)).ok)
      assert.equal(outcome(await typed(world, login, { client, response })), 'task.cancelled')
    })

    test('A4 a wrong password of a stolen session is counted where every wrong password is', async (t) => {
      const { world, session } = await story(t, { database })
      const id = await opened(world, session, withdrawal('100'))
      const outcomes: unknown[] = []
      for (let guess = 0; guess < 4; guess += 1) {
        const client = browser()
        const started = await startTask(world, session, { id, password: `guess ${guess}`, client })
        outcomes.push(outcome(started))
      }
      assert.deepEqual(outcomes, [
        'login.wrong-credentials',
        'login.wrong-credentials',
        'login.wrong-credentials',
        'login.wait',
      ])
    })
  })

  suite(`what may leave over ${database}`, () => {
    test('R121 the limit is the one of what confirms it: exactly met, and a cent beyond', async (t) => {
      const { world, phone, session } = await story(t, { database })
      const all = withdrawal('1000000.00')
      const more = await opened(world, session, withdrawal('1000000.01'))
      const refused = await startTask(world, session, {
        id: more,
        password: PASSWORD,
        client: browser(),
      })
      assert.equal(outcome(refused), 'task.over-limit')
      const view = await viewTask(world, session, more)
      assert.ok(view.ok)
      assert.deepEqual(view.allowance.held, {
        method: 'phone-key',
        perDayUsd: 1_000_000,
        left: 100_000_000,
      })
      const id = await approvedTask(world, session, { deed: all, phone })
      const used = await useTask(world, session, { id, deed: all, usedFor: USED_FOR })
      assert.equal(outcome(used), 'ok')
      const cent = await opened(world, session, withdrawal('0.01'))
      const after = await viewTask(world, session, cent)
      assert.ok(after.ok)
      assert.equal(after.allowance.held?.left, 0)
      assert.equal(after.allowance.isReached, false)
    })

    test('R121 what left is counted for a day and for five days, to the millisecond', async (t) => {
      const { world, phone, session: first } = await story(t, { database })
      let session = first
      const pay = async (amount: string, usedFor: string) => {
        const deed = withdrawal(amount)
        const id = await approvedTask(world, session, { deed, phone })
        return await useTask(world, session, { id, deed, usedFor })
      }
      assert.equal(outcome(await pay('600000', '1')), 'ok')
      const left = async () => {
        const id = await opened(world, session, withdrawal('1'))
        const view = await viewTask(world, session, id)
        return view.ok && view.allowance.held?.left
      }
      assert.equal(await left(), 40_000_000)
      world.advance(millis(hours(24) - 1))
      session = await sessionBy(world, phone, 'anna')
      assert.equal(await left(), 40_000_000, 'a phone opens a million in five days as well')
      world.advance(millis(hours(96)))
      session = await sessionBy(world, phone, 'anna')
      assert.equal(await left(), 40_000_000)
      world.advance(millis(1))
      assert.equal(await left(), 100_000_000)
    })

    test('R121 two approvals that fit only apart: the second is refused, and is over', async (t) => {
      const { world, phone, session } = await story(t, { database })
      const deed = withdrawal('600000')
      const ids = [
        await approvedTask(world, session, { deed, phone }),
        await approvedTask(world, session, { deed, phone }),
      ]
      const uses = await Promise.all(
        ids.map(
          async (id, index) => await useTask(world, session, { id, deed, usedFor: `${index}` }),
        ),
      )
      assert.deepEqual(uses.map(outcome).sort(), ['ok', 'task.over-limit'])
      assert.equal(
        (await taskEvents(world, session)).filter((kind) => kind === 'task.refused').length,
        1,
      )
    })

    test('simulated money is never paid out', async (t) => {
      const world = await testWorld(t, { database })
      await world.add({
        userName: 'paula',
        password: PASSWORD,
        accounts: [
          { number: 'U1', environment: 'live' },
          { number: 'D1', environment: 'paper' },
        ],
      })
      const phone = await activate(world, await firstSession(world, 'paula'))
      const live = await sessionBy(world, phone, 'paula')
      const session = { ...live, environment: 'paper' as const }
      const id = await opened(world, session, withdrawal('1'))
      const view = await viewTask(world, session, id)
      assert.ok(view.ok)
      assert.equal(view.allowance.needs, null)
    })
  })

  suite(`tasks on two nodes over one ${database}`, () => {
    test('A7 A8 one proof, used on both at once: one use', async (t) => {
      const one = await testWorld(t, { database })
      const other = await testWorld(t, { database, beside: one })
      const phone = await personWithPhone(one, 'anna')
      const session = await sessionBy(one, phone, 'anna')
      const deed = withdrawal('1')
      for (let round = 0; round < 50; round += 1) {
        const id = await approvedTask(one, session, { deed, phone })
        const uses = await Promise.all(
          [one, other, one, other].map(
            async (node, index) =>
              await useTask(node, session, { id, deed, usedFor: `${round} ${index}` }),
          ),
        )
        assert.equal(uses.filter(({ ok }) => ok).length, 1, `round ${round}`)
        one.advance(minutes(1))
      }
    })
  })
}

suite('a task on the phone', () => {
  test('S87 S88 the phone shows what is done, and signs it', async (t) => {
    const { world, phone, session } = await story(t)
    const deed = withdrawal('12500.00')
    const client = browser()
    const id = await opened(world, session, deed)
    const login = await begunTask(world, session, { id, client })
    const [request] = await requestsOf(world, phone)
    assert.ok(request)
    assert.equal(request.context.purpose, 'task')
    assert.deepEqual(request.context.task, { kind: 'withdrawal', facts: deed.facts })
    assert.equal(request.transfer, true, 'also on a known browser')
    const number = await numberOn(world, login.id, client)
    const approval = await phone.approve(request, { now: world.now(), number })
    assert.equal(outcome(await sendAnswer(world, request, approval)), 'ok')
    assert.equal(outcome(await useTask(world, session, { id, deed, usedFor: USED_FOR })), 'ok')
  })

  test('A8 S88 a phone that was shown another amount has signed nothing', async (t) => {
    const { world, phone, session } = await story(t)
    const client = browser()
    const id = await opened(world, session, withdrawal('12500.00'))
    const login = await begunTask(world, session, { id, client })
    const [request] = await requestsOf(world, phone)
    assert.ok(request?.context.task)
    const facts = { ...request.context.task.facts, amount: '12.50' }
    const forged = {
      ...request,
      context: { ...request.context, task: { ...request.context.task, facts } },
    }
    const number = await numberOn(world, login.id, client)
    const approval = await phone.approve(forged, { now: world.now(), number })
    assert.notEqual(outcome(await sendAnswer(world, request, approval)), 'ok')
    const view = await viewLogin(world, { id: login.id, holder: client.holder })
    assert.ok(view.ok)
    assert.equal(view.login.state, 'challenged')
  })

  test('A9 “it was not me” ends every session: the attacker who asked was in already', async (t) => {
    const { world, phone, session } = await story(t)
    const id = await opened(world, session, withdrawal('12500.00'))
    await begunTask(world, session, { id, client: browser() })
    const [request] = await requestsOf(world, phone)
    assert.ok(request)
    const denial = await phone.decide(request, { now: world.now(), decision: 'not-me' })
    assert.equal(outcome(await sendAnswer(world, request, denial)), 'ok')
    assert.equal(await findLiveSession(world, session.id), null)
  })
})
