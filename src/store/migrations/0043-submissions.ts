import type { Words } from '#store/migrations/words.ts'

/**
 * What clients send as a proof. A slot is one of so many of one day, so no two that come at once
 * are one too many. What still has to be opened has a time at which it is due.
 */
export const submissions = ({ id, integer, bytes, strict }: Words): readonly string[] => [
  `create table submission (
    id ${id} primary key,
    subscriber_id ${id} not null references subscriber,
    day_slot ${id} not null,
    state ${id} not null,
    due_at_ms ${integer},
    keep_until_ms ${integer} not null,
    version ${integer} not null,
    body ${bytes} not null
  )${strict}`,
  'create unique index submission_slot on submission (subscriber_id, day_slot)',
  'create index submission_state on submission (state, id)',
  'create index submission_due on submission (due_at_ms) where due_at_ms is not null',
  'create index submission_kept on submission (keep_until_ms)',
]
