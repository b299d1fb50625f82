import assert from 'node:assert/strict'
import { suite, test, type TestContext } from 'node:test'
import type { AgentId } from '#core/agent.ts'
import type { AuditEvent } from '#core/audit/audit.ts'
import { FRESH } from '#core/devices/authenticator.ts'
import type { Json } from '#core/json.ts'
import { obstacleAt } from '#core/sessions/rights.ts'
import type { Session } from '#core/sessions/session.ts'
import { after, before, days, hours, minutes, seconds } from '#core/time/time.ts'
import { completeActivation, startEnrolment } from '#engine/devices/enrolment.ts'
import { viewLogin } from '#engine/login/view.ts'
import { startOnPage } from '#engine/devices/enrolment-on-page.ts'
import {
  issueTemporaryPasscode,
  PER_AGENT_DAY,
  releaseTemporaryPasscode,
  revokeTemporaryPasscode,
} from '#engine/temporary-access/passcodes.ts'
import { decisionOn } from '#engine/sessions/rights.ts'
import { reactivateAuthenticator } from '#engine/temporary-access/stand-ins.ts'
import { findLiveSession } from '#engine/sessions/sessions.ts'
import { listSubscriberEvents } from '#store/audit/audit.ts'
import { listAuthenticators } from '#store/devices/authenticators.ts'
import { commitIssue } from '#store/temporary-access/issued-passcodes.ts'
import { findStamp } from '#store/security-stamp.ts'
import { DATABASES, type DatabaseKind } from '../../support/databases/databases.ts'
import {
  answered,
  boundCard,
  challenged,
  givenPasscode,
  inWithPasscode,
  subscriberOf,
} from '../../support/clients/printed.ts'
import { testPhone } from '../../support/clients/phone.ts'
import {
  activate,
  begin,
  device,
  PASSWORD,
  personWithPhone,
} from '../../support/clients/engine-story.ts'
import { browser, ISSUER, testWorld, type TestWorld } from '../../support/server/world.ts'

const EIGHT = 'agent-8' as AgentId
const NINE = 'agent-9' as AgentId

async function withPasscode(t: TestContext, database: DatabaseKind) {
  const world = await testWorld(t, { database })
  const phone = await personWithPhone(world, 'anna')
  const issuedAt = world.now()
  const passcode = await givenPasscode(world, 'anna')
  return { world, phone, passcode, issuedAt, subscriberId: await subscriberOf(world, 'anna') }
}

type Kind = AuditEvent['kind']

async function eventsOf(world: TestWorld, kind: Kind): Promise<readonly AuditEvent[]> {
  const subscriberId = await subscriberOf(world, 'anna')
  const all = await listSubscriberEvents(world.db, subscriberId, { limit: 500 })
  return all.map(({ event }) => event).filter((event) => event.kind === kind)
}

async function lifecycles(world: TestWorld): Promise<Readonly<Record<string, readonly string[]>>> {
  const held = await listAuthenticators(world.db, await subscriberOf(world, 'anna'))
  const byMethod = Map.groupBy(held, ({ value }) => value.method)
  return Object.fromEntries(
    [...byMethod].map(([method, ones]) => [
      method,
      ones.map(({ value }) => value.lifecycle).toSorted(),
    ]),
  )
}

const opensNow = async (world: TestWorld, session: Session) => {
  const decision = await decisionOn(world, session)
  const trade = obstacleAt({ purpose: 'trading' }, decision)?.problem ?? 'open'
  return [decision.rights.portal, trade]
}

