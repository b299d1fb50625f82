import type { Words } from '#store/migrations/words.ts'

/**
 * The rules of places and countries as the servers last started with them. Where they change, the
 * clients whose rules are others are told one after the other; the row says how far that has come.
 */
export const rulesTable = ({ id, integer, strict }: Words): readonly string[] => [
  `create table rules_table (
    id ${integer} primary key check (id = 1),
    version ${integer} not null,
    body ${id} not null,
    before ${id},
    told_through ${id} not null
  )${strict}`,
]
