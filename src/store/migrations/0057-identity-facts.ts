import type { Words } from '#store/migrations/words.ts'

/** Birth date and numbers of papers of a client, sealed; `null` where none is recorded. */
export const identityFacts = ({ bytes }: Words): readonly string[] => [
  `alter table subscriber add column identity ${bytes}`,
]
