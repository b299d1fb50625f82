import type { Words } from '#store/migrations/words.ts'

/**
 * Moves when every login of a client ends. A login that goes on after its password names the one that was read
 * with it: one that comes on record while the act is being written is not missed.
 */
export const loginStamp = ({ integer }: Words): readonly string[] => [
  `alter table subscriber add column login_stamp ${integer} not null default 0`,
]
