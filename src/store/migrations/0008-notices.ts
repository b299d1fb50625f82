import type { Words } from '#store/migrations/words.ts'

/** What clients were told, and how far the log was read for it. */
export const notices = ({ id, integer, strict }: Words): readonly string[] => [
  `create table notice (
    seq ${integer} primary key,
    subscriber_id ${id} not null references subscriber,
    kind ${id} not null,
    at_ms ${integer} not null
  )${strict}`,
  'create index notice_subscriber on notice (subscriber_id, seq)',

  `create table notice_mark (
    id ${integer} primary key check (id = 1),
    seq ${integer} not null
  )${strict}`,
  'insert into notice_mark (id, seq) select 1, coalesce(max(seq), 0) from audit_event',

  // The many events that no notice follows from stay out of it: a login costs nothing more.
  `create index audit_event_telling on audit_event (seq)
    where kind not in ('login.started', 'login.password-refused', 'login.password-accepted',
      'login.challenged', 'login.completed', 'session.opened', 'session.ended')`,
]
