import {
  type CarrierCall,
  type CarrierReply,
  type Channel,
  type Delivered,
  type NoteReceipt,
  PUSH_RETRIES,
} from '#channels/channel.ts'
import type { FailureReason } from '#core/delivery.ts'
import { at, nameAt, type Sending, sendRequest, undelivered } from '#channels/http-request.ts'
import {
  FORBIDDEN,
  NOT_FOUND,
  signedForm,
  TAKEN,
  TWILIO_REASONS,
  type TwilioAccount,
  twilioRequest,
} from '#channels/twilio.ts'

export interface TwilioTextOptions extends TwilioAccount, Sending {
  /** A number, up to eleven letters, or the id of a messaging service (`MG…`). */
  readonly from: string
  /** Our own address for its reports. */
  readonly callback: string
  readonly note: NoteReceipt
}

/** A text is worth as much as its code: five minutes, in seconds. */
const VALIDITY_S = '300'

/**
 * Texts over an HTTP interface like Twilio's. It knows no repetition, so what may have been taken is not
 * sent again.
 */
export function smsOverTwilio(options: TwilioTextOptions): Channel {
  return {
    name: 'sms',
    retries: PUSH_RETRIES,
    deliver: ({ address, payload }) => send(options, address as string, payload),
    answer: (call) => answer(options, call),
  }
}

async function send(options: TwilioTextOptions, to: string, payload: unknown): Promise<Delivered> {
  const { from, callback } = options
  // Written by the method that asked for it.
  const { text } = payload as { readonly text: string }
  const sender = from.startsWith('MG') ? 'MessagingServiceSid' : 'From'
  const fields = { To: to, [sender]: from, Body: text, ValidityPeriod: VALIDITY_S }
  const report = { StatusCallback: `${callback}/status` }
  const request = twilioRequest(options, 'Messages', { ...fields, ...report })
  const answered = await sendRequest(request, options)
  if (answered.status !== null && answered.status >= 200 && answered.status < 300) {
    const name = nameAt(answered.body, '/sid')
    return { outcome: 'sent', messages: name === null ? [] : [name] }
  }
  const code = answered.status === 400 ? at(answered.body, '/code') : undefined
  const reason = typeof code === 'number' ? TWILIO_REASONS[code] : undefined
  return reason ? { outcome: 'failed', reason } : undelivered(answered, false)
}

async function answer(options: TwilioTextOptions, call: CarrierCall): Promise<CarrierReply> {
  if (call.path !== 'status') return NOT_FOUND
  const { token, callback, note } = options
  const form = signedForm(call, { token, address: `${callback}/status` })
  if (!form) return FORBIDDEN
  const failure = failureIn(form)
  const message = form.get('MessageSid')
  if (failure !== undefined && message) await note({ channel: 'sms', message, failure })
  return TAKEN
}

/** `null` when it was delivered, `undefined` when the matter is not at its end. */
function failureIn(form: URLSearchParams): FailureReason | null | undefined {
  switch (form.get('MessageStatus')) {
    case 'delivered':
    case 'read':
      return null
    case 'undelivered':
    case 'failed':
      return TWILIO_REASONS[form.get('ErrorCode') ?? ''] ?? 'unreachable'
    default:
      return undefined
  }
}
