import type { Words } from '#store/migrations/words.ts'

/** Clients who have moved, and have yet to show a document with the new address. */
export const addressChanges = ({ id, integer, bytes, strict }: Words): readonly string[] => [
  `create table address_change (
    subscriber_id ${id} primary key references subscriber,
    version ${integer} not null check (version >= 1),
    expires_at_ms ${integer} not null,
    body ${bytes} not null
  )${strict}`,
  'create index address_change_over on address_change (expires_at_ms)',
]
