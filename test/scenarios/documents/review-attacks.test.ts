import assert from 'node:assert/strict'
import { suite, test, type TestContext } from 'node:test'
import { staffActor } from '#core/desk/member.ts'
import type { Mail } from '#core/documents/kept-mail.ts'
import { SECOND_DRAWN_FOR } from '#core/documents/review/review.ts'
import { newId, type SubmissionId } from '#core/ids.ts'
import { millis } from '#core/time/time.ts'
import { setContact } from '#engine/contact/addresses.ts'
import { decide, obstacleTo } from '#engine/documents/review/decisions.ts'
import { seePageAtDesk, seeSubmission } from '#engine/documents/review/looks.ts'
import { isBefore, putBack, takeNext } from '#engine/documents/review/queue.ts'
import { isDrawnFor } from '#engine/documents/review/second-reader.ts'
import { receivePage, submissionNamed, submissionsOf } from '#engine/documents/submissions.ts'
import { findAccount } from '#engine/subscribers/accounts.ts'
import { addMail, findMail, judgeMail } from '#store/documents/mails.ts'
import { addSubmission } from '#store/documents/submissions.ts'
import { findStamp } from '#store/security-stamp.ts'
import { tieOf } from '#engine/desk/ties.ts'
import { hired, type Hired } from '../../support/desk/staff.ts'
import { photograph } from '../../support/documents/pictures.ts'
import {
  accountOf,
  applicant,
  proven,
  says,
  takes,
  waiting,
} from '../../support/documents/reviewing.ts'
import { DATABASES } from '../../support/databases/databases.ts'
import { type TestWorld, testWorld } from '../../support/server/world.ts'

/** In which one is drawn anew. */
const SHIFTS = 40
const COMMAND = { at: 'command-line', agent: 'agent-7' } as const

const moves = async (world: TestWorld, client: Awaited<ReturnType<typeof applicant>>, to: number) =>
  await setContact(world, {
    subscriberId: client,
    kind: 'postal',
    value: `${to} Other Street\n10001 New York`,
    by: 'operator',
  })

/** A mail of a stranger, which became no documents and waits for a person. */
async function strangersMail(world: TestWorld, name: string): Promise<Mail> {
  world.advance(millis(1))
  const receivedAt = world.now()
  const source = (async function* () {
    yield await photograph()
  })()
  const page = await receivePage(world, { source, lengthBytesMax: 100_000 })
  assert.ok(page)
  const { file } = page
  const mail: Mail = {
    id: newId('mai', receivedAt, world.random),
    receivedAt,
    sender: `${name}@example.com`,
    mailbox: 'other',
    original: file.id,
    lengthBytes: file.lengthBytes,
    isAutomatic: false,
    read: null,
    status: { state: 'received' },
  }
  assert.ok(await addMail(world.db, { mail, senderHash: name, slot: name, file, events: [] }))
  const next = { ...mail, status: { state: 'waiting', at: receivedAt, rule: 'client' } } as const
  const judged = { next, version: 1, messageHash: null, filed: null, events: [], now: receivedAt }
  assert.ok(await judgeMail(world.db, judged))
  assert.equal((await findMail(world.db, mail.id))?.value.status.state, 'waiting')
  return next
}

/** The one of these whom the queue gives what waits for a second person; the others get nothing. */
async function drawnOf(world: TestWorld, all: readonly Hired[]): Promise<Hired> {
  const got: Hired[] = []
  for (const one of all) {
    const taken = await takeNext(world, one.open)
    if (taken.ok) got.push(one)
    else assert.equal(taken.problem, 'submission.none-left')
  }
  const [drawn] = got
  assert.ok(drawn && got.length === 1)
  return drawn
}

/** Looks at all pages of this one. */
async function takesOne(world: TestWorld, who: Parameters<typeof takes>[1], id: SubmissionId) {
  const { submission, print } = await takes(world, who)
  assert.equal(submission.id, id)
  return { id, print }
}

