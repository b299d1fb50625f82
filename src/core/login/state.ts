import type { Acr, Proof } from '#core/assurance.ts'
import type { WrittenLoginEvent } from '#core/login/events.ts'
import type { AuthenticatorId, BrowserId, LoginId, SubscriberId, TaskId } from '#core/ids.ts'
import type { Json } from '#core/json.ts'
import type { Problem } from '#core/problems.ts'
import type { Environment, Language } from '#core/subscribers/account.ts'
import type { TaskDetails } from '#core/task-details.ts'
import type { Instant } from '#core/time/time.ts'

/**
 * One attempt to log in, from the user name to the session.
 *
 *   started ──password right──▶ choosing ⇄ challenged ──right──▶ completed ──claimed once──▶ session
 *      ├──identified─────────────────────────────────────────────────▲
 *      │                            │           │
 *      └──password wrong──▶ refused ◀── denied, or the 5th wrong answer
 *                                   expired ◀── ten minutes after the start, in any state but the last two
 *
 * A client with a session takes the same steps to confirm a sensitive task; such a login opens no
 * session, and what it proves is valid for that task alone (A8, S88).
 */
export type Login = Started | Choosing | Challenged | Completed | Refused | Expired

export interface Attempt {
  readonly id: LoginId
  /**
   * `null` when no client has the claimed user name: such a login can take the steps and never
   * completes.
   */
  readonly subscriberId: SubscriberId | null
  /** As it was typed, for the person who typed it. */
  readonly userName: string
  /** A wrong password, or no such subscriber, where decoys are on (product rule `login.decoy`). */
  readonly decoy: boolean
  readonly environment: Environment
  readonly platform: string
  readonly needs: Acr
  readonly origin: Origin
  /**
   * SHA-256 of the secret of the browser or program that began it, base64url: no other browser may
   * go on.
   */
  readonly holder: string
  /** What it confirms; `null` when it leads in. */
  readonly task: TaskToConfirm | null
  /** It leads to the choice of another password, and nowhere else (S18). */
  readonly resets?: true
  /** Where it leads beyond its platform; logins of programs lead nowhere. */
  readonly leadsTo?: Destination
  /** The method of the device that it was begun to set up: it confirms that as well, once. */
  readonly binds?: string
  /** A device is asked before a text, as the rules of the client want it (R129). */
  readonly asksDevice?: true
  /** The login whose session it lifts, with what was set up there: it began complete. */
  readonly lifts?: LoginId
  readonly proofs: readonly Proof[]
  readonly wrongAnswers: number
  readonly startedAt: Instant
  readonly expiresAt: Instant
}

/** Where the browser goes on to when its login is complete. */
export interface Destination {
  /** The authorization request of a relying party that waits for this login, or `null`. */
  readonly interaction: string | null
  /** Only a login that was made for that request answers it. */
  readonly anew: boolean
  /** The page of the portal that was asked for, or `null`. */
  readonly page: string | null
  /**
   * The platform that waits while the login itself leads to the portal, where its client first sets
   * up what the platform asks for.
   */
  readonly afterSetUp?: string
}

/** The task that a login confirms, as it stood when the login began. */
export interface TaskToConfirm {
  readonly id: TaskId
  readonly deed: TaskDetails
  readonly expiresAt: Instant
}

/** Where a login comes from, in words that a phone may show. */
export interface Origin {
  /** The network address that limits count by; never shown to another client. */
  readonly address: string
  readonly place: string
  /** Such as `Firefox, Windows`. */
  readonly browser: string
  /** The browser record, when this browser holds a recognition cookie of this subscriber. */
  readonly browserId: BrowserId | null
  /** It is recognised and fills in no user name: it will, once the login is complete. */
  readonly isUnnamed?: boolean
  /** A program of its own, and no browser. */
  readonly isProgram?: boolean
  readonly language: Language
}

export interface Started extends Attempt {
  readonly state: 'started'
}
export interface Choosing extends Attempt {
  readonly state: 'choosing'
}
export interface Challenged extends Attempt {
  readonly state: 'challenged'
  readonly challenge: Challenge
}
export interface Completed extends Attempt {
  readonly state: 'completed'
  readonly completedAt: Instant
  /** When the browser that began the login took its session; until then it is not held. */
  readonly claimedAt: Instant | null
  /** The security stamp of the client then, where the login confirms more than it opens. */
  readonly claimedIn?: number
}
export interface Refused extends Attempt {
  readonly state: 'refused'
  readonly refusedAt: Instant
  readonly problem: Problem
}
export interface Expired extends Attempt {
  readonly state: 'expired'
  /** The login of the same browser that was completed instead of it. */
  readonly replacedBy?: LoginId
}

/** A question to one authenticator, answered once. */
export interface Challenge {
  readonly authenticatorId: AuthenticatorId
  readonly method: string
  /** What may be shown to the claimant. */
  readonly prompt: Json
  /** What the answer is compared with; it never leaves the server. */
  readonly expected: Json
  readonly openedAt: Instant
  readonly expiresAt: Instant
  /** The device is not asked any more, because the same browser asks it for another login. */
  readonly withdrawnAt?: Instant
}

/**
 * What a step causes besides the change of the login. It is data: the commit writes it, and only
 * then does it happen.
 */
export interface Effect {
  readonly kind: 'deliver'
  readonly channel: string
  /** Whose device it is for; `null` for a client who holds none yet. */
  readonly to: AuthenticatorId | null
  readonly payload: Json
  /** Where to; without it the channel itself knows how to reach the device. */
  readonly address?: Json
  /** The challenge that it carries, so that the page can tell how far it has come. */
  readonly about?: { readonly loginId: LoginId; readonly openedAt: Instant }
  /**
   * The notice that it carries, by its audit event, and whether it goes to an address that counts
   * now: one that was replaced may belong to another person. Whether anything of it arrives is kept
   * there.
   */
  readonly notice?: { readonly seq: number; readonly isCurrent: boolean }
  /** It carries the same as another one: that it fails ends nothing. */
  readonly beside?: true
}

/**
 * A step: the login as it is to be written, what follows from it, and what is written down about
 * it.
 */
export interface Step<L extends Login = Login> {
  readonly login: L
  readonly effects: readonly Effect[]
  readonly event: WrittenLoginEvent
  readonly problem?: Problem
}

/** Nothing to write: the login is in another state than the caller thought. */
export interface Stayed {
  readonly stays: Problem
}
