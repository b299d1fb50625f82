import type { Words } from '#store/migrations/words.ts'

/** Authenticators that wait to take the place of another. */
export const waiting = ({ integer }: Words): readonly string[] => [
  `alter table authenticator add column pending_until_ms ${integer}`,
  `create index authenticator_pending on authenticator (pending_until_ms)
    where pending_until_ms is not null`,
]
