import type { CarrierCall, CarrierReply } from '#channels/channel.ts'
import type { FailureReason } from '#core/delivery/delivery.ts'
import { isSignedAsTwilio } from '#channels/signature.ts'
import type { HttpRequest } from '#channels/http-request.ts'

/** An account with Twilio, or with a compatible provider. */
export interface TwilioAccount {
  /** Where it is, such as `https://api.twilio.com`. */
  readonly url: string
  readonly account: string
  readonly token: string
}

/** A request to one of an account's lists, such as `Messages` or `Calls`. */
export function twilioRequest(
  { url, account, token }: TwilioAccount,
  list: string,
  fields: Readonly<Record<string, string>>,
): HttpRequest {
  const basic = Buffer.from(`${account}:${token}`).toString('base64')
  return {
    url: `${url}/2010-04-01/Accounts/${encodeURIComponent(account)}/${list}.json`,
    method: 'POST',
    headers: {
      authorization: `Basic ${basic}`,
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: new URLSearchParams(fields).toString(),
  }
}

/** The fields of a form that the provider has signed; `null` when it is not from there. */
export function signedForm(
  call: CarrierCall,
  signed: { readonly token: string; readonly address: string },
): URLSearchParams | null {
  return isSignedAsTwilio(call, signed) ? new URLSearchParams(call.body) : null
}

export const FORBIDDEN: CarrierReply = { status: 403 }
export const NOT_FOUND: CarrierReply = { status: 404 }
export const TAKEN: CarrierReply = { status: 204 }

/** Error codes that say why. @see Twilio, "Error and Warning Dictionary" */
export const TWILIO_REASONS: Readonly<Record<string, FailureReason>> = {
  // The region is switched off; a filter; the content.
  21408: 'blocked',
  30004: 'blocked',
  30007: 'blocked',
  // The holder wrote STOP to a number of theirs.
  21610: 'stopped',
  // No number that takes texts: malformed, a landline, unknown to every carrier.
  21211: 'rejected',
  21614: 'rejected',
  30005: 'rejected',
  30006: 'rejected',
  30001: 'expired',
  30036: 'expired',
  30003: 'unreachable',
  30008: 'unreachable',
}
