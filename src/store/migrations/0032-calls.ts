import type { Words } from '#store/migrations/words.ts'

/**
 * What a client is told of a call while it goes on: the open cases of a client are looked for at
 * every look of their phone, and whether the agent has taken another call since.
 */
export const calls = (_words: Words): readonly string[] => [
  `create index desk_case_client on desk_case (subscriber_id, id)
    where closed_at_ms is null`,
  'create index desk_case_member on desk_case (member_id, id)',
]
