import type { Words } from '#store/migrations/words.ts'

/**
 * What compliance asks the audit log: by client, member of staff, case or kind, within a time.
 * Actor and case are read from the body itself, which is what the tree of the log is made of: a
 * column beside it could say something else.
 */
export const auditLooks = ({ member }: Words): readonly string[] => [
  ...['actor', 'caseId'].map(
    (name) =>
      `create index audit_event_${name === 'actor' ? 'actor' : 'case'}
        on audit_event ((${member('body', name)}), at_ms, seq)
        where (${member('body', name)}) is not null`,
  ),
  `create index audit_event_client on audit_event (subscriber_id, at_ms, seq)
    where subscriber_id is not null`,
  'create index audit_event_kind on audit_event (kind, at_ms, seq)',
]
