import type { Words } from '#store/migrations/words.ts'

/** Clients who ask to log in with the device of another user name (R120). */
export const shareRequests = ({ id, integer, bytes, strict }: Words): readonly string[] => [
  `create table share_request (
    id ${id} primary key,
    version ${integer} not null check (version >= 1),
    asker_id ${id} not null references subscriber,
    owner_id ${id} references subscriber,
    state ${id} not null
      check (state in ('asked', 'idle', 'offered', 'agreed', 'declined', 'withdrawn')),
    asked_at_ms ${integer} not null,
    expires_at_ms ${integer} not null,
    body ${bytes} not null
  )${strict}`,
  'create index share_request_asker on share_request (asker_id, id)',
  'create index share_request_owner on share_request (owner_id, id) where owner_id is not null',
  `create index share_request_asked on share_request (id) where state = 'asked'`,
  'create index share_request_over on share_request (expires_at_ms)',
]