for (const database of DATABASES) {
  suite(`A temporary passcode, on ${database}`, () => {
    test('R092 R093 R099 R125 R127 replaces the phone: in one commit it rests, and every session ends', async (t) => {
      const world = await testWorld(t, { database })
      const phone = await personWithPhone(world, 'anna')
      const subscriberId = await subscriberOf(world, 'anna')
      const before = await givenPasscode(world, 'anna')
      const { session } = await inWithPasscode(world, { userName: 'anna' }, before)
      const passcode = await givenPasscode(world, 'anna', { approvedBy: 'supervisor-1' })
      assert.match(passcode, /^[0-9A-HJKMNP-TV-Z]{8}$/)
      assert.equal(await findLiveSession(world, session.id), null, 'S85 who is logged in is out')
      assert.deepEqual(await lifecycles(world), {
        password: ['active'],
        'phone-key': ['suspended'],
        'temporary-passcode': ['active', 'revoked'],
      })
      const call = await device(world, await phone.sign('list', {}, world.now()), 'list')
      assert.deepEqual(call, { ok: false, problem: 'phone.revoked' })
      const client = browser()
      const login = await challenged(world, { userName: 'anna', platform: 'trade', client })
      const view = await viewLogin(world, { id: login.id, holder: client.holder })
      assert.ok(view.ok)
      assert.deepEqual(
        view.choices.map(({ method }) => method),
        ['temporary-passcode'],
      )
      const [issued] = await eventsOf(world, 'authenticator.issued')
      assert.ok(issued?.kind === 'authenticator.issued')
      const { agent, approvedBy, reason } = issued
      assert.deepEqual(
        { agent, approvedBy, reason },
        {
          agent: 'agent-1',
          approvedBy: 'supervisor-1',
          reason: 'lost',
        },
      )
      assert.equal((await eventsOf(world, 'authenticator.suspended')).length, 1)
      const log = JSON.stringify(await listSubscriberEvents(world.db, subscriberId, { limit: 500 }))
      assert.ok(!log.includes(passcode), 'no log holds it')
    })

    test('R094 R095 S58 A14 opens all for 48 hours, then printing for ten days, then nothing', async (t) => {
      const { world, passcode, issuedAt } = await withPasscode(t, database)
      const [two, twelve] = [after(issuedAt, hours(48)), after(issuedAt, days(12))]
      const first = await inWithPasscode(world, { userName: 'anna', platform: 'trade' }, passcode)
      assert.deepEqual(await opensNow(world, first.session), ['full', 'open'])
      const at = { userName: 'anna', client: first.client }

      world.setClock(before(two, seconds(1)))
      const { session } = await inWithPasscode(world, at, passcode)
      assert.deepEqual(await opensNow(world, session), ['full', 'open'])
      world.setClock(two)
      const printing = ['card-printing', 'account.card-printing-only']
      assert.deepEqual(await opensNow(world, session), printing, 'R164 in the same session')

      world.setClock(before(twelve, seconds(1)))
      const last = await inWithPasscode(world, at, passcode)
      assert.deepEqual(await opensNow(world, last.session), printing)
      world.setClock(twelve)
      assert.deepEqual(await opensNow(world, last.session), ['closed', 'account.access-over'])
      const refused = await begin(world, first.client, { userName: 'anna', platform: 'portal' })
      assert.deepEqual(refused, { ok: false, problem: 'login.passcode-expired' }, 'R161 R100')
    })

    test('A14 a clock that is changed by law changes nothing: two days are 172,800 seconds', async (t) => {
      const world = await testWorld(t, { database })
      // New York leaves summer time at 06:00 UTC on 1 November 2026.
      world.setClock(after(world.now(), days(340)))
      await personWithPhone(world, 'anna')
      const issuedAt = world.now()
      const passcode = await givenPasscode(world, 'anna')
      const { session } = await inWithPasscode(world, { userName: 'anna' }, passcode)
      const decision = await decisionOn(world, session)
      assert.equal(decision.until, after(issuedAt, seconds(172_800)))
    })

    test('R095 binds a phone on the first day, and prints a card and nothing else on the third', async (t) => {
      const { world, passcode } = await withPasscode(t, database)
      const first = await inWithPasscode(world, { userName: 'anna' }, passcode)
      world.advance(hours(48))
      const at = { userName: 'anna', client: first.client }
      const { session } = await inWithPasscode(world, at, passcode)
      await assert.rejects(activate(world, session), /account\.card-printing-only/)
      await boundCard(world, session)
      assert.deepEqual((await lifecycles(world))['code-card'], ['active'])
    })

    test('R095 A14 binds no phone after two days, though it was invited a second before', async (t) => {
      const { world, passcode, issuedAt } = await withPasscode(t, database)
      const two = after(issuedAt, hours(48))
      world.setClock(before(two, seconds(1)))
      const { session } = await inWithPasscode(world, { userName: 'anna' }, passcode)
      const begun = await startEnrolment(world, session, { method: 'phone-key' })
      assert.ok(begun.ok)
      const activation = { token: begun.token }
      const offer = { enrolment: begun.enrolment.id, now: two }
      const phone = await testPhone(ISSUER)
      const request = (await phone.activation(activation, offer)) as unknown as Json
      const activating = { activation, address: '198.51.100.9', request }
      world.setClock(two)
      assert.deepEqual(await completeActivation(world, activating), {
        ok: false,
        problem: 'account.card-printing-only',
      })
      assert.deepEqual((await lifecycles(world))['phone-key'], ['suspended'])
    })

    test('A14 belongs to its first browser; a second one is told so, and the desk releases it', async (t) => {
      const { world, passcode, subscriberId } = await withPasscode(t, database)
      await inWithPasscode(world, { userName: 'anna' }, passcode)
      const client = browser({ browser: 'Chrome, Windows' })
      const login = await challenged(world, { userName: 'anna', client })
      for (let count = 0; count < 3; count += 1) {
        const refused = await answered(world, login, { client, passcode })
        assert.ok(!refused.ok && refused.problem === 'login.other-browser')
        assert.equal(refused.login?.state, 'challenged')
      }
      const reasons = (await eventsOf(world, 'login.answer-refused')).map((event) =>
        event.kind === 'login.answer-refused' ? event.reason : '',
      )
      assert.deepEqual(reasons, ['other-browser', 'other-browser', 'other-browser'])
      const held = await listAuthenticators(world.db, subscriberId)
      assert.ok(
        held.every(({ value }) => value.failures === 0),
        'nothing was guessed',
      )

      assert.ok((await releaseTemporaryPasscode(world, { subscriberId, by: 'agent-2' })).ok)
      const done = await answered(world, login, { client, passcode })
      assert.ok(done.ok && done.token)
      assert.equal((await eventsOf(world, 'authenticator.released')).length, 1)
    })

    test('A14 two browsers that use it first at once: one is let in', async (t) => {
      const { world, passcode } = await withPasscode(t, database)
      const other = await testWorld(t, { database, beside: world })
      const clients = [browser(), browser(), browser(), browser()]
      const logins = []
      for (const client of clients)
        logins.push(await challenged(world, { userName: 'anna', client }))
      const outcomes = await Promise.all(
        logins.map((login, at) =>
          answered(at % 2 === 0 ? world : other, login, {
            client: clients[at] ?? browser(),
            passcode,
          }),
        ),
      )
      assert.equal(outcomes.filter(({ ok }) => ok).length, 1)
    })

    test('a program of the client beside the browser has a place of its own', async (t) => {
      const { world, passcode } = await withPasscode(t, database)
      await inWithPasscode(world, { userName: 'anna' }, passcode)
      const program = browser({ isProgram: true })
      await inWithPasscode(
        world,
        { userName: 'anna', platform: 'trade', client: program },
        passcode,
      )
      const client = browser({ isProgram: true })
      const login = await challenged(world, { userName: 'anna', platform: 'trade', client })
      const refused = await answered(world, login, { client, passcode })
      assert.ok(!refused.ok && refused.problem === 'login.other-browser')
    })

    test('R025 R153 small letters are explained and not counted, five times a login', async (t) => {
      const { world, passcode, subscriberId } = await withPasscode(t, database)
      const client = browser()
      // Digits alone have no case; this passcode has letters, or the test begins again with
      // another.
      const letters = /[A-Z]/.test(passcode)
      const login = await challenged(world, { userName: 'anna', client })
      if (letters) {
        const small = { client, passcode: passcode.toLowerCase() }
        for (let count = 1; count <= 5; count += 1) {
          const refused = await answered(world, login, small)
          const problem = count < 5 ? 'login.capital-letters' : 'login.too-many-wrong-answers'
          assert.ok(!refused.ok && refused.problem === problem, `${count}`)
        }
        const held = await listAuthenticators(world.db, subscriberId)
        assert.ok(held.every(({ value }) => value.failures === 0))
      }
      const next = await challenged(world, { userName: 'anna', client })
      assert.ok((await answered(world, next, { client, passcode })).ok)
    })

    test('A4 the fifth wrong one in a row disables it', async (t) => {
      const { world, passcode } = await withPasscode(t, database)
      const wrong = passcode === '00000000' ? '11111111' : '00000000'
      for (let count = 1; count <= 5; count += 1) {
        const client = browser({ address: `2001:db8:${count}::1` })
        const login = await challenged(world, { userName: 'anna', client })
        const refused = await answered(world, login, { client, passcode: wrong })
        const problem = count < 5 ? 'login.wrong-answer' : 'login.authenticator-locked'
        assert.ok(!refused.ok && refused.problem === problem, `${count}`)
      }
      const started = await begin(world, browser(), { userName: 'anna' })
      assert.deepEqual(started, { ok: false, problem: 'login.authenticator-locked' })
    })

    test('R097 A15 the phone that is found ends passcode and card in one commit', async (t) => {
      const { world, passcode, phone } = await withPasscode(t, database)
      const { session } = await inWithPasscode(world, { userName: 'anna' }, passcode)
      await boundCard(world, session)
      const held = await listAuthenticators(world.db, session.subscriberId)
      const resting = held.find(({ value }) => value.method === 'phone-key')?.value
      assert.ok(resting)
      const { id } = resting
      assert.deepEqual(await reactivateAuthenticator(world, session, { id }), { ok: true })
      assert.deepEqual(await lifecycles(world), {
        password: ['active'],
        'phone-key': ['active'],
        'temporary-passcode': ['revoked'],
        'code-card': ['revoked'],
      })
      const call = await device(world, await phone.sign('list', {}, world.now()), 'list')
      assert.ok(call.ok)
      const [event] = await eventsOf(world, 'authenticator.reactivated')
      assert.ok(event?.kind === 'authenticator.reactivated' && event.ended.length === 2)
      const again = await reactivateAuthenticator(world, session, { id })
      assert.deepEqual(again, { ok: false, problem: 'authenticator.not-suspended' })
    })

    test('R099 a new phone ends the passcode too', async (t) => {
      const { world, passcode } = await withPasscode(t, database)
      const { session } = await inWithPasscode(world, { userName: 'anna' }, passcode)
      await activate(world, session)
      assert.deepEqual(await lifecycles(world), {
        password: ['active'],
        'phone-key': ['active', 'revoked'],
        'temporary-passcode': ['revoked'],
      })
    })

    test('R097 on the third day nothing is switched on again, nor by a password alone', async (t) => {
      const { world, passcode } = await withPasscode(t, database)
      const { session } = await inWithPasscode(world, { userName: 'anna' }, passcode)
      const held = await listAuthenticators(world.db, session.subscriberId)
      const phone = held.find(({ value }) => value.method === 'phone-key')?.value
      assert.ok(phone)
      world.advance(hours(48))
      const refused = await reactivateAuthenticator(world, session, { id: phone.id })
      assert.deepEqual(refused, { ok: false, problem: 'session.insufficient' })
    })

    test('R098 a second one takes a second person, and there is no third in 30 days', async (t) => {
      const { world, subscriberId, passcode } = await withPasscode(t, database)
      const request = { subscriberId, by: 'agent-2', reason: 'away' } as const
      const issue = (approvedBy?: string) =>
        issueTemporaryPasscode(world, { ...request, ...(approvedBy && { approvedBy }) })
      const second = { ok: false, problem: 'desk.second-person' }
      assert.deepEqual(await issue(), second)
      assert.deepEqual(await issue('agent-2'), second, 'an agent is not their own second person')
      // The phone is back: still, it was lately.
      const { session } = await inWithPasscode(world, { userName: 'anna' }, passcode)
      const held = await listAuthenticators(world.db, subscriberId)
      const phone = held.find(({ value }) => value.method === 'phone-key')?.value
      assert.ok(phone && (await reactivateAuthenticator(world, session, { id: phone.id })).ok)
      assert.deepEqual(await issue(), second)
      assert.ok((await issue('supervisor-1')).ok)
      const third = { ok: false, problem: 'desk.too-many-for-client' }
      assert.deepEqual(await issue('supervisor-1'), third)
      world.advance(days(30))
      assert.deepEqual(await issue(), second, 'the phone has not been back since')
      assert.ok((await issue('supervisor-1')).ok)
    })

    test('R098 two agents at once give out one', async (t) => {
      const { world, subscriberId } = await withPasscode(t, database)
      const stamp = await findStamp(world.db, subscriberId)
      // Two decisions made from the same read.
      const commit = (id: string, agent: AgentId) =>
        commitIssue(world.db, {
          now: world.now(),
          subscriberId,
          stamp,
          authenticator: {
            ...FRESH,
            createdAt: world.now(),
            id: id as never,
            method: 'temporary-passcode',
            label: 'x',
            state: null,
          },
          issue: { agent, approvedBy: null, reason: 'lost', day: 1, ordinal: 1 },
          changed: [],
          events: [],
        })
      const done = [await commit('aut_one', EIGHT), await commit('aut_other', NINE)]
      assert.deepEqual(done, [true, false])
    })

    test('an agent gives out ten a day, and two of theirs at once are counted apart', async (t) => {
      const world = await testWorld(t, { database })
      const issueTo = async (userName: string) => {
        const subscriberId = await world.add({ userName, password: PASSWORD })
        return await issueTemporaryPasscode(world, { subscriberId, by: 'agent-1', reason: 'lost' })
      }
      for (let count = 0; count < PER_AGENT_DAY - 1; count += 1) {
        assert.ok((await issueTo(`client-${count}`)).ok)
      }
      const outcomes = await Promise.all(['one', 'two', 'three'].map(issueTo))
      assert.equal(outcomes.filter(({ ok }) => ok).length, 1)
      const eleventh = await issueTo('eleventh')
      assert.deepEqual(eleventh, { ok: false, problem: 'desk.too-many-by-agent' })
      world.advance(days(1))
      assert.ok((await issueTo('tomorrow')).ok)
    })

    test('the desk ends it, and finds nothing to end twice', async (t) => {
      const { world, passcode, subscriberId } = await withPasscode(t, database)
      const { session } = await inWithPasscode(world, { userName: 'anna' }, passcode)
      const act = { subscriberId, by: 'agent-3' }
      assert.deepEqual(await revokeTemporaryPasscode(world, act), { ok: true })
      assert.equal(await findLiveSession(world, session.id), null)
      const nothing = { ok: false, problem: 'desk.nothing-issued' }
      assert.deepEqual(await revokeTemporaryPasscode(world, act), nothing)
      assert.deepEqual(await releaseTemporaryPasscode(world, act), nothing)
      const nobody = { ...act, by: 'Bob Smith <script>' }
      const malformed = { ok: false, problem: 'desk.not-an-agent' }
      assert.deepEqual(await revokeTemporaryPasscode(world, nobody), malformed)
      assert.deepEqual(await releaseTemporaryPasscode(world, nobody), malformed)
      const asked = { ...nobody, reason: 'lost' } as const
      assert.deepEqual(await issueTemporaryPasscode(world, asked), malformed)
    })

    test('cannot be set up in the portal: only the desk gives it out', async (t) => {
      const { world, passcode } = await withPasscode(t, database)
      const { session } = await inWithPasscode(world, { userName: 'anna' }, passcode)
      const asked = { method: 'temporary-passcode', request: null }
      const refused = await startOnPage(world, session, asked)
      assert.deepEqual(refused, { ok: false, problem: 'enrolment.not-allowed' })
      world.advance(minutes(1))
    })
  })
}
