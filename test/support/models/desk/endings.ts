import assert from 'node:assert/strict'
import { noticeOf } from '#core/audit/audit.ts'
import { CHANGES, classOf } from '#core/desk/deeds.ts'
import { FAILED_MAX } from '#core/desk/verification.ts'
import { after, days, type Instant, minutes, seconds } from '#core/time/time.ts'
import { pairsIn } from '#engine/desk/compliance/figures.ts'
import type { OpenMemberSession } from '#engine/desk/sessions.ts'
import { activityOf } from '#engine/notices/activity.ts'
import type { WrittenEvent } from '#store/audit/audit.ts'
import { findNotice, listNotices } from '#store/notices/notices.ts'
import { agent, type Caller } from '../../desk/calls.ts'
import { problemOf } from '../../outcomes.ts'
import type { TestWorld } from '../../server/world.ts'
import type { Run } from './play.ts'

/** What is true of the log of the desk at the end of every history. */

/** A password and a device are a day apart. */
export function neverBoth(ofDesk: readonly WrittenEvent[]): void {
  const changes = ofDesk.flatMap(({ at, event }) => {
    const isDone = event.kind === 'desk.acted' || event.kind === 'desk.glass-broken'
    const of = isDone ? classOf(event.act) : null
    return CHANGES.some((one) => one === of) ? [{ at, of }] : []
  })
  for (const [index, one] of changes.entries()) {
    const before = changes[index - 1]
    // A warrant is up to ten minutes old when it is used.
    const apart = days(1) - minutes(10)
    if (before && before.of !== one.of) assert.ok(one.at - before.at >= apart)
  }
}

/** After three failed proofs in a day, or a no of the client, no proof opens anything for a day. */
export function neverWhileStopped(ofDesk: readonly WrittenEvent[]): void {
  const failed: Instant[] = []
  let stoppedAt: Instant | null = null
  for (const { at, event } of ofDesk) {
    if (event.kind === 'desk.proof-refused') failed.push(at)
    const lately = failed.filter((one) => one > at - days(1))
    if (event.kind === 'desk.proof-refused' && lately.length >= FAILED_MAX) stoppedAt = at
    if (event.kind === 'desk.call-denied') stoppedAt = at
    const { verified } = event
    // Whom the agent has seen is not on the telephone.
    const isSeen = verified === 'in-person' || verified === 'document'
    const isProven = event.kind === 'desk.proof-accepted' || (verified !== undefined && !isSeen)
    if (isProven && stoppedAt !== null) assert.ok(at >= stoppedAt + days(1), event.kind)
  }
}

/** Each look and each deed stands in the client’s activity. */
export async function everythingIsRead(
  world: TestWorld,
  { subscriberId }: Caller,
  ofDesk: readonly WrittenEvent[],
): Promise<void> {
  const LOOKS = [
    ...(['desk.case-opened', 'desk.acted', 'desk.proof-accepted', 'desk.proof-refused'] as const),
    ...(['desk.record-read', 'desk.call-back-asked', 'desk.unmasked'] as const),
  ]
  const read = new Set<number>()
  let before: number | null = Number.MAX_SAFE_INTEGER
  while (before !== null) {
    const page = await activityOf(world, { subscriberId } as never, { before })
    for (const { entries } of page.happenings) for (const { seq } of entries) read.add(seq)
    before = page.before
  }
  for (const { seq, event } of ofDesk) {
    if (LOOKS.some((kind) => kind === event.kind))
      assert.ok(read.has(seq), `${event.kind} is not read`)
  }
}

/** What an agent has done reaches the client, wherever it was done; so does each command. */
export async function everythingIsTold(
  { world, client: { subscriberId }, programs: { replaced } }: Run,
  all: readonly WrittenEvent[],
): Promise<void> {
  const told = new Set((await listNotices(world.db, subscriberId, 1_000)).map(({ seq }) => seq))
  for (const written of all) {
    const { at, event } = written
    const isByStaff = event.caseId !== undefined || event.behalf !== undefined
    if (isByStaff && noticeOf(event) !== null) assert.ok(told.has(written.seq), event.kind)
    if (event.kind !== 'desk.acted' && event.kind !== 'desk.glass-broken') continue
    const same = all.filter((one) => one.at === at)
    assert.ok(
      same.some(({ seq }) => told.has(seq)),
      `no notice of ${event.act}`,
    )
  }
  // An address that was replaced hears of it.
  for (const { seq, event } of all) {
    if (event.kind !== 'contact.set' || event.replaced === null || !event.behalf) continue
    const heard = (await findNotice(world.db, seq))?.contactIds ?? []
    assert.ok(replaced.includes(event.replaced))
    if (event.contact !== 'postal') assert.ok(heard.includes(event.replaced), 'the owner hears it')
  }
}

/** Compliance finds the two who have done together what takes two, whichever door they took. */
export async function theTrailIsThere(run: Run): Promise<void> {
  const { world, open, programs } = run
  if (programs.joint.length === 0) return
  const within = { from: programs.since, until: after(world.now(), seconds(1)) }
  const done = await pairsIn(world, await readerOf(world), within)
  assert.ok(done.ok, problemOf(done))
  const both = [open.member.agentId, programs.accomplice].map((id) => `staff:${id}`)
  const found = done.pairs.filter(({ asker, second }) =>
    [asker, second].every((one) => both.includes(one)),
  )
  assert.deepEqual(
    found.map(({ deeds, clients }) => [deeds, clients]),
    [[programs.joint.length, 1]],
    'the trail of the two',
  )
}

const readers = new WeakMap<TestWorld['db'], OpenMemberSession>()

async function readerOf(world: TestWorld): Promise<OpenMemberSession> {
  const known = readers.get(world.db)
  if (known) return known
  const { open } = await agent(world, 'carl', { role: 'compliance' })
  readers.set(world.db, open)
  return open
}
