import type { AuthenticatorId } from '#core/ids.ts'
import type { Instant } from '#core/time/time.ts'

/**
 * How strong a proof is, and what each strength opens.
 *
 * The letters beside the 2 tell the three restricted second factors apart, and the one beside the 3
 * a card of the past from a phone; nothing compares them as text: `STRENGTHS` is the order.
 */
export type Acr = '1' | '2t' | '2s' | '2c' | '3' | '3c' | '4'

/** Weakest first. */
export const STRENGTHS = ['1', '2t', '2s', '2c', '3', '3c', '4'] as const satisfies readonly Acr[]

export const ACR_PREFIX = 'urn:countersign:acr:'

/** The value of the OpenID Connect claim `acr`. */
export const acrValue = (acr: Acr): string => ACR_PREFIX + acr

export const atLeast = (acr: Acr, needed: Acr): boolean =>
  STRENGTHS.indexOf(acr) >= STRENGTHS.indexOf(needed)

export const stronger = (one: Acr, other: Acr): Acr => (atLeast(one, other) ? one : other)

/** One factor that was proven, and how. */
export interface Proof {
  readonly method: string
  /** What it was proven with; the first factor has none that is told apart. */
  readonly authenticatorId?: AuthenticatorId
  readonly acr: Acr
  /** Authentication method references. @see RFC 8176, section 2 */
  readonly amr: readonly string[]
  /**
   * What the proof opens as time goes on, in this order; nothing after the last. Without them it
   * opens all.
   */
  readonly phases?: readonly Phase[]
  /** The channels that brought what was typed, where it was brought. */
  readonly carried?: readonly string[]
}

/**
 * What a proof opens at a moment: all, the printing of a card, looking only, or nothing any more.
 */
export type PhaseNow = 'everything' | 'card-printing' | 'reading' | 'over'

/**
 * A stretch of temporary access, such as the two days and then the ten of a passcode (R094, R095).
 */
export interface Phase {
  readonly until: Instant
  readonly opens: 'everything' | 'card-printing' | 'reading'
}

export const phaseOf = ({ phases }: Proof, now: Instant): PhaseNow =>
  phases ? (phases.find(({ until }) => now < until)?.opens ?? 'over') : 'everything'

/**
 * The strength of a login is that of its strongest proof: every acr already says what came with it.
 */
export function strengthOf(proofs: readonly Proof[]): Acr {
  if (proofs.length === 0) throw new Error('nothing was proven')
  return proofs
    .map((proof) => proof.acr)
    .reduce((best, acr) => (atLeast(acr, best) ? acr : best), '1')
}

/**
 * Authentication method references of the whole login, with `mfa` when more than one factor was
 * proven: two authenticators of one kind are one factor, and so are two secrets that are both only
 * known.
 *
 * @see SFC, "FAQ on Hacking Risks Associated with Internet Trading", question 2 (C5)
 */
export function referencesOf(proofs: readonly Proof[]): readonly string[] {
  const all = new Set(proofs.flatMap((proof) => proof.amr))
  const kinds = new Set(proofs.map((proof) => proof.method))
  return kinds.size > 1 && all.size > 1 ? [...all, 'mfa'] : [...all]
}

/** Where a login leads: the portal, a trading platform, or any other relying party. */
export interface Platform {
  /** The client id of the relying party, or `portal`. */
  readonly id: string
  /** What pages and the phone call it, in each language. */
  readonly name: Readonly<Record<'en' | 'fr', string>>
  /** The least that opens it to a subscriber who has a second factor. */
  readonly needs: Acr
  /** What a session needs the right to, in order to come in. */
  readonly purpose: Purpose
  /** Where its logins begin; `null` where it is not configured. */
  readonly startUri: string | null
}

/** What a platform is for: `other` asks for a second factor and for nothing else. */
export type Purpose = 'portal' | 'trading' | 'statements' | 'other'
