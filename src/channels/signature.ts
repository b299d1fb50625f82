import { createHmac, timingSafeEqual } from 'node:crypto'
import type { CarrierCall } from '#channels/channel.ts'

/**
 * Whether a call comes from the provider that shares the secret with us: hexadecimal HMAC-SHA256 of
 * the body, as it came, with or without `sha256=` before it.
 */
export function isSigned(
  { headers, body }: Pick<CarrierCall, 'headers' | 'body'>,
  { secret, header }: { readonly secret: string; readonly header: string },
): boolean {
  const given = headers[header.toLowerCase()]
  if (typeof given !== 'string') return false
  const right = createHmac('sha256', secret).update(body).digest('hex')
  return isSame(given.replace(/^sha256=/, '').toLowerCase(), right)
}

/**
 * Whether a call comes from a provider that signs as Twilio does: HMAC-SHA1 over the address and
 * the sorted fields of the form.
 *
 * @see Twilio, "Security: Validating Signatures from Twilio"
 */
export function isSignedAsTwilio(
  { headers, body }: Pick<CarrierCall, 'headers' | 'body'>,
  { token, address }: { readonly token: string; readonly address: string },
): boolean {
  const given = headers['x-twilio-signature']
  return typeof given === 'string' && isSame(given, twilioSignature({ token, address, body }))
}

/** The signature itself, for the simulated provider. */
export function twilioSignature({
  token,
  address,
  body,
}: {
  readonly token: string
  readonly address: string
  readonly body: string
}): string {
  const fields = [...new URLSearchParams(body)].sort(([one], [other]) => (one < other ? -1 : 1))
  const signed = address + fields.map(([name, value]) => name + value).join('')
  return createHmac('sha1', token).update(signed).digest('base64')
}

function isSame(given: string, right: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(right)]
  return one.length === other.length && timingSafeEqual(one, other)
}
