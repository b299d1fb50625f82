import assert from 'node:assert/strict'
import { suite, test, type TestContext } from 'node:test'
import type { Channel, Delivery } from '#channels/channel.ts'
import type { Json } from '#core/json.ts'
import type { Session } from '#core/sessions/session.ts'
import { after, before, hours, minutes, seconds } from '#core/time/time.ts'
import { startHold } from '#engine/subscribers/accounts.ts'
import { wantedAddress } from '#engine/devices/address-proof.ts'
import { answerLogin } from '#engine/login/answer.ts'
import { contactsOf, setContact } from '#engine/contact/addresses.ts'
import { noticeDue } from '#engine/notices/notices.ts'
import { deliverDue } from '#engine/delivery/outbox.ts'
import {
  answerOnPage,
  drawAgain,
  startOnPage,
  viewOnPage,
} from '#engine/devices/enrolment-on-page.ts'
import { endOtherSessions, findOpenSession } from '#engine/sessions/sessions.ts'
import { waitOf } from '#engine/devices/migration.ts'
import { codeIn, SAMPLE_NUMBER, sample } from '#methods/sms-code/sample.ts'
import { listAuthenticators } from '#store/devices/authenticators.ts'
import { DATABASES, type DatabaseKind } from '../../support/databases/databases.ts'
import { interrupted } from '../../support/models/interrupted.ts'
import { givenPasscode, inWithPasscode } from '../../support/clients/printed.ts'
import {
  begun,
  firstSession,
  PASSWORD,
  personWithPhone,
} from '../../support/clients/engine-story.ts'
import { sessionBy } from '../../support/clients/task.ts'
import { browser, type TestWorld, testWorld } from '../../support/server/world.ts'

interface Post extends Delivery {
  readonly channel: string
}

function carrier(name: string, posts: Post[], state: { isDown: boolean }): Channel {
  return {
    name,
    retries: [seconds(10), minutes(1)],
    async deliver(delivery) {
      if (state.isDown) return { outcome: 'later', reason: 'down' }
      posts.unshift({ ...delivery, channel: name })
      return { outcome: 'sent' }
    },
  }
}

/** Anna is logged in with her phone; mail and texts reach their recipients. */
async function story(t: TestContext, database: DatabaseKind) {
  const world = await testWorld(t, { database })
  const posts: Post[] = []
  const state = { isDown: false }
  for (const name of ['email', 'sms']) world.channels.set(name, carrier(name, posts, state))
  const phone = await personWithPhone(world, 'anna')
  const session = await sessionBy(world, phone, 'anna')
  const { subscriberId } = session
  const sent = async () => {
    await deliverDue(world)
    return posts
  }
  const set = async (kind: 'email' | 'mobile', value: string) =>
    await setContact(world, { subscriberId, kind, value, by: 'operator' })
  return { world, phone, session, sent, set, state, posts }
}

type Kind = 'email' | 'mobile'

/** What the page does with what is typed, when it was confirmed. */
async function begin(world: TestWorld, session: Session, kind: Kind, typed: string) {
  const wanted = await wantedAddress(world, session, { kind, typed })
  if (!wanted.ok) return wanted
  const { name: method, request } = wanted
  return await startOnPage(world, session, { method, request, address: kind })
}

async function started(world: TestWorld, session: Session, kind: Kind, typed: string) {
  const begun = await begin(world, session, kind, typed)
  assert.ok(begun.ok, `not begun: ${'problem' in begun && begun.problem}`)
  return begun.enrolment.id
}

const codeOf = (payload: Json): string =>
  /^\d{6}/.exec((payload as { text: string }).text)?.[0] ?? codeIn(payload)

const current = async (world: TestWorld, { subscriberId }: Session, kind: Kind) =>
  (await contactsOf(world, subscriberId)).find(
    (one) => one.kind === kind && one.replacedAt === null,
  )

const problemOf = (answer: { readonly ok: boolean; readonly problem?: string }) =>
  answer.ok ? 'ok' : answer.problem

const methodsOf = async (world: TestWorld, { subscriberId }: Session) =>
  (await listAuthenticators(world.db, subscriberId))
    .filter(({ value }) => value.lifecycle === 'active' && value.method !== 'password')
    .map(({ value }) => [value.method, value.label])

