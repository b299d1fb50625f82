import { COMMAND, TAG } from '#channels/sms-smpp/protocol/pdu.ts'
import { shortMessage } from '#core/contact/short-message.ts'

/** PDUs as a message centre writes them; nothing here comes from the package that we send with. */

export interface Drawn {
  readonly command?: number
  readonly source?: string
  readonly sourceTon?: number
  readonly destination?: string
  readonly esmClass?: number
  readonly coding?: number
  readonly text?: Buffer | string
  readonly tags?: readonly (readonly [tag: number, value: Buffer])[]
  /** Bytes after all that the specification knows. */
  readonly rest?: Buffer
  /** How many bytes of the body are left out at its end; the length says so. */
  readonly cut?: number
}

export const CLIENT = '12025550142'

export const ended = (text: string): Buffer => Buffer.from(`${text}\0`, 'latin1')

export const framed = (command: number, body: Buffer): Buffer => {
  const header = Buffer.alloc(16)
  header.writeUInt32BE(16 + body.length, 0)
  header.writeUInt32BE(command, 4)
  return Buffer.concat([header, body])
}

/** A `deliver_sm` or a `data_sm`, byte by byte. */
export function pduOf(drawn: Drawn): Buffer {
  const {
    command = COMMAND.deliverSm,
    source = CLIENT,
    sourceTon = 1,
    destination = '54321',
  } = drawn
  const { esmClass = 0, coding = 0, text = '', tags = [], rest = Buffer.alloc(0), cut = 0 } = drawn
  const isDeliver = command === COMMAND.deliverSm
  const words = typeof text === 'string' ? Buffer.from(text, 'latin1') : text
  const addresses = [
    ended(''),
    Buffer.from([sourceTon, 1]),
    ended(source),
    Buffer.from([1, 1]),
    ended(destination),
    Buffer.from([esmClass]),
  ]
  const middle = isDeliver
    ? [
        Buffer.from([0, 0]),
        ended(''),
        ended(''),
        Buffer.from([0, 0, coding, 0, words.length]),
        words,
      ]
    : [Buffer.from([0, coding])]
  const optional = tags.map(([tag, value]) => {
    const head = Buffer.alloc(4)
    head.writeUInt16BE(tag, 0)
    head.writeUInt16BE(value.length, 2)
    return Buffer.concat([head, value])
  })
  const body = Buffer.concat([...addresses, ...middle, ...optional, rest])
  return framed(command, body.subarray(0, body.length - cut))
}

export const RECEIPT = 0x04
export const INTERMEDIATE = 0x20
export const HEADER = 0x40

export const receiptWords = (id: string, state: string): string =>
  `id:${id} sub:001 dlvrd:001 submit date:2611200900 done date:2611200901 ` +
  `stat:${state} err:000 text:Example id:1`

export const receipt = (id: string, state: string, drawn: Drawn = {}): Buffer =>
  pduOf({ esmClass: RECEIPT, text: receiptWords(id, state), ...drawn })

export const id = (value: string): readonly [number, Buffer] => [
  TAG.receiptedMessageId,
  ended(value),
]
export const state = (value: number): readonly [number, Buffer] => [
  TAG.messageState,
  Buffer.from([value]),
]
export const payload = (value: Buffer | string): readonly [number, Buffer] => [
  TAG.messagePayload,
  typeof value === 'string' ? Buffer.from(value, 'latin1') : value,
]
export const wide = (text: string): Buffer => Buffer.from(text, 'utf16le').swap16()
export const plain = (text: string): Buffer => Buffer.from(shortMessage(text)?.parts[0] ?? [])

type Numbers = readonly [reference: number, total: number, number: number]

/** A part of a text, by a header with 8 bits for its reference. */
export const part8 = (numbers: Numbers, text: string, drawn: Drawn = {}): Buffer =>
  pduOf({
    esmClass: HEADER,
    text: Buffer.concat([Buffer.from([5, 0, 3, ...numbers]), Buffer.from(text)]),
    ...drawn,
  })
export const part16 = ([reference, total, number]: Numbers, text: string): Buffer => {
  const header = [6, 8, 4, reference >> 8, reference & 0xff, total, number]
  return pduOf({ esmClass: HEADER, text: Buffer.concat([Buffer.from(header), Buffer.from(text)]) })
}
export const sar = (
  reference: number,
  total: number,
  number: number,
): readonly (readonly [number, Buffer])[] => [
  [TAG.sarReference, Buffer.from([reference >> 8, reference & 0xff])],
  [TAG.sarTotal, Buffer.from([total])],
  [TAG.sarNumber, Buffer.from([number])],
]
