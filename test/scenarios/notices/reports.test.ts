import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { REPORT_KEPT, type Reported, REPORTED_WITHIN } from '#core/notices/report.ts'
import { after, before, hours, type Millis, millis, minutes, seconds } from '#core/time/time.ts'
import { setContact } from '#engine/contact/addresses.ts'
import { noteTextedBack } from '#engine/contact/text-opt-out.ts'
import { writeHeldLetters } from '#engine/notices/held-letters.ts'
import { waitingLetters } from '#engine/notices/letters.ts'
import { gatherDue, type Reporting, takeReport } from '#engine/notices/reports.ts'
import { chooseTradeNotices, tradeNoticesOf } from '#engine/notices/trade-choice.ts'
import { endSession } from '#engine/sessions/sessions.ts'
import { createAccount } from '#engine/subscribers/accounts.ts'
import { setPrimary } from '#engine/subscribers/primary-user.ts'
import { SAMPLE_NUMBER, sample } from '#methods/sms-code/sample.ts'
import { setFullName } from '#engine/subscribers/full-name.ts'
import { purge } from '#store/server/purge.ts'
import { auditOf } from '../../support/audit.ts'
import { PASSWORD } from '../../support/clients/engine-story.ts'
import { byText, channels, living, type Post, STREET, told } from '../../support/clients/told.ts'
import { DATABASES } from '../../support/databases/databases.ts'
import { type TestWorld, testWorld } from '../../support/server/world.ts'

const BOUGHT: Reported = {
  kind: 'trade',
  side: 'buy',
  quantity: '1000',
  instrument: '0700.HK',
  price: '512.5',
  currency: 'HKD',
}
const SENT: Reported = {
  kind: 'transfer',
  amount: '2500',
  currency: 'HKD',
  payee: 'Client B',
  payeeAccount: 'www.example.com',
}

let count = 0

/** As the trading platform reports it, just now. */
async function reported(world: TestWorld, said: Partial<Reporting> = {}) {
  const event = said.event ?? `event-${(count += 1)}`
  const plain = { platform: 'trade', account: 'U-1', at: world.now(), what: BOUGHT }
  return await takeReport(world, { ...plain, ...said, event })
}

const outcome = (taken: Awaited<ReturnType<typeof takeReport>>) =>
  taken.ok ? (taken.isNew ? 'new' : 'known') : taken.problem

const words = (sent: readonly Post[]) => sent.map(({ payload }) => payload.text).join('\n')

