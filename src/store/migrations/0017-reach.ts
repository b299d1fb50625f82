import type { Words } from '#store/migrations/words.ts'

/**
 * Whose number has answered STOP, and what became of a notice: who was told of it, how many
 * messages are under way, and whether a carrier has taken one.
 */
export const reach = ({ id, integer }: Words): readonly string[] => [
  `alter table contact add column address_hash ${id}`,
  `create index contact_address on contact (address_hash) where address_hash is not null`,
  `create index contact_unhashed on contact (id) where kind = 'mobile' and address_hash is null`,
  `alter table notice add column told text not null default '[]'`,
  `alter table notice add column pending ${integer} not null default 0 check (pending >= 0)`,
  `alter table notice add column reached_at_ms ${integer}`,
]
