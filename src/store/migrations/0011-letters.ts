import type { Words } from '#store/migrations/words.ts'

/** Notices that go by post: written with the notice, printed by the back office. */
export const letters = ({ id, integer, bytes, strict }: Words): readonly string[] => [
  `create table letter (
    id ${id} primary key,
    subscriber_id ${id} not null references subscriber,
    written_at_ms ${integer} not null,
    posted_at_ms ${integer} check (posted_at_ms >= written_at_ms),
    body ${bytes} not null
  )${strict}`,
  'create index letter_waiting on letter (id) where posted_at_ms is null',
  'create index letter_posted on letter (posted_at_ms) where posted_at_ms is not null',
]
