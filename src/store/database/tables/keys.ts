/** The tables of keys that are exchanged. */
export interface KeyTables {
  readonly managed_key: {
    kind: string
    id: number
    state: string
    since_ms: number
    /** By the root key; `null` for what is kept elsewhere, and for a key that is retired. */
    wrapped: Uint8Array | null
    /** What has wrapped it, and with which of its keys. */
    wrapped_with: string | null
  }
  /** Processes that use the keys. */
  readonly key_node: {
    id: string
    /** JSON: the keys that it knows, and in which states. */
    knows: string
    seen_at_ms: number
  }
}
