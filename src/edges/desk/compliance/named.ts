import { z } from 'zod'
import { isAgentId } from '#core/agent.ts'
import { isKind } from '#core/audit/audit.ts'
import type { AuditLook } from '#core/audit/look.ts'
import { isId } from '#core/ids.ts'
import type { World } from '#engine/world.ts'
import { Days, daysOf, withinOf } from '#edges/desk/compliance/days.ts'

/** An address holds ids, and no name of a client. */
export const Named = Days.extend({
  client: z
    .string()
    .refine((text) => isId('sub', text))
    .optional(),
  staff: z.string().refine(isAgentId).optional(),
  case: z
    .string()
    .refine((text) => isId('cas', text))
    .optional(),
  kind: z.string().refine(isKind).optional(),
})

export const lookOf = (
  world: Pick<World, 'now'>,
  { client, staff, case: caseId, kind, ...typed }: z.infer<typeof Named>,
): AuditLook => ({
  subscriberId: client ?? null,
  agentId: staff ?? null,
  caseId: caseId ?? null,
  of: kind ?? null,
  ...withinOf(typed, world.now()),
})

/** As `Named` reads it. */
export function queryOf(look: AuditLook): string {
  const { subscriberId, agentId, caseId, of } = look
  return new URLSearchParams({
    ...(subscriberId && { client: subscriberId }),
    ...(agentId && { staff: agentId }),
    ...(caseId && { case: caseId }),
    ...(of && { kind: of }),
    ...daysOf(look),
  }).toString()
}
