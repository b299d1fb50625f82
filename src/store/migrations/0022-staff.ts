import type { Words } from '#store/migrations/words.ts'

/**
 * The staff of the desk: its members, the addresses that let a new one in, their passkeys and their
 * sessions. Each challenge that a passkey has answered is kept, so that no answer counts twice.
 */
export const staff = ({ id, integer, bytes, strict }: Words): readonly string[] => [
  `create table member (
    id ${id} primary key,
    version ${integer} not null check (version >= 1),
    agent_id ${id} not null unique,
    role text not null,
    state text not null check (state in ('invited', 'active', 'suspended')),
    created_at_ms ${integer} not null,
    body ${bytes} not null
  )${strict}`,

  `create table member_invitation (
    token_hash ${id} primary key,
    member_id ${id} not null references member,
    created_at_ms ${integer} not null,
    expires_at_ms ${integer} not null,
    ended_at_ms ${integer}
  )${strict}`,
  `create unique index member_invitation_open on member_invitation (member_id)
    where ended_at_ms is null`,
  'create index member_invitation_expires on member_invitation (expires_at_ms)',

  `create table member_passkey (
    id ${id} primary key,
    version ${integer} not null check (version >= 1),
    member_id ${id} not null references member,
    label text not null,
    created_at_ms ${integer} not null,
    used_at_ms ${integer} not null,
    revoked_at_ms ${integer},
    state ${bytes} not null
  )${strict}`,
  'create index member_passkey_member on member_passkey (member_id, id)',

  `create table member_session (
    id ${id} primary key,
    token_hash ${bytes} not null unique,
    member_id ${id} not null references member,
    passkey_id ${id} not null references member_passkey,
    opened_at_ms ${integer} not null,
    seen_at_ms ${integer} not null,
    ended_at_ms ${integer},
    body text not null
  )${strict}`,
  `create index member_session_open on member_session (member_id)
    where ended_at_ms is null`,

  `create table member_answer (
    challenge ${id} primary key,
    at_ms ${integer} not null
  )${strict}`,
  'create index member_answer_at on member_answer (at_ms)',
]
