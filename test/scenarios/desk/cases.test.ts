import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { Case } from '#core/desk/case.ts'
import { CASE_LIFETIME, NOTE_LENGTH_MAX, NOTES_MAX } from '#core/desk/case.ts'
import { SEARCHES } from '#core/desk/case-events.ts'
import type { DeedClass } from '#core/desk/deeds.ts'
import { WARRANT_LIFETIME } from '#core/desk/warrant.ts'
import type { WarrantId } from '#core/ids.ts'
import { after, before, days, hours, minutes, seconds } from '#core/time/time.ts'
import { closeCase, noteCase, openCase } from '#engine/desk/cases/cases.ts'
import { actOnCase } from '#engine/desk/cases/deeds.ts'
import type { AskedDeed } from '#engine/desk/cases/permit.ts'
import { denyCall } from '#engine/desk/cases/denied.ts'
import { answerProof, beginProof } from '#engine/desk/cases/proofs.ts'
import { viewCase } from '#engine/desk/cases/view.ts'
import { tieOf } from '#engine/desk/ties.ts'
import { setContact } from '#engine/contact/addresses.ts'
import { activityOf } from '#engine/notices/activity.ts'
import { noticeDue } from '#engine/notices/notices.ts'
import { findOpenMemberSession } from '#engine/desk/sessions.ts'
import { findLiveSession } from '#engine/sessions/sessions.ts'
import { decisionOn } from '#engine/sessions/rights.ts'
import { changeAccount } from '#engine/subscribers/accounts.ts'
import { SAMPLE_PIN } from '#methods/security-card/sample.ts'
import { commitAuthenticators, listAuthenticators } from '#store/devices/authenticators.ts'
import { listNotices } from '#store/notices/notices.ts'
import { memberWrite, findMember } from '#store/desk/members.ts'
import { commitDesk } from '#store/desk/cases.ts'
import { findCallStanding } from '#store/desk/proofs.ts'
import { any } from '#store/queries/writes.ts'
import { DATABASES } from '../../support/databases/databases.ts'
import { cardOf } from '../../support/clients/card.ts'
import { answered, challenged, inWithPasscode } from '../../support/clients/printed.ts'
import { begin, begun, numberOn, typed } from '../../support/clients/engine-story.ts'
import {
  act,
  acted,
  agent,
  asked,
  type Call,
  call,
  called,
  caller,
  desk,
  eventsAbout,
  guessed,
  knownBrowser,
  PASSCODE,
  proven,
  sessionOf,
  touchBy,
  warrantOf,
} from '../../support/desk/calls.ts'
import { memberLogIn } from '../../support/desk/staff.ts'
import { problemOf } from '../../support/outcomes.ts'
import { browser, testWorld, type TestWorld } from '../../support/server/world.ts'

const FREEZE = { deed: 'freeze' } as const

