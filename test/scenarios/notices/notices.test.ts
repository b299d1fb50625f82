import assert from 'node:assert/strict'
import { suite, test, type TestContext } from 'node:test'
import type { Channel, Delivered } from '#channels/channel.ts'
import { LOGIN_LIFETIME } from '#core/login/login.ts'
import type { Session } from '#core/sessions/session.ts'
import { after, days, hours, millis, minutes, seconds } from '#core/time/time.ts'
import { openChallenge } from '#engine/login/challenge.ts'
import { setContact } from '#engine/contact/addresses.ts'
import { answerLogin } from '#engine/login/answer.ts'
import { getLetter, letterPosted, waitingLetters } from '#engine/notices/letters.ts'
import { viewLogin } from '#engine/login/view.ts'
import { noticeDue, passOver } from '#engine/notices/notices.ts'
import { deliverDue } from '#engine/delivery/outbox.ts'
import { startLogin } from '#engine/login/start.ts'
import { abandonedLogins } from '#engine/login/abandoned.ts'
import { useTask } from '#engine/tasks/tasks.ts'
import { setLanguage } from '#engine/subscribers/subscribers.ts'
import { codeIn, SAMPLE_NUMBER, sample } from '#methods/sms-code/sample.ts'
import { findStamp } from '#store/security-stamp.ts'
import { listBrowsers } from '#store/login/browsers.ts'
import { listSubscriberEvents } from '#store/audit/audit.ts'
import { listNotices } from '#store/notices/notices.ts'
import { HISTORY, purge } from '#store/server/purge.ts'
import { reactivateAuthenticator } from '#engine/temporary-access/stand-ins.ts'
import { forgetBrowsers, suspendAuthenticator } from '#engine/devices/overview.ts'
import { DATABASES, type DatabaseKind } from '../../support/databases/databases.ts'
import { cardOf } from '../../support/clients/card.ts'
import { givenPasscode } from '../../support/clients/printed.ts'
import { approvedTask, sessionBy, withdrawal } from '../../support/clients/task.ts'
import {
  authenticatorOf,
  activate,
  begun,
  firstSession,
  numberOn,
  PASSWORD,
  typed,
} from '../../support/clients/engine-story.ts'
import { browser, type TestWorld, testWorld } from '../../support/server/world.ts'

interface Post {
  readonly channel: string
  readonly to: unknown
  readonly words: string
}

/** After it no login can go on that was begun now. */
const OVER = millis(LOGIN_LIFETIME + 1)

/** A carrier that keeps what it is given; `isDown` while it takes nothing. */
function carrier(name: string, posts: Post[], state: { isDown: boolean }): Channel {
  return {
    name,
    retries: [seconds(10), minutes(5)],
    async deliver({ address, payload }): Promise<Delivered> {
      if (state.isDown) return { outcome: 'later', reason: 'down' }
      posts.push({ channel: name, to: address, words: JSON.stringify(payload) })
      return { outcome: 'sent' }
    },
  }
}

async function reachable(t: TestContext, database: DatabaseKind) {
  const world = await testWorld(t, { database })
  const posts: Post[] = []
  const state = { isDown: false }
  for (const name of ['email', 'sms']) world.channels.set(name, carrier(name, posts, state))
  const subscriberId = await world.add({ userName: 'anna', password: PASSWORD })
  const set = (kind: 'email' | 'mobile', value: string) =>
    setContact(world, { subscriberId, kind, value, by: 'operator' })
  await set('email', 'anna@example.com')
  await set('mobile', '+12025550142')
  await told(world, posts)
  return { world, subscriberId, posts, state, set }
}

/** Reads the log and sends what is due; what was sent since the last time. */
async function told(world: TestWorld, posts: Post[]): Promise<readonly Post[]> {
  posts.length = 0
  await noticeDue(world)
  await deliverDue(world)
  return [...posts]
}

