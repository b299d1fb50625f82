import {
  CLIENT,
  ended,
  framed,
  HEADER,
  part16,
  part8,
  payload,
  pduOf,
  plain,
  sar,
  wide,
} from '#channels/sms-smpp/protocol/pdu.fixture.ts'
import { COMMAND } from '#channels/sms-smpp/protocol/pdu.ts'
import type { FailureReason } from '#core/delivery/delivery.ts'

/**
 * What message centres send, as they really send it: receipts and texts in every place, spelling
 * and alphabet that is in use, and what is damaged or meant to harm. Each is sent over one session,
 * in this order, and must leave it whole.
 */
export interface Shape {
  readonly name: string
  /**
   * The id that the centre gave to a text of ours, in its answer; that of the receipts here means
   * it.
   */
  readonly sentAs?: string
  readonly pdus: readonly Buffer[]
  /** One for all, or one for each; `deliver_sm_resp 0` where nothing is said. */
  readonly answers?: readonly (string | null)[]
  /** What the receipt says of the text that was sent as `sentAs`. */
  readonly told?: FailureReason | null
  readonly texted?: readonly { readonly from: string; readonly text: string }[]
  /** Words of a line that the operator gets. */
  readonly reported?: string
}

const from = `+${CLIENT}`
const OTHER = '41790000042'
const data = COMMAND.dataSm
const DATA_OK = ['data_sm_resp 0']

