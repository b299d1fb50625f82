import type { AgentId } from '#core/agent.ts'
import type { Role } from '#core/desk/role.ts'
import type { EventActor } from '#core/events/event.ts'
import type { AuthenticatorId, MemberId, MemberSessionId } from '#core/ids.ts'
import type { Problem } from '#core/problems.ts'
import { lineOf } from '#core/text/line.ts'
import { after, earlier, hours, type Instant, minutes } from '#core/time/time.ts'

/** A member of the staff of the desk. */
export interface Member {
  readonly id: MemberId
  /** What stands beside what they did in the audit log: an id of the broker's directory. */
  readonly agentId: AgentId
  /** What colleagues call them. Clients hear the first word of it. */
  readonly name: string
  readonly role: Role
  /**
   *   invited ──first passkey──▶ active ──▶ suspended
   *      ▲                          │           │
   *      └───────invited again──────┴───────────┘
   *
   * Only an active one has a session.
   */
  readonly state: 'invited' | 'active' | 'suspended'
  /**
   * What is theirs as a client of the broker, as keyed hashes: they never act on it. It only grows:
   * an invitation that took one away would let them act on themselves.
   */
  readonly ties: readonly Tie[]
  readonly createdAt: Instant
}

/** Something of a member that may also be that of a client. */
export interface Tie {
  readonly kind: TieKind
  /** A keyed hash of it: it can be compared and not read. */
  readonly print: string
}

export const TIE_KINDS = ['user-name', 'email', 'telephone', 'postal'] as const
export type TieKind = (typeof TIE_KINDS)[number]

/** A passkey of a member of staff. What judges it is the method's own. */
export interface MemberPasskey<State> {
  readonly id: AuthenticatorId
  readonly memberId: MemberId
  readonly label: string
  readonly createdAt: Instant
  readonly usedAt: Instant
  readonly revokedAt: Instant | null
  readonly state: State
}

/** The session of a member. The browser holds 256 random bits; the server stores their hash. */
export interface MemberSession {
  readonly id: MemberSessionId
  readonly memberId: MemberId
  /** The passkey that opened it: it ends with that. */
  readonly passkeyId: AuthenticatorId
  /** Such as `Firefox, Windows`. */
  readonly browser: string
  readonly place: string
  readonly openedAt: Instant
  readonly seenAt: Instant
  readonly endedAt: Instant | null
}

/** A shift, and a coffee. @see NIST SP 800-63B-4, "Reauthentication" */
export const MEMBER_SESSION_ABSOLUTE = hours(8)
export const MEMBER_SESSION_IDLE = minutes(15)
/** An address that lets a new member in is for the person who waits for it. */
export const INVITATION_LIFETIME = hours(1)
/** A second one is asked for, so that a lost one locks its holder out of nothing. */
export const PASSKEYS_ASKED = 2
export const PASSKEYS_MAX = 5
/** Code points of a name. */
const NAME_LENGTH_MAX = 60

/** When the session ends by itself unless it is used. */
export const memberSessionExpiry = ({ seenAt, openedAt }: MemberSession): Instant =>
  earlier(after(seenAt, MEMBER_SESSION_IDLE), after(openedAt, MEMBER_SESSION_ABSOLUTE))

export const isMemberSessionOpen = (
  session: MemberSession,
  { state }: Pick<Member, 'state'>,
  now: Instant,
): boolean => state === 'active' && session.endedAt === null && now < memberSessionExpiry(session)

/** A name as it is kept, or `null` for what is no name. */
export const memberName = (typed: string): string | null => lineOf(typed, NAME_LENGTH_MAX)

/** Who did it, in the audit log. */
export const staffActor = ({ agentId }: Pick<Member, 'agentId'>): EventActor => `staff:${agentId}`

/** No member changes anything about themselves, whatever their role. */
export const ownObstacle = (
  actor: Pick<Member, 'id'> | null,
  target: Pick<Member, 'id'>,
): Problem | null => (actor?.id === target.id ? 'desk.own-member' : null)

/**
 * What is hashed of something that two people may have in common, or `null` where there is nothing
 * in it. However it is written, it is one text: a comparison that finds too much keeps a member
 * from one client more, and one that finds too little lets them act on themselves.
 */
export function tieText(kind: TieKind, typed: string): string | null {
  const text = typed
    .slice(0, TIE_LENGTH_MAX)
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}@+]/gu, '')
  return text === '' ? null : `${kind} ${text}`
}

const TIE_LENGTH_MAX = 500

/** How many a member may have, of all kinds together. */
export const TIES_MAX = 20

/** All of both, each once. */
export const unitedTies = (before: readonly Tie[], named: readonly Tie[]): readonly Tie[] => [
  ...new Map([...before, ...named].map((tie) => [`${tie.kind} ${tie.print}`, tie])).values(),
]
