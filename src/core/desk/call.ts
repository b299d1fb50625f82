import { type Case, CASE_LIFETIME } from '#core/desk/case.ts'
import type { Member } from '#core/desk/member.ts'
import { after, type Instant } from '#core/time/time.ts'

/**
 * A call while it goes on, as its client is told of it: who of us talks to them. A stranger who
 * calls in our name is none of ours, and the client can see it (A13).
 *
 * It ends when the agent closes the case, takes another call or leaves, and with the case after two
 * hours: what was left open overnight is no call.
 */
export interface OngoingCall {
  /** The first name, and nothing else of the agent. */
  readonly agent: string
  readonly since: Instant
  /** When it is over at the latest. */
  readonly until: Instant
}

export const ongoingCallOf = (
  { openedAt }: Pick<Case, 'openedAt'>,
  { name }: Pick<Member, 'name'>,
): OngoingCall => ({
  agent: firstName(name),
  since: openedAt,
  until: after(openedAt, CASE_LIFETIME),
})

export const firstName = (name: string): string => name.split(/\s/u, 1)[0] ?? name
