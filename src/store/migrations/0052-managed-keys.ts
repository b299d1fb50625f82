import type { Words } from '#store/migrations/words.ts'

/** Keys that are exchanged, each wrapped by the root key, and which nodes know which of them. */
export const managedKeys = ({ id, integer, bytes, strict }: Words): readonly string[] => [
  `create table managed_key (
    kind ${id} not null,
    id ${integer} not null check (id between 1 and 65535),
    state ${id} not null check (state in ('next', 'active', 'old', 'retired')),
    since_ms ${integer} not null,
    wrapped ${bytes},
    wrapped_with ${id},
    primary key (kind, id),
    check ((wrapped is null) = (wrapped_with is null))
  )${strict}`,
  "create unique index managed_key_next on managed_key (kind) where state = 'next'",
  // Which key a subscription of a phone was made with.
  `alter table phone_channel add column push_key ${integer}`,
  `create table key_node (
    id ${id} primary key,
    knows ${id} not null,
    seen_at_ms ${integer} not null
  )${strict}`,
]
