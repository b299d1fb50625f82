import type { Words } from '#store/migrations/words.ts'

/** In which calls of the last day a caller wanted a step skipped. */
export const pressures = (_words: Words): readonly string[] => [
  'alter table call_standing add column pressed text',
]
