import type { Words } from '#store/migrations/words.ts'

/**
 * Whose account a client uses who has none of their own, and until when they may change their
 * settings.
 */
export const primaryUsers = ({ id, integer }: Words): readonly string[] => [
  `alter table subscriber add column primary_id ${id} references subscriber (id)
    check (primary_id <> id)`,
  `alter table subscriber add column primary_name text`,
  `alter table subscriber add column leave_until_ms ${integer}`,
  'create index subscriber_primary on subscriber (primary_id)',
]
