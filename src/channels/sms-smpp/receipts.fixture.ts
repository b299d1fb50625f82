import type { Shape } from '#channels/sms-smpp/corpus.fixture.ts'
import {
  id,
  INTERMEDIATE,
  payload,
  pduOf,
  RECEIPT,
  receipt,
  receiptWords,
  state,
  wide,
} from '#channels/sms-smpp/protocol/pdu.fixture.ts'
import { COMMAND, TAG } from '#channels/sms-smpp/protocol/pdu.ts'

const data = COMMAND.dataSm
const DATA_OK = ['data_sm_resp 0']

/** Receipts, in every place and spelling. */
export const RECEIPTS: readonly Shape[] = [
  {
    name: 'as the specification has it',
    sentAs: 'a1',
    pdus: [receipt('a1', 'DELIVRD')],
    told: null,
  },
  {
    name: 'by data_sm, in tags alone',
    sentAs: 'a2',
    pdus: [pduOf({ command: data, esmClass: RECEIPT, tags: [id('a2'), state(2)] })],
    answers: DATA_OK,
    told: null,
  },
  {
    name: 'by data_sm, its words in message_payload',
    sentAs: 'a3',
    pdus: [
      pduOf({ command: data, esmClass: RECEIPT, tags: [payload(receiptWords('a3', 'UNDELIV'))] }),
    ],
    answers: DATA_OK,
    told: 'unreachable',
  },
  {
    name: 'its words in message_payload of a deliver_sm',
    sentAs: 'a4',
    pdus: [receipt('', '', { text: '', tags: [payload(receiptWords('a4', 'EXPIRED'))] })],
    told: 'expired',
  },
  {
    name: 'esm_class 0, and the tags of a receipt',
    sentAs: 'a5',
    pdus: [pduOf({ tags: [id('a5'), state(5)] })],
    told: 'unreachable',
  },
  {
    name: 'esm_class 0, an id in a tag, the state in words',
    sentAs: 'a6',
    pdus: [receipt('a6', 'REJECTD', { esmClass: 0, tags: [id('a6')] })],
    told: 'blocked',
  },
  {
    name: 'esm_class 0 in a data_sm, and the tags of a receipt',
    sentAs: 'a7',
    pdus: [pduOf({ command: data, tags: [state(8), id('a7')] })],
    answers: DATA_OK,
    told: 'blocked',
  },
  {
    name: 'a mode and a reply path in esm_class beside its kind',
    sentAs: 'a8',
    pdus: [receipt('a8', 'DELIVRD', { esmClass: 0x87 })],
    told: null,
  },
  ...['DELIVERED', 'delivrd', 'Delivered', 'DELIVERD', 'DELIVRED', '2'].map(
    (word, index): Shape => ({
      name: `stat:${word}`,
      sentAs: `b${index}`,
      pdus: [receipt(`b${index}`, word)],
      told: null,
    }),
  ),
  ...(
    [
      ['UNDELIVERABLE', 'unreachable'],
      ['UNDELIVERED', 'unreachable'],
      ['FAILED', 'unreachable'],
      ['REJECTED', 'blocked'],
      ['DELETED', 'rejected'],
      ['Expired', 'expired'],
    ] as const
  ).map(
    ([word, told], index): Shape => ({
      name: `stat:${word}`,
      sentAs: `c${index}`,
      pdus: [receipt(`c${index}`, word)],
      told,
    }),
  ),
  {
    name: 'an id in decimal, where the answer had hexadecimal',
    sentAs: '5F3A9C01',
    pdus: [receipt(String(0x5f3a9c01), 'DELIVRD')],
    told: null,
  },
  {
    name: 'an id in hexadecimal, where the answer had decimal',
    sentAs: '1597676546',
    pdus: [receipt('5F3A9C02', 'DELIVRD')],
    told: null,
  },
  {
    name: 'an id in decimal with zeros before it',
    sentAs: '5f3a9c03',
    pdus: [receipt('00001597676547', 'DELIVRD')],
    told: null,
  },
  {
    name: 'an id in hexadecimal with zeros before it, in the other case',
    sentAs: '000000005f3A9c04',
    pdus: [receipt('5F3a9C04', 'DELIVRD')],
    told: null,
  },
  {
    name: 'an id of 64 bits in decimal',
    sentAs: 'ffffffffffffff01',
    pdus: [receipt(String(0xffffffffffffff01n), 'DELIVRD')],
    told: null,
  },
  {
    name: 'one id in the tag and its decimal form in the words',
    sentAs: '7a00000b',
    pdus: [receipt(String(0x7a00000b), 'DELIVRD', { tags: [id('something-else')] })],
    told: null,
  },
  {
    name: 'an id with letters that GSM-7 has elsewhere',
    sentAs: 'abc_def-12@7.$',
    pdus: [receipt('abc_def-12@7.$', 'DELIVRD')],
    told: null,
  },
  {
    name: 'an id in a tag without the zero that ends it',
    sentAs: 'd1',
    pdus: [
      pduOf({
        esmClass: RECEIPT,
        tags: [[TAG.receiptedMessageId, Buffer.from('d1')], state(2)],
      }),
    ],
    told: null,
  },
  {
    name: 'a state of four bytes',
    sentAs: 'd2',
    pdus: [
      pduOf({ esmClass: RECEIPT, tags: [id('d2'), [TAG.messageState, Buffer.from([0, 0, 0, 2])]] }),
    ],
    told: null,
  },
  {
    name: 'words in UCS-2',
    sentAs: 'd3',
    pdus: [receipt('', '', { coding: 8, text: wide(receiptWords('d3', 'DELIVRD').slice(0, 110)) })],
    told: null,
  },
  {
    name: 'the state unknown in the tag, and known in the words',
    sentAs: 'd4',
    pdus: [receipt('d4', 'DELIVRD', { tags: [id('d4'), state(7)] })],
    told: null,
  },
  {
    name: 'tags of the maker of the centre beside it, and zeros at its end',
    sentAs: 'd5',
    pdus: [
      receipt('d5', 'DELIVRD', {
        tags: [[0x1404, Buffer.from('GB')], id('d5'), [0x3fff, Buffer.alloc(300)]],
        rest: Buffer.alloc(3),
      }),
    ],
    told: null,
  },
  {
    name: 'delivered, said by an intermediate notification',
    sentAs: 'd6',
    pdus: [receipt('d6', 'DELIVRD', { esmClass: INTERMEDIATE })],
    told: null,
  },
  {
    name: 'a failure on the way, said by an intermediate notification, ends nothing',
    pdus: [receipt('d7', 'UNDELIV', { esmClass: INTERMEDIATE })],
  },
  {
    name: 'what ends nothing: on its way, accepted, unknown',
    pdus: ['ENROUTE', 'ACCEPTD', 'UNKNOWN', 'ACCEPTED', 'BUFFRED'].map((word) =>
      receipt('d8', word),
    ),
  },
  {
    name: 'an unknown state',
    pdus: [receipt('d9', 'NONSENSE')],
    reported: 'no message or no state',
  },
  {
    name: 'no id at all',
    pdus: [pduOf({ esmClass: RECEIPT, tags: [state(2)] })],
    reported: 'no message or no state',
  },
  {
    name: 'an id that stands only in the words of the message',
    pdus: [pduOf({ esmClass: RECEIPT, text: 'stat:DELIVRD err:000 text:your id:f1' })],
    reported: 'no message or no state',
  },
  {
    name: 'an id that is longer than an id can be',
    pdus: [receipt('e'.repeat(65), 'DELIVRD')],
    reported: 'no message or no state',
  },
  {
    name: 'a client who texts what a receipt says',
    sentAs: 'e1',
    pdus: [receipt('e1', 'DELIVRD', { esmClass: 0 })],
    reported: 'neither the kind nor the tags',
  },
]
