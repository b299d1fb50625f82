import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { after, before, days, millis, minutes } from '#core/time/time.ts'
import { setContact } from '#engine/contact/addresses.ts'
import { deliverDue } from '#engine/delivery/outbox.ts'
import { answerLogin } from '#engine/login/answer.ts'
import { viewLogin } from '#engine/login/view.ts'
import { writeHeldLetters } from '#engine/notices/held-letters.ts'
import { waitingLetters } from '#engine/notices/letters.ts'
import { noticeDue } from '#engine/notices/notices.ts'
import { beginReset, completeReset, startReset } from '#engine/password/reset.ts'
import { changeAccount } from '#engine/subscribers/accounts.ts'
import { setFullName } from '#engine/subscribers/full-name.ts'
import { codeIn, SAMPLE_NUMBER } from '#methods/sms-code/sample.ts'
import { byText, channels, living, STREET, told } from '../../support/clients/told.ts'
import { auditOf } from '../../support/audit.ts'
import { methodTools } from '../../support/tools.ts'
import { DATABASES } from '../../support/databases/databases.ts'
import { browser, testWorld } from '../../support/server/world.ts'

/**
 * SFC, Guidelines for Reducing and Mitigating Hacking Risks Associated with Internet Trading,
 * 27 October 2017, paragraph 1.3: a client is told of each login, reset of the password and change
 * of data, by another channel than the one that was used.
 */

const OTHER_STREET = '2 Example Street\nExampletown'

