import type { Words } from '#store/migrations/words.ts'

/** Finished deeds of the desk that were drawn to be read again by another member. */
export const rereadings = ({ id, integer, strict }: Words): readonly string[] => [
  `create table rereading (
    id ${id} primary key,
    version ${integer} not null check (version >= 1),
    case_id ${id} not null references desk_case,
    act text not null,
    member_id ${id} not null references member,
    second_id ${id} references member,
    done_at_ms ${integer} not null,
    state text not null check (state in ('open', 'well', 'doubted')),
    reader_id ${id} references member,
    taken_at_ms ${integer},
    check ((reader_id is null) = (taken_at_ms is null)),
    check (state = 'open' or reader_id is not null),
    check (reader_id is null or (reader_id <> member_id and reader_id <> coalesce(second_id, '')))
  )${strict}`,
  'create index rereading_state on rereading (state, id)',
]
