import type { Json } from '#core/json.ts'

/**
 * A way to reach somebody. It is called after the commit that asked for it, at least once, and again if
 * the process died in between: what it sends carries an id that lets the other side tell.
 */
export interface Channel {
  readonly name: string
  /** Never throws for what the other side answers or fails to answer; that is `later`. */
  deliver(delivery: Delivery): Promise<Delivered>
}

export interface Delivery {
  readonly id: string
  /** Where to, as the channel itself once was given it; `null` when the addressee has no such address. */
  readonly address: Json | null
  readonly payload: Json
}

export type Delivered =
  | { readonly outcome: 'sent' }
  /** The address is worth nothing any more. */
  | { readonly outcome: 'gone' }
  /** `reason` goes to the log: it holds no address and no payload. */
  | { readonly outcome: 'later'; readonly reason: string }
