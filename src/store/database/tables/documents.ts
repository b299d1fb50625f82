/** The tables of statements, and of what clients send as a proof. */
export interface DocumentTables {
  /** A postal address that its client has yet to show a document with. */
  readonly address_change: {
    subscriber_id: string
    version: number
    expires_at_ms: number
    /** Sealed. */
    body: Uint8Array
  }
  readonly statement: {
    id: string
    subscriber_id: string
    /** One of so many that a client has. */
    slot: number
    /** Keyed. */
    content_hash: string
    added_at_ms: number
    /** Sealed. */
    body: Uint8Array
  }
  readonly statement_part: {
    statement_id: string
    part: number
    /** Sealed. */
    bytes: Uint8Array
  }
  /** What opens a sealed file; without its row, what lies of a file can never be read again. */
  readonly file_key: {
    id: string
    /** Sealed. */
    body: Uint8Array
  }
  readonly submission: {
    id: string
    subscriber_id: string
    /** A day, and one of so many of that day. */
    day_slot: string
    state: string
    /** When it is to be opened; `null` once that is done. */
    due_at_ms: number | null
    keep_until_ms: number
    version: number
    /** Sealed. */
    body: Uint8Array
  }
  /** Who has a submission or a mail before them. */
  readonly review: {
    /** Of the submission or the mail; of the member, in the row that counts what they took. */
    id: string
    member_id: string
    /** Until when it is before them, or how often they took one. */
    until_ms: number
  }
  readonly mail: {
    id: string
    /** Keyed. */
    sender_hash: string
    /** A sender and a day, keyed, and one of so many of that day. */
    day_slot: string
    /** Of the name that its sender's program gave it, keyed; `null` for none. */
    message_hash: string | null
    /** Of its name and its files, keyed, when it became documents. */
    filed_as: string | null
    /** A sender and an hour in which the sender was answered, keyed. */
    answer_slot: string | null
    answered_at_ms: number | null
    state: string
    /** When it is to be opened; `null` once that is done. */
    due_at_ms: number | null
    keep_until_ms: number
    version: number
    /** Sealed. */
    body: Uint8Array
  }
}
