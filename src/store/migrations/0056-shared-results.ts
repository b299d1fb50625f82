import type { Words } from '#store/migrations/words.ts'

/** Results of connection tests that clients have shared with the desk. */
export const sharedResults = ({ id, integer, bytes, strict }: Words): readonly string[] => [
  `create table connectivity_result (
    code_hash ${id} primary key,
    made_at_ms ${integer} not null,
    body ${bytes} not null
  )${strict}`,
  'create index connectivity_result_made on connectivity_result (made_at_ms)',
]