for (const database of DATABASES) {
  suite(`What clients of Hong Kong are told, on ${database}`, () => {
    test('R131 SFC 27 October 2017, 1.3: each login by text is told by mail, once, and never by text', async (t) => {
      const { world, posts } = await living(t, database, 'HK')
      const first = await byText(world, posts)
      assert.match((await told(world, posts))[0]?.payload.text ?? '', /new to us/)
      for (let count = 0; count < 2; count += 1) {
        await byText(world, posts, first.browserCookie)
        const sent = await told(world, posts)
        assert.deepEqual(channels(sent), ['email'])
        const words = sent[0]?.payload.text ?? ''
        assert.match(words, /logged in .* at Trading platform: Firefox, Windows, near /)
        assert.doesNotMatch(words, /http|www\.|localhost/)
        assert.deepEqual(await told(world, posts), [])
      }
    })

    test('R131 elsewhere a login in a known browser is no news', async (t) => {
      const { world, posts } = await living(t, database, 'US')
      const { browserCookie } = await byText(world, posts)
      await told(world, posts)
      await byText(world, posts, browserCookie)
      assert.deepEqual(await told(world, posts), [])
      const log = await auditOf(world)
      assert.ok(!log.some(({ kind }) => kind === 'session.announced'))
    })

    test('R131 SFC 27 October 2017, 1.3: a login by text is told by letter where there is nothing but the number', async (t) => {
      const { world, posts } = await living(t, database, 'HK', { postal: STREET })
      const { browserCookie } = await byText(world, posts)
      await told(world, posts)
      const before = (await waitingLetters(world, null)).length
      await byText(world, posts, browserCookie)
      await told(world, posts)
      const letters = await waitingLetters(world, null)
      assert.equal(letters.length, before + 1)
      assert.match(letters.at(-1)?.subject ?? '', /^Login to your account$/)
    })

    test('R131 logins that are told by post make a letter at once, and then one a day with all of them', async (t) => {
      const many = { perNumberHour: 99, perNumberDay: 99, perAccountDay: 99, perAddressHour: 99 }
      const { telephone } = methodTools(null as never)
      const limits = { ...telephone.limits, ...many, perBlockHour: 99 }
      const tools = { telephone: { ...telephone, limits } }
      const { world, posts } = await living(t, database, 'HK', { postal: STREET }, { tools })
      const letters = async () => {
        await told(world, posts)
        await writeHeldLetters(world)
        const all = await waitingLetters(world, null)
        return all.filter(({ subject }) => /login/i.test(subject))
      }
      const { browserCookie } = await byText(world, posts)
      const first = (await letters()).length
      await byText(world, posts, browserCookie)
      assert.equal((await letters()).length, first + 1)
      const written = world.now()
      for (let logins = 0; logins < 23; logins += 1) {
        world.advance(minutes(31))
        await byText(world, posts, browserCookie)
        assert.equal((await letters()).length, first + 1)
        // By the way that was used, each is told at once all the same.
        assert.ok(posts.some(({ channel }) => channel === 'sms'))
      }
      world.setClock(before(after(written, days(1)), millis(1)))
      assert.equal((await letters()).length, first + 1)
      world.setClock(after(written, days(1)))
      const all = await letters()
      assert.equal(all.length, first + 2)
      const { subject, paragraphs, address } = all.at(-1) ?? assert.fail()
      assert.equal(address, STREET)
      assert.equal(subject, '23 logins to your account')
      const [intro, ...lines] = paragraphs[0]?.split('\n') ?? []
      assert.match(intro ?? '', /logged in with your user name 23 times since our last letter:$/)
      assert.equal(lines.length, 21)
      assert.match(lines[0] ?? '', /, Trading platform: Firefox, Windows, near /)
      assert.equal(lines.at(-1), 'In all: 23. The portal shows the others.')
      // The next one waits for its day again, and is told as one.
      world.advance(minutes(1))
      await byText(world, posts, browserCookie)
      assert.equal((await letters()).length, first + 2)
      world.advance(days(1))
      const alone = (await letters()).at(-1)
      assert.equal(alone?.subject, 'Login to your account')
      // After a quiet day the next login is told at once.
      world.advance(days(2))
      await byText(world, posts, browserCookie)
      assert.equal((await letters()).length, first + 4)
    })

    test('R131 two nodes write one letter of the day, with each login once', async (t) => {
      const { world, posts } = await living(t, database, 'HK', { postal: STREET })
      const other = await testWorld(t, { database, beside: world })
      const { browserCookie } = await byText(world, posts)
      const { browserCookie: cookie } = await byText(world, posts, browserCookie)
      await told(world, posts)
      const before = (await waitingLetters(world, null)).length
      for (let logins = 0; logins < 3; logins += 1) {
        await byText(world, posts, cookie)
        await Promise.all([noticeDue(world), noticeDue(other)])
        await deliverDue(world)
      }
      world.advance(days(1))
      // A login that comes when the letter is due waits beside the others and goes with them.
      await byText(world, posts, cookie)
      await noticeDue(other)
      await deliverDue(world)
      assert.equal((await waitingLetters(world, null)).length, before)
      await Promise.all([writeHeldLetters(world), writeHeldLetters(other), writeHeldLetters(world)])
      const all = await waitingLetters(world, null)
      assert.equal(all.length, before + 1)
      assert.equal(all.at(-1)?.subject, '4 logins to your account')
    })

    test('R131 whatever else goes by post goes at once, also beside logins that wait', async (t) => {
      const { world, posts, subscriberId } = await living(t, database, 'HK', { postal: STREET })
      const { browserCookie } = await byText(world, posts)
      await told(world, posts)
      await byText(world, posts, browserCookie)
      await told(world, posts)
      const { session } = await byText(world, posts, browserCookie)
      await told(world, posts)
      const before = (await waitingLetters(world, null)).length
      const home = {
        kind: 'postal',
        value: OTHER_STREET,
        by: 'holder',
        within: session.id,
      } as const
      assert.ok((await setContact(world, { ...home, subscriberId })).ok)
      await told(world, posts)
      assert.equal((await waitingLetters(world, null)).length, before + 2)
      assert.ok((await setContact(world, { ...home, value: STREET, subscriberId })).ok)
      await told(world, posts)
      assert.equal((await waitingLetters(world, null)).length, before + 4)
      // Those that wait go to both addresses as well: one that was given up counts for a month.
      world.advance(days(1))
      await writeHeldLetters(world)
      const all = (await waitingLetters(world, null)).slice(before + 4)
      assert.deepEqual(
        all.map(({ address }) => address).toSorted(),
        [STREET, OTHER_STREET].toSorted(),
      )
    })

    for (const [residence, letters] of [
      ['HK', [OTHER_STREET, STREET]],
      ['US', []],
    ] as const)
      test(`R131 SFC 27 October 2017, 1.3: what a session by text changes is told in ${residence} by text and ${letters.length} letters`, async (t) => {
        const { world, posts, subscriberId } = await living(t, database, residence, {
          postal: STREET,
        })
        const { session } = await byText(world, posts)
        await told(world, posts)
        const before = (await waitingLetters(world, null)).map(({ id }) => id)
        const home = { kind: 'postal', value: OTHER_STREET } as const
        const by = { by: 'holder', within: session.id, subscriberId } as const
        assert.ok((await setContact(world, { ...home, ...by })).ok)
        const sent = await told(world, posts)
        assert.deepEqual(channels(sent), ['sms'])
        for (const { payload } of sent) assert.match(payload.text, /postal address/)
        const all = await waitingLetters(world, null)
        const written = all.filter(({ id }) => !before.includes(id))
        assert.deepEqual(written.map(({ address }) => address).toSorted(), letters.toSorted())
      })

    test('a number that was replaced hears of what a session by text changes', async (t) => {
      const { world, posts, subscriberId } = await living(t, database, 'HK')
      const mobile = { subscriberId, kind: 'mobile', by: 'operator' } as const
      await setContact(world, { ...mobile, value: '+12025550177' })
      await setContact(world, { ...mobile, value: SAMPLE_NUMBER })
      const { session } = await byText(world, posts)
      await told(world, posts)
      const home = { kind: 'postal', value: STREET, by: 'holder', within: session.id } as const
      assert.ok((await setContact(world, { ...home, subscriberId })).ok)
      const sent = await told(world, posts)
      assert.deepEqual(channels(sent), ['email', 'sms', 'sms'])
      assert.ok(sent.some(({ address }) => address === '+12025550177'))
    })

    test('R131 SFC 27 October 2017, 1.3: a changed name or residence is told, elsewhere it is not', async (t) => {
      for (const [residence, count] of [
        ['HK', 1],
        ['US', 0],
      ] as const) {
        const { world, posts, subscriberId } = await living(t, database, residence)
        await setFullName(world, { id: subscriberId, name: 'Anna Example', by: 'operator' })
        const named = await told(world, posts)
        assert.equal(named.length, count)
        for (const { payload } of named) assert.match(payload.text, /your name/)
        const change = {
          kind: 'relocate',
          residence: 'CH',
          jurisdiction: 'hk',
          reason: 'x',
        } as const
        const there = residence === 'HK' ? change : ({ kind: 'relocate', residence: 'CH' } as const)
        await changeAccount(world, { number: 'U-1', change: there, by: 'operator' })
        const moved = await told(world, posts)
        assert.equal(moved.length, count)
        for (const { payload } of moved) assert.match(payload.text, /country of residence/)
      }
    })

    test('R131 SFC 27 October 2017, 1.3: a reset that a text confirmed is told by mail besides', async (t) => {
      const { world, posts, subscriberId } = await living(t, database, 'HK')
      const given = await startReset(world, { subscriberId, by: 'agent-7' })
      assert.ok(given.ok)
      assert.deepEqual(channels(await told(world, posts)), ['email', 'sms'])
      const client = browser()
      const reset = await beginReset(world, { userName: 'anna', code: given.code, client })
      assert.ok(reset.ok)
      const held = { id: reset.login.id, holder: client.holder }
      assert.ok((await viewLogin(world, held)).ok)
      await deliverDue(world)
      const code = codeIn(posts.at(-1)?.payload as never)
      assert.ok((await answerLogin(world, { ...held, answer: { code } })).ok)
      const done = await completeReset(world, { ...held, password: 'seven spoons of rain' })
      assert.ok(done.ok)
      const sent = await told(world, posts)
      assert.deepEqual(channels(sent), ['email', 'sms'])
      for (const { payload } of sent) assert.match(payload.text, /password was changed/)
    })
  })
}
