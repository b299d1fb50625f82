import type { Words } from '#store/migrations/words.ts'

/** How often a phone is told news of orders, and when it is told what waits. */
export const alertChoice = ({ id, integer, strict }: Words): readonly string[] => [
  `create table alert_choice (
    subscriber_id ${id} primary key references subscriber,
    version ${integer} not null,
    every text not null check (every in ('each', 'hour', 'day', 'never')),
    told_at_ms ${integer},
    due_at_ms ${integer}
  )${strict}`,
  'create index alert_choice_due on alert_choice (due_at_ms) where due_at_ms is not null',
]
