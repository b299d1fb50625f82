import type { Words } from '#store/migrations/words.ts'

/**
 * What carriers say of messages. A receipt may come before the message is known here, twice, or
 * never: the first write makes the row, and the other completes it.
 */
export const carrierMessages = ({ id, integer, strict }: Words): readonly string[] => [
  `create table carrier_message (
    channel ${id} not null,
    message ${id} not null,
    login_id ${id} references login on delete cascade,
    opened_at_ms ${integer},
    state text not null check (state in ('sent', 'delivered', 'failed')),
    reason text,
    at_ms ${integer} not null,
    primary key (channel, message),
    check ((login_id is null) = (opened_at_ms is null)),
    check ((state = 'failed') = (reason is not null))
  )${strict}`,
  `create index carrier_message_login on carrier_message (login_id, opened_at_ms)
    where login_id is not null`,
  `create index carrier_message_unknown on carrier_message (at_ms) where login_id is null`,
]
