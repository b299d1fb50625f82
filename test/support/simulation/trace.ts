import { createHash } from 'node:crypto'

/** What happened, in order. Two runs of one seed must come to the same digest. */
export interface Trace {
  note(line: string): void
  readonly lines: readonly string[]
  readonly digest: () => string
}

/** Only the end is kept, to be shown with what went wrong. */
const KEPT_MAX = 400

export function newTrace(): Trace {
  const hash = createHash('sha256')
  const lines: string[] = []
  return {
    note(line) {
      hash.update(`${line}\n`)
      lines.push(line)
      if (lines.length > KEPT_MAX) lines.splice(0, lines.length - KEPT_MAX / 2)
    },
    lines,
    digest: () => hash.copy().digest('hex').slice(0, 16),
  }
}

export type Invariant = 'I1' | 'I2' | 'I3' | 'I4' | 'I5' | 'I6' | 'I7' | 'I8' | 'I9' | 'I10'

/** Something that must never be true is. */
export class Broken extends Error {
  override readonly name = 'Broken'
  readonly invariant: Invariant | 'answer'

  constructor(invariant: Invariant | 'answer', what: string) {
    super(`${invariant}: ${what}`)
    this.invariant = invariant
  }
}
