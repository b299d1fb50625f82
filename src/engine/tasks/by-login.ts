import { newId } from '#core/ids.ts'
import type { Session } from '#core/sessions/session.ts'
import { canBeConfirmedByLogin, usedByLogin } from '#core/tasks/by-login.ts'
import { findLastingSession } from '#engine/sessions/sessions.ts'
import { obstacleToTask, type Wish } from '#engine/tasks/tasks.ts'
import type { World } from '#engine/world.ts'
import type { Method } from '#methods/method.ts'
import { findLogin } from '#store/login/logins.ts'
import { findStamp } from '#store/security-stamp.ts'
import { commitTask } from '#store/tasks/tasks.ts'

/** What is to be done, and in which browser. */
export interface ConfirmedByLogin extends Wish {
  /** The secrets that the browser had before it logged in, hashed as its logins bear them. */
  readonly holders: readonly string[]
  readonly isResting?: boolean
}

/**
 * Whether the login that has opened this session confirms what is to be done. It is used up with
 * the answer: of two that ask, whatever they ask for, one hears yes.
 */
export async function useLogin(
  world: World,
  session: Session,
  { deed, platform, next, holders, isResting = false }: ConfirmedByLogin,
): Promise<boolean> {
  if (!canBeConfirmedByLogin(deed)) return false
  const { subscriberId, id: sessionId, loginId, environment } = session
  const stamp = await findStamp(world.db, subscriberId)
  const [found, lasting, obstacle] = await Promise.all([
    findLogin(world.db, loginId),
    findLastingSession(world, sessionId),
    obstacleToTask(world, session, deed),
  ])
  if (!found || !lasting || obstacle) return false
  const now = world.now()
  const id = newId('tsk', now, world.random)
  const errand = { id, subscriberId, sessionId, stamp, environment, deed, platform, next }
  const methods = [...world.methods.values()]
  const named = (those: readonly Method[]) => those.map(({ name }) => name)
  const value = usedByLogin(errand, found.value, {
    now,
    stamp,
    holders,
    telling: named(methods.filter(({ telling }) => telling)),
    vouched: named(methods.filter(({ vouched }) => vouched)),
    standIns: named(methods.filter(({ standsIn }) => standsIn)),
    isResting,
    // Unique, so that one login confirms one task.
    usedFor: `login ${loginId}`,
  })
  if (!value) return false
  const about = { subscriberId, taskId: id, deed: deed.kind } as const
  const { acr, methods: provenBy } = value
  return await commitTask(world.db, {
    now,
    task: { value, version: null },
    standing: { subscriberId, stamp, within: sessionId },
    events: [
      { kind: 'task.approved', ...about, loginId, acr, methods: provenBy },
      { kind: 'task.used', ...about, within: sessionId },
    ],
  })
}
