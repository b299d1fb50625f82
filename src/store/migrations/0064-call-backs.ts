import type { Words } from '#store/migrations/words.ts'

/** Clients who are to be called back: one request each at a time, taken by one member at a time. */
export const callBacks = ({ id, integer, strict }: Words): readonly string[] => [
  `create table call_back (
    id ${id} primary key,
    version ${integer} not null check (version >= 1),
    subscriber_id ${id} not null references subscriber,
    case_id ${id} not null references desk_case,
    asked_by ${id} not null references member,
    reason text not null,
    asked_at_ms ${integer} not null,
    state text not null check (state in ('waiting', 'taken', 'done')),
    taken_by ${id} references member,
    taken_at_ms ${integer},
    taken_case ${id} references desk_case,
    check ((taken_by is null) = (taken_at_ms is null)),
    check ((taken_by is null) = (taken_case is null)),
    check ((state = 'waiting') = (taken_by is null))
  )${strict}`,
  `create unique index call_back_open on call_back (subscriber_id)
    where state in ('waiting', 'taken')`,
  `create index call_back_queue on call_back (asked_at_ms) where state in ('waiting', 'taken')`,
]
