import type { Words } from '#store/migrations/words.ts'

/**
 * What rights follow from: how far an account is, whose rules hold for it, what is held back for a
 * while.
 */
export const accounts = ({ id, integer, bytes, strict }: Words): readonly string[] => [
  `alter table account add column version ${integer} not null default 1 check (version >= 1)`,
  `alter table account add column approved_at_ms ${integer}`,
  `alter table account add column trades_from_ms ${integer}`,
  `alter table account add column jurisdiction ${id} not null default 'default'`,
  `alter table account add column residence ${id}
    check (residence is null or length(residence) = 2)`,
  `alter table account add column opted_out ${integer} not null default 0
    check (opted_out in (0, 1))`,
  `update account set status = 'closed-by-broker' where status = 'closed'`,

  `create table hold (
    id ${id} primary key,
    subscriber_id ${id} not null references subscriber,
    kind ${id} not null,
    forbids text not null,
    since_ms ${integer} not null,
    until_ms ${integer} not null check (until_ms > since_ms)
  )${strict}`,
  'create index hold_subscriber on hold (subscriber_id, until_ms)',
  'create index hold_until on hold (until_ms)',

  `create table contact (
    id ${id} primary key,
    subscriber_id ${id} not null references subscriber,
    kind ${id} not null check (kind in ('email', 'mobile', 'postal')),
    value ${bytes} not null,
    since_ms ${integer} not null,
    replaced_at_ms ${integer}
  )${strict}`,
  'create index contact_subscriber on contact (subscriber_id, id)',
  // One of each kind counts; two that replace it at once would be two.
  `create unique index contact_current on contact (subscriber_id, kind)
    where replaced_at_ms is null`,
  `create index contact_replaced on contact (replaced_at_ms) where replaced_at_ms is not null`,
]
