import type { Words } from '#store/migrations/words.ts'

/**
 * Each sealed file has a key of its own, and the key stands here: beside what the file belongs to,
 * written and deleted in one commit with it. The file itself lies elsewhere (0055).
 */
export const fileKeys = ({ id, bytes, keyed }: Words): readonly string[] => [
  `create table file_key (
    id ${id} primary key,
    body ${bytes} not null
  )${keyed}`,
]
