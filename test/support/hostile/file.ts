import type { Unopened } from '#core/documents/picture.ts'

/** A file of an attacker, made when it is asked for. */
export interface HostileFile {
  readonly name: string
  /** What comes of it: a clean page, why there is none, or a process that is killed. */
  readonly outcome: 'page' | Unopened | 'killed'
  readonly make: () => Uint8Array | Promise<Uint8Array>
}

export const hostile = (
  name: string,
  outcome: HostileFile['outcome'],
  make: HostileFile['make'],
): HostileFile => ({ name, outcome, make })
