import type { Words } from '#store/migrations/words.ts'

/**
 * What a client has begun belongs to a state of the client. The stamp counts these states, so that
 * a commit can name the one that it was decided in. What an invitation bound is found by its id, so
 * that it ends with the session that asked for it. A draft that was confirmed is known by its
 * version.
 */
export const securityStamp = ({ id, integer }: Words): readonly string[] => [
  `alter table subscriber add column security_stamp ${integer} not null default 0`,
  `alter table enrolment add column bound_id ${id}`,
  `alter table order_draft add column version ${integer} not null default 1`,
  'create index enrolment_bound on enrolment (bound_id) where bound_id is not null',
]
