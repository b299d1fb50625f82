import type { DeedClass } from '#core/desk/deeds.ts'
import type { Json } from '#core/json.ts'
import type { Problem } from '#core/problems.ts'
import type { Language } from '#core/subscribers/account.ts'
import type { Delivery, Take } from '#methods/delivery.ts'

/** What a method does for a client who is on the telephone with the desk. */

/**
 * Codes that a caller is asked at the desk. Each is used up when it is asked: what is said to an
 * agent, right or wrong, answers no login.
 */
export interface Beside {
  /** `null` when none is left to spare. */
  ask(state: Json, random: (length: number) => Uint8Array): AskedBeside | null
  /** `null` for what is no answer at all. */
  isRight(expected: Json, typed: string): boolean | null
}

export interface AskedBeside {
  readonly state: Json
  /** Where its holder looks. */
  readonly at: readonly string[]
  readonly expected: Json
}

/** Has our voice say digits at a number of record, to be told to the agent who is on the line. */
export interface CallBack {
  /** Why it cannot be called, or `null`: what was allowed once may be no longer. */
  problem(number: string): Problem | null
  call(calling: CallingBack): { readonly deliver: Delivery; readonly takes: readonly Take[] }
}

export interface CallingBack {
  readonly number: string
  readonly digits: string
  /** What the client ends who is not on the telephone with us. */
  readonly denies: string
  /** What the caller asks for, as the client is told. */
  readonly of: DeedClass
  readonly language: Language
  readonly brand: string
  readonly subscriber: string
  /** Stands for the agent who asks: limits count by it. */
  readonly network: string
}
