import type { Words } from '#store/migrations/words.ts'

/** What a client types on the page of a call, while it can be typed: no two calls have the same. */
export const callCodes = ({ id }: Words): readonly string[] => [
  `alter table caller_proof add column code ${id}`,
  'create unique index caller_proof_code on caller_proof (code) where code is not null',
]
