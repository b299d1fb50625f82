/**
 * What keeps the root key: a file, a program of the operator, or a server such as Vault. It wraps
 * and unwraps the keys of the installation, of which there are some ten, once at a start and when
 * one is exchanged. No login calls it.
 */
export interface RootKeys {
  /** Stands before what it has wrapped: `file`. */
  readonly name: string
  /** Nodes that say another one here may not open what the others wrap. */
  readonly place: string
  /** @throws RootKeyFailed when it does not answer, or answers something else. */
  wrap(key: Uint8Array): Promise<Wrapped>
  /** @throws RootKeyFailed as `wrap` does, and for what it has not wrapped. */
  unwrap(wrapped: Wrapped): Promise<Uint8Array>
}

export interface Wrapped {
  readonly bytes: Uint8Array
  /** Who has wrapped it, and with which of its keys: `file:2`. */
  readonly by: string
}

/** What keeps the root key did not do its work. The message is one sentence for the operator. */
export class RootKeyFailed extends Error {
  override readonly name = 'RootKeyFailed'
}
