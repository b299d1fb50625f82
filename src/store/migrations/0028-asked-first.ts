import type { Words } from '#store/migrations/words.ts'

/**
 * What a client has chosen to be asked first when they log in. It is a wish and names no row: what
 * has ended meanwhile is not asked, whatever stands here.
 */
export const askedFirst = ({ id }: Words): readonly string[] => [
  `alter table subscriber add column asked_first ${id}`,
]