/** In with a text, and nothing else. */
async function textSession(
  world: TestWorld,
  userName: string,
  code: () => Promise<string>,
): Promise<Session> {
  const client = browser()
  const login = await begun(world, client, userName)
  const answer = { code: await code() }
  const answered = await answerLogin(world, { id: login.id, holder: client.holder, answer })
  assert.ok(answered.ok && answered.token)
  const session = await findOpenSession(world, answered.token)
  assert.ok(session)
  return session
}

for (const database of DATABASES) {
  suite(`An address of mail over ${database}`, () => {
    test('S26 S71 counts when the code that was sent there is typed, and the one before is told', async (t) => {
      const { world, session, sent, set, posts } = await story(t, database)
      await set('email', 'old@example.com')
      await noticeDue(world)
      await sent()
      posts.length = 0
      const id = await started(world, session, 'email', ' New@EXAMPLE.com ')
      assert.equal((await current(world, session, 'email'))?.value, 'old@example.com')
      const [mail, ...more] = await sent()
      assert.deepEqual([mail?.channel, mail?.address, more], ['email', 'New@example.com', []])
      const words = JSON.stringify(mail?.payload)
      assert.doesNotMatch(words, /http|anna|www/)
      const viewed = await viewOnPage(world, session, { id, name: null })
      assert.ok(viewed.ok)
      assert.deepEqual(viewed.view.lead.values, { address: 'New@example.com' })
      assert.ok(!JSON.stringify(viewed.views).includes(codeOf(mail?.payload ?? null)))
      const answer = codeOf(mail?.payload ?? null).replace(/^(...)/, '$1 ')
      assert.deepEqual(await answerOnPage(world, session, { id, answer }), { ok: true })
      const now = await current(world, session, 'email')
      assert.deepEqual([now?.value, now?.verifiedAt], ['New@example.com', world.now()])
      posts.length = 0
      await noticeDue(world)
      const told = (await sent()).map(({ address }) => address)
      assert.deepEqual(told.toSorted(), ['New@example.com', 'old@example.com'])
    })

    test('A14 is not theirs to change any more when the session has lost that right since it was begun', async (t) => {
      const { world, sent } = await story(t, database)
      const passcode = await givenPasscode(world, 'anna')
      const two = after(world.now(), hours(48))
      world.setClock(before(two, seconds(1)))
      const { session } = await inWithPasscode(world, { userName: 'anna' }, passcode)
      const id = await started(world, session, 'email', 'new@example.com')
      const answer = codeOf((await sent())[0]?.payload ?? null)
      world.setClock(two)
      const refused = { ok: false, problem: 'account.card-printing-only' }
      assert.deepEqual(await answerOnPage(world, session, { id, answer }), refused)
      assert.equal(await current(world, session, 'email'), undefined)
    })

    test('S12 S85 is not written when its session, or the right to it, ends between the look and the write', async (t) => {
      const { world, phone, session, sent } = await story(t, database)
      const { subscriberId } = session
      const owners = await sessionBy(world, phone, 'anna')
      const until = after(world.now(), hours(1))
      const hold = {
        subscriberId,
        kind: 'review',
        forbids: ['binding'],
        until,
        by: 'operator',
      } as const
      const id = await started(world, session, 'email', 'new@example.com')
      const answer = codeOf((await sent())[0]?.payload ?? null)
      const ended = interrupted(world, async () => await endOtherSessions(world, owners))
      assert.equal((await answerOnPage(ended, session, { id, answer })).ok, false)
      const again = await started(world, owners, 'email', 'other@example.com')
      const other = codeOf((await sent())[0]?.payload ?? null)
      const held = interrupted(world, async () => await startHold(world, hold))
      const late = await answerOnPage(held, owners, { id: again, answer: other })
      assert.equal(late.ok, false)
      assert.equal(await current(world, session, 'email'), undefined)
    })

    test('A4 a wrong code is counted, the fifth ends it, and another begins anew', async (t) => {
      const { world, session, sent } = await story(t, database)
      const id = await started(world, session, 'email', 'new@example.com')
      const code = codeOf((await sent())[0]?.payload ?? null)
      const wrong = code === '111111' ? '222222' : '111111'
      for (const triesLeft of [4, 3, 2, 1]) {
        const refused = await answerOnPage(world, session, { id, answer: wrong })
        assert.deepEqual(refused, { ok: false, problem: 'enrolment.wrong-answer', triesLeft })
      }
      for (const malformed of ['', '12345', 'abcdef', '9'.repeat(9_000), null, {}]) {
        const refused = await answerOnPage(world, session, { id, answer: malformed })
        assert.equal(problemOf(refused), 'login.malformed-answer')
      }
      const dead = 'enrolment.too-many-wrong-codes'
      assert.equal(problemOf(await answerOnPage(world, session, { id, answer: wrong })), dead)
      assert.equal(problemOf(await answerOnPage(world, session, { id, answer: code })), dead)
      assert.equal(await current(world, session, 'email'), undefined)
    })

    test('S21 ends after ten minutes, counts once, and serves no other client', async (t) => {
      const { world, session, sent } = await story(t, database)
      const id = await started(world, session, 'email', 'new@example.com')
      const code = codeOf((await sent())[0]?.payload ?? null)
      await world.add({ userName: 'beatrice', password: PASSWORD })
      const other = await firstSession(world, 'beatrice')
      const foreign = await answerOnPage(world, other, { id, answer: code })
      assert.equal(problemOf(foreign), 'request.not-found')
      const twins = await Promise.all([
        answerOnPage(world, session, { id, answer: code }),
        answerOnPage(world, session, { id, answer: code }),
      ])
      assert.deepEqual(twins.map(({ ok }) => ok).toSorted(), [false, true])
      const late = await started(world, session, 'email', 'later@example.com')
      const answer = codeOf((await sent())[0]?.payload ?? null)
      world.advance(minutes(10))
      const refused = await answerOnPage(world, session, { id: late, answer })
      assert.equal(problemOf(refused), 'enrolment.expired')
      assert.equal((await current(world, session, 'email'))?.value, 'new@example.com')
    })

    test('is kept in one form, however its domain is written, and taken as mail servers take it', async (t) => {
      const { world, session, sent } = await story(t, database)
      const rows = [
        ['r&d@example.com', 'r&d@example.com'],
        ['tom/jerry@EXAMPLE.com', 'tom/jerry@example.com'],
        ['\u200banna@münchen.example', 'anna@xn--mnchen-3ya.example'],
        ['anna@xn--e1afmkfd.xn--p1ai', 'anna@xn--e1afmkfd.xn--p1ai'],
      ] as const
      for (const [typed, address] of rows) {
        world.advance(minutes(20))
        const id = await started(world, session, 'email', typed)
        const [mail] = await sent()
        assert.equal(mail?.address, address, typed)
        const answer = codeOf(mail?.payload ?? null)
        assert.deepEqual(await answerOnPage(world, session, { id, answer }), { ok: true })
      }
      const same = await begin(world, session, 'email', 'anna@ПРИМЕР.рф')
      assert.equal(problemOf(same), 'contact.same')
      const quoted = await begin(world, session, 'email', '"anna eve"@example.com')
      assert.equal(problemOf(quoted), 'email.quoted')
    })

    for (const typed of [
      '',
      ' ',
      'anna',
      'anna@',
      '@example.com',
      'anna@example',
      'a b@example.com',
      'anna@example.com, eve@example.com',
      'anna@example.com\nBcc: eve@example.com',
      '<anna@example.com>',
      'anna@exam\u0000ple.com',
      `${'a'.repeat(250)}@example.com`,
    ]) {
      test(`A19 ${JSON.stringify(typed).slice(0, 50)} is no address`, async (t) => {
        const { world, session, sent } = await story(t, database)
        assert.equal(problemOf(await begin(world, session, 'email', typed)), 'email.malformed')
        assert.deepEqual(await sent(), [])
      })
    }

    test('A23 is sent one mail in two minutes, for any client, and five in an hour', async (t) => {
      const { world, session, sent } = await story(t, database)
      const id = await started(world, session, 'email', 'new@example.com')
      const until = world.now() + seconds(120)
      const soon = { ok: false, problem: 'email.too-soon', until }
      assert.deepEqual(await drawAgain(world, session, { id, way: 'mail' }), soon)
      assert.deepEqual(await begin(world, session, 'email', 'NEW@example.com'), soon)
      const phone = await personWithPhone(world, 'beatrice')
      const other = await sessionBy(world, phone, 'beatrice')
      assert.deepEqual(await begin(world, other, 'email', 'new@example.com'), soon)
      for (let count = 1; count < 5; count += 1) {
        world.advance(seconds(120))
        const again = await drawAgain(world, session, { id, way: 'mail' })
        assert.equal(problemOf(again), 'ok', `mail ${count + 1}`)
      }
      world.advance(seconds(120))
      const sixth = await begin(world, session, 'email', 'new@example.com')
      assert.equal(problemOf(sixth), 'email.too-many')
      assert.equal((await sent()).length, 5)
    })

    test('A28 is not kept from its owner by a client who is sent nothing more', async (t) => {
      const { world, session } = await story(t, database)
      const phone = await personWithPhone(world, 'beatrice')
      for (let count = 0; count < 10; count += 1) {
        await started(world, session, 'email', `new-${count}@example.com`)
        world.advance(minutes(20))
      }
      const owner = await sessionBy(world, phone, 'beatrice')
      const refused = await begin(world, session, 'email', 'beatrice@example.com')
      assert.equal(problemOf(refused), 'email.too-many')
      assert.equal(problemOf(await begin(world, owner, 'email', 'beatrice@example.com')), 'ok')
    })

    test('a carrier that is down costs time, and one that is not there is said', async (t) => {
      const { world, session, sent, state } = await story(t, database)
      state.isDown = true
      const id = await started(world, session, 'email', 'new@example.com')
      assert.deepEqual(await sent(), [])
      state.isDown = false
      world.advance(seconds(11))
      const answer = codeOf((await sent())[0]?.payload ?? null)
      assert.deepEqual(await answerOnPage(world, session, { id, answer }), { ok: true })
      world.channels.delete('email')
      assert.equal(problemOf(await begin(world, session, 'email', 'x@example.com')), 'contact.off')
    })

    test('S66 S74 takes a session as strong as the strongest that its holder has', async (t) => {
      const { world, session } = await story(t, database)
      const [password] = session.proofs
      assert.ok(password)
      const text = { method: 'sms-code', acr: '2s', amr: ['sms', 'otp'] } as const
      const weak = { ...session, proofs: [password, text] }
      for (const kind of ['email', 'mobile'] as const) {
        const typed = kind === 'email' ? 'thief@example.com' : SAMPLE_NUMBER
        assert.equal(problemOf(await begin(world, weak, kind, typed)), 'enrolment.too-weak')
      }
    })

    test('two nodes, and a back office that sets another one meanwhile: one counts, none is lost', async (t) => {
      const { world, session, sent, set } = await story(t, database)
      const id = await started(world, session, 'email', 'new@example.com')
      const answer = codeOf((await sent())[0]?.payload ?? null)
      const other = await testWorld(t, { database, beside: world })
      const done = await Promise.all([
        answerOnPage(world, session, { id, answer }),
        answerOnPage(other, session, { id, answer }),
        set('email', 'office@example.com'),
      ])
      assert.ok(done[2].ok)
      const all = await contactsOf(world, session.subscriberId)
      const mails = all.filter(({ kind }) => kind === 'email')
      assert.equal(mails.filter(({ replacedAt }) => replacedAt === null).length, 1)
      if (done[0].ok || done[1].ok) assert.equal(mails.length, 2)
    })
  })

  suite(`A mobile number over ${database}`, () => {
    test('R081 R084 R085 is verified by a text; beside a phone it is no way in', async (t) => {
      const { world, session, sent, set } = await story(t, database)
      await set('mobile', SAMPLE_NUMBER)
      const id = await started(world, session, 'mobile', '+1 (202) 555-0142')
      const [text] = await sent()
      assert.equal(text?.address, SAMPLE_NUMBER)
      const answer = codeOf(text?.payload ?? null)
      assert.deepEqual(await answerOnPage(world, session, { id, answer }), { ok: true })
      const now = await current(world, session, 'mobile')
      assert.deepEqual([now?.value, now?.verifiedAt], [SAMPLE_NUMBER, world.now()])
      assert.deepEqual(await methodsOf(world, session), [['phone-key', 'Test phone']])
      world.advance(minutes(3))
      const again = await begin(world, session, 'mobile', SAMPLE_NUMBER)
      assert.equal(problemOf(again), 'contact.same')
    })

    test('R085 R080 for a client who confirms with texts alone it becomes the way in, in the same step', async (t) => {
      const { world, sent } = await story(t, database)
      const holds = [{ method: 'sms-code', state: sample.state }]
      await world.add({ userName: 'beatrice', password: PASSWORD, holds })
      const session = await textSession(world, 'beatrice', async () =>
        codeOf((await sent())[0]?.payload ?? null),
      )
      const id = await started(world, session, 'mobile', '+41 79 000 00 43')
      const answer = codeOf((await sent())[0]?.payload ?? null)
      assert.ok((await answerOnPage(world, session, { id, answer })).ok)
      assert.deepEqual(await methodsOf(world, session), [['sms-code', 'Number ending in 43']])
      assert.equal((await current(world, session, 'mobile'))?.value, '+41790000043')
    })

    test('R080 R084 binding a first number makes it the number of record', async (t) => {
      const { world, sent } = await story(t, database)
      await world.add({ userName: 'beatrice', password: PASSWORD })
      const session = await firstSession(world, 'beatrice')
      const request = { number: SAMPLE_NUMBER }
      const begun = await startOnPage(world, session, { method: 'sms-code', request })
      assert.ok(begun.ok)
      const answer = codeOf((await sent())[0]?.payload ?? null)
      assert.ok((await answerOnPage(world, session, { id: begun.enrolment.id, answer })).ok)
      const now = await current(world, session, 'mobile')
      assert.deepEqual([now?.value, now?.verifiedAt], [SAMPLE_NUMBER, world.now()])
    })

    test('S24 the code of the number that was typed before proves nothing of another', async (t) => {
      const { world, session, sent } = await story(t, database)
      const first = await started(world, session, 'mobile', SAMPLE_NUMBER)
      const code = codeOf((await sent())[0]?.payload ?? null)
      const second = await started(world, session, 'mobile', '+41 79 000 00 43')
      const other = codeOf((await sent())[0]?.payload ?? null)
      assert.notEqual(code, other)
      const wrong = await answerOnPage(world, session, { id: second, answer: code })
      assert.equal(problemOf(wrong), 'enrolment.wrong-answer')
      const over = await answerOnPage(world, session, { id: first, answer: code })
      assert.equal(problemOf(over), 'enrolment.expired')
      assert.equal(await current(world, session, 'mobile'), undefined)
      assert.ok((await answerOnPage(world, session, { id: second, answer: other })).ok)
    })

    test('A1 one that belongs to another client is proven like any other, and nothing tells', async (t) => {
      const { world, session, sent } = await story(t, database)
      const otherPhone = await personWithPhone(world, 'beatrice')
      const other = await sessionBy(world, otherPhone, 'beatrice')
      const mine = await started(world, session, 'mobile', SAMPLE_NUMBER)
      const answer = codeOf((await sent())[0]?.payload ?? null)
      assert.ok((await answerOnPage(world, session, { id: mine, answer })).ok)
      world.advance(minutes(3))
      const theirs = await started(world, other, 'mobile', SAMPLE_NUMBER)
      const free = await viewOnPage(world, other, { id: theirs, name: null })
      assert.ok(free.ok)
      const unknown = await started(world, session, 'mobile', '+1 202 555 0199')
      const viewed = await viewOnPage(world, session, { id: unknown, name: null })
      assert.ok(viewed.ok)
      const shape = ({ view }: typeof free) => [view.title, view.lead.key, view.field, view.stuck]
      assert.deepEqual(shape(free), shape(viewed))
    })

    test('S74 a change is a risk: a phone that is set up with a text waits longer', async (t) => {
      const { world, session, sent, set } = await story(t, database)
      await set('mobile', SAMPLE_NUMBER)
      const id = await started(world, session, 'mobile', '+41 79 000 00 43')
      const answer = codeOf((await sent())[0]?.payload ?? null)
      assert.ok((await answerOnPage(world, session, { id, answer })).ok)
      const { signals, until } = await waitOf(world, session.subscriberId)
      assert.deepEqual(signals, ['contact-changed'])
      assert.equal(until, world.now() + hours(72))
    })
  })
}
