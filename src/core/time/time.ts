/**
 * Instants and lengths of time. Both are milliseconds; the brands keep them apart.
 *
 * Nothing in this room reads a clock: an instant always comes in as an argument.
 */

declare const unit: unique symbol

/** Milliseconds since 1970-01-01T00:00:00Z, by the server's clock. */
export type Instant = number & { readonly [unit]: 'instant' }

/** A length of time in milliseconds. */
export type Millis = number & { readonly [unit]: 'millis' }

export const instant = (ms: number): Instant => ms as Instant
export const millis = (ms: number): Millis => ms as Millis
export const seconds = (count: number): Millis => (count * 1_000) as Millis
export const minutes = (count: number): Millis => (count * 60_000) as Millis
export const hours = (count: number): Millis => (count * 3_600_000) as Millis
export const days = (count: number): Millis => (count * 86_400_000) as Millis

export const after = (start: Instant, length: Millis): Instant => (start + length) as Instant
export const before = (end: Instant, length: Millis): Instant => (end - length) as Instant
export const between = (start: Instant, end: Instant): Millis => (end - start) as Millis
export const earlier = (one: Instant, other: Instant): Instant => (one < other ? one : other)
