import type { Words } from '#store/migrations/words.ts'

/**
 * When this database was restored, and when it was fenced after that. Without the second nothing
 * starts on it.
 */
export const restorations = ({ id, integer, strict }: Words): readonly string[] => [
  `create table restoration (
    id ${id} primary key,
    backup_id ${id},
    restored_at_ms ${integer} not null,
    fenced_at_ms ${integer},
    rewound_to ${integer}
  )${strict}`,
]
