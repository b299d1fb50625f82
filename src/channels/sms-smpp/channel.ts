import { createHash } from 'node:crypto'
import {
  type Channel,
  type Delivered,
  type NoteReceipt,
  type NoteTextedBack,
  PUSH_RETRIES,
  type Report,
} from '#channels/channel.ts'
import type { FailureReason } from '#core/delivery/delivery.ts'
import { type Patience, PATIENCE } from '#channels/sms-smpp/protocol/connection.ts'
import { inboundMessages } from '#channels/sms-smpp/inbound.ts'
import type { Fields } from '#channels/sms-smpp/protocol/line.ts'
import { type LinkOptions, smppLink } from '#channels/sms-smpp/protocol/link.ts'
import { messageIds, nameOf, type ReceiptIds } from '#channels/sms-smpp/message-ids.ts'
import { STATUS } from '#channels/sms-smpp/protocol/pdu.ts'
import { registrationOf } from '#channels/sms-smpp/registration.ts'
import { type Millis, minutes } from '#core/time/time.ts'
import type { NamedText, Sender, SenderOf } from '#core/contact/sender.ts'
import { type ShortMessage, shortMessage } from '#core/contact/short-message.ts'

/**
 * Texts through a message centre, over one connection that both sides use.
 *
 * @see SMPP Protocol Specification v3.4
 */
export interface SmppOptions
  extends Pick<
    LinkOptions,
    'host' | 'port' | 'tls' | 'systemId' | 'password' | 'systemType' | 'window' | 'perSecond'
  > {
  readonly senderOf: SenderOf
  /** How receipts write the ids of messages that this node does not remember. */
  readonly receiptIds: ReceiptIds
  readonly note: NoteReceipt
  readonly noteTextedBack: NoteTextedBack
  readonly report: Report
  readonly patience?: Patience
  /** How long parts of one text that comes in may be apart. */
  readonly partsWithin?: Millis
}

const PARTS_WITHIN = minutes(5)

/** A text whose first parts were taken, and the rest not yet. */
type Begun = readonly string[]

/** Texts that are remembered as begun; so many long ones never arrive at once. */
const BEGUN_MAX = 1_000

/** What one part came to. */
type Part = { readonly id: string } | Extract<Delivered, { readonly outcome: 'failed' | 'later' }>

export function smsOverSmpp(options: SmppOptions): Channel {
  const { report, patience = PATIENCE, partsWithin = PARTS_WITHIN } = options
  const ids = messageIds(options.receiptIds)
  const inbound = inboundMessages({ ...options, ids, partsMs: partsWithin })
  const link = smppLink({
    ...options,
    patience,
    onTaken: ids.given,
    onDeliver: inbound.take,
  })
  const begun = new Map<string, Begun>()

  const submit = async (fields: Fields): Promise<Part> => {
    const submitted = await link.submit(fields)
    if (submitted === 'unsent') return { outcome: 'later', reason: 'not connected' }
    // To send it again could send it twice: the client who waits decides, after two minutes.
    if (submitted === 'lost') return { outcome: 'failed', reason: 'unclear' }
    const { status, messageId } = submitted.answer
    if (status === STATUS.ok) return { id: nameOf(messageId) }
    if (LATER.has(status)) return { outcome: 'later', reason: `status ${status}` }
    report(`the message centre refused a text (status ${status})`)
    return { outcome: 'failed', reason: REFUSED.get(status) ?? 'rejected' }
  }

  return {
    name: 'sms',
    retries: PUSH_RETRIES,
    async deliver({ id, address, payload }) {
      // Written by the method that asked for it.
      const { text, ...named } = payload as NamedText
      const sent = shortMessage(text)
      if (typeof address !== 'string' || !sent) return { outcome: 'failed', reason: 'rejected' }
      const taken = [...(begun.get(id) ?? [])]
      begun.delete(id)
      const sender = options.senderOf(address)
      const pdus = pdusOf(sender, address, { id, sent, named })
      for (const [index, fields] of pdus.entries()) {
        if (index < taken.length) continue
        const part = await submit(fields)
        if ('id' in part) {
          taken.push(part.id)
          continue
        }
        if (part.outcome === 'later' && taken.length > 0) remember(begun, id, taken)
        return part
      }
      return { outcome: 'sent', messages: taken.filter((one) => one !== '') }
    },
    async close() {
      await link.close()
      inbound.close()
    },
  }
}

function remember(begun: Map<string, Begun>, id: string, ids: Begun): void {
  const [oldest] = begun.keys()
  if (begun.size >= BEGUN_MAX && oldest !== undefined) begun.delete(oldest)
  begun.set(id, ids)
}

/** The centre is busy, or in trouble: system error, queue full, throttled, temporary error. */
const LATER: ReadonlySet<number> = new Set([0x08, 0x14, 0x58, 0x64])

/** Refusals that say why; all others are `rejected`. @see SMPP 3.4, section 5.1.3 */
const REFUSED: ReadonlyMap<number, FailureReason> = new Map([
  [0x61, 'expired'],
  [0x62, 'expired'],
  [0x101, 'blocked'],
  [0x103, 'blocked'],
])

const GSM_7 = 0
const UCS_2 = 8
const WITH_HEADER = 0x40
const FINAL_RECEIPT = 1
/** In the form that means a length of time: five minutes, as long as a code lives (S21, R083). */
const VALIDITY = '000000000500000R'

interface Outgoing {
  readonly id: string
  readonly sent: ShortMessage
  readonly named: Omit<NamedText, 'text'>
}

function pdusOf(sender: Sender, to: string, { id, sent, named }: Outgoing): readonly Fields[] {
  const { parts, coding } = sent
  const isLong = parts.length > 1
  // The same number on each attempt: a phone that has a part already puts the next one beside it.
  const reference = createHash('sha256').update(id).digest()[0] ?? 0
  return parts.map((part, index) => {
    const header = isLong ? [5, 0, 3, reference, parts.length, index + 1] : []
    return {
      ...sourceOf(sender.from),
      ...registrationOf(sender, named),
      dest_addr_ton: INTERNATIONAL,
      dest_addr_npi: ISDN,
      destination_addr: to.slice(1),
      esm_class: isLong ? WITH_HEADER : 0,
      registered_delivery: FINAL_RECEIPT,
      validity_period: VALIDITY,
      data_coding: coding === 'gsm-7' ? GSM_7 : UCS_2,
      short_message: Buffer.concat([Buffer.from(header), part]),
    }
  })
}

const ISDN = 1
const INTERNATIONAL = 1
const NATIONAL = 2
const ALPHANUMERIC = 5

/** A short code, a number, or a name. */
function sourceOf(from: string): Fields {
  if (/^\+\d+$/.test(from))
    return { source_addr_ton: INTERNATIONAL, source_addr_npi: ISDN, source_addr: from.slice(1) }
  if (/^\d+$/.test(from))
    return { source_addr_ton: NATIONAL, source_addr_npi: ISDN, source_addr: from }
  return { source_addr_ton: ALPHANUMERIC, source_addr_npi: 0, source_addr: from }
}
