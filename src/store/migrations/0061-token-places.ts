import type { Words } from '#store/migrations/words.ts'

/** Where a hardware token lies or lay, and since when it is destroyed. */
export const tokenPlaces = ({ id, integer }: Words): readonly string[] => [
  `alter table token add column place ${id} not null default 'main'`,
  `alter table token add column destroyed_at_ms ${integer}`,
]
