import type { Enrolment } from '#core/devices/enrolment.ts'
import type { Login } from '#core/login/state.ts'
import type { Refusal } from '#core/problems.ts'
import { startOnPage } from '#engine/devices/enrolment-on-page.ts'
import { bindingBy } from '#engine/devices/may-bind.ts'
import { bindingTask } from '#engine/login/task-approval.ts'
import type { OpenSession } from '#engine/sessions/rights.ts'
import { useLogin } from '#engine/tasks/by-login.ts'
import { taskDigest } from '#engine/tasks/tasks.ts'
import type { World } from '#engine/world.ts'

/**
 * Begins to set up on a page what a login confirms beside letting in, as soon as it has opened its
 * session: its client has said so with the answer (R096, R104).
 *
 * @returns why it may not be set up now; `null` where the login does not confirm it.
 */
export async function beginByLogin(
  world: World,
  session: OpenSession,
  { holder, method }: Pick<Login, 'holder'> & { readonly method: string },
): Promise<{ readonly ok: true; readonly enrolment: Enrolment } | Refusal | null> {
  const wanted = world.methods.get(method)
  if (!wanted) return null
  const allowed = await bindingBy(world, session, wanted)
  if (!allowed.ok) return allowed
  const deed = bindingTask(world, session.subscriber.language, { method })
  const next = { to: '/portal/security/enrolments', fields: { method }, back: '/portal' }
  const wish = { deed, platform: 'portal', next, holders: [holder] }
  if (!(await useLogin(world, session, wish))) return null
  const confirmed = taskDigest(world, deed)
  return await startOnPage(world, session, { method, request: null, confirmed })
}
