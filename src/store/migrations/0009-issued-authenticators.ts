import type { Words } from '#store/migrations/words.ts'

/**
 * Which agent gave which authenticator to which client. What one agent gives out in a day is
 * numbered, and the numbers end: two nodes that count at once cannot give out one too many. And
 * which ones rest meanwhile: they are back when their holder says so, and one that was stopped for
 * another reason is not.
 */
export const issuedAuthenticators = ({ id, integer, strict }: Words): readonly string[] => [
  `alter table authenticator add column rests_since_ms ${integer}`,

  `create table issue (
    authenticator_id ${id} primary key references authenticator,
    subscriber_id ${id} not null references subscriber,
    agent ${id} not null,
    approved_by ${id} check (approved_by <> agent),
    reason text not null,
    issued_at_ms ${integer} not null,
    day ${integer} not null,
    ordinal ${integer} not null check (ordinal between 1 and 10),
    unique (agent, day, ordinal)
  )${strict}`,
  'create index issue_subscriber on issue (subscriber_id, issued_at_ms)',
]
