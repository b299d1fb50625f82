import type { Generated } from 'kysely'
import type { DeskTables } from '#store/database/desk-tables.ts'
import type { DocumentTables } from '#store/database/tables/documents.ts'
import type { InventoryTables } from '#store/database/tables/inventory.ts'
import type { KeyTables } from '#store/database/tables/keys.ts'
import type { StatusTables } from '#store/database/tables/status.ts'

/** The tables as queries see them; `migrations/` makes them. Integers hold truth values: 0 or 1. */
export interface Tables
  extends DeskTables,
    DocumentTables,
    InventoryTables,
    KeyTables,
    StatusTables {
  readonly subscriber: {
    id: string
    version: number
    user_name: string
    name_key: string
    /** What the client is called, sealed; `null` where it is not recorded. */
    full_name: Uint8Array | null
    /** Birth date and numbers of papers, sealed; `null` where none is recorded. */
    identity: Uint8Array | null
    language: string
    language_chosen: Generated<number>
    seamless: number
    /** The authenticator that its client has chosen; `null` for no choice. */
    asked_first: Generated<string | null>
    /** Whose account they use; `null` where it is their own. */
    primary_id: string | null
    primary_name: string | null
    leave_until_ms: number | null
    /** Moves when what the client has begun ends (`core/sessions/under-way`). */
    security_stamp: Generated<number>
    /** Orders that were placed before this stamp are accepted by nothing but a proof. */
    order_stamp: Generated<number>
    /** Moves when every login that is not completed ends. */
    login_stamp: Generated<number>
    /** Moves when a login goes on after its first factor, and when a session is opened. */
    arrivals: Generated<number>
    created_at_ms: number
  }
  readonly account: {
    id: string
    subscriber_id: string
    version: Generated<number>
    number: string
    environment: string
    status: string
    approved_at_ms: number | null
    trades_from_ms: number | null
    /** Counts where it has a reason. */
    jurisdiction: Generated<string>
    /** Why the back office has set it; `null` where the residence decides. */
    jurisdiction_reason: Generated<string | null>
    residence: string | null
    opted_out: Generated<number>
    /** A list as JSON; `null` where trading is not restricted to networks. */
    trading_networks: Generated<string | null>
    /** Whole dollars, rounded down. */
    equity_usd: number | null
    /** Whole dollars: the sum of its entries in the ledger. */
    reserved_usd: Generated<number>
  }
  readonly rules_table: {
    id: number
    version: number
    /** JSON: the rules that apply. */
    body: string
    /** JSON: those of before, while clients are told of the change. */
    before: string | null
    told_through: string
  }
  readonly placing_reason: {
    id: string
    account_id: string
    words: string
    /** Of the digest in the audit log. */
    salt: string
    at_ms: number
  }
  readonly hold: {
    id: string
    subscriber_id: string
    kind: string
    /** JSON: what it forbids. */
    forbids: string
    since_ms: number
    until_ms: number
  }
  readonly contact: {
    id: string
    subscriber_id: string
    kind: string
    /** Sealed. */
    value: Uint8Array
    since_ms: number
    verified_at_ms: number | null
    /** `null` for the one that counts. */
    replaced_at_ms: number | null
    /**
     * Keyed, of a number: by it the client who has answered STOP is found; `null` where it was not
     * computed yet.
     */
    address_hash: string | null
  }
  readonly authenticator: {
    id: string
    version: number
    method: string
    label: string
    /** What it is, as it said when it was set up. */
    model: string | null
    lifecycle: string
    failures: number
    created_at_ms: number
    used_at_ms: number | null
    expires_at_ms: number | null
    pending_until_ms: number | null
    rests_since_ms: number | null
    /** Sealed. */
    state: Uint8Array
  }
  readonly binding: {
    subscriber_id: string
    /** That of the authenticator, here to be found by. */
    method: string
    authenticator_id: string
  }
  readonly issue: {
    authenticator_id: string
    subscriber_id: string
    agent: string
    /** Never the same person. */
    approved_by: string | null
    reason: string
    issued_at_ms: number
    /** Days since 1970, UTC. */
    day: number
    /** How many this agent has given out that day, with this one. */
    ordinal: number
  }
  readonly login: {
    id: string
    version: number
    subscriber_id: string | null
    /**
     * Whom it asked last; stays when the challenge is over. `null` for decoys: they ask no device.
     */
    authenticator_id: string | null
    /** SHA-256 of the secret of the browser that holds it; `null` in rows of older versions. */
    holder: string | null
    state: string
    /** Until when it waits: the end of its challenge, or its own. */
    open_until_ms: number
    /** Sealed. */
    body: Uint8Array
  }
  readonly challenge_issued: {
    authenticator_id: string
    number: string
    issued_at_ms: number
  }
  readonly receipt: {
    login_id: string
    opened_at_ms: number
    kind: string
    at_ms: number
  }
  readonly stopped_address: {
    channel: string
    /** Keyed. */
    address_hash: string
    since_ms: number
  }
  readonly carrier_message: {
    channel: string
    message: string
    /** Whose; `null` as long as only the carrier has spoken of it. */
    login_id: string | null
    opened_at_ms: number | null
    state: string
    reason: string | null
    at_ms: number
  }
  readonly session: {
    id: string
    token_hash: Uint8Array
    subscriber_id: string
    login_id: string
    opened_at_ms: number
    seen_at_ms: number
    ended_at_ms: number | null
    /** When it was ended as one that may be an attacker’s. */
    disowned_at_ms: Generated<number | null>
    /** JSON. */
    body: string
  }
  readonly browser: {
    id: string
    version: number
    subscriber_id: string
    cookie_hash: Uint8Array
    label: string
    created_at_ms: number
    seen_at_ms: number
    blocked_at_ms: number | null
    /** Since when it fills in the user name; `null` where it does not. */
    named_at_ms: Generated<number | null>
  }
  readonly throttle: {
    key: string
    version: number
    failures: number
    last_failed_at_ms: number | null
    /** Whose password is guessed at; `null` for an unknown name. */
    subscriber_id: string | null
  }
  readonly enrolment: {
    id: string
    version: number
    subscriber_id: string
    method: string
    token_hash: string
    state: string
    created_at_ms: number
    expires_at_ms: number
    session_id: string
    /** The authenticator that it bound. */
    bound_id: string | null
    /** Sealed. */
    body: Uint8Array
  }
  readonly token_import: {
    id: string
    state: string
    keys: number
    created_at_ms: number
  }
  readonly token: {
    /** Of a hardware token, as it is printed on it. */
    serial: string
    import_id: string
    method: string
    /** Sealed; `null` once it is the authenticator of a client. */
    state: Uint8Array | null
    authenticator_id: string | null
    /** The order that it is for. */
    order_id: string | null
    /** Since when its holder says that it is on its way back. */
    returning_at_ms: number | null
    /** Since when it is back; it is never given out again. */
    returned_at_ms: number | null
    /** Where it lies, or lay before it left. */
    place: Generated<string>
    destroyed_at_ms: Generated<number | null>
    /** Since when it is not expected back, and why. */
    written_off_at_ms: Generated<number | null>
    written_off_why: Generated<string | null>
  }
  readonly device_order: {
    id: string
    version: number
    subscriber_id: string
    state: string
    /** What its state does not say: `packed`, `delivered`, `lost`. */
    stage: Generated<string | null>
    /** While it is on its way: when it is accepted without having been proven. */
    activates_at_ms: number | null
    /** The session and the state of the client that it was placed in. */
    session_id: Generated<string | null>
    stamp: Generated<number>
    /** When its deposit is charged, where the device must be back by then. */
    charge_due_ms: Generated<number | null>
    /** Sealed. */
    body: Uint8Array
  }
  readonly ledger_entry: {
    number: Generated<number>
    id: string
    kind: string
    why: string
    account_id: string
    subscriber_id: string
    order_id: string
    device: string
    usd: number
    at_ms: number
  }
  readonly order_draft: {
    session_id: string
    version: Generated<number>
    subscriber_id: string
    begun_at_ms: number
    /** Sealed. */
    body: Uint8Array
  }
  readonly outbox: {
    id: string
    channel: string
    /**
     * Whose, where the channel itself knows how to reach it; `null` when the payload says where to.
     */
    authenticator_id: string | null
    /** Sealed. */
    payload: Uint8Array
    created_at_ms: number
    /** When it is to be tried next; while a node tries, the end of its lease. */
    due_at_ms: number
    lease: string | null
    attempts: number
    given_up_at_ms: number | null
  }
  readonly notice: {
    /** Of the audit event that it tells of. */
    seq: number
    subscriber_id: string
    kind: string
    at_ms: number
    /** JSON: the addresses that were sent or written something. */
    told: string
    /** Messages that no carrier has taken or refused yet. */
    pending: number
    /** When a carrier took the first of them. */
    reached_at_ms: number | null
    /** When a letter tells it, with others; `null` for none that waits. */
    due_at_ms: number | null
    /** When a letter of it was written. */
    letter_at_ms: number | null
  }
  readonly report: {
    platform: string
    /** The id that the platform has given it. */
    event: string
    subscriber_id: string
    account_id: string
    session_id: string | null
    kind: string
    at_ms: number
    reported_at_ms: number
    /** When its client is told; `null` for told already, and for never. */
    due_at_ms: number | null
    /** What it is told with. */
    gathering: string | null
    /** Sealed. */
    body: Uint8Array
  }
  readonly trade_choice: {
    subscriber_id: string
    version: number
    channel: string | null
    every: string | null
    told_at_ms: number | null
  }
  readonly alert_choice: {
    subscriber_id: string
    version: number
    every: string
    told_at_ms: number | null
    due_at_ms: number | null
  }
  readonly letter: {
    id: string
    subscriber_id: string
    written_at_ms: number
    posted_at_ms: number | null
    /** Sealed. */
    body: Uint8Array
  }
  readonly notice_mark: {
    id: number
    seq: number
  }
  readonly audit_event: {
    seq: Generated<number>
    at_ms: number
    kind: string
    subscriber_id: string | null
    login_id: string | null
    /** Canonical JSON of the whole event. */
    body: string
  }
  readonly audit_tree: {
    id: number
    /** Leaves. */
    size: number
    /** Of the last event that is a leaf; every event before it is one too. */
    seq: number
  }
  readonly audit_batch: {
    /** Of its first leaf, in the tree. */
    position: number
    /** 8 bytes of `seq` and 32 of hash, for each leaf. */
    leaves: Uint8Array
  }
  readonly audit_node: {
    level: number
    /** Among the nodes of its level. */
    position: number
    hash: Uint8Array
  }
  readonly audit_checkpoint: {
    size: number
    /** Of the last event in it. */
    seq: number
    at_ms: number
    /** A signed note (C2SP). */
    note: string
  }
  readonly audit_cosignature: {
    size: number
    witness: string
    /** A signature line of a note. */
    line: string
  }
  readonly restoration: {
    id: string
    /** Of the file; `null` where it was restored by other means. */
    backup_id: string | null
    restored_at_ms: number
    /** `null` while nothing may start on it. */
    fenced_at_ms: Generated<number | null>
    /** The size that the audit log was set back to; `null` where it went on. */
    rewound_to: Generated<number | null>
    /** Sealed: that size once more; a row without it sets nothing back. */
    rewound_proof: Generated<Uint8Array | null>
  }
  readonly phone_channel: {
    authenticator_id: string
    /** By the device's clock. */
    last_request_ms: number
    /** Sealed. */
    push: Uint8Array | null
    permission: string
    seen_at_ms: number
    /** The key that it was made with; `null` for the first one. */
    push_key: number | null
  }
  readonly phone_check: {
    authenticator_id: string
    version: number
    /** The last test notification, as JSON. */
    test: string | null
    /** What the phone has found of itself, as JSON. */
    examination: string | null
  }
  readonly server_key: {
    name: string
    /** Sealed. */
    value: Uint8Array
  }
  readonly clock_mark: {
    id: number
    at_ms: number
  }
  readonly oidc_payload: {
    model: string
    id_hash: string
    uid_hash: string | null
    user_code_hash: string | null
    grant_id: string | null
    expires_at_ms: number | null
    consumed_at_ms: number | null
    /** Sealed. */
    payload: Uint8Array
  }
  readonly task: {
    id: string
    version: number
    subscriber_id: string
    session_id: string
    state: string
    /** The one thing that it was used for; nothing else is done with it. */
    used_for: string | null
    /** Sealed. */
    body: Uint8Array
  }
  readonly outflow: {
    account_id: string
    version: number
    /** Sealed. */
    body: Uint8Array
  }
  readonly session_grant: {
    session_id: string
    grant_id: string
  }
}
