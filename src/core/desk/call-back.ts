import type { Contact } from '#core/contact/address.ts'
import { before, days, type Instant, minutes } from '#core/time/time.ts'

/**
 * A caller who has nothing left at hand is called back at a number that has been theirs for a
 * while. It is the weakest proof (L1): a number can be taken over, so it opens alone only what a
 * stranger has little of, and an attacker who has set a number waits for a month, in which its
 * client has heard of it.
 */

/** How long a number stands, verified and unchanged, before it proves anything. */
export const CALLED_FROM = days(30)

/** Whether the client can be called back there. */
export function isCalledBack(
  { kind, since, verifiedAt, replacedAt }: Contact,
  now: Instant,
): boolean {
  const latest = before(now, CALLED_FROM)
  const isSettled = since <= latest && verifiedAt !== null && verifiedAt <= latest
  return kind === 'mobile' && replacedAt === null && isSettled
}

/** Why a client is called back nowhere. */
export type NotCalled = 'no-number' | 'unproven' | 'recent' | 'unreachable'

/** The reason, of a client with these addresses who is not called back at any. */
export function whyNotCalled(contacts: readonly Contact[], now: Instant): NotCalled {
  const number = contacts.find((one) => one.kind === 'mobile' && one.replacedAt === null)
  if (!number) return 'no-number'
  if (number.verifiedAt === null) return 'unproven'
  return isCalledBack(number, now) ? 'unreachable' : 'recent'
}

/** It rings, it is heard three times, and told to the agent. */
export const CALL_BACK_LIFETIME = minutes(5)

/**
 * So often a client is called back in a day, over all agents: a stranger does not ring one up all
 * night, and a printed card lasts its three weeks (A23, A28).
 */
export const CALL_BACKS = { name: 'desk-call-backs', count: 3, per: days(1) } as const

/** More than a text has: an agent who guesses has three tries a day. */
export const CALL_BACK_DIGITS = 8
