/**
 * What a message centre sends, read byte by byte. The package that writes our own requests throws
 * where a field is cut off or a time is no time, and guesses an alphabet; what it cannot read would
 * come again on the next connection, and the one after it.
 *
 * @see SMPP 3.4, sections 3.2 (format), 4.6 (deliver_sm), 4.7 (data_sm) and 5.3 (optional
 *   parameters)
 */

/** One PDU: its header, and the rest as it came. */
export interface Inbound {
  readonly command: number
  readonly status: number
  readonly sequence: number
  readonly body: Buffer
}

export const COMMAND = {
  deliverSm: 0x05,
  unbind: 0x06,
  outbind: 0x0b,
  enquireLink: 0x15,
  alertNotification: 0x102,
  dataSm: 0x103,
  genericNack: 0x80000000,
} as const

export const isAnswer = ({ command }: Inbound): boolean => command >= COMMAND.genericNack

export const STATUS = {
  ok: 0x00,
  messageLength: 0x01, // ESME_RINVMSGLEN
  commandLength: 0x02, // ESME_RINVCMDLEN
  commandId: 0x03, // ESME_RINVCMDID
  /** For what we could not keep: the centre is to send it again. */
  comeAgain: 0x64, // ESME_RX_T_APPN
  tags: 0xc0, // ESME_RINVTLVSTREAM
} as const

const HEADER_LENGTH = 16

const NOTHING: Buffer = Buffer.alloc(0)

/** A text in `message_payload` has up to 64 KiB. */
export const PDU_LENGTH_MAX = 70_000

export interface Read {
  readonly pdus: readonly Inbound[]
  /** A length cannot be right: where the next PDU begins is not known any more. */
  readonly isLost: boolean
}

/** Cuts a stream into PDUs. */
export function pduReader(): (chunk: Buffer) => Read {
  let rest: Buffer = NOTHING
  return (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    const pdus: Inbound[] = []
    while (rest.length >= 4) {
      const length = rest.readUInt32BE(0)
      if (length < HEADER_LENGTH || length > PDU_LENGTH_MAX) return { pdus, isLost: true }
      if (rest.length < length) break
      pdus.push({
        command: rest.readUInt32BE(4),
        status: rest.readUInt32BE(8),
        sequence: rest.readUInt32BE(12),
        body: rest.subarray(HEADER_LENGTH, length),
      })
      rest = rest.subarray(length)
    }
    return { pdus, isLost: false }
  }
}

/** A `deliver_sm` or a `data_sm`: the two ways in which a centre hands something over. */
export interface Message {
  readonly sourceTon: number
  readonly source: string
  readonly destination: string
  readonly esmClass: number
  readonly coding: number
  /** Empty in a `data_sm`. */
  readonly shortMessage: Buffer
  /** Optional parameters; of one that comes twice the first. */
  readonly tags: ReadonlyMap<number, Buffer>
}

/** @returns the status to answer with, where it cannot be read. */
export function messageIn({ command, body }: Inbound): Message | { readonly status: number } {
  const fields = reader(body)
  fields.text() // service_type
  const sourceTon = fields.byte()
  fields.byte() // source_addr_npi
  const source = fields.text()
  fields.skip(2) // dest_addr_ton, dest_addr_npi
  const destination = fields.text()
  const esmClass = fields.byte()
  if (command === COMMAND.deliverSm) {
    fields.skip(2) // protocol_id, priority_flag
    fields.text() // schedule_delivery_time
    fields.text() // validity_period
    fields.skip(2) // registered_delivery, replace_if_present_flag
  } else {
    fields.byte() // registered_delivery
  }
  const coding = fields.byte()
  if (command === COMMAND.deliverSm) fields.byte() // sm_default_msg_id
  const shortMessage = command === COMMAND.deliverSm ? fields.bytes(fields.byte()) : NOTHING
  if (fields.isCut()) return { status: STATUS.messageLength }
  const tags = tagsIn(fields.rest())
  if (!tags) return { status: STATUS.tags }
  return { sourceTon, source, destination, esmClass, coding, shortMessage, tags }
}

/** Reads fields one after the other; past the end all are empty, and it says so. */
function reader(body: Buffer) {
  let at = 0
  let isCut = false
  const bytes = (length: number): Buffer => {
    isCut ||= at + length > body.length
    const found = body.subarray(at, at + length)
    at += length
    return found
  }
  return {
    bytes,
    byte: (): number => bytes(1)[0] ?? 0,
    skip: (length: number): void => void bytes(length),
    /** Up to the zero that ends it. */
    text(): string {
      const end = body.indexOf(0, at)
      isCut ||= end < 0 || end - at > TEXT_LENGTH_MAX
      const found = bytes(Math.max(end - at, 0)).toString('latin1')
      at += 1
      return found
    },
    rest: (): Buffer => body.subarray(at),
    isCut: (): boolean => isCut,
  }
}

/** The longest field that ends with a zero: an address in a `data_sm`. */
const TEXT_LENGTH_MAX = 64

function tagsIn(body: Buffer): ReadonlyMap<number, Buffer> | null {
  const tags = new Map<number, Buffer>()
  let rest = body
  // Some centres end a PDU with a zero or two that belong to nothing.
  while (rest.some((byte) => byte !== 0)) {
    if (rest.length < 4) return null
    const [tag, length] = [rest.readUInt16BE(0), rest.readUInt16BE(2)]
    if (rest.length < 4 + length) return null
    if (!tags.has(tag)) tags.set(tag, rest.subarray(4, 4 + length))
    rest = rest.subarray(4 + length)
  }
  return tags
}

/**
 * The name that an answer gives to what was submitted; some centres leave out the zero that ends
 * it.
 */
export function messageIdIn({ body }: Inbound): string {
  return untilZero(body)
}

export function untilZero(bytes: Buffer): string {
  const end = bytes.indexOf(0)
  return bytes.toString('latin1', 0, end < 0 ? bytes.length : end)
}

export const TAG = {
  receiptedMessageId: 0x001e,
  sarReference: 0x020c,
  sarTotal: 0x020e,
  sarNumber: 0x020f,
  messagePayload: 0x0424,
  messageState: 0x0427,
} as const

/** A whole number of one, two or four bytes; some centres send more of them than they should. */
export function numberAt({ tags }: Pick<Message, 'tags'>, tag: number): number | null {
  const bytes = tags.get(tag)
  return bytes && bytes.length > 0 && bytes.length <= 4 ? bytes.readUIntBE(0, bytes.length) : null
}

/** What did not fit into `short_message`, or came by `data_sm`, which has none. */
export const payloadOf = ({ tags }: Message): Buffer => tags.get(TAG.messagePayload) ?? NOTHING

/** Bits 2 to 5 of `esm_class`: what kind of message it is. @see SMPP 3.4, section 5.2.12 */
export const kindOf = ({ esmClass }: Message): number => esmClass & 0x3c

export const KIND = { text: 0x00, receipt: 0x04, intermediate: 0x20 } as const