for (const database of DATABASES) {
  suite(`A call to the desk, on ${database}`, () => {
    test('R123 A13 a client is found by exactly what they are called, and by no part of it', async (t) => {
      const { world, anna, jane } = await desk(t, database)
      const card = await cardOf(world, anna.subscriberId)
      const first = await called(world, jane, anna)
      const whole = {
        'user-name': 'anna',
        account: 'U-anna',
        case: first.number,
        serial: card.serial,
      }
      for (const by of SEARCHES) {
        const found = await openCase(world, jane, { by, typed: whole[by], reason: 'question' })
        assert.ok(found.ok, by)
        assert.equal(found.case.subscriberId, anna.subscriberId)
        for (const part of [whole[by].slice(0, -1), `${whole[by]}%`, '%', '*', '', '_'.repeat(4)]) {
          const none = await openCase(world, jane, { by, typed: part, reason: 'question' })
          assert.equal(problemOf(none), 'desk.no-such-client', `${by} ${part}`)
        }
      }
    })

    test('A13 a client with whom the agent has something in common is answered like none', async (t) => {
      const { world, jane, anna } = await desk(t, database)
      const tie = tieOf(world.keys, 'user-name', 'anna')
      assert.ok(tie)
      const friend = await agent(world, 'frank', { ties: [tie] })
      const searched = { by: 'user-name', reason: 'question' } as const
      const own = await openCase(world, friend.open, { ...searched, typed: 'anna' })
      const none = await openCase(world, jane, { ...searched, typed: 'unknown' })
      assert.deepEqual(own, none)
      assert.deepEqual(await eventsAbout(world, anna, 'desk.case-opened'), [])
    })

    test('R123 a case is found by its number for 90 days', async (t) => {
      const { world, anna } = await desk(t, database)
      const { open: mary, key } = await agent(world, 'mary')
      const { number, openedAt } = await called(world, mary, anna)
      const search = { by: 'case', typed: number, reason: 'question' } as const
      const last = after(openedAt, days(90))
      for (const [at, problem] of [
        [last, 'yes'],
        [after(last, seconds(1)), 'desk.no-such-client'],
      ] as const) {
        world.setClock(at)
        const back = await memberLogIn(world, key)
        assert.ok(back.ok)
        const open = await findOpenMemberSession(world, back.token)
        assert.ok(open)
        assert.equal(problemOf(await openCase(world, open, search)), problem)
      }
    })

    test('a case gets a number that none has, however many are taken', async (t) => {
      const { world, anna, jane } = await desk(t, database)
      const taken = await called(world, jane, anna)
      const draws = 50
      let drawn = 0
      // Chance has it that the number of the first case comes again and again.
      const unlucky: TestWorld = {
        ...world,
        random: (length) => {
          if (length !== 4 || drawn === draws) return world.random(length)
          drawn += 1
          const bytes = Buffer.alloc(4)
          bytes.writeUInt32BE(Number(taken.number) - 100_000)
          return bytes
        },
      }
      const next = await called(unlucky, jane, anna)
      assert.equal(drawn, draws)
      assert.notEqual(next.number, taken.number)
      assert.match(next.number, /^[1-9][0-9]{5}$/)
    })

    test('A13 the 61st search of an agent in an hour is refused and raises an alarm', async (t) => {
      const { world, jane } = await desk(t, database)
      const searched = { by: 'user-name', typed: 'unknown', reason: 'question' } as const
      const alarms = async () =>
        (
          await world.db.read
            .selectFrom('audit_event')
            .select('seq')
            .where('kind', '=', 'desk.searched-too-often')
            .execute()
        ).length
      for (let count = 0; count < 60; count += 1) {
        assert.equal(problemOf(await openCase(world, jane, searched)), 'desk.no-such-client')
      }
      assert.equal(await alarms(), 0)
      assert.equal(problemOf(await openCase(world, jane, searched)), 'desk.too-many-searches')
      assert.equal(await alarms(), 1)
    })

    test('a role that helps no caller opens no case, and another agent’s case is none', async (t) => {
      const there = await call(t, database)
      const { world } = there
      for (const role of ['fulfilment', 'documents', 'compliance', 'operator'] as const) {
        const { open } = await agent(world, `${role}-1`, { role })
        const searched = { by: 'user-name', typed: 'anna', reason: 'question' } as const
        assert.equal(problemOf(await openCase(world, open, searched)), 'desk.not-this-role')
      }
      const { open } = await agent(world, 'other')
      const { id } = there.case
      assert.equal(problemOf(await viewCase(world, open, id)), 'desk.no-case')
      assert.equal(problemOf(await closeCase(world, open, id)), 'desk.no-case')
      assert.equal(problemOf(await noteCase(world, open, { id, typed: 'x' })), 'desk.no-case')
    })

    test('A13 FFIEC 11 August 2021: names, numbers and addresses are masked until the caller is proven', async (t) => {
      const there = await call(t, database)
      const { world, jane, anna } = there
      const { subscriberId } = anna
      const address = { subscriberId, by: 'operator' as const }
      await setContact(world, { ...address, kind: 'email', value: 'anna@example.com' })
      await setContact(world, { ...address, kind: 'mobile', value: '+41791234567' })
      await setContact(world, { ...address, kind: 'postal', value: '1 Sample Street, Zurich' })
      const unproven = JSON.stringify(await viewCase(world, jane, there.case.id))
      for (const secret of ['anna', '1234567', 'U-anna', 'Test phone', 'Sample', 'Zurich']) {
        assert.ok(!unproven.includes(secret), secret)
      }
      await warrantOf(there, 'access')
      const seen = JSON.stringify(await viewCase(world, jane, there.case.id))
      const whole = ['anna@example.com', '+41791234567', '1 Sample Street, Zurich', 'U-anna']
      for (const known of [...whole, 'Test phone']) {
        assert.ok(seen.includes(known), known)
      }
    })

    test('a call that was left open is over after two hours', async (t) => {
      const there = await call(t, database)
      const { world, jane } = there
      const over = after(there.case.openedAt, CASE_LIFETIME)
      world.setClock(before(over, seconds(1)))
      assert.ok((await viewCase(world, jane, there.case.id)).ok)
      world.setClock(over)
      assert.equal(problemOf(await viewCase(world, jane, there.case.id)), 'desk.case-closed')
      assert.equal(problemOf(await act(there, { deed: 'freeze' })), 'desk.case-closed')
    })

    test('A17 a note is one legible line, and a case holds twenty', async (t) => {
      const there = await call(t, database)
      const { world, jane } = there
      const { id } = there.case
      const note = async (typed: string) => problemOf(await noteCase(world, jane, { id, typed }))
      for (const typed of ['', 'a\u202eb', 'two\nlines', 'x'.repeat(NOTE_LENGTH_MAX + 1)]) {
        assert.equal(await note(typed), 'desk.note')
      }
      assert.equal(await note('x'.repeat(10_000)), 'desk.note')
      assert.equal(await note('x'.repeat(NOTE_LENGTH_MAX)), 'yes')
      for (let count = 1; count < NOTES_MAX; count += 1) assert.equal(await note('<b>'), 'yes')
      assert.equal(await note('one more'), 'desk.note')
    })
  })

  suite(`Who is calling, on ${database}`, () => {
    test('R124 A8 a number that begins with 9, answered with the phone, gives a warrant', async (t) => {
      const { world, anna, jane, ...there } = await call(t, database)
      const { number } = await asked(world, anna, { open: jane, case: there.case, of: 'access' })
      assert.match(number, /^9[0-9]{5}$/)
      const warrant = await proven(world, anna, { open: jane, case: there.case, of: 'access' })
      assert.equal(warrant.level, 'L2')
      assert.equal(warrant.of, 'access')
      assert.equal(warrant.expiresAt, after(world.now(), minutes(10)))
    })

    test('R124 a security card proves its holder as well', async (t) => {
      const { world, anna, jane, ...there } = await call(t, database)
      const { card, id: authenticatorId } = await cardOf(world, anna.subscriberId)
      const { id: caseId } = there.case
      const begunProof = await beginProof(world, jane, { caseId, authenticatorId, of: 'access' })
      assert.ok(begunProof.ok)
      const { id, number } = begunProof
      const response = card.press(SAMPLE_PIN, number)
      assert.ok((await answerProof(world, jane, { caseId, id, response })).ok)
    })

    test('A28 a card that is only out of step has failed nothing, and proves its holder with the next one', async (t) => {
      const { world, anna, jane, ...there } = await call(t, database)
      const { card, id: authenticatorId } = await cardOf(world, anna.subscriberId)
      const { id: caseId } = there.case
      // Pressed in a pocket, again and again.
      for (let count = 0; count < 20; count += 1) card.press(SAMPLE_PIN, '123456')
      const answered = async () => {
        const begunProof = await beginProof(world, jane, { caseId, authenticatorId, of: 'access' })
        assert.ok(begunProof.ok)
        const { id, number } = begunProof
        const response = card.press(SAMPLE_PIN, number)
        return problemOf(await answerProof(world, jane, { caseId, id, response }))
      }
      assert.equal(await answered(), 'desk.out-of-step')
      assert.deepEqual((await findCallStanding(world.db, anna.subscriberId)).value.failedAt, [])
      assert.equal(await answered(), 'yes')
    })

    test('A8 A13 a response that was given at the desk opens no login, and the other way round', async (t) => {
      const { world, anna, jane, ...there } = await call(t, database)
      const { id: caseId } = there.case
      const { id, number } = await asked(world, anna, {
        open: jane,
        case: there.case,
        of: 'access',
      })
      const client = browser()
      const login = await begun(world, client, 'anna')
      const shown = await numberOn(world, login.id, client)
      const atDesk = await anna.phone.respond(number, world.now())
      const atLogin = await anna.phone.respond(shown, world.now())
      const refused = await typed(world, login, { client, response: atDesk })
      assert.equal(problemOf(refused), 'login.wrong-answer')
      const unproven = await answerProof(world, jane, { caseId, id, response: atLogin })
      assert.equal(problemOf(unproven), 'desk.not-proven')
    })

    test('a response answers once, within three minutes, in the call that asked it', async (t) => {
      const { world, anna, jane, ...there } = await call(t, database)
      const asking = { open: jane, case: there.case, of: 'access' } as const
      const { id: caseId } = there.case
      const late = await asked(world, anna, asking)
      world.setClock(late.until)
      const tooLate = await anna.phone.respond(late.number, world.now())
      const answer = (id: typeof late.id, response: string, at = caseId) =>
        answerProof(world, jane, { caseId: at, id, response })
      assert.equal(problemOf(await answer(late.id, tooLate)), 'desk.proof-expired')
      const { id, number } = await asked(world, anna, asking)
      const response = await anna.phone.respond(number, world.now())
      const elsewhere = await called(world, jane, anna)
      assert.equal(problemOf(await answer(id, response, elsewhere.id)), 'desk.no-case')
      assert.equal(problemOf(await answer(id, '1234567')), 'login.malformed-answer')
      assert.ok((await answer(id, response)).ok)
      assert.equal(problemOf(await answer(id, response)), 'desk.proof-expired')
    })

    test('S12 of two nodes that answer one number at once, one gives a warrant', async (t) => {
      const { world, anna, jane, ...there } = await call(t, database)
      const other = await testWorld(t, { database, beside: world })
      const { id: caseId } = there.case
      const { id, number } = await asked(world, anna, {
        open: jane,
        case: there.case,
        of: 'access',
      })
      const response = await anna.phone.respond(number, world.now())
      const done = await Promise.all(
        [world, other, world, other].map((node) =>
          answerProof(node, jane, { caseId, id, response }),
        ),
      )
      assert.equal(done.filter(({ ok }) => ok).length, 1)
    })

    test('R126 three failed proofs in a day, over all agents, stop the telephone for a day', async (t) => {
      const { world, anna, jane, ...there } = await call(t, database)
      const asking = { open: jane, case: there.case, of: 'access' } as const
      const kept = await proven(world, anna, asking)
      const { open: bob } = await agent(world, 'bob')
      const second = await called(world, bob, anna)
      assert.equal(await guessed(world, anna, asking), 'desk.not-proven')
      assert.equal(
        await guessed(world, anna, { open: bob, case: second, of: 'device' }),
        'desk.not-proven',
      )
      assert.deepEqual(await eventsAbout(world, anna, 'desk.calls-stopped'), [])
      assert.equal(await guessed(world, anna, asking), 'desk.not-proven', 'it is not said which')
      const stoppedAt = world.now()
      assert.equal((await eventsAbout(world, anna, 'desk.calls-stopped')).length, 1)

      const again = { caseId: second.id, authenticatorId: anna.phoneId, of: 'access' } as const
      assert.equal(problemOf(await beginProof(world, bob, again)), 'desk.calls-stopped')
      const used = { world, jane, case: there.case }
      assert.equal(
        problemOf(await act(used, { deed: 'unlock-name' }, kept.id)),
        'desk.calls-stopped',
        'what was proven before opens nothing either',
      )
      assert.equal(problemOf(await act(used, { deed: 'freeze' })), 'yes', 'and all is held back')

      world.setClock(before(after(stoppedAt, hours(24)), seconds(1)))
      const { open: late } = await agent(world, 'late')
      const third = await called(world, late, anna)
      const asks = { caseId: third.id, authenticatorId: anna.phoneId, of: 'access' } as const
      assert.equal(problemOf(await beginProof(world, late, asks)), 'desk.calls-stopped')
      world.setClock(after(stoppedAt, hours(24)))
      assert.equal(problemOf(await beginProof(world, late, asks)), 'yes')
    })

    test('R126 two failed proofs and one a day later stop nothing', async (t) => {
      const { world, anna, jane, ...there } = await call(t, database)
      const asking = { open: jane, case: there.case, of: 'access' } as const
      await guessed(world, anna, asking)
      await guessed(world, anna, asking)
      world.advance(hours(24))
      const later = { ...asking, case: await called(world, jane, anna) }
      await guessed(world, anna, later)
      assert.deepEqual(await eventsAbout(world, anna, 'desk.calls-stopped'), [])
      await guessed(world, anna, later)
      await guessed(world, anna, later)
      assert.equal((await eventsAbout(world, anna, 'desk.calls-stopped')).length, 1)
    })

    test('R126 three that fail on two nodes at once are three', async (t) => {
      const { world, anna, jane, ...there } = await call(t, database)
      const other = await testWorld(t, { database, beside: world })
      const asking = { open: jane, case: there.case, of: 'access' } as const
      const all = [
        await asked(world, anna, asking),
        await asked(world, anna, asking),
        await asked(world, anna, asking),
      ]
      const nodes = [world, other, world]
      await Promise.all(
        all.map(({ id }, at) =>
          answerProof(nodes[at] ?? world, jane, {
            caseId: there.case.id,
            id,
            response: `0000000${at}`,
          }),
        ),
      )
      const open = (await eventsAbout(world, anna, 'desk.proof-refused')).length
      // One that was always second is asked again by its agent.
      for (let left = open; left < 3; left += 1) await guessed(world, anna, asking)
      assert.equal((await eventsAbout(world, anna, 'desk.calls-stopped')).length, 1)
    })

    test('A28 a stranger who calls uses up at most half of the tries, and half of an hour’s numbers', async (t) => {
      const { world, anna, jane, ...there } = await call(t, database)
      const asking = { caseId: there.case.id, authenticatorId: anna.phoneId, of: 'access' } as const
      for (let count = 0; count < 5; count += 1)
        assert.ok((await beginProof(world, jane, asking)).ok)
      assert.equal(problemOf(await beginProof(world, jane, asking)), 'login.too-many-challenges')
      const client = browser()
      const login = await begun(world, client, 'anna')
      const response = await anna.phone.respond(
        await numberOn(world, login.id, client),
        world.now(),
      )
      assert.ok((await typed(world, login, { client, response })).ok)

      for (let day = 0; day < 4; day += 1) {
        world.advance(days(1))
        const next = { open: jane, case: await called(world, jane, anna), of: 'access' } as const
        for (let count = 0; count < 2; count += 1) {
          const begunProof = await beginProof(world, jane, { ...asking, caseId: next.case.id })
          if (!begunProof.ok) continue
          const { id } = begunProof
          await answerProof(world, jane, { caseId: next.case.id, id, response: '00000000' })
        }
      }
      const held = await listAuthenticators(world.db, anna.subscriberId)
      const phone = held.find(({ value }) => value.id === anna.phoneId)?.value
      assert.equal(phone?.failures, 5)
      assert.equal(phone.lifecycle, 'active')
    })

    test('A28 nor do numbers that were drawn before half of them were used up', async (t) => {
      const { world, anna, jane, ...there } = await call(t, database)
      const asking = { caseId: there.case.id, authenticatorId: anna.phoneId, of: 'access' } as const
      const found = (await listAuthenticators(world.db, anna.subscriberId)).find(
        ({ value }) => value.id === anna.phoneId,
      )
      assert.ok(found)
      const changed = [{ value: { ...found.value, failures: 4 }, version: found.version }]
      assert.ok(await commitAuthenticators(world.db, { now: world.now(), changed, events: [] }))
      const begunProofs = [
        await beginProof(world, jane, asking),
        await beginProof(world, jane, asking),
      ]
      const heard: string[] = []
      for (const begunProof of begunProofs) {
        assert.ok(begunProof.ok)
        const typing = { caseId: there.case.id, id: begunProof.id, response: '00000000' }
        heard.push(problemOf(await answerProof(world, jane, typing)))
      }
      assert.deepEqual(heard, ['desk.not-proven', 'desk.cannot-ask'])
      const held = await listAuthenticators(world.db, anna.subscriberId)
      assert.equal(held.find(({ value }) => value.id === anna.phoneId)?.value.failures, 5)
    })

    test('A13 a device that was stopped while the caller typed proves nothing', async (t) => {
      const there = await call(t, database)
      const { world, anna, jane } = there
      const { id, number } = await asked(world, anna, {
        open: jane,
        case: there.case,
        of: 'access',
      })
      const block = { deed: 'block-device', authenticatorId: anna.phoneId } as const
      assert.equal(problemOf(await act(there, block, await warrantOf(there, 'stop'))), 'yes')
      const response = await anna.phone.respond(number, world.now())
      const done = await answerProof(world, jane, { caseId: there.case.id, id, response })
      assert.equal(problemOf(done), 'desk.not-proven')
    })

    test('A13 one class of change a day: who proved a device gets no password, in no other call', async (t) => {
      const there = await call(t, database)
      const { world, anna, jane } = there
      await warrantOf(there, 'device')
      const { open: bob } = await agent(world, 'bob')
      const second = await called(world, bob, anna)
      const asking = { caseId: second.id, authenticatorId: anna.phoneId } as const
      const of = async (one: DeedClass) =>
        problemOf(await beginProof(world, bob, { ...asking, of: one }))
      assert.equal(await of('password'), 'desk.one-change')
      assert.equal(await of('device'), 'yes')
      assert.equal(await of('access'), 'yes', 'a name is no change')
      world.advance(days(1))
      const third = await called(world, jane, anna)
      assert.equal(
        problemOf(await beginProof(world, jane, { ...asking, caseId: third.id, of: 'password' })),
        'yes',
      )
    })

    test('A13 two numbers that were drawn at once, for a device and a password, give one warrant', async (t) => {
      const { world, anna, jane, ...there } = await call(t, database)
      const of = async (one: DeedClass) =>
        await asked(world, anna, { open: jane, case: there.case, of: one })
      const [device, password] = [await of('device'), await of('password')]
      const answer = async ({ id, number }: typeof device) => {
        const response = await anna.phone.respond(number, world.now())
        return problemOf(await answerProof(world, jane, { caseId: there.case.id, id, response }))
      }
      const said = await Promise.all([answer(device), answer(password)])
      assert.deepEqual(said.toSorted(), ['desk.one-change', 'yes'])
    })
  })

  suite(`A warrant, on ${database}`, () => {
    test('R127 A13 without one nothing that takes a proof is done, whatever the role', async (t) => {
      const there = await call(t, database)
      const { world, anna } = there
      const boss = await agent(world, 'boss', { role: 'supervisor' })
      const theirs = await called(world, boss.open, anna)
      const deeds: readonly AskedDeed[] = [
        { deed: 'block-device', authenticatorId: anna.phoneId },
        { deed: 'end-passcode' },
        { deed: 'unlock-name' },
        { deed: 'tell-user-name' },
        PASSCODE,
        { deed: 'release-passcode' },
        { deed: 'reset-password' },
      ]
      for (const one of deeds) {
        assert.equal(problemOf(await act(there, one)), 'desk.more-proof', one.deed)
        const asBoss = { world, jane: boss.open, case: theirs }
        assert.equal(problemOf(await act(asBoss, one)), 'desk.more-proof', one.deed)
        const made = 'war_01ABCDEFGHJKMNPQRSTVWXYZ12' as WarrantId
        assert.equal(problemOf(await act(there, one, made)), 'desk.no-warrant', one.deed)
      }
      const refused = await eventsAbout(world, anna, 'desk.act-refused')
      assert.equal(refused.length, 3 * deeds.length, 'each try is on record')
      assert.ok(refused.every(({ actor, caseId }) => actor && caseId))
    })

    test('A13 of another case, class, client or agent it opens nothing', async (t) => {
      const there = await call(t, database)
      const { world, anna, jane } = there
      const warrantId = await warrantOf(there, 'device')
      const bert = await caller(world, 'bert')
      await knownBrowser(world, bert)
      const { open: bob } = await agent(world, 'bob')
      const cases: readonly (readonly [string, typeof jane, Case])[] = [
        ['another case', jane, await called(world, jane, anna)],
        ['another client', jane, await called(world, jane, bert)],
        ['another agent', bob, await called(world, bob, anna)],
      ]
      for (const [what, open, one] of cases) {
        const done = await act({ world, jane: open, case: one }, PASSCODE, warrantId)
        assert.equal(problemOf(done), 'desk.no-warrant', what)
      }
      for (const deed of ['unlock-name', 'tell-user-name', 'reset-password', 'freeze'] as const) {
        assert.equal(problemOf(await act(there, { deed }, warrantId)), 'desk.no-warrant', deed)
      }
      assert.equal(problemOf(await act(there, PASSCODE, warrantId)), 'yes', 'and its own, once')
    })

    test('A13 it opens one deed, and a second time nothing', async (t) => {
      const there = await call(t, database)
      const warrantId = await warrantOf(there, 'password')
      assert.equal(problemOf(await act(there, { deed: 'reset-password' }, warrantId)), 'yes')
      const again = await act(there, { deed: 'reset-password' }, warrantId)
      assert.equal(problemOf(again), 'desk.warrant-used')
    })

    test('S12 used at two nodes at once, it opens one deed', async (t) => {
      const there = await call(t, database)
      const { world, anna, jane } = there
      const other = await testWorld(t, { database, beside: world })
      for (const [of, deed] of [
        ['password', { deed: 'reset-password' }],
        ['access', { deed: 'unlock-name' }],
        ['access', { deed: 'tell-user-name' }],
      ] as const) {
        await strangersGuess(world)
        const warrantId = await warrantOf(there, of)
        const using = { caseId: there.case.id, warrantId, asked: deed }
        const done = await Promise.all(
          [world, other, world, other].map((node) => acted(node, jane, using)),
        )
        assert.equal(done.filter(({ ok }) => ok).length, 1, deed.deed)
      }
      assert.equal((await eventsAbout(world, anna, 'password.reset-started')).length, 1)
      assert.equal((await eventsAbout(world, anna, 'desk.acted')).length, 3)
    })

    test('S12 A14 one warrant and two nodes give out one passcode', async (t) => {
      const there = await call(t, database)
      const { world, anna, jane } = there
      const other = await testWorld(t, { database, beside: world })
      const warrantId = await warrantOf(there, 'device')
      const using = { caseId: there.case.id, warrantId, asked: PASSCODE }
      const done = await Promise.all(
        [world, other, world, other].map((node) => acted(node, jane, using)),
      )
      assert.equal(done.filter(({ ok }) => ok).length, 1)
      assert.equal((await eventsAbout(world, anna, 'authenticator.issued')).length, 1)
    })

    test('A13 it is valid for ten minutes, and not a second longer', async (t) => {
      const there = await call(t, database)
      const { world } = there
      const over = after(world.now(), WARRANT_LIFETIME)
      const [early, late] = [await warrantOf(there, 'password'), await warrantOf(there, 'password')]
      world.setClock(before(over, seconds(1)))
      assert.equal(problemOf(await act(there, { deed: 'reset-password' }, early)), 'yes')
      world.setClock(over)
      const refused = await act(there, { deed: 'reset-password' }, late)
      assert.equal(problemOf(refused), 'desk.warrant-expired')
    })

    test('A13 an agent who was suspended in between does nothing with it', async (t) => {
      const there = await call(t, database)
      const { world, anna, jane } = there
      const warrantId = await warrantOf(there, 'password')
      const found = await findMember(world.db, jane.member.id)
      assert.ok(found)
      const suspended = { ...found, value: { ...found.value, state: 'suspended' as const } }
      const writes = [memberWrite(world.db, suspended)]
      assert.ok(await commitDesk(world.db, { now: world.now(), writes, events: [] }))
      for (const [deed, id] of [
        [{ deed: 'reset-password' }, warrantId],
        [{ deed: 'freeze' }, null],
      ] as const) {
        assert.equal(problemOf(await act(there, deed, id)), 'desk.conflict')
      }
      assert.deepEqual(await eventsAbout(world, anna, 'desk.acted'), [])
    })

    test('A13 nor does one who has another role by now, or whose case was closed', async (t) => {
      const there = await call(t, database)
      const { world, anna, jane } = there
      const warrantId = await warrantOf(there, 'password')
      const found = await findMember(world.db, jane.member.id)
      assert.ok(found)
      const moved = { ...found, value: { ...found.value, role: 'fulfilment' as const } }
      const writes = [memberWrite(world.db, moved)]
      assert.ok(await commitDesk(world.db, { now: world.now(), writes, events: [] }))
      const reset = { deed: 'reset-password' } as const
      assert.equal(problemOf(await act(there, reset, warrantId)), 'desk.conflict')
      const { open: bob } = await agent(world, 'bob')
      const second = await called(world, bob, anna)
      const asBob = { ...there, jane: bob, case: second }
      const theirs = await warrantOf(asBob, 'password')
      assert.ok((await closeCase(world, bob, second.id)).ok)
      assert.equal(problemOf(await act(asBob, reset, theirs)), 'desk.case-closed')
      assert.deepEqual(await eventsAbout(world, anna, 'desk.acted'), [])
    })

    test('A13 it is used up in the write: what was read before it was used opens nothing', async (t) => {
      const there = await call(t, database)
      const { world, jane } = there
      const other = await testWorld(t, { database, beside: world })
      const warrantId = await warrantOf(there, 'password')
      const using = { caseId: there.case.id, warrantId, asked: { deed: 'reset-password' } as const }
      // Both have read the warrant as unused before one of them writes.
      let release = () => {}
      const gate = new Promise<void>((resolve) => {
        release = resolve
      })
      const slow: TestWorld = {
        ...other,
        passwords: {
          ...other.passwords,
          hash: async (text) => {
            await gate
            return await other.passwords.hash(text)
          },
        },
      }
      const second = acted(slow, jane, using)
      assert.ok((await acted(world, jane, using)).ok)
      release()
      assert.equal(problemOf(await second), 'desk.warrant-used')
    })
  })

  suite(`A deed of the desk, on ${database}`, () => {
    test('R127 each is on record with agent, case and how the caller was verified', async (t) => {
      const there = await call(t, database)
      const { world, anna } = there
      const warrantId = await warrantOf(there, 'password')
      assert.equal(problemOf(await act(there, { deed: 'reset-password' }, warrantId)), 'yes')
      for (const kind of ['password.reset-started', 'desk.acted'] as const) {
        const [event] = await eventsAbout(world, anna, kind)
        const { actor, caseId, verified } = event ?? assert.fail(kind)
        const { id } = there.case
        assert.deepEqual(
          { actor, caseId, verified },
          {
            actor: 'staff:jane',
            caseId: id,
            verified: 'response',
          },
        )
      }
    })

    test('S70 A28 a device is blocked for a caller who is proven: it answers nothing, and every session ends', async (t) => {
      const there = await call(t, database)
      const { world, anna } = there
      const { subscriberId } = anna
      const session = await sessionOf(world, anna)
      const block = { deed: 'block-device', authenticatorId: anna.phoneId } as const
      assert.equal(problemOf(await act(there, block)), 'desk.more-proof')
      const [first, again, third] = [
        await warrantOf(there, 'stop'),
        await warrantOf(there, 'stop'),
        await warrantOf(there, 'stop'),
      ]
      assert.equal(problemOf(await act(there, block, first)), 'yes')
      const held = await listAuthenticators(world.db, subscriberId)
      assert.equal(
        held.find(({ value }) => value.id === anna.phoneId)?.value.lifecycle,
        'suspended',
      )
      assert.equal(await findLiveSession(world, session.id), null)
      assert.equal(problemOf(await act(there, block, again)), 'desk.nothing-to-do')
      const [event] = await eventsAbout(world, anna, 'authenticator.suspended')
      assert.ok(event?.kind === 'authenticator.suspended' && event.by === 'caller')
      const other = { deed: 'block-device', authenticatorId: 'aut_x' as never } as const
      assert.equal(problemOf(await act(there, other, third)), 'authenticator.not-found')
    })

    test('every session ends, and what is half begun', async (t) => {
      const there = await call(t, database)
      const { world, anna } = there
      const session = await sessionOf(world, anna)
      const client = browser()
      const half = await begun(world, client, 'anna')
      assert.equal(problemOf(await act(there, { deed: 'end-sessions' })), 'yes')
      assert.equal(await findLiveSession(world, session.id), null)
      const response = await anna.phone.respond('012345', world.now())
      assert.equal(problemOf(await typed(world, half, { client, response })), 'login.expired')
    })

    test('a freeze takes trading, withdrawals and new devices for an hour', async (t) => {
      const there = await call(t, database)
      const { world, anna } = there
      const session = await sessionOf(world, anna)
      const done = await act(there, { deed: 'freeze' })
      assert.ok(done.ok)
      assert.equal(done.until, after(world.now(), hours(1)))
      const rights = async () => (await decisionOn(world, session)).rights
      assert.deepEqual(
        [(await rights()).trading, (await rights()).bind, (await rights()).withdrawalPerDayUsd],
        [false, false, 0],
      )
      world.advance(hours(1))
      assert.equal((await rights()).trading, true)
    })

    test('A28 a caller who proves nothing has all frozen once in a day, by whichever agent', async (t) => {
      const there = await call(t, database)
      const { world, anna } = there
      assert.equal(problemOf(await act(there, FREEZE)), 'yes')
      assert.equal(problemOf(await act(there, FREEZE)), 'desk.too-many-stops')
      const { open: bob } = await agent(world, 'bob')
      const asBob = { world, jane: bob, case: await called(world, bob, anna) }
      assert.equal(problemOf(await act(asBob, FREEZE)), 'desk.too-many-stops')
      assert.equal(problemOf(await act(asBob, { deed: 'end-sessions' })), 'yes', 'another deed')
      const warrantId = await warrantOf(there, 'stop')
      assert.equal(problemOf(await act(there, FREEZE, warrantId)), 'yes', 'the client themselves')
      world.advance(days(1))
      const { open: late } = await agent(world, 'late')
      const next = { world, jane: late, case: await called(world, late, anna) }
      assert.equal(problemOf(await act(next, FREEZE)), 'yes')
    })

    test('A28 of two nodes that freeze at once for a caller who proves nothing, one does', async (t) => {
      const there = await call(t, database)
      const { world, anna, jane } = there
      const other = await testWorld(t, { database, beside: world })
      const using = { caseId: there.case.id, warrantId: null, asked: { deed: 'freeze' } as const }
      const done = await Promise.all(
        [world, other, world, other].map((node) => acted(node, jane, using)),
      )
      assert.equal(done.filter(({ ok }) => ok).length, 1)
      assert.equal((await eventsAbout(world, anna, 'desk.acted')).length, 1)
    })

    test('A13 a touch confirms one deed with all that it changes, and no other', async (t) => {
      const there = await call(t, database)
      const { world, anna, jane, case: one } = there
      const card = await cardOf(world, anna.subscriberId)
      const warrantId = await warrantOf(there, 'stop')
      const other = await warrantOf(there, 'stop')
      const block = { deed: 'block-device', authenticatorId: anna.phoneId } as const
      const confirmed = { caseId: one.id, warrantId, asked: block }
      const touch = await touchBy(world, jane, confirmed)
      const elsewhere = await called(world, jane, anna)
      for (const [what, acting] of [
        ['another device', { ...confirmed, asked: { ...block, authenticatorId: card.id } }],
        ['another warrant', { ...confirmed, warrantId: other }],
        ['another deed', { ...confirmed, asked: { deed: 'end-sessions' } }],
        ['another case', { ...confirmed, warrantId: null, caseId: elsewhere.id, asked: FREEZE }],
      ] as const) {
        const done = await actOnCase(world, jane, { ...acting, touch })
        assert.equal(problemOf(done), 'desk.not-touched', what)
      }
      assert.ok((await actOnCase(world, jane, { ...confirmed, touch })).ok)
    })

    test('A13 S12 a touch that was used once is used up, also for the same deed', async (t) => {
      const there = await call(t, database)
      const { world, jane, case: one } = there
      const acting = { caseId: one.id, warrantId: null, asked: { deed: 'end-sessions' } } as const
      const touch = await touchBy(world, jane, acting)
      const first = await actOnCase(world, jane, { ...acting, touch })
      assert.ok(first.ok)
      // Without what holds the deed to once a day, so that the touch alone stands in the way.
      const update = world.db.write.updateTable('call_standing').set({ free_deeds: null })
      await world.db.commit([any(update)])
      const again = await actOnCase(world, jane, { ...acting, touch })
      assert.equal(problemOf(again), 'desk.conflict')
    })

    test('a name is unlocked for a caller who is proven, and not where nothing is locked', async (t) => {
      const there = await call(t, database)
      const { world, anna } = there
      const unlock = { deed: 'unlock-name' } as const
      const idle = await act(there, unlock, await warrantOf(there, 'access'))
      assert.equal(problemOf(idle), 'desk.nothing-to-do')
      await strangersGuess(world)
      assert.equal(problemOf(await act(there, unlock, await warrantOf(there, 'access'))), 'yes')
      assert.equal((await eventsAbout(world, anna, 'subscriber.unlocked')).length, 1)
    })

    test('R092 R093 R124 a passcode is given to a proven caller, and opens all for two days', async (t) => {
      const there = await call(t, database)
      const { world, home } = there
      const done = await act(there, PASSCODE, await warrantOf(there, 'device'))
      assert.ok(done.ok && done.spoken)
      assert.match(done.spoken, /^[0-9A-HJKMNP-TV-Z]{8}$/)
      assert.equal(done.until, after(world.now(), hours(48)))
      const at = { userName: 'anna', platform: 'trade', client: home }
      await inWithPasscode(world, at, done.spoken)
    })

    test('A13 A14 what one agent gave out opens nothing in a browser that is new, and is not released there', async (t) => {
      const there = await call(t, database)
      const { world, home } = there
      const done = await act(there, PASSCODE, await warrantOf(there, 'device'))
      assert.ok(done.ok && done.spoken)
      const spoken = done.spoken
      const elsewhere = async (client = browser()) => {
        const login = await challenged(world, { userName: 'anna', client })
        return problemOf(await answered(world, login, { client, passcode: spoken }))
      }
      assert.equal(await elsewhere(), 'login.other-browser')
      assert.equal(await elsewhere(browser({ isProgram: true })), 'login.other-browser')
      await inWithPasscode(world, { userName: 'anna', client: home }, spoken)
      assert.equal(await elsewhere(), 'login.other-browser')
    })

    test('R098 a second one, or one to a client with no known browser, takes a second person', async (t) => {
      const there = await call(t, database)
      const { world, jane } = there
      const first = await warrantOf(there, 'device')
      const second = await warrantOf(there, 'device')
      assert.equal(problemOf(await act(there, PASSCODE, first)), 'yes')
      assert.equal(problemOf(await act(there, PASSCODE, second)), 'desk.second-person')
      const bert = await caller(world, 'bert')
      const theirs = { ...there, anna: bert, case: await called(world, jane, bert) }
      const warrantId = await warrantOf(theirs, 'device')
      assert.equal(problemOf(await act(theirs, PASSCODE, warrantId)), 'desk.second-person')
    })

    test('A13 an address that was changed in the last 30 days, strict rules or a large account take a second person', async (t) => {
      const changes: Readonly<Record<string, (there: Call) => Promise<unknown>>> = {
        'an address that was changed': async ({ world, anna: { subscriberId } }) => {
          const set = { subscriberId, kind: 'email', by: 'operator' } as const
          await setContact(world, { ...set, value: 'anna@example.com' })
          await setContact(world, { ...set, value: 'other@example.com' })
        },
        'Hong Kong': async ({ world }) =>
          await changeAccount(world, {
            number: 'U-anna',
            change: { kind: 'relocate', residence: 'HK' },
            by: 'operator',
          }),
        'a large account': async ({ world }) =>
          await changeAccount(world, {
            number: 'U-anna',
            change: { kind: 'value', equityUsd: 1_000_000 },
            by: 'operator',
          }),
      }
      for (const [what, change] of Object.entries(changes)) {
        const there = await call(t, database)
        await change(there)
        const warrantId = await warrantOf(there, 'device')
        assert.equal(problemOf(await act(there, PASSCODE, warrantId)), 'desk.second-person', what)
      }
    })

    test('A28 a passcode is released in another browser of the client, and ended with a proof', async (t) => {
      const there = await call(t, database)
      const { world, anna, home } = there
      const office = await knownBrowser(world, anna)
      const warrantId = await warrantOf(there, 'device')
      const release = await warrantOf(there, 'device')
      const [end, again] = [await warrantOf(there, 'stop'), await warrantOf(there, 'stop')]
      const done = await act(there, PASSCODE, warrantId)
      assert.ok(done.ok && done.spoken)
      await inWithPasscode(world, { userName: 'anna', client: home }, done.spoken)
      const login = await challenged(world, { userName: 'anna', client: office })
      const answer = { client: office, passcode: done.spoken }
      assert.equal(problemOf(await answered(world, login, answer)), 'login.other-browser')
      assert.equal(problemOf(await act(there, { deed: 'release-passcode' }, release)), 'yes')
      assert.ok((await answered(world, login, answer)).ok)
      assert.equal(problemOf(await act(there, { deed: 'end-passcode' })), 'desk.more-proof')
      assert.equal(problemOf(await act(there, { deed: 'end-passcode' }, end)), 'yes')
      const ended = await act(there, { deed: 'end-passcode' }, again)
      assert.equal(problemOf(ended), 'desk.nothing-issued')
    })

    test('A13 every deed and every look stands in the activity, and every deed is told', async (t) => {
      const there = await call(t, database)
      const { world, anna } = there
      const { subscriberId } = anna
      const set = { subscriberId, kind: 'email', by: 'operator' } as const
      await setContact(world, { ...set, value: 'anna@example.com' })
      const access = await warrantOf(there, 'access')
      const device = await warrantOf(there, 'device')
      const session = await sessionOf(world, anna)
      await strangersGuess(world)
      assert.equal(problemOf(await act(there, { deed: 'unlock-name' }, access)), 'yes')
      assert.equal(problemOf(await act(there, PASSCODE, device)), 'yes')
      assert.equal(problemOf(await act(there, { deed: 'freeze' })), 'yes')
      const { happenings } = await activityOf(world, session, {})
      const one = happenings.find(({ outcome }) => outcome.event.caseId === there.case.id)
      assert.deepEqual(
        one?.entries.map(({ line }) => line).filter((line) => line.startsWith('desk-')),
        [
          ...(['desk-acted', 'desk-acted', 'desk-acted'] as const),
          ...(['desk-proven', 'desk-asked', 'desk-proven', 'desk-asked', 'desk-looked'] as const),
        ],
      )
      await noticeDue(world)
      const told = (await listNotices(world.db, subscriberId, 50)).map(({ kind }) => kind)
      assert.equal(told.filter((kind) => kind === 'desk-proven').length, 2)
      assert.equal(told.filter((kind) => kind === 'desk-acted').length, 2)
      assert.ok(told.includes('device-bound'), 'the passcode')
    })

    test('A13 a client who did not call stops it: case, proofs, telephone, devices and withdrawals', async (t) => {
      const there = await call(t, database)
      const { world, anna, jane } = there
      const device = await warrantOf(there, 'device')
      const session = await sessionOf(world, anna)
      assert.ok((await denyCall(world, session, there.case.id)).ok)
      assert.ok((await denyCall(world, session, there.case.id)).ok, 'said once')
      assert.equal((await eventsAbout(world, anna, 'desk.call-denied')).length, 1)
      assert.equal(problemOf(await act(there, PASSCODE, device)), 'desk.case-closed')
      const next = await called(world, jane, anna)
      const asking = { caseId: next.id, authenticatorId: anna.phoneId, of: 'access' } as const
      assert.equal(problemOf(await beginProof(world, jane, asking)), 'desk.calls-stopped')
      const { rights } = await decisionOn(world, session)
      assert.deepEqual([rights.trading, rights.bind, rights.withdrawalPerDayUsd], [true, false, 0])
      const bert = await caller(world, 'bert')
      const theirs = await sessionOf(world, bert)
      assert.equal(problemOf(await denyCall(world, theirs, next.id)), 'desk.no-case')
    })
  })
}

/** Strangers try passwords until the name waits. */
async function strangersGuess(world: TestWorld): Promise<void> {
  const wrong = { userName: 'anna', password: 'wrong horse battery', platform: 'trade' } as const
  assert.ok(!(await begin(world, browser(), wrong)).ok)
}
