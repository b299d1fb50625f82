import { type AgentId, isAgentId } from '#core/agent.ts'
import type { ContactKind } from '#core/contact/address.ts'
import type { Signal } from '#core/desk/deeds.ts'
import type { Member } from '#core/desk/member.ts'
import type { Role } from '#core/desk/role.ts'
import { mayBeSecond } from '#core/desk/second-person.ts'
import {
  BEHALF_REASONS,
  type BehalfReason,
  SAID_VERIFICATIONS,
  type SaidVerification,
} from '#core/events/event.ts'
import type { MemberId } from '#core/ids.ts'
import type { Problem } from '#core/problems.ts'

/**
 * What a program of the back office does, and for whom of the staff it may: a program does nothing
 * by itself. The person it names is a member of the desk, and what the desk refuses to that person
 * it refuses here.
 *
 * @see security A13, A35, S118; requirement R127
 */

/** What is unusual about a client without a call. */
const UNUSUAL = ['contact-changed', 'strict-rules', 'large-account'] as const
export type UnusualSignal = Extract<Signal, (typeof UNUSUAL)[number]>

export interface BehalfRow {
  readonly by: readonly Role[]
  /** When it takes a second person. */
  readonly two: 'always' | readonly UnusualSignal[]
  /** What is recorded of a client for the first time takes one person: it replaces nothing. */
  readonly isFirstAlone?: boolean
}

const HELPS = { by: ['agent', 'supervisor'], two: [] } as const satisfies BehalfRow
const OPENS = { by: ['supervisor'], two: [] } as const satisfies BehalfRow
const SENDS = { by: ['fulfilment'], two: [] } as const satisfies BehalfRow
const JUDGES = { by: ['documents', 'compliance'], two: [] } as const satisfies BehalfRow
/** What later proves a client, or says whose rules apply. */
const PROVES = {
  by: ['agent', 'supervisor'],
  two: UNUSUAL,
  isFirstAlone: true,
} as const satisfies BehalfRow
/** Who else acts for a client. */
const SHARES = { by: ['agent', 'supervisor'], two: UNUSUAL } as const satisfies BehalfRow

/** Each request of the back office that changes something, by its name in docs/openapi.json. */
export const BEHALF_TABLE = {
  createSubscriber: HELPS,
  changeSubscriber: HELPS,
  createAccount: HELPS,
  valueAccount: HELPS,
  startHold: HELPS,
  setEmail: PROVES,
  setMobile: PROVES,
  setPostal: PROVES,
  setIdentity: PROVES,
  relocateAccount: PROVES,
  setPrimaryUser: SHARES,
  unsetPrimaryUser: SHARES,
  // No hold is shortened by one person.
  liftHold: { by: ['agent', 'supervisor'], two: 'always' },
  approveAccount: OPENS,
  openAccount: OPENS,
  closeAccount: OPENS,
  letterPosted: SENDS,
  orderPacked: SENDS,
  orderSent: SENDS,
  orderRelabelled: SENDS,
  orderDelivered: SENDS,
  orderLost: SENDS,
  tokenReturned: SENDS,
  tokenWrittenOff: SENDS,
  tokenDestroyed: SENDS,
  addStatement: { by: ['documents', 'supervisor'], two: [] },
  removeStatement: { by: ['documents', 'supervisor'], two: [] },
  // A look at a page of a document is written down like a deed. The review decides who is needed.
  getSubmissionPage: JUDGES,
  decideSubmission: JUDGES,
} as const satisfies Readonly<Record<string, BehalfRow>>

/** Deeds by which a client gets another address. */
export const CONTACT_DEEDS: Readonly<Partial<Record<BehalfDeed, ContactKind>>> = {
  setEmail: 'email',
  setMobile: 'mobile',
  setPostal: 'postal',
}

export type BehalfDeed = keyof typeof BEHALF_TABLE

