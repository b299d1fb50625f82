import { DOUBTS } from '#core/desk/case-events.ts'
import type { Deed } from '#core/desk/deeds.ts'
import type { Member } from '#core/desk/member.ts'
import { mayBeSecond } from '#core/desk/second-person.ts'
import type { CaseId, MemberId, RereadingId } from '#core/ids.ts'
import { after, days, type Instant } from '#core/time/time.ts'

/**
 * One finished deed in fifty is read again by another member, who was no part of it. Chance draws
 * it in the commit of the deed, so no agent knows which, and none can have theirs left out.
 *
 *   open ──read──▶ well, or doubted
 *
 * A doubted one is an alarm of compliance.
 *
 * @see security A13
 */
export interface Rereading {
  readonly id: RereadingId
  readonly caseId: CaseId
  readonly act: Deed
  /** Who did it, and the second person where it took two. */
  readonly memberId: MemberId
  readonly secondId: MemberId | null
  readonly doneAt: Instant
  readonly state: 'open' | 'well' | 'doubted'
  /** Who has it before them, or has read it. */
  readonly readerId: MemberId | null
  readonly takenAt: Instant | null
}

const REREAD_ONE_IN = 50
/** Bytes of chance that one deed takes. */
export const REREAD_CHANCE = 8

/** Whether chance has drawn it. */
export const isDrawn = (chance: Uint8Array): boolean =>
  new DataView(Uint8Array.from(chance).buffer).getBigUint64(0) % BigInt(REREAD_ONE_IN) === 0n

/** What a reader says of it. */
export const FOUND = ['well', ...DOUBTS] as const
export type Found = (typeof FOUND)[number]

/** After so long it is handed to another. */
export const REREAD_WITHIN = days(1)

/** Who has let it lie comes last: so long after it was taken, if no other has wanted it. */
export const REREAD_AGAIN = days(7)

/** The one that a reader has before them: no other member is given it. */
export const isTaken = (
  { state, takenAt }: Pick<Rereading, 'state' | 'takenAt'>,
  now: Instant,
): boolean => state === 'open' && takenAt !== null && now < after(takenAt, REREAD_WITHIN)

/** Whether this member had it, and has let it lie until its day was over. */
export const hasLapsed = (
  { readerId, takenAt }: Pick<Rereading, 'readerId' | 'takenAt'>,
  reader: MemberId,
  now: Instant,
): boolean =>
  readerId === reader &&
  takenAt !== null &&
  now >= after(takenAt, REREAD_WITHIN) &&
  now < after(takenAt, REREAD_AGAIN)

type Reader = Parameters<typeof mayBeSecond>[0]

/** Who was no part of it, and has nothing in common with those who were. */
export const mayReread = (
  reader: Reader,
  { member, second }: { readonly member: Member; readonly second: Member | null },
): boolean => [member, second].every((one) => one === null || mayBeSecond(reader, one))
