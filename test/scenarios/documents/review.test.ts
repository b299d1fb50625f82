import assert from 'node:assert/strict'
import { suite, test, type TestContext } from 'node:test'
import { HANDED_OUT_FOR } from '#core/documents/review/review.ts'
import { after, days } from '#core/time/time.ts'
import { setContact } from '#engine/contact/addresses.ts'
import { decide, touchOfVerdict } from '#engine/documents/review/decisions.ts'
import { readOriginal, seePageAtDesk, seeSubmission } from '#engine/documents/review/looks.ts'
import { putBack, queueFor, takeNext } from '#engine/documents/review/queue.ts'
import { shredOutlived, submissionNamed } from '#engine/documents/submissions.ts'
import { tieOf } from '#engine/desk/ties.ts'
import { endMemberSession } from '#engine/desk/sessions.ts'
import { setRole } from '#engine/desk/staff.ts'
import { setPrimary } from '#engine/subscribers/primary-user.ts'
import { PASSWORD } from '../../support/clients/engine-story.ts'
import { setEquity } from '../../support/clients/orders.ts'
import { PURPOSES } from '#core/documents/submission.ts'
import { findAccount, startHold } from '#engine/subscribers/accounts.ts'
import type { SubmissionId } from '#core/ids.ts'
import type { World } from '#engine/world.ts'
import { listContacts } from '#store/contact/addresses.ts'
import { auditOf } from '../../support/audit.ts'
import { CONSOLE, hired, touched } from '../../support/desk/staff.ts'
import {
  accountOf,
  applicant,
  proven,
  says,
  takes,
  waiting,
} from '../../support/documents/reviewing.ts'
import { DATABASES } from '../../support/databases/databases.ts'
import { withRules } from '../../support/server/rules.ts'
import { testWorld } from '../../support/server/world.ts'

const COMMAND = { at: 'command-line', agent: 'agent-7' } as const

const stateOf = async (world: World, id: SubmissionId) => {
  const found = await submissionNamed(world, id)
  return found.ok ? found.submission.status : null
}

