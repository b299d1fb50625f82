import type { Words } from '#store/migrations/words.ts'

/** Sensitive tasks, and what has left an account lately. */
export const tasks = ({ id, integer, bytes, strict }: Words): readonly string[] => [
  `create table task (
    id ${id} primary key,
    version ${integer} not null check (version >= 1),
    subscriber_id ${id} not null references subscriber,
    session_id ${id} not null,
    state text not null check (state in ('open', 'approved', 'used', 'cancelled')),
    used_for ${id} unique,
    body ${bytes} not null
  )${strict}`,
  `create table outflow (
    account_id ${id} primary key references account,
    version ${integer} not null check (version >= 1),
    body ${bytes} not null
  )${strict}`,
]
