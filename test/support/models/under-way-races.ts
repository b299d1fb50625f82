import assert from 'node:assert/strict'
import type { AuditEvent } from '#core/audit/audit.ts'
import { listAuthenticators } from '#store/devices/authenticators.ts'
import { ENDINGS, endsLogins } from '#core/sessions/under-way.ts'
import { findSessionById, listSessions } from '#store/sessions/sessions.ts'
import { type Act, bothOf, endsWith, type Thing } from './under-way.ts'
import { type Cast, castOf } from './under-way-clients.ts'
import type { TestWorld } from '../server/world.ts'

/**
 * The act and the completion at the same moment, from two nodes. Either may come first; what was
 * completed after the act that ends it is a fault, and so is what the act leaves behind of it.
 */
export async function raced(
  [one, other]: readonly [TestWorld, TestWorld],
  { thing, act, round }: { readonly thing: Thing; readonly act: Act; readonly round: number },
): Promise<void> {
  const cast = await castOf(one, thing.opening)
  const { acts, completes } = await bothOf(cast, { thing, act })
  const since = await lastSeq(cast)
  const nodes = round % 2 === 0 ? [one, other] : [other, one]
  const [first, second] = nodes
  assert.ok(first && second)
  const [done, completed] =
    round % 4 < 2
      ? await Promise.all([acts(first), completes(second)])
      : (await Promise.all([completes(second), acts(first)])).reverse()
  const about = `${thing.name} against ${act.by}, race ${round}: ${done}, ${completed}`
  if (!endsWith(act, thing)) return
  const isYes = (outcome: string | undefined) => outcome === 'yes'
  assert.ok(isYes(done) || isYes(completed), about)
  const order = await orderOf(cast, { act: act.trace, thing: thing.trace }, since)
  if (act.trace !== thing.trace && isYes(done) && isYes(completed)) {
    assert.ok(order.act !== null && order.thing !== null, about)
    assert.ok(order.thing < order.act, `${about}: completed after it had ended`)
  }
  if (isYes(done)) await leavesNothing(one, { thing, act, about, cast })
}

async function leavesNothing(
  { db }: TestWorld,
  { act, about, cast }: { thing: Thing; act: Act; about: string; cast: Cast },
): Promise<void> {
  if (act.by === 'session-ended') {
    const session = await findSessionById(db, cast.theirs.id)
    assert.ok(session?.endedAt !== null, `${about}: the session goes on`)
  }
  // Whatever was opened at that moment: before the act it ends with it, and after it nothing was
  // completed. An act that names the sessions that end leaves those that suffice.
  if (endsLogins(act.by) && ENDINGS[act.by].sessions !== 'named') {
    const open = await listSessions(db, cast.subscriberId, cast.world.now())
    const left = open.filter(({ id, endedAt }) => endedAt === null && id !== cast.owners.id)
    assert.deepEqual(left, [], `${about}: a session goes on`)
  }
  if (act.by !== 'passcode-issued') return
  const held = await listAuthenticators(db, cast.subscriberId)
  const standsApart = ['password', 'temporary-passcode', 'reset-code']
  const answering = held
    .filter(({ value }) => value.lifecycle === 'active' && !standsApart.includes(value.method))
    .map(({ value }) => value.method)
  assert.deepEqual(answering, [], `${about}: something answers beside the passcode`)
}

/** The order in which the act and the completion were written; `null` for one that was not. */
async function orderOf(
  { world: { db }, subscriberId }: Cast,
  kinds: { readonly act: AuditEvent['kind']; readonly thing: AuditEvent['kind'] },
  since: number,
): Promise<{ readonly act: number | null; readonly thing: number | null }> {
  const rows = await db.read
    .selectFrom('audit_event')
    .select(['seq', 'kind'])
    .where('subscriber_id', '=', subscriberId)
    .where('seq', '>', since)
    .orderBy('seq')
    .execute()
  const first = (kind: string) => rows.find((row) => row.kind === kind)?.seq ?? null
  return { act: first(kinds.act), thing: first(kinds.thing) }
}

async function lastSeq({ world: { db } }: Cast): Promise<number> {
  const row = await db.read
    .selectFrom('audit_event')
    .select((eb) => eb.fn.max('seq').as('last'))
    .executeTakeFirst()
  return row?.last ?? 0
}
