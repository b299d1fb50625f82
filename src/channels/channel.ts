import type { FailureReason } from '#core/delivery/delivery.ts'
import type { Json } from '#core/json.ts'
import { hours, type Millis, minutes, seconds } from '#core/time/time.ts'

/**
 * A way to reach a client. It is called after the commit that asked for it, at least once, and
 * again if the process died in between: what it sends carries an id by which the other side
 * recognises a repetition.
 */
export interface Channel {
  /** The name that methods ask for, such as `sms`; the operator chooses the carrier. */
  readonly name: string
  /**
   * Waits after a delivery that is to be tried again later; when they are used up, it is given up.
   */
  readonly retries: readonly Millis[]
  /**
   * Never throws for what the other side answers or fails to answer. Ends within
   * `DELIVERY_PATIENCE_MS`.
   */
  deliver(delivery: Delivery): Promise<Delivered>
  /** Hears that this delivery has failed, or was given up (`null`): it is not tried again. */
  undelivered?(delivery: Delivery, reason: FailureReason | null): Promise<void>
  /**
   * What the carrier says or asks at our own address, where it does: `issuer/carriers/<name>/…`.
   */
  answer?(call: CarrierCall): Promise<CarrierReply>
  /** Ends connections; what waits for an answer gets none. */
  close?(): Promise<void>
}

/** A notification or a code is useful for minutes only. */
export const PUSH_RETRIES: readonly Millis[] = [seconds(2), seconds(10), seconds(30)]

/** A notice is worth as much tomorrow, and the mail server may be away tonight. */
export const NOTICE_RETRIES: readonly Millis[] = [
  seconds(10),
  minutes(1),
  minutes(5),
  minutes(15),
  hours(1),
  hours(2),
  hours(4),
  hours(8),
  hours(12),
]

/** Shorter than the lease of the outbox: no other node may begin while this one still waits. */
export const DELIVERY_PATIENCE_MS = 20_000

export interface Delivery {
  readonly id: string
  /**
   * Where to, as the channel itself once was given it; `null` when the addressee has no such
   * address.
   */
  readonly address: Json | null
  readonly payload: Json
  /** How long ago it was asked for, where it waits in the outbox. */
  readonly age?: Millis
}

export type Delivered =
  /** `messages` are the names that the carrier gave it: receipts speak of them. */
  | { readonly outcome: 'sent'; readonly messages?: readonly string[] }
  /** The address is no longer valid. */
  | { readonly outcome: 'gone' }
  /** It will not arrive, and asking again would change nothing. */
  | { readonly outcome: 'failed'; readonly reason: FailureReason }
  /** `reason` goes to the log: it holds no address and no payload. */
  | {
      readonly outcome: 'later'
      readonly reason: string
      /** What the other side has asked us to wait at least. */
      readonly wait?: Millis
    }

/** What a carrier tells of a message later on: perhaps twice, out of order, to another node. */
export interface CarrierReceipt {
  readonly channel: string
  /** The name that the carrier gave the message. */
  readonly message: string
  /** `null` when it was delivered. */
  readonly failure: FailureReason | null
}

/** Keeps a receipt; when it has returned, the carrier may forget it. */
export type NoteReceipt = (receipt: CarrierReceipt) => Promise<void>

/** What a client has answered to a text of ours. */
export interface TextedBack {
  /** In international form: `+` and digits. */
  readonly from: string
  readonly text: string
}

/** Handles a text from a client; when it has returned, the carrier may forget it. */
export type NoteTextedBack = (texted: TextedBack) => Promise<void>

/**
 * A request of a carrier, as it came. Nothing in it is believed before the channel has verified it.
 */
export interface CarrierCall {
  /** What follows the channel's name in the address, without a slash at its beginning. */
  readonly path: string
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly body: string
}

export interface CarrierReply {
  readonly status: number
  readonly type?: string
  readonly body?: string
}

/** One line for the operator; it holds no number, no name and no words of a message. */
export type Report = (problem: string) => void
