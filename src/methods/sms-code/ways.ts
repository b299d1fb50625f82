/** How a code reaches its holder: the channel of each way, and how RFC 8176 calls it. */
export const WAYS = ['text', 'call'] as const
export type Way = (typeof WAYS)[number]

export const CHANNELS: Readonly<Record<Way, string>> = { text: 'sms', call: 'voice' }
export const REFERENCES: Readonly<Record<Way, string>> = { text: 'sms', call: 'tel' }

/** Where a code goes besides, whichever way it goes, for clients whose rules want it (R129). */
export const MAIL = 'email'

/** The ways for which there is a carrier, the usual one first. */
export const waysOf = (channels: readonly string[]): readonly Way[] =>
  WAYS.filter((way) => channels.includes(CHANNELS[way]))

/** When each way was last used; `null` for never. */
export type Sent = { readonly [way in Way]: number | null }
