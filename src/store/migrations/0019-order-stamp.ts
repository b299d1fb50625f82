import type { Words } from '#store/migrations/words.ts'

/**
 * An order belongs to the session and to the state of its client in which it was placed. Both can
 * be disowned before its day comes: the client since which state, the session at which moment.
 * Orders of the version before are of the first state.
 */
export const orderStamp = ({ id, integer }: Words): readonly string[] => [
  `alter table device_order add column session_id ${id}`,
  `alter table device_order add column stamp ${integer} not null default 0`,
  `alter table subscriber add column order_stamp ${integer} not null default 0`,
  `alter table session add column disowned_at_ms ${integer}`,
]
