import type { Words } from '#store/migrations/words.ts'

/**
 * Why the back office has said where an account belongs. The audit log holds a digest of the words:
 * they may name a person, and can be erased here.
 */
export const placingReasons = ({ id, integer, strict }: Words): readonly string[] => [
  `create table placing_reason (
    id ${id} primary key,
    account_id ${id} not null references account,
    words text not null,
    salt ${id} not null,
    at_ms ${integer} not null
  )${strict}`,
  'create index placing_reason_account on placing_reason (account_id)',
]
