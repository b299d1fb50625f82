import type { CaseReason } from '#core/desk/case.ts'
import type { CallBackId, CaseId, MemberId, SubscriberId } from '#core/ids.ts'
import type { Instant } from '#core/time/time.ts'

/**
 * A client who is to be called back. No other request of this client waits beside it, and one agent
 * at a time has it.
 *
 *   waiting ──taken──▶ taken ──done──▶ done
 *      ▲                 │
 *      └───put back──────┘
 *
 * One that was taken by an agent who is not there any more, or whose case is over, can be taken by
 * another: it is not lost when an agent leaves.
 */
export interface CallBackRequest {
  readonly id: CallBackId
  readonly subscriberId: SubscriberId
  /** In which it was asked for. */
  readonly caseId: CaseId
  readonly askedBy: MemberId
  readonly reason: CaseReason
  readonly askedAt: Instant
  readonly status:
    | { readonly state: 'waiting' }
    | ({ readonly state: 'taken' | 'done' } & TakenCallBack)
}

/** By whom, and the case in which the client is called. */
export interface TakenCallBack {
  readonly by: MemberId
  readonly at: Instant
  readonly caseId: CaseId
}

/** What an agent finds of one that another has taken. */
export interface Holding {
  /** The member is logged in, and was there lately. */
  readonly isPresent: boolean
  readonly isCaseOpen: boolean
}

/** Whether this member can take it: it waits, or who had it has left. */
export const canTake = (
  { status }: Pick<CallBackRequest, 'status'>,
  { isPresent, isCaseOpen }: Holding,
): boolean => status.state === 'waiting' || (status.state === 'taken' && !(isPresent && isCaseOpen))

/** Whether it is in the hands of this member, in this case. */
export const isHeldBy = (
  { status }: Pick<CallBackRequest, 'status'>,
  memberId: MemberId,
): boolean => status.state === 'taken' && status.by === memberId