for (const database of DATABASES) {
  suite(`Documents that are to be accepted wrongly, on ${database}`, () => {
    const opened = async (t: TestContext) => {
      const world = await testWorld(t, { database })
      return { world, emil: await applicant(world) }
    }

    test('A13 the first of two has not accepted an address that came on record later', async (t) => {
      const { world, emil } = await opened(t)
      await moves(world, emil, 2)
      const staff = []
      for (const name of ['olga', 'pia', 'rosa'])
        staff.push(await hired(world, name, { role: 'documents' }))
      const [olga, pia, rosa] = staff
      assert.ok(olga && pia && rosa)
      const id = await waiting(world, emil)
      const accept = { ...proven('address'), id }
      assert.ok((await says(world, olga, { ...accept, ...(await takes(world, olga)) })).ok)
      await moves(world, emil, 3)
      // Drawn all the same: a client who helps an agent could change the record and change it back.
      const next = await drawnOf(world, [pia, rosa])
      assert.ok((await putBack(world, next.open, id)).ok)
      const other = next === pia ? rosa : pia
      assert.equal(await drawnOf(world, [other, next]), next)
      const seen = await takes(world, next)
      assert.equal(seen.first, null)
      assert.ok((await says(world, next, { ...accept, ...seen })).ok)
      const found = await submissionNamed(world, id)
      assert.ok(found.ok && found.submission.status.state === 'checking')
      const { actor } = found.submission.status.first ?? assert.fail()
      assert.equal(actor, staffActor(next.member))
      // Olga may be the second again: what she has accepted was another address.
      const drawn = await drawnOf(world, [olga, other])
      const last = await takes(world, drawn)
      assert.equal(last.first?.actor, actor)
      assert.ok((await says(world, drawn, { ...accept, ...last })).ok)
      const done = await submissionNamed(world, id)
      assert.ok(done.ok && done.submission.status.state === 'accepted')
    })

    test('A13 the second of two is drawn: of those who ask, one gets it, and another later', async (t) => {
      const { world, emil } = await opened(t)
      await moves(world, emil, 2)
      const staff = []
      for (const name of ['olga', 'pia', 'rosa', 'sue'])
        staff.push(await hired(world, name, { role: 'documents' }))
      const [olga, ...others] = staff
      assert.ok(olga)
      const id = await waiting(world, emil)
      const accept = { ...proven('address'), id }
      assert.ok((await says(world, olga, { ...accept, ...(await takes(world, olga)) })).ok)
      const first = await drawnOf(world, others)
      assert.ok((await putBack(world, first.open, id)).ok)
      const before = [...others.filter((one) => one !== first), first]
      assert.equal(await drawnOf(world, before), first, 'also after the others have asked')
      const found = await submissionNamed(world, id)
      assert.ok(found.ok)
      const drawn = new Set<string>()
      for (let shift = 0; shift < SHIFTS; shift += 1) {
        world.advance(SECOND_DRAWN_FOR)
        const isDrawn: boolean[] = []
        for (const { member } of others)
          isDrawn.push(await isDrawnFor(world, member, found.submission))
        assert.deepEqual(
          isDrawn.filter((one) => one),
          [true],
        )
        drawn.add(String(isDrawn.indexOf(true)))
      }
      // That one of three is drawn forty times in a row happens once in 10^18 tests.
      assert.ok(drawn.size > 1)
    })

    test('an address that was never proven approves no account, whatever was before', async (t) => {
      const { world, emil } = await opened(t)
      const stands = async () => (await findAccount(world, accountOf('emil')))?.value.status
      const accepts = async (purpose: 'address' | 'identity') => {
        const id = await waiting(world, emil, { purpose })
        for (const agent of ['agent-7', 'agent-8'])
          await decide(world, { ...COMMAND, agent }, { ...proven(purpose), id })
        const found = await submissionNamed(world, id)
        assert.ok(found.ok && found.submission.status.state === 'accepted')
      }
      await accepts('address')
      await moves(world, emil, 2)
      await accepts('identity')
      assert.equal(await stands(), 'applied')
      await accepts('address')
      assert.equal(await stands(), 'approved')
    })

    test('A13 an address that is replaced while one accepts takes two people', async (t) => {
      const { world, emil } = await opened(t)
      const set = { subscriberId: emil, kind: 'email', by: 'operator' } as const
      await setContact(world, { ...set, value: 'emil@example.com' })
      const id = await waiting(world, emil, { purpose: 'identity' })
      const { db } = world
      let isFirst = true
      // Between what was read and what is written.
      const commit: typeof db.commit = async (writes) => {
        if (isFirst) {
          isFirst = false
          await setContact(world, { ...set, value: 'attacker@example.com' })
        }
        return await db.commit(writes)
      }
      const slow = { ...world, db: { ...db, commit } }
      assert.ok((await decide(slow, COMMAND, { ...proven('identity'), id })).ok)
      const found = await submissionNamed(world, id)
      assert.ok(found.ok && found.submission.status.state === 'checking')
    })

    test('a program whose first word is over says it anew', async (t) => {
      const { world, emil } = await opened(t)
      await moves(world, emil, 2)
      const id = await waiting(world, emil)
      const { member } = await hired(world, 'olga', { role: 'documents' })
      const program = { at: 'back-office', by: 'back-office:crm', member } as const
      const accept = { ...proven('address'), id }
      const firstAt = async () => {
        world.advance(millis(1))
        assert.ok((await decide(world, program, accept)).ok)
        const found = await submissionNamed(world, id)
        assert.ok(found.ok && found.submission.status.state === 'checking')
        return found.submission.status.first?.at
      }
      const first = await firstAt()
      assert.equal(await firstAt(), first, 'sent twice it counts once')
      await moves(world, emil, 3)
      assert.notEqual(await firstAt(), first)
    })

    test('A13 no member accepts a page that they have not looked at', async (t) => {
      const { world, emil } = await opened(t)
      const olga = await hired(world, 'olga', { role: 'documents' })
      const pia = await hired(world, 'pia', { role: 'documents' })
      const before = await takesOne(world, olga, await waiting(world, emil))
      const ask = { ...proven('address'), ...before, verdict: 'ask-again' } as const
      assert.ok((await says(world, olga, { ...ask, reason: 'too-old' })).ok)
      const id = await waiting(world, emil)
      await takesOne(world, pia, id)
      assert.ok((await putBack(world, pia.open, id)).ok)
      assert.deepEqual(await takeNext(world, olga.open), { ok: true, id })
      const seen = await seeSubmission(world, olga.open, id)
      assert.ok(seen.ok)
      const accept = { ...proven('address'), id, print: seen.print }
      const unseen = { ok: false, problem: 'submission.unseen' }
      assert.deepEqual(await obstacleTo(world, olga.open, accept), unseen)
      assert.deepEqual(await says(world, olga, accept), unseen)
      assert.ok((await seePageAtDesk(world, olga.open, { id, page: 1 })).ok)
      assert.equal(await obstacleTo(world, olga.open, accept), null)
      assert.ok((await says(world, olga, accept)).ok)
    })

    test('A13 a member who asks many times at once has one before them', async (t) => {
      const { world, emil } = await opened(t)
      const olga = await hired(world, 'olga', { role: 'documents' })
      const ids = []
      for (let count = 0; count < 4; count += 1) ids.push(await waiting(world, emil))
      const taken = await Promise.all(ids.map(async () => await takeNext(world, olga.open)))
      const before = await Promise.all(ids.map(async (id) => await isBefore(world, olga.open, id)))
      assert.equal(before.filter(Boolean).length, 1)
      assert.deepEqual(new Set(taken.flatMap((one) => (one.ok ? [one.id] : []))).size, 1)
    })

    test('A19 mails of strangers keep no client waiting who has sent through the portal', async (t) => {
      const { world, emil } = await opened(t)
      const olga = await hired(world, 'olga', { role: 'documents' })
      const first = await waiting(world, emil, { isMailed: true })
      const mails = []
      for (const name of ['one', 'two', 'three']) mails.push(await strangersMail(world, name))
      const ids = []
      for (let count = 0; count < 4; count += 1) ids.push(await waiting(world, emil))
      const taken = []
      for (let count = 0; count < 8; count += 1) {
        const next = await takeNext(world, olga.open)
        assert.ok(next.ok)
        taken.push(next.id)
        const until = world.db.write.deleteFrom('review').where('id', '=', next.id)
        const isMail = next.id.startsWith('mai_')
        const gone = world.db.write.deleteFrom(isMail ? 'mail' : 'submission')
        await world.db.commit([
          { ...until.compile(), rows: 1 },
          { ...gone.where('id', '=', next.id).compile(), rows: 1 },
        ])
      }
      // Of four that a member takes, one is a mail where both wait.
      assert.deepEqual(taken, [...ids.slice(0, 3), first, ids[3], ...mails.map(({ id }) => id)])
    })

    test('documents that no member may judge keep no other from being handed out', async (t) => {
      const { world, emil } = await opened(t)
      const tie = tieOf(world.keys, 'user-name', 'emil')
      assert.ok(tie)
      const olga = await hired(world, 'olga', { role: 'documents' })
      await hired(world, 'emma', { role: 'agent', ties: [tie] })
      const standing = { subscriberId: emil, stamp: await findStamp(world.db, emil), within: null }
      for (let count = 0; count <= 200; count += 1) {
        world.advance(millis(1))
        const receivedAt = world.now()
        const facts = { purpose: 'address', account: accountOf('emil'), receivedAt } as const
        const id = newId('sbm', receivedAt, world.random)
        const status = { state: 'checking' } as const
        const submission = { id, subscriberId: emil, ...facts, pages: [], status }
        const added = { submission, slot: `tied/${1_000 + count}`, files: [], standing, events: [] }
        assert.ok(await addSubmission(world.db, added))
      }
      const [latest] = await submissionsOf(world, emil)
      assert.equal(latest?.receivedAt, world.now(), 'a list of them has the latest')
      const other = await applicant(world, 'frida')
      const id = await waiting(world, other, { account: accountOf('frida') })
      assert.deepEqual(await takeNext(world, olga.open), { ok: true, id })
      assert.deepEqual(await takeNext(world, olga.open), { ok: true, id }, 'it stays theirs')
    })
  })
}
