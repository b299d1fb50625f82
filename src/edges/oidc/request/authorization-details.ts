import { errors, type KoaContextWithOIDC } from 'oidc-provider'
import { acrValue } from '#core/assurance.ts'
import { type TaskDetails, taskDetailsOf, TASKS_OF_PLATFORMS } from '#core/task-details.ts'
import type { Task } from '#core/tasks/task.ts'
import { epochSeconds } from '#edges/oidc/request/requested-strength.ts'

/**
 * What a relying party wants its client to approve: one object, whose type is the kind of the task
 * and whose other members are its facts.
 *
 *   [{ "type": "withdrawal", "amount": "12500.00", "currency": "USD", "payee": "…", "payee_account": "…" }]
 *
 * One, because one proof opens one task. The feature of the provider would tie it to resource
 * servers, which there are none of here; the parameter is the standard's, and so is what is told
 * back.
 *
 * @see RFC 9396, "OAuth 2.0 Rich Authorization Requests", sections 2 and 7
 */
export const DETAILS = 'authorization_details'

/** The longest that is read; every fact has a limit of its own. */
const LENGTH_MAX = 4_096

/** Refuses what is not exactly one task, before the client is asked anything. */
export async function checkDetails(
  _ctx: KoaContextWithOIDC,
  value: string | undefined,
): Promise<void> {
  if (value === undefined) return
  const read = readDetails(value)
  if (!read.ok) throw new errors.InvalidAuthorizationDetails(read.why)
}

/** The task that a checked request asks for, or `null`. */
export function taskDetailsIn(
  params: { readonly [name: string]: unknown } | undefined,
): TaskDetails | null {
  const value = params?.[DETAILS]
  const read = typeof value === 'string' ? readDetails(value) : null
  return read?.ok ? read.deed : null
}

type Read =
  | { readonly ok: true; readonly deed: TaskDetails }
  | { readonly ok: false; readonly why: string }

function readDetails(value: string): Read {
  if (value.length > LENGTH_MAX) return { ok: false, why: 'authorization_details is too long' }
  const parsed = parse(value)
  const [detail, ...others] = Array.isArray(parsed) ? (parsed as readonly unknown[]) : []
  if (detail === null || typeof detail !== 'object' || others.length > 0) {
    return { ok: false, why: 'authorization_details must be an array of one object' }
  }
  const { type, ...facts } = detail as { readonly [name: string]: unknown }
  const kind = TASKS_OF_PLATFORMS.find((one) => one === type)
  if (!kind) return { ok: false, why: 'the type of authorization_details is not known' }
  const read = taskDetailsOf(kind, facts)
  return read.ok ? read : { ok: false, why: WHY[read.problem] }
}

const WHY = {
  'task.malformed': 'a member of authorization_details is missing, unknown or malformed',
  'task.amount': 'amount must be a decimal above 0 with at most two digits after the point',
  'task.currency': 'currency must be USD',
} as const

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/**
 * What was approved, as the relying party is told: what it asked for, and how and when it was
 * confirmed.
 */
export function grantedDetails(task: Task | null): readonly object[] | undefined {
  if (task?.state !== 'used') return undefined
  const { id, deed, acr, approvedAt } = task
  const proof = { task: id, acr: acrValue(acr), approved_at: epochSeconds(approvedAt) }
  return [{ type: deed.kind, ...deed.facts, ...proof }]
}
