import type { Json } from '#core/json.ts'
import type { Sample } from '#methods/sample.ts'

/**
 * A number that is never assigned, as it is stored.
 *
 * @see North American Numbering Plan, 555-01XX
 */
export const SAMPLE_NUMBER = '+12025550142'

/** What the holder of the number reads in a text, or hears in a call. */
export function codeIn(payload: Json): string {
  const { text, digits } = payload as { readonly text?: string; readonly digits?: string }
  return digits ?? /#(\d{6})$/.exec(text ?? '')?.[1] ?? ''
}

export const sample: Sample = {
  state: { number: SAMPLE_NUMBER, sent: { text: null, call: null }, pending: null },
  async holder(_prompt, _now, [delivery]) {
    return { code: delivery ? codeIn(delivery.payload) : '000000' }
  },
  secrets: [SAMPLE_NUMBER],
}
