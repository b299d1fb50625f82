import type { Words } from '#store/migrations/words.ts'

/** Who has a document or a mail before them, and until when no other member gets it. */
export const reviews = ({ id, integer, strict }: Words): readonly string[] => [
  `create table review (
    id ${id} primary key,
    member_id ${id} not null references member,
    until_ms ${integer} not null
  )${strict}`,
]
