import type { Words } from '#store/migrations/words.ts'

/**
 * Whether a client has said in which language we speak; until then pages go by what the browser
 * asks.
 */
export const chosenLanguage = ({ integer }: Words): readonly string[] => [
  `alter table subscriber add column language_chosen ${integer} not null default 0
    check (language_chosen in (0, 1))`,
]
