import { readText } from '#core/text/typed.ts'

/** As it stands on the label. */
export interface Shipment {
  readonly carrier: string
  readonly tracking: string | null
}

/**
 * Carrier and number as they were typed: what can be neither is `undefined`, and nothing is `null`.
 */
export function shipmentOf(typed: {
  readonly carrier?: string | undefined
  readonly tracking?: string | undefined
}): Shipment | null | undefined {
  const carrier = readText(typed.carrier ?? '')
  const tracking = readText(typed.tracking ?? '').toUpperCase()
  if (carrier === '') return tracking === '' ? null : undefined
  const fits = NAME.test(carrier) && (tracking === '' || NUMBER.test(tracking))
  return fits ? { carrier, tracking: tracking === '' ? null : tracking } : undefined
}

const NAME = /^[\p{L}\p{N}][\p{L}\p{N} .&'-]{0,39}$/u
const NUMBER = /^[A-Z0-9](?:[A-Z0-9 -]{0,38}[A-Z0-9])?$/
