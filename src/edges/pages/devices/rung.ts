import type { Acr } from '#core/assurance.ts'

/** A second factor that this installation knows, whether the client has it or not. */
export interface Rung {
  readonly method: string
  readonly acr: Acr
  /** Whether it is set up from this page. */
  readonly canBeAdded: boolean
  /** A channel that others can listen to (S25). */
  readonly isRestricted: boolean
  /** Whether binding it has verified an address. */
  readonly verifies: boolean
  /** Whether it stands in for a permanent one that is away. */
  readonly standsIn: boolean
}
