import {
  KIND,
  kindOf,
  type Message,
  numberAt,
  payloadOf,
  TAG,
  untilZero,
} from '#channels/sms-smpp/protocol/pdu.ts'
import { isWide, wordsOf } from '#channels/sms-smpp/words.ts'
import type { FailureReason } from '#core/delivery/delivery.ts'

/** What a receipt says; `failure` is `null` when the message was delivered. */
export type Receipt =
  /** Ids as the receipt writes them: that of a tag first, then that of its words. */
  | {
      readonly says: 'ended'
      readonly ids: readonly string[]
      readonly failure: FailureReason | null
    }
  /** Accepted, on its way, not known: more will come. */
  | { readonly says: 'under way' }
  | { readonly says: 'nothing known' }

type End = FailureReason | null | 'under way'

/**
 * By `message_state`, or by the word after `stat:`, as the specification has it and as centres
 * spell it.
 *
 * @see SMPP 3.4, section 5.2.28 and appendix B
 */
const ENDS: ReadonlyMap<string, End> = new Map<string, End>(
  (
    [
      [null, '2 DELIVRD DELIVERED DELIVERD DELIVRED DELIVERY DELIVER DLVRD DELIVEREDTOHANDSET'],
      ['expired', '3 EXPIRED EXPIRD EXPRD EXPIRE'],
      ['rejected', '4 DELETED DELETD DELETE CANCELED CANCELLED'],
      ['unreachable', '5 UNDELIV UNDELIVERED UNDELIVERABLE UNDELIVD UNDELIVRD UNDLVRD FAILED'],
      ['blocked', '8 REJECTD REJECTED REJCTD REJECT'],
      ['under way', '0 1 6 7 9 SCHEDULED SCHEDLD ENROUTE ENROUT ACCEPTD ACCEPTED ACKED UNKNOWN'],
      ['under way', 'BUFFERED BUFFRED BUFFERD QUEUED PENDING SUBMITTED SENT SKIPPED'],
    ] as const
  ).flatMap(([end, words]) => words.split(' ').map((word) => [word, end] as const)),
)

/**
 * Reads a receipt: by its kind, or by the tags that only receipts have. Words alone make no
 * receipt, since every sender can text them.
 *
 * @returns `null` for what is no receipt.
 */
export function receiptIn(message: Message): Receipt | null {
  const kind = kindOf(message)
  const isTagged = message.tags.has(TAG.receiptedMessageId) || message.tags.has(TAG.messageState)
  const isText = kind === KIND.text && !isTagged
  if (isText || (kind !== KIND.text && kind !== KIND.receipt && kind !== KIND.intermediate))
    return null
  const words = receiptWords(message)
  const ids = [idInTag(message), idIn(words)].filter((id) => id !== null)
  const end = endOf(message, words)
  if (end === 'under way') return { says: end }
  if (ids.length === 0 || end === undefined) return { says: 'nothing known' }
  // The centre goes on trying after a failure on the way.
  if (kind === KIND.intermediate && end !== null) return { says: 'under way' }
  return { says: 'ended', ids: [...new Set(ids)], failure: end }
}

/** Whether a handset, and not the message centre, has texted the words of a receipt. */
export const looksLikeReceipt = (words: string): boolean =>
  idIn(words) !== null && wordIn(words) !== null && /\bdone date:/i.test(words)

function endOf(message: Message, words: string): End | undefined {
  const tagged = ENDS.get(String(numberAt(message, TAG.messageState)))
  const worded = ENDS.get(wordIn(words) ?? '')
  // Where one of the two says how it ended, the other one only says less.
  return (tagged === undefined || tagged === 'under way') && worded !== undefined ? worded : tagged
}

/** ASCII in all alphabets but one: an underscore of an id is none in GSM-7. */
function receiptWords(message: Message): string {
  const bytes = Buffer.concat([message.shortMessage, payloadOf(message)])
  const words = isWide(message.coding) ? wordsOf(bytes, message.coding) : bytes.toString('latin1')
  // What follows are the first words of the message itself.
  return (words ?? '').split(/\btext:/i, 1)[0] ?? ''
}

function idInTag({ tags }: Message): string | null {
  const bytes = tags.get(TAG.receiptedMessageId)
  return bytes ? idIn(`id:${untilZero(bytes)}`) : null
}

function idIn(words: string): string | null {
  const id = /\bid:\s*([\x21-\x2b\x2d-\x3a\x3c-\x7e]+)/i.exec(words)?.[1]
  return id === undefined || id.length > MESSAGE_ID_LENGTH_MAX ? null : id
}

/** @see SMPP 3.4, section 5.2.23: 65 octets with the one that ends it */
const MESSAGE_ID_LENGTH_MAX = 64

const wordIn = (words: string): string | null =>
  /\bstat(?:us)?:\s*([a-z_-]{1,24}|\d{1,3})\b/i
    .exec(words)?.[1]
    ?.toUpperCase()
    .replaceAll(/[_-]/g, '') ?? null
