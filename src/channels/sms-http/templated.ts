import {
  type CarrierCall,
  type CarrierReply,
  type Channel,
  type Delivered,
  type Delivery,
  type NoteReceipt,
  type NoteTextedBack,
  type Report,
  PUSH_RETRIES,
} from '#channels/channel.ts'
import type { FailureReason } from '#core/delivery/delivery.ts'
import {
  at,
  filled,
  mentions,
  nameAt,
  parsed,
  type RequestTemplate,
  type Sending,
  sendRequest,
  undelivered,
} from '#channels/http-request.ts'
import { type NamedText, type SenderOf, templateOf } from '#core/contact/sender.ts'
import { isSigned } from '#channels/signature.ts'
import { FORBIDDEN, NOT_FOUND, TAKEN } from '#channels/twilio.ts'

export interface TemplatedTextOptions extends Sending {
  readonly template: RequestTemplate
  /** Where in a good answer stands the name of the message. */
  readonly idAt: string
  /**
   * Where in an answer stands whether it was taken, and what stands there then, as JSON; `null`:
   * the status says it.
   */
  readonly success: { readonly at: string; readonly is: string } | null
  readonly senderOf: SenderOf
  readonly callback: string
  readonly receipts: ReceiptFormat | null
  readonly note: NoteReceipt
  readonly noteTextedBack: NoteTextedBack
  readonly report: Report
}

/** How a provider reports: JSON at our address, signed with a shared secret. */
export interface ReceiptFormat {
  readonly secret: string
  readonly header: string
  readonly idAt: string
  readonly statusAt: string
  /** Of a text that a client has sent back: the number and the words. */
  readonly fromAt: string
  readonly textAt: string
  /** What stands there when the phone has it, and when it never will. */
  readonly delivered: readonly string[]
  readonly failed: readonly string[]
}

/**
 * Texts over any HTTP interface, by a request that the operator writes down. If the request carries
 * our id (`{{id}}`), the provider can tell a repetition, and what may have been taken is sent
 * again; without it, it is not.
 */
export function smsOverHttp(options: TemplatedTextOptions): Channel {
  return {
    name: 'sms',
    retries: PUSH_RETRIES,
    deliver: (delivery) => send(options, delivery),
    answer: (call) => answer(options, call),
  }
}

async function send(
  options: TemplatedTextOptions,
  { id, address, payload }: Delivery,
): Promise<Delivered> {
  const { template, senderOf, callback, success, idAt, report } = options
  // Written by the method that asked for it.
  const { text, ...named } = payload as NamedText
  const sender = senderOf(address as string)
  const values = {
    id,
    to: address as string,
    from: sender.from,
    text,
    status: `${callback}/status`,
    entity: sender.registration?.entity ?? '',
    template: templateOf(sender, named) ?? '',
  }
  const request = filled(template, values)
  if (!request) return { outcome: 'failed', reason: 'rejected' }
  const answered = await sendRequest(request, options)
  const { status } = answered
  if (status === null || status < 200 || status >= 300) {
    if (status !== null) report(`the provider of texts answered with status ${status}`)
    return undelivered(answered, mentions(template, 'id'))
  }
  if (success && JSON.stringify(at(answered.body, success.at)) !== success.is) {
    report('the provider of texts did not take a text')
    return { outcome: 'failed', reason: 'rejected' }
  }
  const name = nameAt(answered.body, idAt)
  return { outcome: 'sent', messages: name === null ? [] : [name] }
}

async function answer(
  { receipts, note, noteTextedBack }: TemplatedTextOptions,
  call: CarrierCall,
): Promise<CarrierReply> {
  if (!['status', 'reply'].includes(call.path) || !receipts) return NOT_FOUND
  if (!isSigned(call, receipts)) return FORBIDDEN
  const told = parsed(call.body)
  if (call.path === 'reply') {
    const [from, text] = [nameAt(told, receipts.fromAt), nameAt(told, receipts.textAt)]
    if (from !== null && text !== null) await noteTextedBack({ from, text })
    return TAKEN
  }
  const message = nameAt(told, receipts.idAt)
  const failure = failureOf(receipts, nameAt(told, receipts.statusAt))
  if (message !== null && failure !== undefined) await note({ channel: 'sms', message, failure })
  return TAKEN
}

/** `null` when it was delivered, `undefined` while the outcome is open. */
function failureOf(
  { delivered, failed }: ReceiptFormat,
  status: string | null,
): FailureReason | null | undefined {
  if (status === null) return undefined
  const word = status.toLowerCase()
  if (delivered.some((one) => one.toLowerCase() === word)) return null
  if (!failed.some((one) => one.toLowerCase() === word)) return undefined
  if (word.includes('expire')) return 'expired'
  if (/block|filter|spam/.test(word)) return 'blocked'
  return word.includes('reject') ? 'rejected' : 'unreachable'
}
