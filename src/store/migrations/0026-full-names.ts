import type { Words } from '#store/migrations/words.ts'

/** What a client is called in full, sealed; `null` where it is not recorded. */
export const fullNames = ({ bytes }: Words): readonly string[] => [
  `alter table subscriber add column full_name ${bytes}`,
]