export const TEXTS: readonly Shape[] = [
  { name: 'STOP', pdus: [pduOf({ text: 'STOP' })], texted: [{ from, text: 'STOP' }] },
  {
    name: 'by data_sm',
    pdus: [pduOf({ command: data, tags: [payload('STOP')] })],
    answers: DATA_OK,
    texted: [{ from, text: 'STOP' }],
  },
  {
    name: 'in message_payload of a deliver_sm',
    pdus: [pduOf({ tags: [payload('STOP')] })],
    texted: [{ from, text: 'STOP' }],
  },
  {
    name: 'in GSM-7, each septet in a byte',
    pdus: [pduOf({ text: plain('é à Ü_@ {€}') })],
    texted: [{ from, text: 'é à Ü_@ {€}' }],
  },
  {
    name: 'in GSM-7 with a class, and as a message that waits',
    pdus: [0xf0, 0x11, 0xc8].map((coding) => pduOf({ coding, text: plain('à_') })),
    texted: [0, 1, 2].map(() => ({ from, text: 'à_' })),
  },
  {
    name: 'in the alphabet of the centre, which is Latin-1',
    pdus: [pduOf({ text: 'Arr\u00eat' })],
    texted: [{ from, text: 'Arrêt' }],
  },
  {
    name: 'in Latin-1',
    pdus: [pduOf({ coding: 3, text: 'Arr\u00eat_' })],
    texted: [{ from, text: 'Arrêt_' }],
  },
  {
    name: 'in ASCII',
    pdus: [pduOf({ coding: 1, text: 'STOP_' })],
    texted: [{ from, text: 'STOP_' }],
  },
  {
    name: 'in UCS-2, alone, with a class, by data_sm',
    pdus: [
      pduOf({ coding: 8, text: wide('Arrêt 好 😀') }),
      pduOf({ coding: 0x18, text: wide('Arrêt 好 😀') }),
      pduOf({ command: data, coding: 8, tags: [payload(wide('Arrêt 好 😀'))] }),
    ],
    answers: ['deliver_sm_resp 0', 'deliver_sm_resp 0', 'data_sm_resp 0'],
    texted: [0, 1, 2].map(() => ({ from, text: 'Arrêt 好 😀' })),
  },
  {
    name: 'in UCS-2 with a mark of its byte order, and with a byte too many',
    pdus: [
      pduOf({ coding: 8, text: wide('\ufeffSTOP') }),
      pduOf({ coding: 8, text: Buffer.from('\ufeffSTOP', 'utf16le') }),
      pduOf({ coding: 8, text: Buffer.concat([wide('STOP'), Buffer.from([0])]) }),
    ],
    texted: [0, 1, 2].map(() => ({ from, text: 'STOP' })),
  },
  {
    name: 'in Cyrillic',
    pdus: [pduOf({ coding: 6, text: Buffer.from([0xc1, 0xe2, 0xde, 0xdf]) })],
    texted: [{ from, text: 'Стоп' }],
  },
  {
    name: 'from a number with a plus, with two zeros, and of a type that is not given',
    pdus: [
      pduOf({ source: `+${CLIENT}`, sourceTon: 2, text: 'STOP' }),
      pduOf({ source: `00${CLIENT}`, text: 'STOP' }),
      pduOf({ sourceTon: 0, text: 'STOP' }),
    ],
    texted: [0, 1, 2].map(() => ({ from, text: 'STOP' })),
  },
  {
    name: 'from a national number: its country is not known',
    pdus: [pduOf({ source: '2025550142', sourceTon: 2, text: 'STOP' })],
    reported: 'no international number',
  },
  {
    name: 'from a name',
    pdus: [pduOf({ source: 'Example', sourceTon: 5, text: 'STOP' })],
    reported: 'no international number',
  },
  {
    name: 'two parts, joined by a header with 8 bits',
    pdus: [part8([1, 2, 1], 'I cannot '), part8([1, 2, 2], 'STOP')],
    texted: [{ from, text: 'I cannot STOP' }],
  },
  {
    name: 'three parts, joined by a header with 16 bits, out of order',
    pdus: [part16([300, 3, 3], 'c'), part16([300, 3, 1], 'a'), part16([300, 3, 2], 'b')],
    texted: [{ from, text: 'abc' }],
  },
  {
    name: 'two parts, joined by tags',
    pdus: [
      pduOf({ text: 'two', tags: sar(400, 2, 2) }),
      pduOf({ text: 'one ', tags: sar(400, 2, 1) }),
    ],
    texted: [{ from, text: 'one two' }],
  },
  {
    name: 'two parts by data_sm: tags, and a header in message_payload',
    pdus: [
      pduOf({ command: data, tags: [payload('one '), ...sar(401, 2, 1)] }),
      pduOf({ command: data, tags: [payload('two'), ...sar(401, 2, 2)] }),
      pduOf({ command: data, esmClass: HEADER, tags: [payload('\x05\0\x03\x09\x02\x01one ')] }),
      pduOf({ command: data, esmClass: HEADER, tags: [payload('\x05\0\x03\x09\x02\x02two')] }),
    ],
    answers: DATA_OK,
    texted: [0, 1].map(() => ({ from, text: 'one two' })),
  },
  {
    name: 'a part that comes twice, before and after the text was whole',
    pdus: [
      part8([2, 2, 1], 'one '),
      part8([2, 2, 1], 'one '),
      part8([2, 2, 2], 'two'),
      part8([2, 2, 2], 'two'),
    ],
    texted: [{ from, text: 'one two' }],
  },
  {
    name: 'two senders with the same number of a text, in turns',
    pdus: [
      part8([3, 2, 1], 'my '),
      part8([3, 2, 1], 'your ', { source: OTHER }),
      part8([3, 2, 2], 'STOP', { source: OTHER }),
      part8([3, 2, 2], 'START'),
    ],
    texted: [
      { from: `+${OTHER}`, text: 'your STOP' },
      { from, text: 'my START' },
    ],
  },
  {
    name: 'the same number of a text again, for another text',
    pdus: [
      part8([4, 2, 1], 'old '),
      part8([4, 2, 2], 'text'),
      part8([4, 2, 1], 'new '),
      part8([4, 2, 2], 'words'),
    ],
    texted: [
      { from, text: 'old text' },
      { from, text: 'new words' },
    ],
  },
  {
    name: 'half of a character in each part',
    pdus: [
      part8([5, 2, 1], '', {
        coding: 8,
        text: Buffer.concat([
          Buffer.from([5, 0, 3, 5, 2, 1]),
          wide('a'),
          Buffer.from([0xd8, 0x3d]),
        ]),
      }),
      part8([5, 2, 2], '', {
        coding: 8,
        text: Buffer.concat([
          Buffer.from([5, 0, 3, 5, 2, 2]),
          Buffer.from([0xde, 0x00]),
          wide('b'),
        ]),
      }),
    ],
    texted: [{ from, text: 'a😀b' }],
  },
  {
    name: 'one part of one',
    pdus: [part8([6, 1, 1], 'STOP'), pduOf({ text: 'STOP', tags: sar(402, 1, 1) })],
    texted: [0, 1].map(() => ({ from, text: 'STOP' })),
  },
  {
    name: 'a header that joins nothing',
    pdus: [pduOf({ esmClass: HEADER, text: '\x03\x24\x01\x01STOP' })],
    texted: [{ from, text: 'STOP' }],
  },
  {
    name: 'as many parts as are kept, the last one first',
    pdus: Array.from({ length: 10 }, (_, index) => part8([20, 10, 10 - index], `${9 - index}`)),
    texted: [{ from, text: '0123456789' }],
  },
  {
    name: 'parts as long as are kept',
    pdus: [1, 2].map((number) =>
      pduOf({ tags: [payload('a'.repeat(280)), ...sar(405, 2, number)] }),
    ),
    texted: [{ from, text: 'a'.repeat(560) }],
  },
  { name: 'a part alone is no text, whatever it says', pdus: [part8([7, 2, 2], 'STOP')] },
]