for (const database of DATABASES) {
  suite(`What clients are told, on ${database}`, () => {
    test('S68 T-MIG-8 MAS and ABS 19 January 2022: a new device is told to every address, once, and names no link', async (t) => {
      const { world, posts, subscriberId } = await reachable(t, database)
      await activate(world, await firstSession(world, 'anna'))
      const sent = await told(world, posts)
      assert.deepEqual(sent.map(({ channel, to }) => [channel, to]).toSorted(), [
        ['email', 'anna@example.com'],
        ['sms', '+12025550142'],
      ])
      for (const { words } of sent) {
        assert.match(words, /Test phone/)
        assert.match(words, /202 555 0100/)
        assert.doesNotMatch(words, /http|localhost|www/)
      }
      assert.deepEqual(await told(world, posts), [])
      const [latest] = await listNotices(world.db, subscriberId, 1)
      assert.equal(latest?.kind, 'device-bound')
    })

    test('a client who lives where the desk has a number is given that one, by mail and by text', async (t) => {
      const settings = { helpLines: { FR: '+33 1 99 00 00 00' } }
      const world = await testWorld(t, { database, settings })
      const posts: Post[] = []
      for (const name of ['email', 'sms'])
        world.channels.set(name, carrier(name, posts, { isDown: false }))
      for (const [userName, residence] of [
        ['anna', 'FR'],
        ['benoit', 'DE'],
      ] as const) {
        const accounts = [{ number: `U-${userName}`, environment: 'live', residence }] as const
        const subscriberId = await world.add({ userName, password: PASSWORD, accounts })
        const set = (kind: 'email' | 'mobile', value: string) =>
          setContact(world, { subscriberId, kind, value, by: 'operator' })
        await set('email', `${userName}@example.com`)
        if (userName === 'anna') await set('mobile', '+12025550142')
      }
      await told(world, posts)
      for (const [userName, number, count] of [
        ['anna', '+33 1 99 00 00 00', 2],
        ['benoit', '+1 202 555 0100', 1],
      ] as const) {
        await activate(world, await firstSession(world, userName))
        const sent = await told(world, posts)
        assert.equal(sent.length, count)
        for (const { words } of sent) assert.ok(words.includes(number), words)
      }
    })

    test('R131 a withdrawal, a new payee, an API key and an address are told to every address, with what was approved', async (t) => {
      const { world, posts, subscriberId } = await reachable(t, database)
      const phone = await activate(world, await firstSession(world, 'anna'))
      const session = await sessionBy(world, phone, 'anna')
      const payee = { payee: 'Client A', payee_account: 'Demo Bank 4471' }
      const rows = [
        [withdrawal('12500.00', payee), /Withdrawal approved/, ['12,500.00', 'Client A']],
        [{ kind: 'payee', facts: payee }, /New payee added/, ['Client A']],
        [{ kind: 'api_key', facts: { key: 'Read prices' } }, /API key created/, ['Read prices']],
        [{ kind: 'address', facts: { address: '1 Sample Street' } }, /address was changed/, []],
      ] as const
      for (const [deed, subject, facts] of rows) {
        const id = await approvedTask(world, session, { deed, phone })
        await told(world, posts)
        const use = { id, deed, usedFor: `grant ${deed.kind}` }
        assert.ok((await useTask(world, session, use)).ok)
        const sent = await told(world, posts)
        assert.deepEqual(sent.map(({ channel, to }) => [channel, to]).toSorted(), [
          ['email', 'anna@example.com'],
          ['sms', '+12025550142'],
        ])
        for (const { words } of sent) {
          for (const fact of facts) assert.ok(words.includes(fact), `${fact}: ${words}`)
        }
        const mail = sent.find(({ channel }) => channel === 'email')?.words ?? ''
        assert.match(mail, subject)
        for (const fact of [...Object.values(deed.facts).slice(2), 'Trading platform', 'near '])
          assert.ok(mail.includes(fact), `${fact}: ${mail}`)
        const text = sent.find(({ channel }) => channel === 'sms')?.words ?? ''
        assert.doesNotMatch(text, /[\u00a0\u202f]/)
        assert.deepEqual(await told(world, posts), [], 'once')
      }
      await setLanguage(world, { id: subscriberId, language: 'fr', by: 'operator' })
      const deed = withdrawal('0.50', payee)
      const id = await approvedTask(world, session, { deed, phone })
      assert.ok((await useTask(world, session, { id, deed, usedFor: 'grant' })).ok)
      const sent = await told(world, posts)
      assert.ok(sent.some(({ words }) => words.includes('Retrait approuvé')))
      assert.ok(sent.every(({ words }) => /0,50/.test(words) && /Client A/.test(words)))
    })

    test('R117 a card that the desk gives away is told once, and its deposit once', async (t) => {
      const { world, posts, subscriberId } = await reachable(t, database)
      await cardOf(world, subscriberId)
      const sent = await told(world, posts)
      const deposits = sent.filter(({ words }) => /We hold a deposit/.test(words))
      assert.deepEqual(
        deposits.map(({ channel }) => channel),
        ['email'],
      )
      const others = sent.filter((one) => !deposits.includes(one))
      assert.deepEqual(others.map(({ channel }) => channel).toSorted(), ['email', 'sms'])
      for (const { words } of sent) assert.match(words, /CARD-C/)
    })

    test('A14 that the desk gave out a passcode is told to every address, and not the passcode', async (t) => {
      const { world, posts } = await reachable(t, database)
      const passcode = await givenPasscode(world, 'anna')
      const sent = await told(world, posts)
      assert.deepEqual(sent.map(({ channel }) => channel).toSorted(), ['email', 'sms'])
      for (const { words } of sent) {
        assert.match(words, /Temporary passcode/)
        assert.ok(!words.includes(passcode))
      }
    })

    test('what was passed over is not told, and what comes after it is', async (t) => {
      const { world, posts, set } = await reachable(t, database)
      await activate(world, await firstSession(world, 'anna'))
      await passOver(world)
      assert.deepEqual(await told(world, posts), [])
      await set('email', 'anna@example.org')
      assert.notDeepEqual(await told(world, posts), [])
    })

    test('S71 S70 A28 a device that is lost is told once, and that it is back as well', async (t) => {
      const { world, posts } = await reachable(t, database)
      const phone = await activate(world, await firstSession(world, 'anna'))
      const session = await sessionBy(world, phone, 'anna')
      const id = authenticatorOf(phone)
      await told(world, posts)
      assert.ok((await suspendAuthenticator(world, session, { id })).ok)
      assert.match((await told(world, posts))[0]?.words ?? '', /Test phone was reported lost/)
      // Stopped again by an attacker with a cookie: the owner is not told again, and what the owner
      // has begun goes on (A28).
      const stamp = await findStamp(world.db, session.subscriberId)
      for (let again = 0; again < 3; again += 1) {
        assert.ok((await suspendAuthenticator(world, session, { id })).ok)
      }
      assert.deepEqual(await told(world, posts), [])
      assert.equal(await findStamp(world.db, session.subscriberId), stamp)
      const early = await reactivateAuthenticator(world, session, { id })
      assert.deepEqual(early, { ok: false, problem: 'authenticator.not-suspended' })
      assert.ok((await reactivateAuthenticator(world, session, { id, from: 'loss' })).ok)
      const words = (await told(world, posts)).map((one) => one.words).join(' ')
      assert.match(words, /Test phone was unblocked/)
      assert.match(words, /Test phone works again/)
    })

    test('T-MIG-8 of two nodes that read the log at once one tells', async (t) => {
      const { world, posts } = await reachable(t, database)
      const other = await testWorld(t, { database, beside: world })
      for (const [name, channel] of world.channels) other.channels.set(name, channel)
      await activate(world, await firstSession(world, 'anna'))
      posts.length = 0
      await Promise.all([noticeDue(world), noticeDue(other), noticeDue(world)])
      await Promise.all([deliverDue(world), deliverDue(other)])
      assert.equal(posts.length, 2)
    })

    test('T-MIG-8 a carrier that is down is asked again, and then it arrives once', async (t) => {
      const { world, posts, state } = await reachable(t, database)
      await activate(world, await firstSession(world, 'anna'))
      state.isDown = true
      assert.deepEqual(await told(world, posts), [])
      state.isDown = false
      world.advance(seconds(11))
      assert.equal((await told(world, posts)).length, 2)
      world.advance(minutes(10))
      assert.deepEqual(await told(world, posts), [])
    })

    test('R131 a login from a new browser is told by mail, and one from a known browser is not', async (t) => {
      const { world, posts } = await reachable(t, database)
      const phone = await activate(world, await firstSession(world, 'anna'))
      await told(world, posts)
      const client = browser()
      const login = await begun(world, client, 'anna')
      const response = await phone.respond(await numberOn(world, login.id, client), world.now())
      const answered = await typed(world, login, { client, response })
      assert.ok(answered.ok)
      const sent = await told(world, posts)
      assert.deepEqual(
        sent.map(({ channel }) => channel),
        ['email'],
      )
      assert.match(sent[0]?.words ?? '', /Firefox, Windows/)
      world.advance(minutes(5))
      const again = browser({ browserCookie: answered.browserCookie })
      const second = await begun(world, again, 'anna')
      const digits = await phone.respond(await numberOn(world, second.id, again), world.now())
      assert.ok((await typed(world, second, { client: again, response: digits })).ok)
      assert.deepEqual(await told(world, posts), [])
    })

    test('R131 A28 that browsers were forgotten is told by mail, once an hour', async (t) => {
      const { world, posts } = await reachable(t, database)
      const phone = await activate(world, await firstSession(world, 'anna'))
      const forgetsOne = async (session: Session) => {
        const [known] = await listBrowsers(world.db, session.subscriberId)
        assert.ok(known)
        assert.equal(await forgetBrowsers(world, session, known.value.id), 1)
      }
      const forgetsAll = (session: Session) => forgetBrowsers(world, session)
      for (const forgets of [forgetsAll, forgetsOne]) {
        const session = await sessionBy(world, phone, 'anna')
        await told(world, posts)
        await forgets(session)
        const [mail, ...more] = await told(world, posts)
        assert.equal(mail?.channel, 'email')
        assert.match(mail.words, /We forgot one or all of your known browsers/)
        assert.deepEqual(more, [])
        const again = await sessionBy(world, phone, 'anna')
        await told(world, posts)
        await forgets(again)
        assert.deepEqual(await told(world, posts), [])
        world.advance(minutes(61))
      }
    })

    test('S11 A2 a right password without the second factor is told, and a slip of the finger is not', async (t) => {
      const { world, posts } = await reachable(t, database)
      await activate(world, await firstSession(world, 'anna'))
      await told(world, posts)
      const client = browser()
      const login = await begun(world, client, 'anna')
      await typed(world, login, { client, response: '00000000' })
      assert.deepEqual(await told(world, posts), [])
      for (let count = 1; count < 5; count += 1) {
        const held = { id: login.id, holder: client.holder }
        const view = await viewLogin(world, held)
        assert.ok(view.ok && view.choices[0])
        const authenticatorId = view.choices[0].id
        await openChallenge(world, { ...held, authenticatorId, way: 'response' })
        await typed(world, login, { client, response: '00000000' })
      }
      const sent = await told(world, posts)
      assert.equal(sent.length, 1)
      assert.match(sent[0]?.words ?? '', /not confirmed/)
    })

    test('S11 A2 a right password that nothing follows is told, once an hour', async (t) => {
      const { world, posts } = await reachable(t, database)
      await activate(world, await firstSession(world, 'anna'))
      await told(world, posts)
      const end = abandonedLogins(world)
      const thief = browser({ address: '198.51.100.66' })
      await begun(world, thief, 'anna')
      world.advance(millis(LOGIN_LIFETIME - 1))
      await end()
      assert.deepEqual(await told(world, posts), [])
      world.advance(seconds(1))
      await Promise.all([end(), end(), abandonedLogins(world)()])
      const sent = await told(world, posts)
      assert.deepEqual(
        sent.map(({ channel }) => channel),
        ['email'],
      )
      assert.match(sent[0]?.words ?? '', /did not confirm: Firefox, Windows, near 198\.51\.100\.66/)
      for (let count = 0; count < 3; count += 1) {
        await begun(world, browser({ address: '198.51.100.66' }), 'anna')
        world.advance(seconds(601))
        await end()
        assert.deepEqual(await told(world, posts), [])
      }
      world.advance(hours(1))
      await begun(world, thief, 'anna')
      // An answer after its end is no answer either.
      world.advance(OVER)
      await end()
      assert.equal((await told(world, posts)).length, 1)
    })

    test('S11 a client is not told of a login that they finished in the same browser, or began in one of theirs', async (t) => {
      const { world, posts } = await reachable(t, database)
      const phone = await activate(world, await firstSession(world, 'anna'))
      const end = abandonedLogins(world)
      const client = browser()
      await begun(world, client, 'anna')
      const login = await begun(world, client, 'anna')
      const response = await phone.respond(await numberOn(world, login.id, client), world.now())
      const answered = await typed(world, login, { client, response })
      assert.ok(answered.ok)
      await told(world, posts)
      world.advance(OVER)
      await end()
      assert.deepEqual(await told(world, posts), [])
      await begun(world, browser({ browserCookie: answered.browserCookie }), 'anna')
      world.advance(OVER)
      await end()
      assert.deepEqual(await told(world, posts), [])
    })

    test('S11 a wrong password is not told to its owner, also where it opens a decoy', async (t) => {
      const { world, posts } = await reachable(t, database)
      await activate(world, await firstSession(world, 'anna'))
      await told(world, posts)
      const astray = { ...world, settings: { ...world.settings, decoy: 'always' as const } }
      const client = browser()
      const claim = { userName: 'anna', password: 'wrong', platform: 'trade', client }
      assert.ok((await startLogin(astray, { ...claim, environment: 'live' })).ok)
      world.advance(OVER)
      await abandonedLogins(world)()
      assert.deepEqual(await told(world, posts), [])
    })

    test('S68 S69 a new address is told to the one before it, for thirty days', async (t) => {
      const { world, posts, set } = await reachable(t, database)
      await set('email', 'thief@example.com')
      const sent = await told(world, posts)
      assert.deepEqual(sent.map(({ to }) => to).toSorted(), [
        '+12025550142',
        'anna@example.com',
        'thief@example.com',
      ])
      world.advance(days(31))
      await set('mobile', '+12025550143')
      const later = await told(world, posts)
      assert.ok(!later.some(({ to }) => to === 'anna@example.com'))
    })

    test('S69 R131 without another address a notice becomes a letter, once', async (t) => {
      const world = await testWorld(t, { database })
      const subscriberId = await world.add({ userName: 'anna', password: PASSWORD, language: 'fr' })
      const set = (kind: 'mobile' | 'postal', value: string) =>
        setContact(world, { subscriberId, kind, value, by: 'operator' })
      await noticeDue(world)
      await set('postal', '1 rue Exemple\n75000 Exempleville')
      const other = await testWorld(t, { database, beside: world })
      await Promise.all([noticeDue(world), noticeDue(other)])
      const [letter, ...more] = await waitingLetters(world, null)
      assert.ok(letter)
      assert.deepEqual(more, [])
      assert.equal(letter.address, '1 rue Exemple\n75000 Exempleville')
      assert.equal(letter.date, '20 novembre 2026')
      assert.match(letter.paragraphs.join(' '), /adresse postale/)
      assert.match(letter.paragraphs.join(' '), /\+1 202 555 0100/)
      assert.doesNotMatch(letter.paragraphs.join(' '), /http|www|{{/)
      // The letter box before it is written to for thirty days.
      world.advance(minutes(1))
      await set('postal', '2 rue Exemple\n75000 Exempleville')
      await noticeDue(world)
      const both = (await waitingLetters(world, letter.id)).map(({ address }) => address)
      assert.deepEqual(both.toSorted().length, 2)
      // A client who is reached otherwise is not written to.
      world.channels.set('sms', carrier('sms', [], { isDown: false }))
      await set('mobile', '+12025550142')
      await noticeDue(world)
      assert.equal((await waitingLetters(world, letter.id)).length, 2)
    })

    test('S69 a login with a text is told by letter to a client who has nothing but that number', async (t) => {
      const world = await testWorld(t, { database })
      const posts: Post[] = []
      world.channels.set('sms', carrier('sms', posts, { isDown: false }))
      const holds = [{ method: 'sms-code', state: sample.state }]
      const subscriberId = await world.add({ userName: 'anna', password: PASSWORD, holds })
      for (const [kind, value] of [
        ['mobile', SAMPLE_NUMBER],
        ['postal', '1 Example Street\nExampletown'],
      ] as const) {
        await setContact(world, { subscriberId, kind, value, by: 'operator' })
      }
      await told(world, posts)
      assert.deepEqual(await waitingLetters(world, null), [])
      const client = browser()
      const login = await begun(world, client, 'anna')
      await deliverDue(world)
      const code = codeIn(JSON.parse(posts.at(-1)?.words ?? 'null'))
      const answered = await answerLogin(world, {
        id: login.id,
        holder: client.holder,
        answer: { code },
      })
      assert.ok(answered.ok)
      await told(world, posts)
      const [letter] = await waitingLetters(world, null)
      assert.match(letter?.paragraphs[0] ?? '', /The browser was new to us: Firefox, Windows/)
    })

    test('a letter is posted once, printed again if need be, and kept for ninety days', async (t) => {
      const world = await testWorld(t, { database })
      const subscriberId = await world.add({ userName: 'anna', password: PASSWORD })
      const value = '1 Example Street\nExampletown'
      await setContact(world, { subscriberId, kind: 'postal', value, by: 'operator' })
      await noticeDue(world)
      const [letter] = await waitingLetters(world, null)
      assert.ok(letter)
      const rows = await world.db.read.selectFrom('letter').select('body').execute()
      for (const { body } of rows) assert.ok(!Buffer.from(body).includes('Example'))
      world.advance(days(400))
      await purge(world.db, world.now())
      const other = await testWorld(t, { database, beside: world })
      const said = { id: letter.id, by: 'operator', agent: 'agent-7' } as const
      const done = await Promise.all([letterPosted(world, said), letterPosted(other, said)])
      for (const one of done) assert.equal(one.ok && one.letter.postedAt, world.now())
      const log = await listSubscriberEvents(world.db, subscriberId, { limit: 100 })
      assert.equal(log.filter(({ event }) => event.kind === 'letter.posted').length, 1)
      assert.deepEqual(await waitingLetters(world, null), [])
      assert.ok((await getLetter(world, letter.id)).ok)
      for (const id of ['', 'ltr_', 'x'.repeat(9_000), letter.id.replace('ltr', 'log')]) {
        const missing = await letterPosted(world, { ...said, id })
        assert.equal(missing.ok ? null : missing.problem, 'letter.not-found')
      }
      await purge(world.db, after(world.now(), HISTORY))
      assert.ok((await getLetter(world, letter.id)).ok)
      await purge(world.db, after(world.now(), millis(HISTORY + 1)))
      assert.equal((await getLetter(world, letter.id)).ok, false)
    })

    test('what was told is forgotten after ninety days, and is not told again', async (t) => {
      const { world, posts, subscriberId } = await reachable(t, database)
      const noticesLeft = async () => (await listNotices(world.db, subscriberId, 100)).length
      await activate(world, await firstSession(world, 'anna'))
      assert.notDeepEqual(await told(world, posts), [])
      const before = await noticesLeft()
      await purge(world.db, after(world.now(), HISTORY))
      assert.equal(await noticesLeft(), before)
      world.advance(millis(HISTORY + 1))
      await purge(world.db, world.now())
      // The log was read no further than this: whatever is above the mark would be news again.
      assert.deepEqual(await told(world, posts), [])
      // An event that is not told lets the log be read on.
      await setLanguage(world, { id: subscriberId, language: 'fr', by: 'operator' })
      await told(world, posts)
      world.advance(minutes(2))
      await told(world, posts)
      await purge(world.db, world.now())
      assert.equal(await noticesLeft(), 0)
      assert.deepEqual(await told(world, posts), [])
    })
  })
}
