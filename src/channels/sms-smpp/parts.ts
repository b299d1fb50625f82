import { type Message, numberAt, payloadOf, TAG } from '#channels/sms-smpp/protocol/pdu.ts'

/** How a part belongs to a text: which text of this sender, which part of how many. */
export interface Joint {
  readonly reference: string
  readonly total: number
  readonly number: number
}

/** What is written in a message, without the header; `null` for a text that came whole. */
export interface Written {
  readonly bytes: Buffer
  readonly joint: Joint | null
}

const WITH_HEADER = 0x40

/**
 * Parts are joined by a header in the text itself, or by tags.
 *
 * @returns `null` where the header cannot be read, or is for a program on the phone and not for a
 *   person.
 * @see 3GPP TS 23.040, section 9.2.3.24; SMPP 3.4, section 5.3.2.22 (sar_msg_ref_num)
 */
export function writtenIn(message: Message): Written | null {
  const data = dataOf(message)
  if (!data) return null
  if ((message.esmClass & WITH_HEADER) === 0) return inTags(message, data)
  const end = 1 + (data[0] ?? 0)
  if (data.length < end) return null
  const elements = elementsIn(data.subarray(1, end))
  if (!elements || elements.has(PORT_8) || elements.has(PORT_16)) return null
  const bytes = data.subarray(end)
  const short = elements.get(JOINT_8)
  const long = elements.get(JOINT_16)
  if (!short && !long) return inTags(message, bytes)
  if (short && short.length === 3) {
    const [reference = 0, total = 0, number = 0] = short
    return within({ bytes, joint: { reference: `8 ${reference}`, total, number } })
  }
  if (long?.length !== 4) return null
  const [, , total = 0, number = 0] = long
  return within({ bytes, joint: { reference: `16 ${long.readUInt16BE(0)}`, total, number } })
}

/** It stands in one of two places, and never in both. */
function dataOf(message: Message): Buffer | null {
  const payload = payloadOf(message)
  if (message.shortMessage.length === 0) return payload
  return payload.length === 0 ? message.shortMessage : null
}

const JOINT_8 = 0x00
const JOINT_16 = 0x08
const PORT_8 = 0x04
const PORT_16 = 0x05

function inTags(message: Message, bytes: Buffer): Written | null {
  const reference = numberAt(message, TAG.sarReference)
  const total = numberAt(message, TAG.sarTotal)
  const number = numberAt(message, TAG.sarNumber)
  const all = [reference, total, number]
  if (all.every((one) => one === null)) return { bytes, joint: null }
  if (reference === null || total === null || number === null) return null
  return within({ bytes, joint: { reference: `sar ${reference}`, total, number } })
}

/** A text in one part came whole. */
function within({ bytes, joint }: { readonly bytes: Buffer; readonly joint: Joint }) {
  const { total, number } = joint
  if (number < 1 || number > total) return null
  return { bytes, joint: total === 1 ? null : joint }
}

function elementsIn(header: Buffer): ReadonlyMap<number, Buffer> | null {
  const elements = new Map<number, Buffer>()
  for (let at = 0; at < header.length; ) {
    const [name = 0, length] = header.subarray(at, at + 2)
    if (length === undefined || at + 2 + length > header.length) return null
    elements.set(name, header.subarray(at + 2, at + 2 + length))
    at += 2 + length
  }
  return elements
}