export const DAMAGED: readonly Shape[] = [
  {
    name: 'a part number beyond the total, or none',
    pdus: [part8([8, 2, 3], 'STOP'), part8([8, 2, 0], 'STOP'), part8([8, 0, 0], 'STOP')],
    reported: 'a header that is damaged',
  },
  {
    name: 'a header longer than the message, or an element longer than the header',
    pdus: [
      pduOf({ esmClass: HEADER, text: '\xffSTOP' }),
      pduOf({ esmClass: HEADER, text: '\x03\0\x09\x01STOP' }),
      pduOf({ esmClass: HEADER, text: '\x03\x24\x09\x01STOP' }),
      pduOf({ esmClass: HEADER, text: '' }),
    ],
    reported: 'a header that is damaged',
  },
  {
    name: 'tags that join parts, and one of them missing',
    pdus: [pduOf({ text: 'STOP', tags: sar(403, 2, 1).slice(0, 2) })],
    reported: 'a header that is damaged',
  },
  {
    name: 'words for a program on the phone',
    pdus: [pduOf({ esmClass: HEADER, text: '\x06\x05\x04\x0b\x84\x23\xf0STOP' })],
    reported: 'not meant for a person',
  },
  {
    name: 'words in both places',
    pdus: [pduOf({ text: 'STOP', tags: [payload('START')] })],
    reported: 'a header that is damaged',
  },
  {
    name: 'a text of more parts than are kept',
    pdus: [part8([9, 11, 1], 'STOP')],
    reported: 'more parts',
  },
  {
    name: 'a part of more than fits into one',
    pdus: [pduOf({ tags: [payload('a'.repeat(281)), ...sar(404, 2, 1)] })],
    reported: 'more parts',
  },
  {
    name: 'data in no alphabet',
    pdus: [0x04, 0x02, 0xf5, 0x15, 0x09, 0x80].map((coding) => pduOf({ coding, text: 'STOP' })),
    reported: 'no alphabet',
  },
  {
    name: 'an acknowledgement of a handset, and a conversation that it ended',
    pdus: [0x08, 0x10, 0x18, 0x3c].map((esmClass) => pduOf({ esmClass, text: 'STOP' })),
    reported: 'neither a text nor a receipt',
  },
  {
    name: 'a deliver_sm of nothing but a header',
    pdus: [framed(COMMAND.deliverSm, Buffer.alloc(0))],
    answers: ['deliver_sm_resp 1'],
    reported: 'cannot be read',
  },
  {
    name: 'a deliver_sm that ends in the middle of its words',
    pdus: [pduOf({ text: 'STOP please', cut: 5 })],
    answers: ['deliver_sm_resp 1'],
    reported: 'cannot be read',
  },
  {
    name: 'a data_sm that ends in the middle of an address',
    pdus: [pduOf({ command: data, cut: 9 })],
    answers: ['data_sm_resp 1'],
    reported: 'cannot be read',
  },
  {
    name: 'an address that never ends',
    pdus: [pduOf({ source: '1'.repeat(200), text: 'STOP' })],
    answers: ['deliver_sm_resp 1'],
    reported: 'cannot be read',
  },
  {
    name: 'a tag that is longer than what is left',
    pdus: [pduOf({ text: 'STOP', rest: Buffer.from('042400ff41', 'hex') })],
    answers: ['deliver_sm_resp 192'],
    reported: 'cannot be read',
  },
  {
    name: 'a validity that is no time',
    pdus: [
      framed(
        COMMAND.deliverSm,
        Buffer.concat([
          Buffer.from('\0\x01\x01'),
          ended(CLIENT),
          Buffer.from('\x01\x0154321\0\0\0\0\0R\0\0\0\0\0\x04STOP', 'latin1'),
        ]),
      ),
    ],
    texted: [{ from, text: 'STOP' }],
  },
  {
    name: 'a text of 60,000 bytes',
    pdus: [pduOf({ tags: [payload('a'.repeat(60_000))] })],
    texted: [{ from, text: 'a'.repeat(60_000) }],
  },
  {
    name: 'unknown commands, and commands that only we may give',
    pdus: [0x00010200, 0x00000004, 0x00000003, 0x00000021, 0x00000009].map((command) =>
      framed(command, Buffer.from('STOP\0')),
    ),
    answers: ['generic_nack 3'],
    reported: 'not known here (0x00010200)',
  },
  {
    name: 'answers to what was never asked',
    pdus: [0x80000004, 0x80000000, 0x80000103, 0x80000015].map((command) =>
      framed(command, Buffer.alloc(0)),
    ),
    answers: [null],
  },
  {
    name: 'what the specification has no answer to',
    pdus: [
      framed(COMMAND.alertNotification, Buffer.from('\x01\x0112025550142\0\x01\x0154321\0')),
      framed(COMMAND.outbind, Buffer.from('centre\0secret\0')),
    ],
    answers: [null],
  },
  {
    name: 'a question whether we live',
    pdus: [framed(COMMAND.enquireLink, Buffer.alloc(0))],
    answers: ['enquire_link_resp 0'],
  },
]
