import type { Words } from '#store/migrations/words.ts'

/**
 * That the size to which the audit log was set back was written by this server: sealed, so that an
 * attacker who can write to the database cannot give the log another name.
 */
export const rewoundProof = ({ bytes }: Words): readonly string[] => [
  `alter table restoration add column rewound_proof ${bytes}`,
]
