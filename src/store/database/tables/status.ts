/** The tables of what the status page tells. */
export interface StatusTables {
  /** What became of a message that carried a login; what its carrier says stands elsewhere. */
  readonly delivery_outcome: {
    /** Of the delivery. */
    id: string
    way: string
    /** A country or a vendor; empty for none. */
    place: string
    login_id: string
    opened_at_ms: number
    state: string
    reason: string | null
    begun_at_ms: number
  }
  /** Results of connection tests that were shared. */
  readonly connectivity_result: {
    /** Keyed. */
    code_hash: string
    made_at_ms: number
    /** Sealed. */
    body: Uint8Array
  }
  readonly status_now: {
    subject: string
    /** Empty for the whole. */
    place: string
    condition: string
    since_ms: number
    seen_at_ms: number
    /** When a carrier last said that a message had arrived. */
    heard_at_ms: number | null
  }
  readonly status_hour: {
    subject: string
    place: string
    hour_ms: number
    late_ms: number
  }
  /** At most one. */
  readonly status_notice: {
    id: number
    en: string
    fr: string
    agent: string
    set_at_ms: number
    until_ms: number
  }
}
