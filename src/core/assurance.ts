import type { Instant } from '#core/time.ts'

/**
 * How strong a proof is, and what each strength opens.
 *
 * The letters beside the 2 tell the three restricted second factors apart; nothing compares them as text:
 * `STRENGTHS` is the order.
 */
export type Acr = '1' | '2t' | '2s' | '2c' | '3' | '4'

/** Weakest first. */
export const STRENGTHS = ['1', '2t', '2s', '2c', '3', '4'] as const satisfies readonly Acr[]

export const ACR_PREFIX = 'urn:countersign:acr:'

/** The value of the OpenID Connect claim `acr`. */
export const acrValue = (acr: Acr): string => ACR_PREFIX + acr

export const atLeast = (acr: Acr, needed: Acr): boolean =>
  STRENGTHS.indexOf(acr) >= STRENGTHS.indexOf(needed)

/** One factor that was proven, and how. */
export interface Proof {
  readonly method: string
  readonly acr: Acr
  /** Authentication method references. @see RFC 8176, section 2 */
  readonly amr: readonly string[]
  /** What the proof opens as time goes on, in this order; nothing after the last. Without them it opens all. */
  readonly phases?: readonly Phase[]
}

/** A stretch of temporary access, such as the two days and then the ten of a passcode (R094, R095). */
export interface Phase {
  readonly until: Instant
  readonly opens: 'everything' | 'card-printing'
}

/** The strength of a login is that of its strongest proof: every acr already says what came with it. */
export function strengthOf(proofs: readonly Proof[]): Acr {
  if (proofs.length === 0) throw new Error('nothing was proven')
  return proofs
    .map((proof) => proof.acr)
    .reduce((best, acr) => (atLeast(acr, best) ? acr : best), '1')
}

/** Authentication method references of the whole login, with `mfa` when more than one factor was proven. */
export function referencesOf(proofs: readonly Proof[]): readonly string[] {
  const all = new Set(proofs.flatMap((proof) => proof.amr))
  return proofs.length > 1 ? [...all, 'mfa'] : [...all]
}

/** Where a login leads: the portal, a trading platform, or any other relying party. */
export interface Platform {
  /** The client id of the relying party, or `portal`. */
  readonly id: string
  /** What pages and the phone call it, in each language. */
  readonly name: Readonly<Record<'en' | 'fr', string>>
  /** The least that opens it to a subscriber who has a second factor. */
  readonly needs: Acr
  /** Whether a subscriber who never had a second factor may come in with a password, to bind the first. */
  readonly opensForFirstBinding: boolean
}

/** What a session may do. Money in whole US dollars; `null` means without limit (R121). */
export interface Rights {
  readonly portal: 'full' | 'first-binding'
  readonly trading: boolean
  readonly withdrawalPerDayUsd: number | null
  readonly withdrawalPer5DaysUsd: number | null
}

const RIGHTS: Readonly<Record<Acr, Rights>> = {
  1: rights('first-binding', false, [50_000, 100_000]),
  '2t': rights('full', true, [50_000, 100_000]),
  '2s': rights('full', true, [200_000, 600_000]),
  '2c': rights('full', true, [200_000, 600_000]),
  3: rights('full', true, [1_000_000, 1_000_000]),
  4: rights('full', true, [null, null]),
}

export const rightsOf = (acr: Acr): Rights => RIGHTS[acr]

function rights(
  portal: Rights['portal'],
  trading: boolean,
  [withdrawalPerDayUsd, withdrawalPer5DaysUsd]: readonly [number | null, number | null],
): Rights {
  return { portal, trading, withdrawalPerDayUsd, withdrawalPer5DaysUsd }
}
