import type { NoteReceipt, NoteTextedBack, Report } from '#channels/channel.ts'
import { JOINING, joiner } from '#channels/sms-smpp/joiner.ts'
import type { MessageIds } from '#channels/sms-smpp/message-ids.ts'
import { writtenIn } from '#channels/sms-smpp/parts.ts'
import { KIND, kindOf, type Message } from '#channels/sms-smpp/protocol/pdu.ts'
import { looksLikeReceipt, receiptIn } from '#channels/sms-smpp/receipt.ts'
import { wordsOf } from '#channels/sms-smpp/words.ts'

export interface InboundOptions {
  readonly ids: Pick<MessageIds, 'meant'>
  readonly note: NoteReceipt
  readonly noteTextedBack: NoteTextedBack
  readonly report: Report
  /** How long parts of one text may be apart. */
  readonly partsMs: number
}

/**
 * What a message centre hands over: receipts, texts from clients, and what is neither.
 */
export interface InboundMessages {
  /** When it has returned, the centre may forget the message. */
  take(message: Message): Promise<void>
  close(): void
}

/** Why a message is neither a receipt nor a text of a person; lines for the operator. */
const UNREAD = {
  receipt: 'a receipt names no message or no state that is known here',
  claimed: 'a text looks like a receipt and has neither the kind nor the tags of one',
  kind: 'a message is neither a text nor a receipt',
  header: 'a message has a header that is damaged, or not meant for a person',
  alphabet: 'a message is in no alphabet that is known here',
  sender: 'a text comes from no international number',
  long: 'a text has more parts, or longer ones, than are kept here',
  parts: 'a text in parts did not become whole',
} as const

export function inboundMessages(options: InboundOptions): InboundMessages {
  const { ids, note, noteTextedBack, report, partsMs } = options
  const unread = (why: keyof typeof UNREAD): void => report(`over SMPP: ${UNREAD[why]}`)
  const joining = joiner({ waitMs: partsMs, onLost: () => unread('parts') })

  const takeText = async (message: Message): Promise<void> => {
    const written = writtenIn(message)
    if (!written) return unread('header')
    const words = wordsOf(written.bytes, message.coding)
    if (words === null) return unread('alphabet')
    if (looksLikeReceipt(words)) return unread('claimed')
    const from = numberOf(message)
    if (from === null) return unread('sender')
    const { joint } = written
    if (!joint) return await noteTextedBack({ from, text: words })
    if (joint.total > JOINING.parts || words.length > JOINING.partLength) return unread('long')
    const whole = joining.add({ ...joint, from: `${from} ${message.destination}`, words })
    if (!whole) return
    await noteTextedBack({ from, text: whole.text })
    whole.told()
  }

  return {
    async take(message) {
      const receipt = receiptIn(message)
      if (receipt?.says === 'ended') {
        const named = ids.meant(receipt.ids)
        return await note({ channel: 'sms', message: named, failure: receipt.failure })
      }
      if (receipt?.says === 'nothing known') return unread('receipt')
      if (receipt) return
      if (kindOf(message) !== KIND.text) return unread('kind')
      await takeText(message)
    },
    close: () => joining.close(),
  }
}

/** Types of number. @see SMPP 3.4, section 5.2.5 */
const UNKNOWN = 0
const INTERNATIONAL = 1

/**
 * The number of a sender; `null` for a name, a short code, and for a national number: whose that is
 * only the centre knows. Centres write international ones with a plus, with two zeros, and with
 * neither.
 */
function numberOf({ source, sourceTon }: Message): string | null {
  const [, before, digits] = /^(\+|00)?([1-9][0-9]{4,14})$/.exec(source) ?? []
  if (digits === undefined) return null
  const isInternational = sourceTon === UNKNOWN || sourceTon === INTERNATIONAL || before === '+'
  return isInternational ? `+${digits}` : null
}
