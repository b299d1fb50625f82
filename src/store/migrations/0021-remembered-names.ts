import type { Words } from '#store/migrations/words.ts'

/**
 * A browser that is recognised fills in the user name from the login that named it on, until its
 * client or another person at it takes the name away. Those of before are named by their next
 * login.
 */
export const rememberedNames = ({ integer }: Words): readonly string[] => [
  `alter table browser add column named_at_ms ${integer}`,
  'create index browser_cookie on browser (cookie_hash)',
]
