/** A place outside the database that keeps what was signed of the audit log (A22). */
export interface Place {
  /** Such as `file`. */
  readonly name: string
  /**
   * Keeps a checkpoint. It may get the same one again: after a restart, and from every node.
   *
   * @throws when it is not certain that it is kept, as far as the place can tell that.
   */
  keep(checkpoint: Kept): Promise<void>
  /**
   * The end of what it has kept, with the last checkpoint in it; only of a place that can be asked.
   *
   * @throws when it does not answer.
   */
  latest?(): Promise<string>
}

export interface Kept {
  /** When it was signed. */
  readonly at: Date
  /** The signed note. */
  readonly note: string
}

/** The place is there and does not keep it. */
export class NotKept extends Error {
  override readonly name = 'NotKept'
}

/** A place that has not answered by then is asked again later. */
export const PLACE_PATIENCE_MS = 5_000
