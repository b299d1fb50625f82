import type { Words } from '#store/migrations/words.ts'

/**
 * Mails with documents. A slot is one of so many of one sender and day, and an answer one of an
 * hour, so no two that come at once are one too many; what became documents has a name of its own,
 * so the same mail becomes them once. All three are keyed hashes: the table names no sender.
 */
export const mails = ({ id, integer, bytes, strict }: Words): readonly string[] => [
  `create table mail (
    id ${id} primary key,
    sender_hash ${id} not null,
    day_slot ${id} not null unique,
    message_hash ${id},
    filed_as ${id} unique,
    answer_slot ${id} unique,
    answered_at_ms ${integer},
    state ${id} not null,
    due_at_ms ${integer},
    keep_until_ms ${integer} not null,
    version ${integer} not null,
    body ${bytes} not null
  )${strict}`,
  'create index mail_state on mail (state, id)',
  'create index mail_sender on mail (sender_hash, answered_at_ms)',
  'create index mail_message on mail (message_hash)',
  'create index mail_due on mail (due_at_ms) where due_at_ms is not null',
  'create index mail_kept on mail (keep_until_ms)',
]
