import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { Acr } from '#core/assurance.ts'
import { choosable, defaultWay, type Way } from '#core/login/default-way.ts'
import { instant } from '#core/time/time.ts'

interface Named extends Way {
  readonly name: string
}

const way = (name: string, acr: Acr, ...[usedAt, more]: Used): Named => ({
  name,
  acr,
  createdAt: instant(0),
  usedAt: usedAt === null ? null : instant(usedAt),
  waits: false,
  vouched: false,
  chosen: false,
  ...more,
})

type Used = readonly [usedAt: number | null, more?: Partial<Way>]

const WAITS = { waits: true }
const CHOSEN = { chosen: true }
const given = (at: number) => ({ vouched: true, createdAt: instant(at) })
const since = (at: number) => ({ createdAt: instant(at) })

const CASES: readonly (readonly [string, readonly Named[], string | undefined])[] = [
  ['nothing at all', [], undefined],
  ['the only one, used or not', [way('text', '2s', null)], 'text'],
  [
    'the phone, also right after a login by text',
    [way('text', '2s', 9), way('phone', '3', 1)],
    'phone',
  ],
  [
    'of equal strength, the one that was used last',
    [way('app', '3', 4), way('phone', '3', 5), way('spare', '3', 3)],
    'phone',
  ],
  [
    'what was used, and not what only lies in a drawer',
    [way('card', '4', null), way('phone', '3', 1)],
    'phone',
  ],
  [
    'a card that opens no more than the phone, only after it was the last one used',
    [way('phone', '3', 9), way('card', '4', 8)],
    'phone',
  ],
  ['the card that was used last', [way('phone', '3', 8), way('card', '4', 9)], 'card'],
  [
    'where none was used, the first of the strongest',
    [way('text', '2s', null), way('phone', '3', null), way('app', '3', null)],
    'phone',
  ],
  ['what they have chosen', [way('app', '3', 9), way('phone', '3', 1, CHOSEN)], 'phone'],
  [
    'what they have chosen, before it was ever used',
    [way('app', '3', 9), way('phone', '3', null, CHOSEN)],
    'phone',
  ],
  [
    'the phone that they have chosen before a card that was used',
    [way('card', '4', 9), way('phone', '3', 1, CHOSEN)],
    'phone',
  ],
  [
    'the phone, whatever weaker way they chose before they had it',
    [way('text', '2s', 9, CHOSEN), way('phone', '3', 1)],
    'phone',
  ],
  [
    'the old phone while the new one waits',
    [way('new', '3', null, WAITS), way('text', '2s', 1)],
    'text',
  ],
  ['the phone that waits where nothing else is left', [way('new', '3', null, WAITS)], 'new'],
  [
    'the passcode that our desk has just given out',
    [way('text', '2s', 5), way('passcode', '2t', null, given(6))],
    'passcode',
  ],
  [
    'the card that was set up since',
    [way('passcode', '2t', 7, given(6)), way('card', '2c', null, since(8))],
    'card',
  ],
  [
    'the phone again once it was used since',
    [way('phone', '3', 7), way('passcode', '2t', null, given(6))],
    'phone',
  ],
]

for (const [name, ways, asked] of CASES) {
  test(`a client is asked at once: ${name}`, () => {
    assert.equal(defaultWay(ways)?.name, asked)
  })
}

suite('R129 NSE 14 June 2022: where devices come first, a client is asked at once', () => {
  const rows: readonly (readonly [string, readonly Named[], string | undefined])[] = [
    ['the phone that lies in a drawer', [way('text', '2s', 9), way('phone', '3', null)], 'phone'],
    [
      'of two devices the one that was used',
      [way('text', '2s', 9), way('card', '4', null), way('phone', '3', 1)],
      'phone',
    ],
    [
      'the device that they have chosen',
      [way('text', '2s', 9), way('card', '4', null, CHOSEN), way('phone', '3', 1)],
      'card',
    ],
    [
      'the text, while the phone waits',
      [way('text', '2s', 9), way('new', '3', null, WAITS)],
      'text',
    ],
    ['the text that is all they have', [way('text', '2s', 9)], 'text'],
    ['the card of codes before a text', [way('text', '2s', 9), way('codes', '2c', 8)], 'codes'],
    [
      'the passcode that our desk has just given out',
      [way('phone', '3', 5), way('passcode', '2t', null, given(6))],
      'passcode',
    ],
  ]
  for (const [name, ways, asked] of rows)
    test(name, () => {
      assert.equal(defaultWay(ways, 'device')?.name, asked)
    })

  test('and may choose among the devices alone', () => {
    const ways = [way('text', '2s', 9), way('card', '4', null), way('phone', '3', null)]
    assert.deepEqual(
      choosable(ways, 'device').map(({ name }) => name),
      ['card', 'phone'],
    )
  })
})

suite('a client may choose what is asked first', () => {
  const choices: readonly (readonly [string, readonly Named[], readonly string[]])[] = [
    [
      'among those of equal strength',
      [way('app', '3', 4), way('phone', '3', 5), way('text', '2s', 6)],
      ['app', 'phone'],
    ],
    [
      'between the phone and a card, which open the same',
      [way('card', '4', null), way('phone', '3', 5)],
      ['card', 'phone'],
    ],
    ['and never a weaker one', [way('text', '2s', 6), way('phone', '3', 5)], []],
    ['not a phone that waits', [way('new', '3', null, WAITS), way('phone', '3', 5)], []],
    [
      'not while they come in with a passcode',
      [way('passcode', '2t', null, given(6)), way('one', '3', 1), way('two', '3', 2)],
      [],
    ],
    [
      'between two restricted ones of one kind',
      [way('one', '2s', 1), way('two', '2s', null), way('card', '2c', null)],
      ['one', 'two'],
    ],
  ]
  for (const [name, ways, expected] of choices) {
    test(name, () => {
      assert.deepEqual(
        choosable(ways).map((one) => one.name),
        expected,
      )
    })
  }
})
