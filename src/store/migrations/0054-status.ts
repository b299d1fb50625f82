import type { Words } from '#store/migrations/words.ts'

/** What the status page tells: what became of messages, what was seen, and what operators say. */
export const status = ({ id, integer, strict }: Words): readonly string[] => [
  `create table delivery_outcome (
    id ${id} primary key,
    way ${id} not null,
    place ${id} not null,
    login_id ${id} not null,
    opened_at_ms ${integer} not null,
    state ${id} not null check (state in ('taken', 'sent', 'waiting', 'failed')),
    reason ${id},
    begun_at_ms ${integer} not null
  )${strict}`,
  'create index delivery_outcome_way on delivery_outcome (way, begun_at_ms)',
  'create index delivery_outcome_begun on delivery_outcome (begun_at_ms)',
  `create table status_now (
    subject ${id} not null,
    place ${id} not null,
    condition ${id} not null check (condition in ('works', 'late')),
    since_ms ${integer} not null,
    seen_at_ms ${integer} not null,
    heard_at_ms ${integer},
    primary key (subject, place)
  )${strict}`,
  `create table status_hour (
    subject ${id} not null,
    place ${id} not null,
    hour_ms ${integer} not null,
    late_ms ${integer} not null,
    primary key (subject, place, hour_ms)
  )${strict}`,
  'create index status_hour_hour on status_hour (hour_ms)',
  `create table status_notice (
    id ${integer} primary key check (id = 1),
    en ${id} not null,
    fr ${id} not null,
    agent ${id} not null,
    set_at_ms ${integer} not null,
    until_ms ${integer} not null
  )${strict}`,
]
