import type { Acr } from '#core/assurance.ts'
import type { Refusal } from '#core/problems.ts'
import type { IconName } from '#edges/pages/frame/icons.ts'

/** A second factor that this installation knows, whether the client has it or not. */
export interface Rung {
  readonly method: string
  readonly acr: Acr
  readonly icon: IconName
  /** Whether it is set up from this page. */
  readonly canBeAdded: boolean
  /** Why this session would not be let; `null` where it would. */
  readonly refused: Refusal | null
  /** A channel that others can listen to (S25). */
  readonly isRestricted: boolean
  /** Whether binding it has verified an address. */
  readonly verifies: boolean
  /** Whether the login page can ask it by itself (R038). */
  readonly isAsked: boolean
  /** Whether it stands in for a permanent one that is away. */
  readonly standsIn: boolean
}
