import type { Language } from '#core/subscribers/account.ts'
import type { AuthenticatorId } from '#core/ids.ts'
import type { Json } from '#core/json.ts'
import type { Problem } from '#core/problems.ts'
import type { Instant, Millis } from '#core/time/time.ts'
import type { Delivery, Take } from '#methods/delivery.ts'
import type { Aside, PromptField, Script, Text, WayView } from '#methods/prompt.ts'

/**
 * The app that an authenticator is made in. Both are what follows the address of this installation.
 */
export interface App {
  readonly path: string
  /** The app with an invitation in hand: what a picture of it holds. */
  invited(token: string): string
}

/**
 * How an authenticator is bound on a page of the portal: what the page shows first, what the holder
 * does with it, and how that proves that they hold it.
 *
 *   begin ──▶ a page (or two) ──answer──▶ complete ──▶ bound
 *
 * What is drawn stays drawn: the prompt and what the answer is held against are written, sealed,
 * before anything is shown.
 *
 * @see NIST SP 800-63B-4, "Authenticator Binding"
 */
export interface Enrol {
  /**
   * What the holder enters before anything is drawn, such as a number; absent when nothing is
   * asked.
   */
  readonly asks?: EnrolForm
  /**
   * The address that was asked for first, where it is one: in its one form, and as people write it.
   */
  read?(request: unknown): ReadAddress
  /** Binds an address that the client has proven before, and that nothing is sent to now. */
  known?(address: string, knowing: Pick<Enrolling, 'held'> & Pick<Completing, 'language'>): Bound
  /** Never throws for anything in `request`: what is malformed is a problem. */
  begin(request: unknown, enrolling: Enrolling): EnrolDrawn
  /** The prompt without what a view has shown once and will never show again. */
  forget?(prompt: Json): Json
  /** Never throws for anything in `answer`. A `wrong` one is counted by the invitation. */
  complete(answer: unknown, completing: Completing): Promise<Bound | { readonly wrong: true }>
  /** The pages of the binding; the first is where the holder begins. */
  describe(prompt: Json, context: EnrolContext): readonly [EnrolView, ...EnrolView[]]
}

/**
 * How an address is proven on the same pages: like a binding, but only the address is stored. It is
 * no authenticator (S28).
 */
export interface AddressProof extends Omit<Enrol, 'complete' | 'forget' | 'known'> {
  readonly asks: EnrolForm
  read(request: unknown): ReadAddress
  complete(
    answer: unknown,
    completing: Completing,
  ): Promise<ProvenAddress | Extract<Bound, { ok: false }> | { readonly wrong: true }>
}

export interface ProvenAddress {
  readonly ok: true
  readonly address: string
}

export type ReadAddress =
  | { readonly ok: true; readonly address: string; readonly written: string }
  | { readonly ok: false; readonly problem: Problem }

export interface EnrolForm {
  readonly title: string
  readonly lead: string
  readonly field: PromptField
  /** What they should know before they begin, such as a risk (S25). */
  readonly notice?: string
  /** What is said of an address that is proven already, and the button that binds it. */
  readonly known?: { readonly text: string; readonly button: string }
}

/** For whom and with what an authenticator is drawn. */
export interface Enrolling {
  readonly now: Instant
  readonly random: (length: number) => Uint8Array
  /** The address of this installation. */
  readonly issuer: string
  /** What the brokerage is called. */
  readonly brand: string
  readonly subscriber: {
    readonly id: string
    readonly userName: string
    readonly language: Language
  }
  /** The states of those of this method that the subscriber holds already. */
  readonly held: readonly { readonly id: AuthenticatorId; readonly state: Json }[]
  /**
   * Stands for the end site that the session was opened from (an address, or a /64 of IPv6): limits
   * count by it.
   */
  readonly network: string
  /** The channels that there are. */
  readonly channels: readonly string[]
  /** The way that was chosen, of those that a view offers; `null` is the method's own first. */
  readonly way: string | null
  /**
   * What was drawn before, where a code did not come and another is asked for; `request` is `null`
   * then.
   */
  readonly before: { readonly expected: Json; readonly drawnAt: Instant } | null
}

export type EnrolDrawn =
  | {
      readonly ok: true
      readonly prompt: Json
      readonly expected: Json
      /** At most; never longer than the lifetime of an invitation. */
      readonly validFor?: Millis
      readonly deliver: readonly Delivery[]
      readonly takes?: readonly Take[]
    }
  | { readonly ok: false; readonly problem: Problem; readonly until?: Instant }

export interface Completing {
  readonly expected: Json
  readonly now: Instant
  readonly random: (length: number) => Uint8Array
  readonly issuer: string
  readonly language: Language
}

export interface EnrolContext {
  readonly openedAt: Instant
  readonly expiresAt: Instant
}

/** A page of the binding, as data; texts are keys of `locales/`. */
export interface EnrolView {
  readonly name: string
  readonly title: string
  readonly lead: Text
  /** Shown once, to the first request: what is on it is a secret (R104, A15). */
  readonly once?: true
  /** How far the binding has come: the names of its stages, and which one this is. */
  readonly stage?: { readonly of: readonly string[]; readonly at: number }
  /** What to be sure of before going on. */
  readonly warning?: string
  /** Numbered instructions; the last one holds the field where there is one. */
  readonly steps?: readonly Text[]
  /** How long it is open, where that is not said of a code: its `.until` names the time. */
  readonly left?: string
  /** A picture to scan, and the same as text for a client who cannot. */
  readonly picture?: { readonly content: string; readonly label: string; readonly text: string }
  /** A printed code card. */
  readonly sheet?: Sheet
  /** What makes the answer in the browser, and puts it in a scripted field. */
  readonly script?: Script
  readonly field?: PromptField
  /** The page after this one, when there is one. */
  readonly next?: { readonly view: string; readonly button: string }
  /** Other ways to get what is asked for, and from when on. */
  readonly ways?: readonly WayView[]
  /** The heading over them, for a client who has received nothing. */
  readonly stuck?: string
  readonly aside?: readonly Aside[]
}

/** The cells of a code card, in reading order; the columns are read downwards. */
export interface Sheet {
  readonly serial: string
  readonly cells: readonly { readonly index: string; readonly code: string }[]
  readonly expiresAt: Instant
}

/** An `Enrol` with the type of its own state. */
export type EnrolBy<State> = Omit<Enrol, 'complete' | 'describe' | 'forget'> & {
  forget?(prompt: never): Json
  complete(
    answer: unknown,
    completing: Completing,
  ): Promise<
    | (Omit<Extract<Bound, { ok: true }>, 'state'> & { readonly state: State })
    | Extract<Bound, { ok: false }>
    | { readonly wrong: true }
  >
  /** The views of a prompt that this method itself has made. */
  describe(prompt: never, context: EnrolContext): readonly [EnrolView, ...EnrolView[]]
}

/** Where and for what an authenticator presents itself. */
export interface Binding {
  readonly now: Instant
  /** The address of this installation: a proof made for another one is not valid here. */
  readonly audience: string
  /** The invitation that it answers. */
  readonly enrolment: string
}

export type Bound =
  | {
      readonly ok: true
      readonly label: string
      /** What it says that it is, where it does. */
      readonly model?: string | null
      readonly state: Json
      /** When it expires; without it, never. */
      readonly expiresAt?: Instant
      /** The address that it has verified, where it does. */
      readonly address?: string
    }
  | { readonly ok: false; readonly problem: Problem }