export const isBehalfDeed = (name: string): name is BehalfDeed => Object.hasOwn(BEHALF_TABLE, name)

/** What a program says of a deed. */
export interface BehalfSaid {
  readonly agentId: AgentId
  readonly second: AgentId | null
  readonly reason: BehalfReason
  /** The number of the case or ticket in the program's own books. */
  readonly reference: string | null
  readonly verified: SaidVerification | null
}

const REFERENCE = /^[A-Za-z0-9][A-Za-z0-9._/-]{0,39}$/

export type ReadBehalf =
  | { readonly ok: true; readonly said: BehalfSaid }
  | { readonly ok: false; readonly problem: Problem }

/** What was sent, as it came; nothing is trimmed or folded. */
export interface BehalfTyped {
  readonly onBehalfOf: unknown
  readonly approvedBy: unknown
  readonly reason: unknown
  readonly reference: unknown
  readonly verified: unknown
}

export function readBehalf(typed: BehalfTyped): ReadBehalf {
  const { onBehalfOf, approvedBy, reference } = typed
  if (!isAgent(onBehalfOf)) return { ok: false, problem: 'desk.not-an-agent' }
  if (approvedBy !== undefined && !isAgent(approvedBy))
    return { ok: false, problem: 'desk.not-an-agent' }
  const reason = BEHALF_REASONS.find((one) => one === typed.reason)
  if (!reason) return { ok: false, problem: 'desk.reason' }
  if (reference !== undefined && !(typeof reference === 'string' && REFERENCE.test(reference)))
    return { ok: false, problem: 'request.malformed' }
  const verified = SAID_VERIFICATIONS.find((one) => one === typed.verified) ?? null
  if (verified === null && typed.verified !== undefined)
    return { ok: false, problem: 'request.malformed' }
  // What a caller asks for is done for one who has shown who they are (R127).
  if (reason === 'client-request' && verified === null)
    return { ok: false, problem: 'desk.more-proof' }
  const said = { agentId: onBehalfOf, reason, verified }
  return { ok: true, said: { ...said, second: approvedBy ?? null, reference: reference ?? null } }
}

const isAgent = (typed: unknown): typed is AgentId => typeof typed === 'string' && isAgentId(typed)

/** Who does it, and for whom. */
export interface BehalfAsked {
  /** `null` for an id that no member has. */
  readonly member: Member | null
  /** `null` where none was named. */
  readonly second: Member | null
  /** Members who have something in common with the client. */
  readonly tied: readonly MemberId[]
}

/** Why these people do not do it, whatever else is so; `null` for no reason. */
export function obstacleToBehalf(
  deed: BehalfDeed,
  { member, second, tied }: BehalfAsked,
): Problem | null {
  const { by }: BehalfRow = BEHALF_TABLE[deed]
  if (member?.state !== 'active') return 'desk.not-on-behalf'
  if (!by.includes(member.role)) return 'desk.not-this-role'
  if (second && !mayBeSecond(second, member)) return 'desk.second-person'
  // Their own record no member changes, and a colleague's only by a supervisor (A13).
  const isOwn = tied.includes(member.id) || (second !== null && tied.includes(second.id))
  if (isOwn || (tied.length > 0 && member.role !== 'supervisor')) return 'desk.not-allowed'
  return null
}

/** Whether it takes a second person, with what is unusual. */
export function takesTwo(
  deed: BehalfDeed,
  { there, isFirst }: { readonly there: readonly UnusualSignal[]; readonly isFirst: boolean },
): boolean {
  const { two, isFirstAlone = false }: BehalfRow = BEHALF_TABLE[deed]
  if (two === 'always') return true
  return !(isFirst && isFirstAlone) && two.some((signal) => there.includes(signal))
}

/** Whether what is unusual decides how many people it takes. */
export function isWeighed(deed: BehalfDeed): boolean {
  const { two }: BehalfRow = BEHALF_TABLE[deed]
  return two.length > 0
}
