import type { Words } from '#store/migrations/words.ts'

/** Since when a hardware token is not expected back, and why. */
export const writtenOffTokens = ({ id, integer }: Words): readonly string[] => [
  `alter table token add column written_off_at_ms ${integer}`,
  `alter table token add column written_off_why ${id}`,
]
