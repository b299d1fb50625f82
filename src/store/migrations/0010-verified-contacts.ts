import type { Words } from '#store/migrations/words.ts'

/** When the holder of an address has typed the code that was sent there. */
export const verifiedContacts = ({ integer }: Words): readonly string[] => [
  `alter table contact add column verified_at_ms ${integer}`,
]
