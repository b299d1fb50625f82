import type { Words } from '#store/migrations/words.ts'

/** The networks that a client who has opted out trades from; `null` where they name none (R130). */
export const tradingNetworks = ({ id }: Words): readonly string[] => [
  `alter table account add column trading_networks ${id}`,
]
