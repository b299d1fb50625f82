/** The tables of the desk: its staff, and the calls of clients. */
export interface DeskTables {
  readonly member: {
    id: string
    version: number
    agent_id: string
    role: string
    state: string
    created_at_ms: number
    /** Sealed. */
    body: Uint8Array
  }
  readonly member_invitation: {
    token_hash: string
    member_id: string
    created_at_ms: number
    expires_at_ms: number
    ended_at_ms: number | null
  }
  readonly member_passkey: {
    id: string
    version: number
    member_id: string
    label: string
    created_at_ms: number
    used_at_ms: number
    revoked_at_ms: number | null
    /** Sealed. */
    state: Uint8Array
  }
  readonly member_session: {
    id: string
    /** SHA-256. */
    token_hash: Uint8Array
    member_id: string
    passkey_id: string
    opened_at_ms: number
    seen_at_ms: number
    ended_at_ms: number | null
    /** JSON. */
    body: string
  }
  readonly member_answer: {
    challenge: string
    at_ms: number
  }
  readonly desk_case: {
    id: string
    version: number
    /** Six digits, for the telephone. */
    number: string
    subscriber_id: string
    member_id: string
    opened_at_ms: number
    closed_at_ms: number | null
    /** When the client said that they had not called. */
    denied_at_ms: number | null
    /** Sealed: the reason and the notes. */
    body: Uint8Array
  }
  /** What all calls of one client have in common. */
  readonly call_standing: {
    subscriber_id: string
    version: number
    /** JSON: when the proofs of the last day failed. */
    failed_at: string
    stopped_until_ms: number | null
    changed_class: string | null
    changed_at_ms: number | null
    /** JSON: when each deed was last done without a proof. */
    free_deeds: string | null
    /** JSON: the calls of the last day in which the caller pressed. */
    pressed: string | null
  }
  readonly caller_proof: {
    id: string
    version: number
    case_id: string
    state: string
    expires_at_ms: number
    /** A hash of what the client types on the page, while it can be typed. */
    code: string | null
    /** Sealed. */
    body: Uint8Array
  }
  readonly warrant: {
    id: string
    subscriber_id: string
    member_id: string
    case_id: string
    deed_class: string
    level: string
    verified: string | null
    issued_at_ms: number
    expires_at_ms: number
    used_at_ms: number | null
    used_for: string | null
  }
  readonly second_request: {
    id: string
    version: number
    case_id: string
    member_id: string
    second_id: string
    /** The two of them, in the order of their ids. */
    pair: string
    /** Of the requests of this pair, counted from 1. */
    seq: number
    state: string
    asked_at_ms: number
    expires_at_ms: number
    /** Sealed. */
    body: Uint8Array
  }
  /** A hidden field that was shown to a member. */
  readonly unmasking: {
    member_id: string
    /** Of those of this member, counted from 1. */
    seq: number
    case_id: string
    contact_id: string
    field: string
    session_id: string
    at_ms: number
    /** Sealed: the reason. */
    body: Uint8Array
  }
  /** A deed that was drawn to be read again by another member. */
  readonly rereading: {
    id: string
    version: number
    case_id: string
    act: string
    member_id: string
    second_id: string | null
    done_at_ms: number
    state: string
    reader_id: string | null
    taken_at_ms: number | null
  }
  /** A client who is to be called back. */
  readonly call_back: {
    id: string
    version: number
    subscriber_id: string
    /** In which it was asked for. */
    case_id: string
    asked_by: string
    reason: string
    asked_at_ms: number
    state: string
    taken_by: string | null
    taken_at_ms: number | null
    /** In which the client is called. */
    taken_case: string | null
  }
  /** A client who does not exist: no caller is one. */
  readonly canary: {
    subscriber_id: string
    made_at_ms: number
  }
  /** The event by which a member opened one, and when that raised the alarm. */
  readonly canary_alarm: {
    seq: number
    at_ms: number
  }
}