for (const database of DATABASES) {
  suite(`What platforms report, on ${database}`, () => {
    test('R131 SFC 27 October 2017, 1.3: a trade in Hong Kong is told by mail after a login by text, once, without a link', async (t) => {
      const { world, posts } = await living(t, database, 'HK')
      const { session } = await byText(world, posts)
      await told(world, posts)
      const said = { event: 'T-1', session: session.id, at: world.now() }
      assert.equal(outcome(await reported(world, said)), 'new')
      assert.equal(outcome(await reported(world, said)), 'known')
      const sent = await told(world, posts)
      assert.deepEqual(channels(sent), ['email'])
      assert.match(
        words(sent),
        /account U-1, Trading platform: bought 1,000 0700\. HK at HKD\u00a0512\.50\./,
      )
      assert.equal(outcome(await reported(world, said)), 'known')
      assert.deepEqual(await told(world, posts), [])
    })

    test('R131 SFC 27 October 2017, 1.3: the way that a client chose is left where the login used it', async (t) => {
      const { world, posts } = await living(t, database, 'HK')
      const { session } = await byText(world, posts)
      await told(world, posts)
      const chosen = { every: 'each', channel: 'mobile' } as const
      assert.ok((await chooseTradeNotices(world, session, chosen)).ok)
      assert.match(words(await told(world, posts)), /one for each trade/)
      await reported(world, { session: session.id })
      assert.deepEqual(channels(await told(world, posts)), ['email'])
      // The platform names no session: the one that is open there is meant.
      await reported(world)
      assert.deepEqual(channels(await told(world, posts)), ['email'])
      // Nothing is known of how it was asked for: then it goes where the client wants it.
      await endSession(world, session, { id: session.id, by: 'log-out' })
      await told(world, posts)
      await reported(world)
      const sent = await told(world, posts)
      assert.deepEqual(channels(sent), ['sms'])
      assert.match(words(sent), /trades in your account: 1\. Bought 1,000 0700\. HK\./)
    })

    test('R131 SFC 27 October 2017, 1.3: of all notices a client of Hong Kong turns off those of trades alone', async (t) => {
      const { world, posts, subscriberId } = await living(t, database, 'HK')
      const { session, browserCookie } = await byText(world, posts)
      await told(world, posts)
      const off = { every: 'never', channel: undefined } as const
      assert.ok((await chooseTradeNotices(world, session, off)).ok)
      const sent = await told(world, posts)
      assert.ok(channels(sent).includes('email'), 'that they are off is told by another way')
      assert.match(words(sent), /messages about your trades: none/)
      await reported(world)
      assert.deepEqual(await told(world, posts), [])
      await reported(world, { what: SENT })
      const transfer = await told(world, posts)
      assert.deepEqual(channels(transfer), ['email', 'sms'])
      assert.match(words(transfer), /HKD\u00a02,500\.00 from account U-1 to “Client B”/)
      assert.doesNotMatch(words(transfer), /www\.example\.com/)
      await setFullName(world, { id: subscriberId, name: 'Anna Example', by: 'operator' })
      assert.equal((await told(world, posts)).length, 1)
      await byText(world, posts, browserCookie)
      assert.equal((await told(world, posts)).length, 1)
      // On again, what was executed meanwhile is no news.
      assert.ok((await chooseTradeNotices(world, session, { every: 'each', channel: 'email' })).ok)
      assert.doesNotMatch(words(await told(world, posts)), /bought/)
    })

    test('R131 elsewhere trades are told to a client who asks for it, and transfers to every client', async (t) => {
      const { world, posts } = await living(t, database, 'US')
      const { session } = await byText(world, posts)
      await told(world, posts)
      await reported(world)
      assert.deepEqual(await told(world, posts), [])
      await reported(world, { what: SENT })
      assert.deepEqual(channels(await told(world, posts)), ['email', 'sms'])
      const chosen = { every: 'each', channel: 'mobile' } as const
      assert.ok((await chooseTradeNotices(world, session, chosen)).ok)
      await told(world, posts)
      await reported(world)
      assert.deepEqual(channels(await told(world, posts)), ['sms'])
    })

    for (const [every, apart] of [
      ['hour', hours(1)],
      ['day', hours(24)],
    ] as const satisfies readonly (readonly [string, Millis])[])
      test(`R131 a client who wants one message in each ${every} gets all trades of it in one`, async (t) => {
        const { world, posts } = await living(t, database, 'HK')
        const { session } = await byText(world, posts)
        assert.ok((await chooseTradeNotices(world, session, { every, channel: 'email' })).ok)
        await told(world, posts)
        await reported(world)
        assert.equal((await told(world, posts)).length, 1, 'the first waits for nothing')
        for (let trade = 0; trade < 25; trade += 1) {
          world.advance(seconds(1))
          await reported(world)
        }
        assert.deepEqual(await told(world, posts), [])
        world.advance(millis(apart - 25_000 - 1))
        assert.deepEqual(await told(world, posts), [])
        world.advance(millis(1))
        const sent = await told(world, posts)
        assert.equal(sent.length, 1)
        assert.equal(words(sent).match(/bought/g)?.length, 20)
        assert.match(words(sent), /In all: 25\./)
        world.advance(apart)
        assert.deepEqual(await told(world, posts), [])
      })

    test('R131 trades that wait are told at once when their client wants each of them', async (t) => {
      const { world, posts } = await living(t, database, 'HK')
      const { session } = await byText(world, posts)
      assert.ok((await chooseTradeNotices(world, session, { every: 'day', channel: 'email' })).ok)
      await told(world, posts)
      await reported(world)
      await told(world, posts)
      await reported(world)
      assert.deepEqual(await told(world, posts), [])
      assert.ok((await chooseTradeNotices(world, session, { every: 'each', channel: 'email' })).ok)
      assert.match(words(await told(world, posts)), /bought/)
    })

    test('A7 R131 of two nodes that gather at once one tells, and of two reports one is written', async (t) => {
      const { world, posts } = await living(t, database, 'HK')
      const other = await testWorld(t, { database, beside: world })
      const said = { event: 'T-7', at: world.now() }
      const taken = await Promise.all([reported(world, said), reported(other, said)])
      assert.deepEqual(taken.map(outcome).toSorted(), ['known', 'new'])
      await Promise.all([gatherDue(world), gatherDue(other), gatherDue(world)])
      assert.equal((await told(world, posts)).length, 1)
      const log = await auditOf(world)
      assert.equal(log.filter(({ kind }) => kind === 'trade.executed').length, 1)
      assert.equal(log.filter(({ kind }) => kind === 'trades.gathered').length, 1)
    })

    test('R131 a report that is late, early, of another or of no client is refused, and tells no client', async (t) => {
      const { world, posts, subscriberId } = await living(t, database, 'HK')
      await world.add({
        userName: 'bert',
        password: PASSWORD,
        accounts: [{ number: 'U-2', environment: 'live', residence: 'HK' }],
      })
      await createAccount(world, {
        number: 'U-3',
        environment: 'paper',
        residence: 'HK',
        subscriberId,
        by: 'operator',
      })
      const { session } = await byText(world, posts)
      await told(world, posts)
      const latest = world.now()
      const rows = [
        [{ at: before(latest, millis(REPORTED_WITHIN + 1)) }, 'event.too-old'],
        [{ at: after(latest, millis(60_001)) }, 'event.too-early'],
        [{ account: 'U-9' }, 'account.not-found'],
        [{ account: 'U-3' }, 'event.simulated'],
        [{ account: 'U-2', session: session.id }, 'event.other-session'],
        [{ platform: 'portal', session: session.id }, 'event.other-session'],
        [{ session: 'ses_' }, 'event.other-session'],
        [{ session: 'x'.repeat(9_000) }, 'event.other-session'],
      ] as const
      for (const [said, problem] of rows)
        assert.equal(outcome(await reported(world, said)), problem, JSON.stringify(said))
      assert.deepEqual(await told(world, posts), [])
      for (const at of [before(latest, REPORTED_WITHIN), after(latest, minutes(1))])
        assert.equal(outcome(await reported(world, { at })), 'new')
      assert.equal((await told(world, posts)).length, 1)
    })

    test('R131 another event under a known id is refused, and an id of another platform is another one', async (t) => {
      const { world } = await living(t, database, 'HK')
      const said = { event: 'T-1', at: world.now() }
      assert.equal(outcome(await reported(world, said)), 'new')
      const changes: readonly Partial<Reporting>[] = [
        { what: { ...BOUGHT, quantity: '1001' } },
        { what: SENT },
        { at: before(said.at, millis(1)) },
        { account: 'U-9' },
      ]
      for (const change of changes)
        assert.equal(outcome(await reported(world, { ...said, ...change })), 'event.conflict')
      // Late, the same one is still the same.
      world.advance(REPORTED_WITHIN)
      assert.equal(outcome(await reported(world, said)), 'known')
      const elsewhere = { ...said, platform: 'portal', at: world.now() }
      assert.equal(outcome(await reported(world, elsewhere)), 'new')
    })

    test('a report is sealed, and known for as long as it can come again', async (t) => {
      const { world } = await living(t, database, 'HK')
      const said = { event: 'T-1', at: world.now(), what: SENT }
      await reported(world, said)
      const rows = await world.db.read.selectFrom('report').select('body').execute()
      for (const { body } of rows) assert.ok(!Buffer.from(body).includes('Client'))
      assert.ok(!JSON.stringify(await auditOf(world)).includes('Client B'))
      await purge(world.db, after(world.now(), REPORT_KEPT))
      assert.equal(outcome(await reported(world, said)), 'known')
      await purge(world.db, after(world.now(), millis(REPORT_KEPT + 1)))
      assert.equal(outcome(await reported(world, said)), 'new')
      assert.ok(REPORT_KEPT > REPORTED_WITHIN)
    })

    test('R032 R131 what another user of the account has asked for is told to its holder', async (t) => {
      const { world, posts, subscriberId } = await living(t, database, 'HK')
      const id = await world.add({
        userName: 'zoe',
        password: PASSWORD,
        accounts: [],
        holds: [{ method: 'sms-code', state: sample.state }],
      })
      const primary = { id: subscriberId, name: 'Anna' }
      assert.ok((await setPrimary(world, { id, primary, by: 'operator' })).ok)
      const { session } = await byText(world, posts, null, 'zoe')
      await told(world, posts)
      assert.equal(outcome(await reported(world, { session: session.id })), 'new')
      assert.deepEqual(channels(await told(world, posts)), ['email'])
      const chosen = { every: 'never', channel: undefined } as const
      const set = await chooseTradeNotices(world, session, chosen)
      assert.equal(!set.ok && set.problem, 'subscriber.primary-user-only')
    })

    test('A9 a session that has ended chooses nothing, however late it is noticed', async (t) => {
      const { world, posts } = await living(t, database, 'HK')
      const { session } = await byText(world, posts)
      await endSession(world, session, { id: session.id, by: 'log-out' })
      const off = { every: 'never', channel: undefined } as const
      assert.equal((await chooseTradeNotices(world, session, off)).ok, false)
      assert.equal((await tradeNoticesOf(world, session)).every, 'each')
    })

    test('R131 what a client trades is told to no address that they have given up', async (t) => {
      const { world, posts, subscriberId } = await living(t, database, 'HK')
      const value = 'new@example.com'
      await setContact(world, { subscriberId, kind: 'email', value, by: 'operator' })
      assert.ok((await told(world, posts)).some(({ address }) => address === 'anna@example.com'))
      await reported(world)
      assert.deepEqual(
        (await told(world, posts)).map(({ address }) => address),
        [value],
      )
    })

    test('R131 trades that are told by post make a letter at once, and then one a day, while they are wanted', async (t) => {
      const { world, posts } = await living(t, database, 'HK', { postal: STREET })
      const { session } = await byText(world, posts)
      const letters = async () => {
        await told(world, posts)
        await writeHeldLetters(world)
        const all = await waitingLetters(world, null)
        return all.filter(({ subject }) => subject === 'Trades in your account')
      }
      const trades = async (often: number) => {
        for (let trade = 0; trade < often; trade += 1) {
          world.advance(minutes(1))
          await reported(world, { session: session.id })
          await told(world, posts)
        }
        return (await letters()).length
      }
      assert.equal(await trades(3), 1)
      world.advance(hours(24))
      const [, second] = await letters()
      const lines = second?.paragraphs[0]?.split('\n') ?? []
      assert.equal(lines.length, 3)
      for (const line of lines.slice(1))
        assert.match(line, /account U-1, .*: bought 1,000 0700\. HK/)
      assert.equal(await trades(2), 2)
      const off = { every: 'never', channel: undefined } as const
      assert.ok((await chooseTradeNotices(world, session, off)).ok)
      world.advance(hours(24))
      assert.equal((await letters()).length, 2, 'they are not wanted any more')
      world.advance(hours(24))
      assert.equal((await letters()).length, 2)
    })

    test('R131 what a client may choose, and what they may not', async (t) => {
      const { world, posts } = await living(t, database, 'HK', { postal: STREET })
      const { session } = await byText(world, posts)
      const unset = await tradeNoticesOf(world, session)
      assert.deepEqual([unset.every, unset.channels], ['each', ['mobile']])
      assert.match(unset.source?.text ?? '', /27 October 2017, paragraph 1\.3$/)
      const choose = async (every: 'each' | 'never', channel?: 'email' | 'mobile') => {
        const set = await chooseTradeNotices(world, session, { every, channel })
        return set.ok ? 'ok' : set.problem
      }
      assert.equal(await choose('each', 'email'), 'event.no-address')
      assert.equal(await choose('each'), 'event.no-address')
      assert.equal(await choose('each', 'mobile'), 'ok')
      assert.equal(await choose('each', 'mobile'), 'ok')
      const said = (await auditOf(world)).filter(({ kind }) => kind === 'trade-notices.set')
      assert.equal(said.length, 1, 'what was chosen already is not written again')
      // No mail, and the number was used: by letter.
      await told(world, posts)
      const letters = (await waitingLetters(world, null)).length
      await reported(world, { session: session.id })
      await told(world, posts)
      assert.equal((await waitingLetters(world, null)).length, letters + 1)
      await noteTextedBack(world, { from: SAMPLE_NUMBER, text: 'STOP' })
      assert.equal(await choose('each', 'mobile'), 'event.no-address')
      assert.equal(await choose('never'), 'ok')
    })
  })
}
