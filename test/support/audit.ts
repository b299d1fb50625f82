import type { AuditEvent } from '#core/audit/audit.ts'
import type { LoginId } from '#core/ids.ts'
import type { World } from '#engine/world.ts'

/** What is written down, in order: of one login, or of all that happened. */
export async function auditOf(
  { db }: Pick<World, 'db'>,
  loginId?: LoginId,
): Promise<readonly AuditEvent[]> {
  const all = db.read.selectFrom('audit_event').selectAll().orderBy('seq')
  const query = loginId ? all.where('login_id', '=', loginId) : all
  const rows = await query.execute()
  return rows.map(({ kind, body }) => ({ ...(JSON.parse(body) as object), kind }) as AuditEvent)
}
