import type { z } from 'zod'
import type { Phase } from '#core/assurance.ts'
import type { DeedClass } from '#core/desk/deeds.ts'
import type { BrowserId } from '#core/ids.ts'
import type { Json } from '#core/json.ts'
import type { Problem } from '#core/problems.ts'
import type { Language } from '#core/subscribers/account.ts'
import type { Instant } from '#core/time/time.ts'
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

/** An authenticator that the desk gives to a client whom it has verified. */
export interface Issuing {
  issue(facts: {
    readonly now: Instant
    readonly random: (length: number) => Uint8Array
    readonly language: Language
    /** The browsers in which alone it is accepted; without, in any. */
    readonly only?: readonly BrowserId[]
  }): Promise<Issued>
  /**
   * Frees it from where it was used first, so that it can be used elsewhere once: in these browsers
   * alone, where they are named, or in those that it was given out for.
   */
  release(state: Json, only?: readonly BrowserId[]): Json
}

export interface Issued {
  readonly label: string
  readonly state: Json
  readonly expiresAt: Instant
  readonly phases: readonly Phase[]
  /** Told to its holder, once; it is stored nowhere. */
  readonly secret: string
}

/** What the device of a caller asks the desk, before its holder answers anything. */
export interface AskedFirst {
  /** As its holder has read it out. */
  readonly question: string
  /** A digit for what the answer opens, which the device shows: it has no connection. */
  readonly about: number
}

/**
 * How a device without a connection checks who asks. The key is not the one that answers: what the
 * desk says is heard by every kind of caller, and of a key under a PIN it would tell the PIN (A16).
 */
export interface DeskCheck extends DeskCheckBy<Json> {}

/** The same with the type of the state that holds the key. */
export interface DeskCheckBy<State> {
  /** Whether there is a key that the desk can prove itself with. */
  knows(state: State): boolean
  /** With the key that the device has made for it; `null` for what is no key. */
  learned(state: State, key: unknown): State | null
  /** What a caller has read from the device; `null` for what nothing shows. */
  read(typed: string): string | null
}

/** The same for any state that was stored. */
export const deskChecking = <State>(
  State: z.ZodType<State>,
  by: DeskCheckBy<State>,
): DeskCheck => ({
  knows: (state) => by.knows(State.parse(state)),
  learned: (state, key) => by.learned(State.parse(state), key) as Json | null,
  read: by.read,
})
