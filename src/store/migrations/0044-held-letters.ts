import type { Words } from '#store/migrations/words.ts'

/**
 * Letters about what happens often: what would have made one too soon after the last has a time
 * when it is written with others. Of letters before this migration no time is known.
 */
export const heldLetters = ({ integer }: Words): readonly string[] => [
  `alter table notice add column due_at_ms ${integer}`,
  `alter table notice add column letter_at_ms ${integer}`,
  `create index notice_due on notice (due_at_ms, subscriber_id, kind)
    where due_at_ms is not null`,
  `create index notice_held on notice (subscriber_id, kind, seq) where due_at_ms is not null`,
  `create index notice_letter on notice (subscriber_id, kind, letter_at_ms)
    where letter_at_ms is not null`,
]
