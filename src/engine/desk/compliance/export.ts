import {
  type AuditLook,
  EXPORT_MAX,
  EXPORTS_MAX,
  EXPORTS_WITHIN,
  obstacleToLook,
} from '#core/audit/look.ts'
import { isMemberSessionOpen } from '#core/desk/member.ts'
import { readsAudit } from '#core/desk/role.ts'
import type { Refusal } from '#core/problems.ts'
import { after, before, type Instant } from '#core/time/time.ts'
import { cursorOf, writeLook } from '#engine/desk/compliance/look.ts'
import { type OpenMemberSession, standingOf } from '#engine/desk/sessions.ts'
import { type Deed, type GivenTouch, judgeTouch } from '#engine/desk/touch.ts'
import { retryStale } from '#engine/retry.ts'
import { refusal, type World } from '#engine/world.ts'
import type { WrittenEvent } from '#store/audit/audit.ts'
import { type Cursor, isLookLonger, listExportsBy, listLook } from '#store/audit/looks.ts'
import { answeredWrites } from '#store/desk/member-passkeys.ts'
import { findMember, memberCountedWrites } from '#store/desk/members.ts'
import { findMemberSession } from '#store/desk/session-facts.ts'

/**
 * Compliance takes what it asked with it. That is the one way by which much of the log leaves, so
 * it takes a touch of the passkey, and so many a day.
 *
 * @see security A13
 */

/** What the passkey confirms: this question, in this format. */
export const exportOf = (look: AuditLook, format: string): Deed => ({
  kind: 'audit.export',
  facts: { ...look, format },
})

/** How many more a member exports now, and from when on there is another where there is none. */
export async function exportsLeft(
  world: World,
  { member }: OpenMemberSession,
): Promise<{ readonly left: number; readonly until: Instant | null }> {
  const since = before(world.now(), EXPORTS_WITHIN)
  const made = await listExportsBy(world.db, member.agentId, { since, limit: EXPORTS_MAX })
  const left = EXPORTS_MAX - made.length
  const oldest = made.at(-1)
  return { left, until: left > 0 || !oldest ? null : after(oldest, EXPORTS_WITHIN) }
}

export type ExportedAudit =
  | { readonly ok: true; readonly batches: AsyncGenerator<readonly WrittenEvent[], void> }
  | Refusal

interface Exporting {
  readonly look: AuditLook
  readonly format: string
  readonly touch: GivenTouch
}

/**
 * All that was asked, batch by batch. What is more than an export may hold is refused, not cut off;
 * one that is under way ends when its member is suspended, logs out or gets another role.
 */
export async function exportAudit(
  world: World,
  open: OpenMemberSession,
  exporting: Exporting,
): Promise<ExportedAudit> {
  const { look } = exporting
  if (!readsAudit(open.member.role)) return refusal('desk.not-this-role')
  const problem = obstacleToLook(look)
  if (problem) return refusal(problem)
  const written = await retryStale<{ readonly ok: true } | Refusal>(
    'desk.conflict',
    async () => await writeExport(world, open, exporting),
  )
  if (!written.ok) return written
  if (await isLookLonger(world.db, look, EXPORT_MAX)) return refusal('audit.too-much')
  return { ok: true, batches: batchesOf(world, open, look) }
}

/** The member is read before the exports are counted: of two at once one counts the other. */
async function writeExport(
  world: World,
  open: OpenMemberSession,
  { look, format, touch }: Exporting,
): Promise<{ readonly ok: true } | Refusal | 'stale'> {
  const held = await findMember(world.db, open.member.id)
  if (held?.value.state !== 'active' || held.value.role !== open.member.role)
    return refusal('desk.conflict')
  const { until } = await exportsLeft(world, open)
  if (until !== null) return refusal('audit.too-many-exports', until)
  const judged = await judgeTouch(world, open, { deed: exportOf(look, format), touch })
  if (!judged.ok) return judged
  const written = await writeLook(world, open, {
    ...look,
    look: 'export',
    stands: memberCountedWrites(world.db, held, standingOf(open)),
    besides: (now) => answeredWrites(world.db, judged.answered, now),
  })
  return !written.ok && written.problem === 'desk.conflict' ? 'stale' : written
}

const BATCH = 500

async function* batchesOf(
  world: World,
  { session }: OpenMemberSession,
  look: AuditLook,
): AsyncGenerator<readonly WrittenEvent[], void> {
  let before: Cursor | null = null
  for (let left = EXPORT_MAX; left > 0; left -= BATCH) {
    const held = await findMemberSession(world.db, session.id)
    const member = held?.member.value
    const stays = held && member && isMemberSessionOpen(held.session, member, world.now())
    if (!stays || !readsAudit(member.role)) throw new Error('the session of an export has ended')
    const batch: readonly WrittenEvent[] = await listLook(world.db, look, { before, limit: BATCH })
    if (batch.length > 0) yield batch
    if (batch.length < BATCH) return
    before = cursorOf(batch)
  }
}
