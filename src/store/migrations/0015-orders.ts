import type { Words } from '#store/migrations/words.ts'

/**
 * Devices that clients order, and what becomes of them when they come back. A client who waits for
 * one orders no second; a serial number is named once, by an order or by the desk; a draft holds a
 * PIN, so it is kept by the session that chose it, and not for long.
 */
export const orders = ({ id, integer, bytes, strict }: Words): readonly string[] => [
  `alter table account add column equity_usd ${integer}`,

  `create table device_order (
    id ${id} primary key,
    version ${integer} not null check (version >= 1),
    subscriber_id ${id} not null references subscriber,
    state text not null check (state in ('ordered', 'withdrawn', 'sent', 'active', 'returned')),
    activates_at_ms ${integer},
    body ${bytes} not null,
    check ((state = 'sent') = (activates_at_ms is not null))
  )${strict}`,
  `create unique index device_order_open on device_order (subscriber_id)
    where state in ('ordered', 'sent')`,
  'create index device_order_subscriber on device_order (subscriber_id, id)',
  'create index device_order_state on device_order (state, id)',
  `create index device_order_due on device_order (activates_at_ms)
    where activates_at_ms is not null`,

  `create table order_draft (
    session_id ${id} primary key,
    subscriber_id ${id} not null references subscriber,
    begun_at_ms ${integer} not null,
    body ${bytes} not null
  )${strict}`,
  'create index order_draft_begun on order_draft (begun_at_ms)',

  `alter table token add column order_id ${id} references device_order`,
  `alter table token add column returning_at_ms ${integer}`,
  `alter table token add column returned_at_ms ${integer}`,
]
