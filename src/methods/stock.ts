import type { Json } from '#core/json.ts'
import type { Problem } from '#core/problems.ts'
import type { Instant } from '#core/time.ts'
import type { DeliveredKey, KeyRefusal } from '#core/token.ts'

/**
 * For a method whose authenticators are made elsewhere and delivered with their keys.
 *
 *   key of a file ──adopted──▶ in the inventory ──given──▶ an authenticator of somebody
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
}

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
