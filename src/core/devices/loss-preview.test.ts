import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { Acr } from '../assurance.ts'
import { type Candidate, type OnPhone, lossPreviewOf, type Way } from './loss-preview.ts'

const way = (label: string, acr: Acr, onPhone: OnPhone = 'never'): Way => ({
  method: label,
  label,
  acr,
  onPhone,
  expiresAt: null,
})
const PHONE = way('phone', '3', 'always')
const TEXT = way('text', '2s', 'always')
const CARD = way('card', '4')
const PAPER = way('paper', '2c')
const KEY = way('key', '4', 'perhaps')

const candidate = (method: string, acr: Acr, onPhone: OnPhone): Candidate => ({
  method,
  acr,
  onPhone,
  standsIn: false,
})
const CANDIDATES = [
  candidate('key', '4', 'perhaps'),
  candidate('phone', '3', 'always'),
  { ...candidate('paper', '2c', 'never'), standsIn: true },
]

const named = (ways: readonly Way[]) => ways.map(({ label }) => label).join(' ')

suite('If the phone were lost now', () => {
  const rows: readonly (readonly [
    what: string,
    held: readonly Way[],
    lost: string,
    left: string,
    perhaps: string,
    step: string | null,
  ])[] = [
    ['nothing is held', [], '', '', '', 'key'],
    ['only the phone', [PHONE], 'phone', '', '', 'key'],
    ['texts go with the phone', [PHONE, TEXT], 'phone text', '', '', 'key'],
    ['only texts', [TEXT], 'text', '', '', 'key'],
    ['a card is kept apart', [PHONE, CARD], 'phone', 'card', '', null],
    ['paper is less than the phone', [PHONE, PAPER], 'phone', 'paper', '', 'key'],
    ['a passkey may be on it', [PHONE, KEY], 'phone', '', 'key', 'key'],
    ['of two one is elsewhere', [PHONE, KEY, KEY], 'phone', 'key key', '', null],
    ['the card is all there is', [CARD], 'card', '', '', 'key'],
    ['another beside the card', [CARD, KEY], 'card', 'key', '', null],
  ]
  for (const [what, held, lost, left, perhaps, step] of rows) {
    test(what, () => {
      const found = lossPreviewOf(held, CANDIDATES)
      assert.deepEqual(
        [named(found.lost), named(found.left), named(found.perhaps), found.step],
        [lost, left, perhaps, step],
      )
    })
  }

  test('what may be kept on the phone is to be kept apart from it, where a phone is what is lost', () => {
    const isApart = (held: readonly Way[]) => lossPreviewOf(held, CANDIDATES).apart
    assert.deepEqual(
      [PHONE, TEXT, CARD].map((one) => isApart([one])),
      [true, true, false],
    )
    assert.equal(lossPreviewOf([PHONE], CANDIDATES.slice(1)).apart, false, 'paper is no phone')
  })

  test('paper helps where nothing that lasts can be set up', () => {
    const paper = CANDIDATES.filter(({ method }) => method !== 'key')
    assert.equal(lossPreviewOf([PHONE], paper).step, 'paper')
    assert.equal(
      lossPreviewOf([PHONE, PAPER], paper).step,
      null,
      'another is no more than this one',
    )
    assert.equal(lossPreviewOf([], paper).step, 'phone', 'no client begins with temporary access')
    assert.equal(lossPreviewOf([PHONE], []).step, null)
  })

  test('the strongest is what is used today, in whatever order they are held', () => {
    assert.equal(lossPreviewOf([TEXT, CARD, PHONE], []).today?.label, 'card')
    assert.equal(lossPreviewOf([CARD], []).isPhone, false)
    assert.equal(lossPreviewOf([CARD, TEXT], []).isPhone, true)
  })
})
