import assert from 'node:assert/strict'
import { CHANGES, classOf } from '#core/desk/deeds.ts'
import { FAILED_MAX } from '#core/desk/verification.ts'
import { days, type Instant, minutes } from '#core/time/time.ts'
import { activityOf } from '#engine/notices/activity.ts'
import type { WrittenEvent } from '#store/audit/audit.ts'
import type { Caller } from '../../desk/calls.ts'
import type { TestWorld } from '../../server/world.ts'

/** What is true of the log of the desk at the end of every history. */

/** A password and a device are a day apart. */
export function neverBoth(ofDesk: readonly WrittenEvent[]): void {
  const changes = ofDesk.flatMap(({ at, event }) => {
    const of = event.kind === 'desk.acted' ? classOf(event.act) : null
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
    const isProven = event.kind === 'desk.proof-accepted' || event.verified !== undefined
    if (isProven && stoppedAt !== null) assert.ok(at >= stoppedAt + days(1), event.kind)
  }
}

/** Each look and each deed stands in the client’s activity. */
export async function everythingIsRead(
  world: TestWorld,
  { subscriberId }: Caller,
  ofDesk: readonly WrittenEvent[],
): Promise<void> {
  const LOOKS = ['desk.case-opened', 'desk.acted', 'desk.proof-accepted', 'desk.proof-refused']
  const read = new Set<number>()
  let before: number | null = Number.MAX_SAFE_INTEGER
  while (before !== null) {
    const page = await activityOf(world, { subscriberId } as never, { before })
    for (const { entries } of page.happenings) for (const { seq } of entries) read.add(seq)
    before = page.before
  }
  for (const { seq, event } of ofDesk) {
    if (LOOKS.includes(event.kind)) assert.ok(read.has(seq), `${event.kind} is not read`)
  }
}
