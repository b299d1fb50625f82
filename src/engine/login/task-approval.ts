import type { AuditEvent } from '#core/audit/audit.ts'
import type { Login } from '#core/login/state.ts'
import type { Refusal } from '#core/problems.ts'
import type { Language } from '#core/subscribers/account.ts'
import type { TaskDetails } from '#core/task-details.ts'
import { approved, type Task } from '#core/tasks/task.ts'
import type { Instant } from '#core/time/time.ts'
import { refusal, type World } from '#engine/world.ts'
import { findStamp } from '#store/security-stamp.ts'
import { findTask } from '#store/tasks/tasks.ts'
import type { Written } from '#store/queries/versioned.ts'

/**
 * The task that a login has just confirmed, to be written in the same commit; `null` for a login
 * that leads in, or that is not over. A task that was given up or has ended is confirmed by nothing
 * any more.
 */
export async function confirmedBy(
  world: World,
  login: Login,
  now: Instant,
): Promise<{ readonly task: Written<Task>; readonly event: AuditEvent } | Refusal | null> {
  if (!login.task || login.state !== 'completed') return null
  const found = await findTask(world.db, login.task.id)
  if (!found) return refusal('task.not-found')
  const stamp = await findStamp(world.db, found.value.subscriberId)
  const value = approved(found.value, login, { now, stamp })
  if ('stays' in value) return refusal(value.stays)
  const { id: taskId, subscriberId, acr, methods, deed } = value
  const fact = { taskId, deed: deed.kind, acr, methods }
  const event = { kind: 'task.approved', subscriberId, loginId: login.id, ...fact } as const
  return { task: { value, version: found.version }, event }
}

/**
 * What is set up, by its method and by what was typed for it: it is this one and no other. In the
 * language of the client, for the phone too.
 */
export function bindingTask(
  { words, methods }: Pick<World, 'words' | 'methods'>,
  language: Language,
  { method, written }: { readonly method: string; readonly written?: string | undefined },
): TaskDetails {
  const name = words.text(language, `method.${method}.name`)
  const device = [name, written].filter(Boolean).join(' ').trim()
  const about = { device: [method, written].filter(Boolean).join(' ').trim() }
  return { kind: methods.get(method)?.printed ? 'print' : 'bind', facts: { device }, about }
}
