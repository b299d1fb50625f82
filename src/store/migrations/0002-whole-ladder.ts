import type { Words } from '#store/migrations/words.ts'

/** Authenticators that expire, and deliveries that say themselves where to. */
export const wholeLadder = ({ id, integer, bytes, strict }: Words): readonly string[] => [
  `alter table authenticator add column expires_at_ms ${integer}`,

  'drop index outbox_due',
  'drop index outbox_given_up',
  'alter table outbox rename to outbox_before',
  `create table outbox (
    id ${id} primary key,
    channel text not null,
    authenticator_id ${id} references authenticator,
    payload ${bytes} not null,
    created_at_ms ${integer} not null,
    due_at_ms ${integer} not null,
    lease text,
    attempts ${integer} not null check (attempts >= 0),
    given_up_at_ms ${integer}
  )${strict}`,
  // What waits in it is a notification of a minute ago: of no use by now, and its form is
  // another.
  'drop table outbox_before',
  'create index outbox_due on outbox (due_at_ms) where given_up_at_ms is null',
  `create index outbox_given_up on outbox (given_up_at_ms)
    where given_up_at_ms is not null`,
]
