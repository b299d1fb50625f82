import type { Words } from '#store/migrations/words.ts'

/**
 * What is kept back for devices. What is reserved in an account stands in its row, where it is read
 * with every right: it is the sum of its entries, and no commit brings it below nothing. A device
 * that must be back by a day has that day beside its order.
 */
export const ledger = ({ id, integer, counted, strict }: Words): readonly string[] => [
  `create table ledger_entry (
    number ${counted},
    id ${id} not null unique,
    kind ${id} not null,
    why ${id} not null,
    account_id ${id} not null references account,
    subscriber_id ${id} not null references subscriber,
    order_id ${id} not null references device_order,
    device ${id} not null,
    usd ${integer} not null check (usd > 0),
    at_ms ${integer} not null
  )${strict}`,
  `alter table account add column reserved_usd ${integer} not null default 0
    check (reserved_usd >= 0)`,
  `alter table device_order add column charge_due_ms ${integer}`,
  `create index device_order_charge on device_order (charge_due_ms)
    where charge_due_ms is not null`,
]
