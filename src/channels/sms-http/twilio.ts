import {
  type CarrierCall,
  type CarrierReply,
  type Channel,
  type Delivered,
  type NoteReceipt,
  type NoteTextedBack,
  PUSH_RETRIES,
} from '#channels/channel.ts'
import type { FailureReason } from '#core/delivery/delivery.ts'
import type { SenderOf } from '#core/contact/sender.ts'
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
  readonly senderOf: SenderOf
  /** Our own address for its reports. */
  readonly callback: string
  readonly note: NoteReceipt
  readonly noteTextedBack: NoteTextedBack
}

/** A text is worth as much as its code: five minutes, in seconds. */
const VALIDITY_S = '300'

/**
 * Texts over an HTTP interface like Twilio's. It knows no repetition, so what may have been taken
 * is not sent again.
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
  const { senderOf, callback } = options
  const { from } = senderOf(to)
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
  if (call.path !== 'status' && call.path !== 'reply') return NOT_FOUND
  const { token, callback, note, noteTextedBack } = options
  const form = signedForm(call, { token, address: `${callback}/${call.path}` })
  if (!form) return FORBIDDEN
  if (call.path === 'reply') {
    await noteTextedBack({ from: form.get('From') ?? '', text: form.get('Body') ?? '' })
    return SILENCE
  }
  const failure = failureIn(form)
  const message = form.get('MessageSid')
  if (failure !== undefined && message) await note({ channel: 'sms', message, failure })
  return TAKEN
}

/** Nothing is texted in answer. @see Twilio, "TwiML for Programmable SMS" */
const SILENCE: CarrierReply = { status: 200, type: 'text/xml', body: '<Response/>' }

/** `null` when it was delivered, `undefined` while the outcome is open. */
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
