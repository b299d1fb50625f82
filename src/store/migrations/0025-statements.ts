import type { Words } from '#store/migrations/words.ts'

/**
 * Statements for clients. A slot is one of so many that a client has, so no two that come at once
 * are one too many; the same file is there once. Their bytes lie in pieces beside them.
 */
export const statements = ({ id, integer, bytes, strict, keyed }: Words): readonly string[] => [
  `create table statement (
    id ${id} primary key,
    subscriber_id ${id} not null references subscriber,
    slot ${integer} not null check (slot between 1 and 500),
    content_hash ${id} not null,
    added_at_ms ${integer} not null,
    body ${bytes} not null
  )${strict}`,
  'create unique index statement_slot on statement (subscriber_id, slot)',
  'create unique index statement_content on statement (subscriber_id, content_hash)',

  `create table statement_part (
    statement_id ${id} not null references statement,
    part ${integer} not null check (part >= 0),
    bytes ${bytes} not null,
    primary key (statement_id, part)
  )${keyed}`,
]
