import type { Fragments } from '#core/devices/known-pin.ts'
import type { Json } from '#core/json.ts'
import type { Problem } from '#core/problems.ts'
import type { Instant } from '#core/time/time.ts'
import type { DeliveredKey, KeyRefusal } from '#core/inventory/hardware-token.ts'
import type { Asking, Begun, Change, Changing, Proven } from '#methods/change.ts'
import type { EnrolForm } from '#methods/enrol.ts'
import type { PromptField } from '#methods/prompt.ts'

/**
 * For a method whose authenticators are made elsewhere and delivered with their keys.
 *
 *   key of a file ──adopted──▶ in the inventory ──given──▶ an authenticator of a client
 */
export interface Stock {
  /**
   * What the inventory keeps of a delivered key.
   *
   * @returns `algorithm` for a key that is none of this method's.
   */
  adopt(key: DeliveredKey): Adopted
  /** Makes an authenticator of what the inventory kept. Never throws for anything in `wishes`. */
  give(kept: Json, wishes: unknown): Given
  /** Whether the PIN of this authenticator is known of its holders (R068). */
  isKnown(state: Json, known: Fragments): boolean
  /** Only where clients order one. */
  readonly ordering?: Ordering
}

/**
 * A client orders one, and says when it has come.
 *
 *   asks ──▶ chosen (kept, sealed) ──sent──▶ given ──▶ proof: begun ──answer──▶ accepted: bound
 */
export interface Ordering {
  /** What its holder chooses, such as a PIN, and once more. */
  readonly asks: EnrolForm
  readonly again: PromptField
  /**
   * Never throws for anything in `request`. `known` is what strangers may know of the client
   * (R068).
   */
  choose(request: unknown, known: Fragments): Chosen
  /** Whether what was chosen is known by now: then it is chosen anew. */
  isKnown(wishes: unknown, known: Fragments): boolean
  /**
   * The wishes for one that takes the place of this: its holder goes on with what they chose then,
   * and tells it to no agent.
   */
  wishesOf(state: Json): Json
  /** That what was sent has reached the client who ordered it, shown with the device itself. */
  readonly proof: Proof
}

export interface Proof extends Pick<Change, 'describe'> {
  begin(state: Json, changing: Changing): Begun
  complete(state: Json, answer: unknown, asked: Asking): Proven<Json>
}

type Chosen =
  | { readonly ok: true; readonly wishes: Json }
  | { readonly ok: false; readonly problem: Problem; readonly field: string }

export type Adopted =
  | { readonly ok: true; readonly kept: Json }
  | { readonly ok: false; readonly reason: KeyRefusal }

export type Given =
  | {
      readonly ok: true
      readonly state: Json
      /** From when on it answers nothing any more. */
      readonly expiresAt: Instant | null
    }
  | { readonly ok: false; readonly problem: Problem }
