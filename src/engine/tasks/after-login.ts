import type { EnrolmentId } from '#core/ids.ts'
import type { Login } from '#core/login/state.ts'
import type { Refusal } from '#core/problems.ts'
import { startOnPage } from '#engine/devices/enrolment-on-page.ts'
import { startEnrolment } from '#engine/devices/enrolment.ts'
import { bindingBy } from '#engine/devices/may-bind.ts'
import { bindingTask } from '#engine/login/task-approval.ts'
import type { OpenSession } from '#engine/sessions/rights.ts'
import { useLogin } from '#engine/tasks/by-login.ts'
import { taskDigest } from '#engine/tasks/tasks.ts'
import type { World } from '#engine/world.ts'

/** What was begun, and what names it on the device that it is made on, where it is made on one. */
export interface BegunByLogin {
  readonly ok: true
  readonly id: EnrolmentId
  readonly token: string | null
}

/**
 * Begins to set up what a login confirms beside letting in, as soon as it has opened its session:
 * its client has said so before or with the answer, and nothing is left to choose (R061, R096,
 * R104).
 *
 * @returns why it may not be set up now; `null` where its client reads or confirms something first:
 *   that it would wait, or what the login does not confirm.
 */
export async function beginByLogin(
  world: World,
  session: OpenSession,
  { holder, method: name }: Pick<Login, 'holder'> & { readonly method: string },
): Promise<BegunByLogin | Refusal | null> {
  const method = world.methods.get(name)
  if (!method) return null
  const allowed = await bindingBy(world, session, method)
  if (!allowed.ok) return allowed
  if (allowed.waits) return null
  const deed = bindingTask(world, session.subscriber.language, { method: name })
  const next = { to: '/portal/security/enrolments', fields: { method: name }, back: '/portal' }
  const wish = { deed, platform: 'portal', next, holders: [holder] }
  if (!(await useLogin(world, session, wish))) return null
  const asked = { method: name, confirmed: taskDigest(world, deed) }
  if (method.enrol) {
    const drawn = await startOnPage(world, session, { ...asked, request: null })
    return drawn.ok ? { ok: true, id: drawn.enrolment.id, token: null } : drawn
  }
  const invited = await startEnrolment(world, session, asked)
  return invited.ok ? { ok: true, id: invited.enrolment.id, token: invited.token } : invited
}
