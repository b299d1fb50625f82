import type { Words } from '#store/migrations/words.ts'

/** Addresses that have asked for no more; kept as keyed hashes, until they ask again. */
export const stoppedTexts = ({ id, integer, keyed }: Words): readonly string[] => [
  `create table stopped_address (
    channel ${id} not null,
    address_hash ${id} not null,
    since_ms ${integer} not null,
    primary key (channel, address_hash)
  )${keyed}`,
]
