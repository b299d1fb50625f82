/** How receipts write the ids that the centre gave out in its answers. */
export type ReceiptIds = 'same' | 'decimal' | 'hexadecimal'

/**
 * Ids that the centre gave to what we sent, so that a receipt is understood however it writes them.
 */
export interface MessageIds {
  /** Remembers an id that the centre gave. */
  given(id: string): void
  /** The name of the message that one of these ids means. */
  meant(ids: readonly string[]): string
}

/** Older ones are forgotten: then a receipt is read as the setting has it. */
export const IDS_MAX = 10_000

export function messageIds(written: ReceiptIds): MessageIds {
  const known = new Set<string>()
  const forms = [...new Set([written, 'same', 'decimal', 'hexadecimal'] as const)]
  return {
    given(id) {
      const name = nameOf(id)
      const [oldest] = known
      if (known.size >= IDS_MAX && oldest !== undefined) known.delete(oldest)
      known.add(name)
    },
    meant(ids) {
      const names = forms.flatMap((form) => ids.map((id) => READ[form](nameOf(id))))
      return names.find((name) => known.has(name)) ?? names[0] ?? ''
    },
  }
}

/** The same id, whatever the case it is written in and however many zeros stand before it. */
export const nameOf = (id: string): string => id.toLowerCase().replace(/^0+(?=.)/, '')

/** From the id in a receipt to the one in our answer. */
const READ: Readonly<Record<ReceiptIds, (id: string) => string>> = {
  same: (id) => id,
  decimal: (id) => (/^\d{1,39}$/.test(id) ? BigInt(id).toString(16) : id),
  hexadecimal: (id) => (/^[\da-f]{1,32}$/.test(id) ? BigInt(`0x${id}`).toString() : id),
}
