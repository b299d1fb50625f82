import type { AuthenticatorId } from '#core/ids.ts'
import type { Json } from '#core/json.ts'
import type { Instant } from '#core/time/time.ts'
import type { Delivery } from '#methods/delivery.ts'
import type { Asking } from '#methods/method.ts'

/** What a challenge is drawn with that most methods do not look at. */
export const SAMPLE_ASKING = {
  language: 'en',
  holderLanguage: 'en',
  subscriber: 'sub_sample',
  network: 'a network',
  channels: ['web-push', 'sms', 'voice'],
  issuer: 'https://login.example.com',
  brand: 'Example Brokerage',
} as const satisfies Partial<Asking>

/**
 * An authenticator about which everything is known, and its holder: what the contract, the
 * scenarios and the figures of the help centre log in with.
 */
export interface Sample {
  /** As it is stored. */
  readonly state: Json
  /** What its holder types who sees this prompt at this moment, and was delivered this. */
  holder(prompt: Json, now: Instant, delivered: readonly Delivery[]): Promise<unknown>
  /**
   * What the authenticator itself answers to this request, where it has a connection of its own.
   */
  device?(request: Json, seen: SeenByDevice): Promise<unknown>
  /** What no page, delivery or request may ever show. */
  readonly secrets: readonly string[]
}

/** What is known beside a device when it is asked. */
export interface SeenByDevice {
  readonly prompt: Json
  readonly now: Instant
  /** Its own name, where it is bound. */
  readonly self?: AuthenticatorId
}
