import type { Words } from '#store/migrations/words.ts'

/**
 * What platforms report, each once, and how a client wants to hear of trades. Those that are still
 * to be told have a time; those that were told with one notice have its name.
 */
export const reports = ({ id, integer, bytes, strict }: Words): readonly string[] => [
  `create table report (
    platform ${id} not null,
    event ${id} not null,
    subscriber_id ${id} not null references subscriber,
    account_id ${id} not null references account,
    session_id ${id},
    kind text not null check (kind in ('trade', 'transfer')),
    at_ms ${integer} not null,
    reported_at_ms ${integer} not null,
    due_at_ms ${integer},
    gathering ${id},
    body ${bytes} not null,
    primary key (platform, event)
  )${strict}`,
  'create index report_due on report (due_at_ms, subscriber_id) where due_at_ms is not null',
  'create index report_waiting on report (subscriber_id) where due_at_ms is not null',
  'create index report_gathering on report (gathering) where gathering is not null',
  'create index report_age on report (reported_at_ms)',
  `create table trade_choice (
    subscriber_id ${id} primary key references subscriber,
    version ${integer} not null,
    channel text check (channel in ('email', 'mobile')),
    every text check (every in ('each', 'hour', 'day', 'never')),
    told_at_ms ${integer}
  )${strict}`,
]
