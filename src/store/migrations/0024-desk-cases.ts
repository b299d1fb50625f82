import type { Words } from '#store/migrations/words.ts'

/**
 * The calls of clients: a case for each, how the caller proved who they are, and the warrants that
 * a proof gave. What all calls of one client have in common is one row, so that three agents who
 * each see one failed proof have seen three.
 */
export const deskCases = ({ id, integer, bytes, strict }: Words): readonly string[] => [
  `create table desk_case (
    id ${id} primary key,
    version ${integer} not null check (version >= 1),
    number ${id} not null unique,
    subscriber_id ${id} not null references subscriber,
    member_id ${id} not null references member,
    opened_at_ms ${integer} not null,
    closed_at_ms ${integer},
    denied_at_ms ${integer},
    body ${bytes} not null
  )${strict}`,
  `create index desk_case_open on desk_case (member_id, id)
    where closed_at_ms is null`,

  `create table call_standing (
    subscriber_id ${id} primary key references subscriber,
    version ${integer} not null check (version >= 1),
    failed_at text not null,
    stopped_until_ms ${integer},
    changed_class text check (changed_class in ('device', 'password')),
    changed_at_ms ${integer},
    check ((changed_class is null) = (changed_at_ms is null))
  )${strict}`,

  `create table caller_proof (
    id ${id} primary key,
    version ${integer} not null check (version >= 1),
    case_id ${id} not null references desk_case,
    state text not null check (state in ('open', 'right', 'wrong')),
    expires_at_ms ${integer} not null,
    body ${bytes} not null
  )${strict}`,
  'create index caller_proof_case on caller_proof (case_id, id)',

  `create table warrant (
    id ${id} primary key,
    subscriber_id ${id} not null references subscriber,
    member_id ${id} not null references member,
    case_id ${id} not null references desk_case,
    deed_class text not null check (deed_class in ('stop', 'access', 'device', 'password')),
    level text not null check (level in ('none', 'L1', 'L2', 'L3')),
    verified text,
    issued_at_ms ${integer} not null,
    expires_at_ms ${integer} not null,
    used_at_ms ${integer},
    used_for text,
    check ((used_at_ms is null) = (used_for is null)),
    check (level != 'none' or deed_class = 'stop')
  )${strict}`,
  'create index warrant_case on warrant (case_id, id)',
]
