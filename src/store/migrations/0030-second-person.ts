import type { Words } from '#store/migrations/words.ts'

/**
 * Deeds of the desk that take two people, and what was done for callers who proved nothing. The
 * requests of one pair are counted, so that two nodes
 * which draw the same pair at the same moment draw it once.
 */
export const secondPerson = ({ id, integer, bytes, strict }: Words): readonly string[] => [
  `create table second_request (
    id ${id} primary key,
    version ${integer} not null check (version >= 1),
    case_id ${id} not null references desk_case,
    member_id ${id} not null references member,
    second_id ${id} not null references member,
    pair text not null,
    seq ${integer} not null check (seq >= 1),
    state text not null check (state in ('open', 'agreed', 'refused', 'used')),
    asked_at_ms ${integer} not null,
    expires_at_ms ${integer} not null,
    body ${bytes} not null,
    unique (pair, seq),
    check (member_id <> second_id)
  )${strict}`,
  'alter table call_standing add column free_deeds text',
  'create index second_request_case on second_request (case_id, id)',
  'create index second_request_member on second_request (member_id, id)',
  'create index second_request_second on second_request (second_id, id)',
]