for (const database of DATABASES) {
  suite(`A person judges documents, on ${database}`, () => {
    const opened = async (t: TestContext) => {
      const world = await testWorld(t, { database })
      return { world, emil: await applicant(world) }
    }

    test('R013 what is accepted proves the address and approves the account, in one commit', async (t) => {
      const { world, emil } = await opened(t)
      const olga = await hired(world, 'olga', { role: 'documents' })
      const [address, identity] = [
        await waiting(world, emil),
        await waiting(world, emil, { purpose: 'identity' }),
      ]
      const first = await takes(world, olga)
      assert.equal(first.submission.id, address, 'the oldest first')
      assert.equal(first.record.fullName, 'Emil Example')
      assert.ok((await says(world, olga, { id: address, ...proven('address'), ...first })).ok)
      const [home] = (await listContacts(world.db, emil)).filter(({ kind }) => kind === 'postal')
      assert.ok(home?.verifiedAt)
      const number = accountOf('emil')
      assert.equal((await findAccount(world, number))?.value.status, 'applied', 'one is missing')
      const second = await takes(world, olga)
      assert.ok((await says(world, olga, { id: identity, ...proven('identity'), ...second })).ok)
      assert.equal((await findAccount(world, number))?.value.status, 'approved')
      const about = (await auditOf(world)).filter(({ actor }) => String(actor) === 'staff:olga')
      assert.deepEqual(
        about.filter(({ subscriberId }) => subscriberId === emil).map(({ kind }) => kind),
        [
          ...['submission.handed-out', 'submission.shown', 'submission.seen'],
          ...['submission.accepted', 'contact.verified'],
          ...['submission.handed-out', 'submission.shown', 'submission.seen'],
          ...['submission.accepted', 'account.approved'],
        ],
      )
      const accepted = about.find(({ kind }) => kind === 'submission.accepted')
      assert.ok(accepted?.kind === 'submission.accepted')
      assert.deepEqual(accepted.checks, ['legible', 'whole', 'name', 'address', 'recent'])
    })

    test('R132 what is accepted is kept as long as the rules of its client ask for, then and later', async (t) => {
      const { world, emil } = await opened(t)
      const [plain, strict] = [await waiting(world, emil), await waiting(world, emil)]
      const accept = (id: SubmissionId) => ({ ...proven('address'), id })
      assert.ok((await decide(world, COMMAND, accept(plain))).ok)
      const twelve = withRules(world, { documentsKept: 12 })
      assert.ok((await decide(twelve, COMMAND, accept(strict))).ok)
      const left = async () => [await stateOf(world, plain), await stateOf(world, strict)]
      const keptYears = (await left()).map((one) => one && 'keptYears' in one && one.keptYears)
      assert.deepEqual(
        keptYears,
        [undefined, 12].map((years) => years ?? false),
      )
      world.advance(days(6 * 365))
      await shredOutlived(withRules(world, { documentsKept: 8 }))
      assert.ok((await left()).every(Boolean), 'the rules of now ask for longer')
      world.advance(days(3 * 365))
      await shredOutlived(world)
      assert.deepEqual((await left()).map(Boolean), [false, true])
      world.advance(days(4 * 365))
      await shredOutlived(world)
      assert.deepEqual((await left()).map(Boolean), [false, false])
    })

    test('two that are accepted at the same moment approve the account once', async (t) => {
      const { world, emil } = await opened(t)
      const address = { ...proven('address'), id: await waiting(world, emil) }
      const purpose = 'identity'
      const identity = { ...proven(purpose), id: await waiting(world, emil, { purpose }) }
      // Between what one has read and what it writes, the other is accepted.
      const { db } = world
      let isFirst = true
      const commit: typeof db.commit = async (writes) => {
        if (isFirst) {
          isFirst = false
          const other = { at: 'command-line', agent: 'agent-8' } as const
          assert.ok((await decide(world, other, identity)).ok)
        }
        return await db.commit(writes)
      }
      const slow = { ...world, db: { ...db, commit } }
      assert.ok((await decide(slow, COMMAND, address)).ok)
      assert.equal((await findAccount(world, accountOf('emil')))?.value.status, 'approved')
      const kinds = (await auditOf(world)).map(({ kind }) => kind)
      assert.equal(kinds.filter((kind) => kind === 'account.approved').length, 1)
    })

    test('two agents at once never get the same one; it ends with time, or is put back', async (t) => {
      const { world, emil } = await opened(t)
      const people = []
      for (const name of ['olga', 'pia', 'rosa'])
        people.push(await hired(world, name, { role: 'documents' }))
      const [olga, pia, rosa] = people
      assert.ok(olga && pia && rosa)
      const [one, two] = [await waiting(world, emil), await waiting(world, emil)]
      const taken = await Promise.all(people.map(({ open }) => takeNext(world, open)))
      const ids = taken.flatMap((each) => (each.ok ? [each.id] : []))
      assert.deepEqual(ids.toSorted(), [one, two].toSorted())
      assert.deepEqual(
        taken.flatMap((each) => ('problem' in each ? [each.problem] : [])),
        ['submission.none-left'],
      )
      const holder = people[taken.findIndex((each) => each.ok && each.id === one)]
      const idle = people[taken.findIndex((each) => !each.ok)]
      assert.ok(holder && idle)
      assert.deepEqual(await takeNext(world, holder.open), { ok: true, id: one }, 'it stays theirs')
      const not = { ok: false, problem: 'submission.not-before-you' }
      assert.deepEqual(await seeSubmission(world, idle.open, one), not)
      assert.deepEqual(await seePageAtDesk(world, idle.open, { id: one, page: 1 }), not)
      assert.deepEqual(await putBack(world, idle.open, one), not)
      assert.ok((await putBack(world, holder.open, one)).ok)
      assert.deepEqual(await takeNext(world, idle.open), { ok: true, id: one })
      world.advance(HANDED_OUT_FOR)
      assert.deepEqual(await seeSubmission(world, idle.open, one), not)
    })

    test('a verdict on what is not before them any more is none', async (t) => {
      const { world, emil } = await opened(t)
      const olga = await hired(world, 'olga', { role: 'documents' })
      const id = await waiting(world, emil)
      const seen = await takes(world, olga)
      const accept = { ...proven('address'), id, print: seen.print }
      assert.ok((await putBack(world, olga.open, id)).ok)
      const late = await says(world, olga, accept)
      assert.deepEqual(late, { ok: false, problem: 'submission.conflict' })
      assert.deepEqual(await stateOf(world, id), { state: 'checking' })
    })

    test('R032 what another user of an account has sent approves nothing', async (t) => {
      const { world, emil } = await opened(t)
      const otto = await world.add({ userName: 'otto', password: PASSWORD, accounts: [] })
      const primary = { id: emil, name: 'Emil Example' }
      const set = await setPrimary(world, { id: otto, primary, by: 'operator' })
      assert.ok(set.ok, 'problem' in set ? set.problem : '')
      for (const purpose of PURPOSES) {
        const id = await waiting(world, otto, { purpose })
        const done = await decide(world, COMMAND, { ...proven(purpose), id })
        assert.ok(done.ok, 'problem' in done ? done.problem : '')
      }
      const account = await findAccount(world, accountOf('emil'))
      assert.deepEqual([account?.value.status, account?.value.subscriberId], ['applied', emil])
    })

    test('what was seen is compared once more in the commit', async (t) => {
      const { world, emil } = await opened(t)
      const olga = await hired(world, 'olga', { role: 'documents' })
      const id = await waiting(world, emil)
      const accept = async (seen: { print: string }) =>
        await says(world, olga, { ...proven('address'), ...seen, id })
      const seen = await takes(world, olga)
      const value = '2 Other Street\n10001 New York'
      await setContact(world, { subscriberId: emil, kind: 'postal', value, by: 'operator' })
      assert.deepEqual(await accept(seen), { ok: false, problem: 'submission.outdated' })
      const again = await takes(world, olga)
      assert.deepEqual(again.record.signals, ['contact-changed'])
      const until = after(world.now(), HANDED_OUT_FOR)
      const hold = { kind: 'court', forbids: ['trading'], until } as const
      await startHold(world, { subscriberId: emil, by: 'operator', ...hold })
      assert.deepEqual(await accept(again), { ok: false, problem: 'submission.held' })
      // A touch for one verdict is none for another.
      const reject = { ...proven('address'), id, verdict: 'reject', reason: 'too-old' } as const
      const touch = await touched(world, olga, touchOfVerdict(reject, again.print))
      const other = { ...reject, verdict: 'ask-again' } as const
      const deciding = { at: 'desk', open: olga.open, touch, print: again.print } as const
      const wrong = await decide(world, deciding, other)
      assert.deepEqual(wrong, { ok: false, problem: 'desk.not-touched' })
      await endMemberSession(world, olga.open)
      const late = await decide(world, deciding, reject)
      assert.deepEqual(late, { ok: false, problem: 'submission.conflict' })
      assert.deepEqual(await stateOf(world, id), { state: 'checking' })
    })

    test('A13 where something is unusual two people accept, and never one twice', async (t) => {
      const { world, emil } = await opened(t)
      const value = '2 Other Street\n10001 New York'
      await setContact(world, { subscriberId: emil, kind: 'postal', value, by: 'operator' })
      const [olga, pia] = [
        await hired(world, 'olga', { role: 'documents' }),
        await hired(world, 'pia', { role: 'documents' }),
      ]
      const id = await waiting(world, emil)
      const accept = { ...proven('address'), id }
      assert.ok((await says(world, olga, { ...accept, ...(await takes(world, olga)) })).ok)
      const first = await stateOf(world, id)
      assert.ok(first?.state === 'checking' && String(first.first?.actor) === 'staff:olga')
      assert.deepEqual(await takeNext(world, olga.open), {
        ok: false,
        problem: 'submission.none-left',
      })
      const own = { ok: false, problem: 'submission.own-acceptance' }
      const alone = { at: 'command-line', agent: 'olga' } as const
      assert.deepEqual(await decide(world, alone, accept), own)
      assert.ok((await says(world, pia, { ...accept, ...(await takes(world, pia)) })).ok)
      assert.equal((await stateOf(world, id))?.state, 'accepted')
      const done = (await auditOf(world)).find(({ kind }) => kind === 'submission.accepted')
      assert.ok(done?.kind === 'submission.accepted')
      assert.deepEqual([done.first, done.agent], ['staff:olga', 'pia'])
    })

    test('A13 an account that was large takes two people for thirty days more', async (t) => {
      const { world, emil } = await opened(t)
      for (const usd of [2_000_000, 10]) await setEquity(world, accountOf('emil'), usd)
      const accepted = async () => {
        const id = await waiting(world, emil)
        assert.ok((await decide(world, COMMAND, { ...proven('address'), id })).ok)
        return (await stateOf(world, id))?.state
      }
      assert.equal(await accepted(), 'checking', 'one person has said how much there is')
      world.advance(days(30))
      assert.equal(await accepted(), 'accepted')
    })

    test('S110 what is suspicious goes to compliance, which alone reads what came', async (t) => {
      const { world, emil } = await opened(t)
      const olga = await hired(world, 'olga', { role: 'documents' })
      const helen = await hired(world, 'helen', { role: 'compliance' })
      const id = await waiting(world, emil)
      const suspect = { ...proven('address'), id, verdict: 'suspect' } as const
      const page = { id, page: 1 }
      const seen = await takes(world, olga)
      const role = { ok: false, problem: 'desk.not-this-role' }
      assert.deepEqual(await readOriginal(world, olga.open, page), role)
      assert.ok((await says(world, olga, { ...suspect, ...seen })).ok)
      const gone = await seeSubmission(world, olga.open, id)
      assert.deepEqual(gone, { ok: false, problem: 'submission.not-before-you' })
      assert.equal((await queueFor(world, olga.open)).waiting.length, 0)
      assert.ok((await readOriginal(world, helen.open, page)).ok)
      const theirs = await seeSubmission(world, helen.open, id)
      assert.ok(theirs.ok && theirs.isTheirs)
      const accept = { ...proven('address'), id, print: theirs.print }
      assert.deepEqual(await says(world, helen, accept), {
        ok: false,
        problem: 'submission.not-waiting',
      })
      const clear = { ...accept, verdict: 'clear' } as const
      assert.ok((await says(world, helen, clear)).ok)
      assert.deepEqual(await stateOf(world, id), { state: 'checking' })
    })

    test('no member judges a client of their own, and no other role judges at all', async (t) => {
      const { world, emil } = await opened(t)
      const tie = tieOf(world.keys, 'user-name', 'emil')
      assert.ok(tie)
      const olga = await hired(world, 'olga', { role: 'documents' })
      const id = await waiting(world, emil)
      const seen = await takes(world, olga)
      await hired(world, 'emma', { role: 'agent', ties: [tie] })
      const accept = { ...proven('address'), ...seen, id }
      const refused = await says(world, olga, accept)
      assert.deepEqual(refused, { ok: false, problem: 'desk.not-allowed' })
      const jane = await hired(world, 'jane', { role: 'agent' })
      const none = { ok: false, problem: 'desk.not-this-role' }
      assert.deepEqual(await takeNext(world, jane.open), none)
      assert.deepEqual(await seeSubmission(world, jane.open, id), none)
      await setRole(world, CONSOLE, { id: olga.member.id, role: 'agent' })
      const taken = await seeSubmission(world, olga.open, id)
      assert.deepEqual(taken, { ok: false, problem: 'submission.not-before-you' })
    })

    test('what was not checked, is too old or was mistyped is not accepted', async (t) => {
      const { world, emil } = await opened(t)
      const [address, identity] = [
        await waiting(world, emil),
        await waiting(world, emil, { purpose: 'identity' }),
      ]
      const ofAddress = { ...proven('address'), id: address }
      const ofIdentity = { ...proven('identity'), id: identity }
      const wrong = [
        [{ ...ofAddress, checks: ['legible'] }, 'submission.unchecked'],
        [{ ...ofAddress, checks: [...ofAddress.checks, 'valid'] }, 'submission.unchecked'],
        [{ ...ofAddress, date: '' }, 'submission.date'],
        [{ ...ofAddress, date: '2026-02-30' }, 'submission.date'],
        [{ ...ofAddress, date: '2026-11-25' }, 'submission.date'],
        [{ ...ofAddress, date: '2026-08-19' }, 'submission.too-old'],
        [{ ...ofIdentity, date: '2026-11-01' }, 'submission.expired'],
        [{ ...ofIdentity, mrz: 'P<UTO' }, 'submission.mrz'],
      ] as const
      for (const [said, problem] of wrong)
        assert.deepEqual(await decide(world, COMMAND, said), { ok: false, problem })
      assert.ok((await decide(world, COMMAND, { ...ofAddress, date: '2026-08-20' })).ok)
    })
  })
}
