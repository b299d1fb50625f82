import type { Words } from '#store/migrations/words.ts'

/**
 * How a test notification of a phone went, and what the phone has found of itself. Neither holds a
 * name or an address, so they are not sealed.
 */
export const phoneChecks = ({ id, integer, strict }: Words): readonly string[] => [
  `create table phone_check (
    authenticator_id ${id} primary key references authenticator (id),
    version ${integer} not null,
    test text,
    examination text
  )${strict}`,
]
