/** A value and the version it was read at; a write names that version and fails when it is not the last. */
export interface Versioned<T> {
  readonly value: T
  readonly version: number
}

/** A value to write: over the version that was read, or, with `null`, for the first time. */
export interface Written<T> {
  readonly value: T
  readonly version: number | null
}
