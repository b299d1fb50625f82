import type { Words } from '#store/migrations/words.ts'

/**
 * The login stamp moves when every login of a client ends; a login that goes on after its password
 * names the one that was read with it. Arrivals are counted when a login goes on and when a session
 * is opened: an act that ends them is not written over a count that has moved while it waited.
 */
export const loginStamp = ({ integer }: Words): readonly string[] => [
  `alter table subscriber add column login_stamp ${integer} not null default 0`,
  `alter table subscriber add column arrivals ${integer} not null default 0`,
]
