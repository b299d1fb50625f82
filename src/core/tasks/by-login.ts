import { atLeast, strengthOf } from '#core/assurance.ts'
import { TASK_RULES, type TaskDetails } from '#core/task-details.ts'
import type { Login } from '#core/login/state.ts'
import { type AsOf, mayApprove, type NewTask, opened, type UsedTask } from '#core/tasks/task.ts'
import { after, type Millis, minutes } from '#core/time/time.ts'

/**
 * What a login confirms beside letting its client in, so that a client does not prove the same
 * twice within minutes: the device that it was begun for, by an answer to what has named it; the
 * code card that a passcode of the desk is given out for (R104); and that a device is
 * back which what was proven stands in for (R097).
 *
 * It is good once, for as long as stands here, in the session that it has opened, while its client
 * is in the state that it was opened in, and only in the browser that the login was made in. A
 * session that is older, or whose cookie was copied, adds nothing by itself (A9).
 */
export const CONFIRMS_FOR: Millis = minutes(10)

/** The kinds of task that a login can confirm at all. */
export const canBeConfirmedByLogin = ({ kind }: TaskDetails): boolean =>
  kind === 'bind' || kind === 'print' || kind === 'bring_back'

export interface ByLogin extends AsOf {
  /** What the browser that asks had before it logged in, as its logins bear it (`holder`). */
  readonly holders: readonly string[]
  /** Methods whose answers were made for what was asked, and are none to a page that passes on. */
  readonly telling: readonly string[]
  /** Methods of what our desk gives out to a client whom it has verified. */
  readonly vouched: readonly string[]
  /** Methods of what stands in for a device that is away. */
  readonly standIns: readonly string[]
  /** Whether the device rests while something stands in for it; of one that was lost, no. */
  readonly isResting: boolean
  readonly usedFor: string
}

/** The task as it is used up by the login; `null` where the login does not confirm it. */
export function usedByLogin(task: NewTask, login: Login, by: ByLogin): UsedTask | null {
  const { now, stamp, usedFor, holders } = by
  if (login.state !== 'completed' || login.claimedAt === null) return null
  if (now >= after(login.claimedAt, CONFIRMS_FOR) || !holders.includes(login.holder)) return null
  const isTheirs = login.subscriberId === task.subscriberId && login.claimedIn === stamp
  if (!isTheirs || !isMeant(login, task.deed, by)) return null
  const acr = strengthOf(login.proofs)
  if (!atLeast(acr, TASK_RULES[task.deed.kind].needs)) return null
  if (!login.proofs.every((proof) => mayApprove(proof, task.deed, now))) return null
  return {
    ...opened(task, now),
    state: 'used',
    loginId: login.id,
    acr,
    methods: login.proofs.map(({ method }) => method),
    approvedAt: login.claimedAt,
    usedAt: now,
    usedFor,
  }
}

function isMeant(
  { binds, proofs }: Login,
  { kind, about }: TaskDetails,
  { telling, vouched, standIns, isResting }: ByLogin,
): boolean {
  const isBy = (methods: readonly string[]) => proofs.some(({ method }) => methods.includes(method))
  if (kind === 'bind') {
    // What the desk gave out is right twice, so asking it a second time would prove nothing more.
    const isToldOf = isBy(telling) || isBy(vouched)
    return binds !== undefined && about?.['device'] === binds && isToldOf
  }
  if (kind === 'print') return isBy(vouched)
  return kind === 'bring_back' && isResting && isBy(standIns)
}
