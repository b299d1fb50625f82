import type { Words } from '#store/migrations/words.ts'

/**
 * Hidden fields that were shown to an agent. Those of one member are counted, so that two nodes
 * which show a fifth at the same moment show one. The session is purged before them.
 */
export const unmaskings = ({ id, integer, bytes, strict }: Words): readonly string[] => [
  `create table unmasking (
    member_id ${id} not null references member,
    seq ${integer} not null check (seq >= 1),
    case_id ${id} not null references desk_case,
    contact_id ${id} not null,
    field text not null check (field in ('email', 'mobile', 'postal')),
    session_id ${id} not null,
    at_ms ${integer} not null,
    body ${bytes} not null,
    primary key (member_id, seq)
  )${strict}`,
  'create index unmasking_case on unmasking (case_id)',
]
