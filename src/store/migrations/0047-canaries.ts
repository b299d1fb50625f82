import type { Words } from '#store/migrations/words.ts'

/** Clients who do not exist, and which looks at one of them have raised the alarm. */
export const canaries = ({ id, integer, strict }: Words): readonly string[] => [
  `create table canary (
    subscriber_id ${id} primary key references subscriber,
    made_at_ms ${integer} not null
  )${strict}`,
  `create table canary_alarm (
    seq ${integer} primary key,
    at_ms ${integer} not null
  )${strict}`,
]
