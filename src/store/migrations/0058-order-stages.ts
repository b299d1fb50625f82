import type { Words } from '#store/migrations/words.ts'

/** Where an order is within its state: packed, delivered, or lost in the post. */
export const orderStages = ({ id }: Words): readonly string[] => [
  `alter table device_order add column stage ${id}
    check (stage in ('packed', 'delivered', 'lost'))`,
  `create index device_order_stage on device_order (stage, id) where stage is not null`,
]
