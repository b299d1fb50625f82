import type { Words } from '#store/migrations/words.ts'

/**
 * Hardware tokens that were delivered with their keys. A row stays when the token is given to a
 * client, without its key: to import the file again must not make a second one of it, with an old
 * counter.
 */
export const tokens = ({ id, integer, bytes, strict }: Words): readonly string[] => [
  `create table token_import (
    id ${id} primary key,
    state ${id} not null check (state in ('open', 'discarded', 'done')),
    keys ${integer} not null check (keys >= 0),
    created_at_ms ${integer} not null
  )${strict}`,
  `create unique index token_import_open on token_import (state) where state = 'open'`,

  `create table token (
    serial ${id} primary key check (length(serial) between 1 and 64),
    import_id ${id} not null references token_import,
    method ${id} not null,
    state ${bytes},
    authenticator_id ${id} unique references authenticator,
    check ((state is null) <> (authenticator_id is null))
  )${strict}`,
  'create index token_import_id on token (import_id)',
]
