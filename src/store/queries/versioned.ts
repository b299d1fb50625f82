/**
 * A value and the version it was read at; a write names that version and fails when it is not the
 * last.
 */
export interface Versioned<T> {
  readonly value: T
  readonly version: number
}

/** A value to write: over the version that was read, or, with `null`, for the first time. */
export interface Written<T> {
  readonly value: T
  readonly version: number | null
}

/**
 * The version of what no client holds. It is written like anything else, and finds nothing to
 * change: the time that it takes tells nothing (A1).
 */
export const OF_NOBODY = 0
