import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { setContact } from '#engine/contact/addresses.ts'
import { deliverDue } from '#engine/delivery/outbox.ts'
import { answerLogin } from '#engine/login/answer.ts'
import { viewLogin } from '#engine/login/view.ts'
import { waitingLetters } from '#engine/notices/letters.ts'
import { beginReset, completeReset, startReset } from '#engine/password/reset.ts'
import { changeAccount } from '#engine/subscribers/accounts.ts'
import { setFullName } from '#engine/subscribers/full-name.ts'
import { codeIn, SAMPLE_NUMBER } from '#methods/sms-code/sample.ts'
import { byText, channels, living, STREET, told } from '../../support/clients/told.ts'
import { auditOf } from '../../support/audit.ts'
import { DATABASES } from '../../support/server/databases.ts'
import { browser } from '../../support/server/world.ts'

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
