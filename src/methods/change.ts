import type { Fragments } from '#core/devices/known-pin.ts'
import type { Json } from '#core/json.ts'
import type { Problem } from '#core/problems.ts'
import type { Instant } from '#core/time/time.ts'
import type { EnrolForm } from '#methods/enrol.ts'
import type { PromptField, PromptView } from '#methods/prompt.ts'

/**
 * Something about an authenticator that its holder changes on a page of the portal, and proves with
 * the authenticator itself as it is to be, such as its PIN.
 *
 *   asks ──▶ begun (kept in its state) ──▶ describe ──answer──▶ accepted: changed
 *                                                        └────▶ rejected: counted like any wrong answer
 */
export interface Change {
  /** What its page says it changes. */
  readonly link: string
  readonly asks: EnrolForm
  /** Draws the question. Never throws for anything in `request`. */
  begin(state: Json, request: unknown, changing: Choosing): Begun
  /** The question that is open for this asker; `null` when none is. */
  describe(state: Json, asked: Asking): OpenChange | null
  /** Never throws for anything in `answer`. One to the question of another asker is `late`. */
  complete(state: Json, answer: unknown, asked: Knowing): Completed<Json>
}

export interface Asking {
  readonly now: Instant
  /**
   * Stands for the session that began it, and the state of the client: no other goes on with it.
   */
  readonly asker: string
}

export interface Changing extends Asking {
  readonly random: (length: number) => Uint8Array
}

/** What others know of the holders, such as a telephone number: no PIN contains it (R068). */
interface Known {
  readonly known: Fragments
}

/** The arguments of a step that chooses a new value, such as a PIN. */
export interface Choosing extends Changing, Known {}

/** The arguments of the step that makes it count: the holders may be better known by then. */
export interface Knowing extends Asking, Known {}

/** Whether it counts, or is known by now: it was not proven then, and is chosen anew. */
export type Completed<State> = Proven<State> | { readonly outcome: 'known'; readonly state: State }

export type Begun =
  | { readonly ok: true; readonly state: Json; readonly unique?: string }
  | { readonly ok: false; readonly problem: Problem; readonly until?: Instant }

export interface OpenChange {
  /** As in a login: the last of its steps holds the field. */
  readonly view: PromptView & { readonly field: PromptField }
  readonly expiresAt: Instant
}

/** Whether the change is proven. */
export type Proven<State> =
  | { readonly outcome: 'accepted'; readonly state: State }
  /** Counted like any wrong answer; `reason` goes to the audit log only. */
  | {
      readonly outcome: 'rejected'
      readonly reason: string
      readonly state: State
      readonly ahead?: true
    }
  /** No answer at all, or one after its time: neither is counted. */
  | { readonly outcome: 'malformed' | 'late' }

/** A `Change` with the type of the state it changes. */
export interface ChangeBy<State> extends Omit<Change, 'begin' | 'describe' | 'complete'> {
  begin(
    state: State,
    request: unknown,
    changing: Choosing,
  ):
    | (Omit<Extract<Begun, { ok: true }>, 'state'> & { readonly state: State })
    | Extract<Begun, { ok: false }>
  describe(state: State, asked: Asking): OpenChange | null
  complete(state: State, answer: unknown, asked: Knowing): Completed<State>
}
