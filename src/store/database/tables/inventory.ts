/** The tables of devices that several clients hold. */
export interface InventoryTables {
  /** A client asks to log in with the device of another user name. */
  readonly share_request: {
    id: string
    version: number
    asker_id: string
    /** Whose device it is; `null` where the name was looked up to nothing, or not yet. */
    owner_id: string | null
    state: string
    asked_at_ms: number
    expires_at_ms: number
    /** Sealed: a name that was typed may be no name. */
    body: Uint8Array
  }
}
