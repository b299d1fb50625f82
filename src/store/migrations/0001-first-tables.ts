import type { Words } from '#store/migrations/words.ts'

/**
 * The first set of tables. Every query has its index; what grows without end is purged along its
 * primary key, which begins with the time.
 */
export const firstTables = (words: Words): readonly string[] => [
  ...subscriberTables(words),
  ...loginTables(words),
  ...sessionTables(words),
  ...channelTables(words),
  ...serverTables(words),
  ...words.onlyEverAdded('audit_event'),
]

const subscriberTables = ({ id, integer, bytes, strict, keyed }: Words): readonly string[] => [
  `create table subscriber (
    id ${id} primary key,
    version ${integer} not null check (version >= 1),
    user_name text not null,
    name_key ${id} not null unique check (length(name_key) between 1 and 64),
    language text not null,
    seamless ${integer} not null check (seamless in (0, 1)),
    created_at_ms ${integer} not null
  )${strict}`,

  `create table account (
    id ${id} primary key,
    subscriber_id ${id} not null references subscriber,
    number ${id} not null unique,
    environment text not null,
    status text not null
  )${strict}`,
  'create index account_subscriber on account (subscriber_id)',

  `create table authenticator (
    id ${id} primary key,
    version ${integer} not null check (version >= 1),
    method ${id} not null,
    label text not null,
    lifecycle text not null check (lifecycle in ('active', 'suspended', 'disabled', 'revoked')),
    failures ${integer} not null check (failures >= 0),
    created_at_ms ${integer} not null,
    used_at_ms ${integer},
    state ${bytes} not null
  )${strict}`,

  `create table binding (
    subscriber_id ${id} not null references subscriber,
    method ${id} not null,
    authenticator_id ${id} not null references authenticator,
    primary key (subscriber_id, method, authenticator_id)
  )${keyed}`,
  'create index binding_authenticator on binding (authenticator_id)',
]

const loginTables = ({ id, integer, bytes, strict, keyed }: Words): readonly string[] => [
  `create table login (
    id ${id} primary key,
    version ${integer} not null check (version >= 1),
    subscriber_id ${id} references subscriber,
    authenticator_id ${id} references authenticator,
    state text not null check (
      state in ('started', 'choosing', 'challenged', 'completed', 'refused', 'expired')
    ),
    open_until_ms ${integer} not null,
    body ${bytes} not null
  )${strict}`,
  `create index login_subscriber on login (subscriber_id, id) where subscriber_id is not null`,
  `create index login_authenticator on login (authenticator_id, id)
    where authenticator_id is not null`,

  // No foreign key: a decoy's authenticator does not exist, and its number is written like any
  // other.
  `create table challenge_issued (
    authenticator_id ${id} not null,
    number ${id} not null,
    issued_at_ms ${integer} not null,
    primary key (authenticator_id, number)
  )${keyed}`,

  `create table receipt (
    login_id ${id} not null references login on delete cascade,
    opened_at_ms ${integer} not null,
    kind ${id} not null check (kind in ('received', 'opened')),
    at_ms ${integer} not null,
    primary key (login_id, opened_at_ms, kind)
  )${keyed}`,

  `create table throttle (
    key ${id} primary key,
    version ${integer} not null check (version >= 1),
    failures ${integer} not null check (failures >= 1),
    last_failed_at_ms ${integer},
    subscriber_id ${id} references subscriber
  )${strict}`,
  'create index throttle_nobody on throttle (last_failed_at_ms) where subscriber_id is null',
]

const sessionTables = ({ id, integer, bytes, strict, keyed }: Words): readonly string[] => [
  `create table session (
    id ${id} primary key,
    token_hash ${bytes} not null unique check (length(token_hash) = 32),
    subscriber_id ${id} not null references subscriber,
    login_id ${id} not null unique,
    opened_at_ms ${integer} not null,
    seen_at_ms ${integer} not null,
    ended_at_ms ${integer},
    body text not null
  )${strict}`,
  'create index session_open on session (subscriber_id, id) where ended_at_ms is null',

  `create table session_grant (
    session_id ${id} not null references session on delete cascade,
    grant_id ${id} not null,
    primary key (session_id, grant_id)
  )${keyed}`,

  `create table browser (
    id ${id} primary key,
    version ${integer} not null check (version >= 1),
    subscriber_id ${id} not null references subscriber,
    cookie_hash ${bytes} not null check (length(cookie_hash) = 32),
    label text not null,
    created_at_ms ${integer} not null,
    seen_at_ms ${integer} not null,
    blocked_at_ms ${integer},
    unique (subscriber_id, cookie_hash)
  )${strict}`,

  `create table enrolment (
    id ${id} primary key,
    version ${integer} not null check (version >= 1),
    subscriber_id ${id} not null references subscriber,
    method text not null,
    token_hash ${id} not null unique,
    state text not null check (state in ('open', 'used', 'cancelled', 'dead')),
    created_at_ms ${integer} not null,
    expires_at_ms ${integer} not null,
    session_id text not null,
    body ${bytes} not null
  )${strict}`,
  `create unique index enrolment_open on enrolment (subscriber_id) where state = 'open'`,
]

const channelTables = ({ id, integer, bytes, strict }: Words): readonly string[] => [
  `create table outbox (
    id ${id} primary key,
    channel text not null,
    authenticator_id ${id} not null references authenticator,
    payload ${bytes} not null,
    created_at_ms ${integer} not null,
    due_at_ms ${integer} not null,
    lease text,
    attempts ${integer} not null check (attempts >= 0),
    given_up_at_ms ${integer}
  )${strict}`,
  'create index outbox_due on outbox (due_at_ms) where given_up_at_ms is null',
  `create index outbox_given_up on outbox (given_up_at_ms)
    where given_up_at_ms is not null`,

  `create table phone_channel (
    authenticator_id ${id} primary key references authenticator,
    last_request_ms ${integer} not null,
    push ${bytes},
    permission text not null check (permission in ('granted', 'denied', 'default')),
    seen_at_ms ${integer} not null
  )${strict}`,
]

const serverTables = ({ id, integer, bytes, strict, counted }: Words): readonly string[] => [
  `create table audit_event (
    seq ${counted},
    at_ms ${integer} not null,
    kind text not null,
    subscriber_id ${id},
    login_id ${id},
    body text not null
  )${strict}`,
  `create index audit_event_subscriber on audit_event (subscriber_id, seq)
    where subscriber_id is not null`,
  'create index audit_event_login on audit_event (login_id, seq) where login_id is not null',

  `create table server_key (name ${id} primary key, value ${bytes} not null)${strict}`,

  `create table clock_mark (
    id ${integer} primary key check (id = 1),
    at_ms ${integer} not null
  )${strict}`,

  `create table oidc_payload (
    model ${id} not null,
    id_hash ${id} not null,
    uid_hash ${id},
    user_code_hash ${id},
    grant_id ${id},
    expires_at_ms ${integer},
    consumed_at_ms ${integer},
    payload ${bytes} not null,
    primary key (model, id_hash)
  )${strict}`,
  'create index oidc_payload_uid on oidc_payload (uid_hash) where uid_hash is not null',
  `create index oidc_payload_user_code on oidc_payload (user_code_hash)
    where user_code_hash is not null`,
  'create index oidc_payload_grant on oidc_payload (grant_id) where grant_id is not null',
  `create index oidc_payload_expiry on oidc_payload (expires_at_ms)
    where expires_at_ms is not null`,
]
