import type { Words } from '#store/migrations/words.ts'

/** The secret that a browser began its logins with, hashed: so its other logins are found. */
export const loginsOfABrowser = ({ id }: Words): readonly string[] => [
  `alter table login add column holder ${id}`,
  'create index login_holder on login (holder, id)',
]
