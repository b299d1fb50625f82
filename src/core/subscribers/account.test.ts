import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import {
  type Account,
  accountIn,
  approved,
  closed,
  NEW_ACCOUNT,
  opened,
  relocated,
  standingOf,
  USER_NAME_LENGTH_MAX,
  userNameKey,
} from './account.ts'
import type { Calendar } from '../time/calendar.ts'
import type { AccountId, SubscriberId } from '../ids.ts'
import { after, hours, instant, millis } from '../time/time.ts'

suite('A user name', () => {
  test('is the same in every case, width and composition', () => {
    const rows = [
      ['anna', 'anna'],
      ['ANNA', 'anna'],
      ['Ａｎｎａ', 'anna'],
      ['  anna\t', 'anna'],
      ['jose\u0301', 'jos\u00e9'],
      ['JOSE\u0301', 'jos\u00e9'],
      ['\ufb01ona', 'fiona'],
      ['\u212aarl', 'karl'],
      ['anna\u00a0smith', 'anna smith'],
      ['\u1e9bx', '\u1e61x'],
    ] as const
    for (const [typed, key] of rows) assert.equal(userNameKey(typed), key, typed)
  })

  test('has one to sixty-four characters', () => {
    assert.equal(USER_NAME_LENGTH_MAX, 64)
    assert.equal(userNameKey(''), null)
    assert.equal(userNameKey(' \u3000\n'), null)
    for (const letter of ['a', '\u{20000}', 'a\u0301']) {
      assert.notEqual(userNameKey(letter), null)
      assert.notEqual(userNameKey(letter.repeat(63)), null)
      assert.notEqual(userNameKey(letter.repeat(64)), null)
      assert.equal(userNameKey(letter.repeat(65)), null)
    }
    assert.equal(userNameKey(`  ${'a'.repeat(64)}  `), 'a'.repeat(64))
  })

  test('has nothing in it that cannot be seen', () => {
    const unseen = {
      'a control character': '\u0000 \u0007 \u001b \u007f \u0085',
      'a line break': '\n \r \u2028 \u2029',
      'a zero-width character': '\u200b \u200c \u200d \u2060 \ufeff \u00ad \u180e',
      'a direction': '\u200e \u200f \u061c \u202a \u202e \u2066 \u2069',
      'a filler': '\u115f \u1160 \u3164 \uffa0',
      'a variation': '\ufe00 \ufe0f \u{e0100} \u{1d173}',
      'a joiner': '\u034f \u{e0041}',
      'half a character': '\ud800 \udfff',
      'a private character': '\ue000 \u{f0000}',
    }
    for (const [what, characters] of Object.entries(unseen)) {
      for (const character of characters.split(' ')) {
        const code = `${what} U+${character.codePointAt(0)?.toString(16)}`
        assert.equal(userNameKey(`an${character}na`), null, code)
      }
    }
  })

  test('is its own key', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }), (typed) => {
        const key = userNameKey(typed)
        assert.ok(key === null || userNameKey(key) === key)
      }),
      { numRuns: 2_000 },
    )
    for (let point = 0; point <= 0x10ffff; point += 1) {
      const key = userNameKey(String.fromCodePoint(point))
      if (key !== null && userNameKey(key) !== key) assert.fail(`U+${point.toString(16)}`)
    }
  })
})

const NOW = instant(Date.UTC(2026, 10, 20, 22, 0, 1))
const NEXT = instant(Date.UTC(2026, 10, 23, 5))
const CALENDAR: Calendar = {
  timeZone: 'America/New_York',
  cutOff: hours(17),
  weekend: [6, 7],
  holidays: new Set(),
}

const account = (changes: Partial<Account> = {}): Account => ({
  id: 'acc_1' as AccountId,
  subscriberId: 'sub_1' as SubscriberId,
  number: 'U1',
  environment: 'live',
  ...NEW_ACCOUNT,
  ...changes,
})

suite('An account', () => {
  test('R027 that is approved after the cut-off becomes an approved one by itself', () => {
    const step = approved(account(), NOW, CALENDAR)
    assert.ok(step.ok)
    assert.deepEqual(
      step.account,
      account({ status: 'approved', approvedAt: NOW, tradesFrom: NEXT }),
    )
    assert.equal(standingOf(step.account, NOW), 'approved-late')
    assert.equal(standingOf(step.account, after(NEXT, millis(-1))), 'approved-late')
    assert.equal(standingOf(step.account, NEXT), 'approved')
  })

  test('R027 that is approved again does not trade earlier or later for it', () => {
    const late = account({ status: 'approved', approvedAt: NOW, tradesFrom: NEXT })
    assert.deepEqual(approved(late, NEXT, CALENDAR), { ok: true, account: late })
  })

  test('R027 that is opened on the evening it was approved still waits', () => {
    const step = opened(account({ status: 'approved', approvedAt: NOW, tradesFrom: NEXT }))
    assert.ok(step.ok)
    assert.equal(step.account.status, 'open')
    assert.equal(standingOf(step.account, NOW), 'approved-late')
    assert.equal(standingOf(step.account, NEXT), 'open')
  })

  test('takes these steps, and no others', () => {
    const steps = {
      approved: (one: Account) => approved(one, NEXT, CALENDAR),
      opened,
      'closed by the client': (one: Account) => closed(one, 'client'),
      'closed by the broker': (one: Account) => closed(one, 'broker'),
    }
    const rows = [
      ['applied', ['approved', 'account.not-approved', 'closed-by-client', 'closed-by-broker']],
      ['approved', ['approved', 'open', 'closed-by-client', 'closed-by-broker']],
      ['open', ['open', 'open', 'closed-by-client', 'closed-by-broker']],
      [
        'closed-by-client',
        ['account.closed', 'account.closed', 'closed-by-client', 'account.closed'],
      ],
      [
        'closed-by-broker',
        ['account.closed', 'account.closed', 'account.closed', 'closed-by-broker'],
      ],
    ] as const
    for (const [status, outcomes] of rows) {
      const found = Object.values(steps).map((step) => {
        const taken = step(account({ status }))
        return taken.ok ? taken.account.status : taken.problem
      })
      assert.deepEqual(found, outcomes, status)
    }
  })

  test('R132 that is where it was already is left as it is, and one whose reason changes is not', () => {
    const override = { jurisdiction: 'hk', reason: 'Held with the branch in Hong Kong' }
    const one = account({ residence: 'US', override })
    assert.deepEqual(relocated(one, { residence: 'US', override: { ...override } }), {
      ok: true,
      account: one,
    })
    for (const to of [
      { residence: 'GB', override },
      { residence: 'US', override: null },
      { residence: 'US', override: { ...override, reason: 'Another' } },
    ]) {
      const step = relocated(one, to)
      assert.deepEqual(step, { ok: true, account: { ...one, ...to } })
    }
  })

  test('of several in one environment is the one that opens most, then the oldest', () => {
    const late = { approvedAt: NOW, tradesFrom: NEXT } as const
    const [gone, waiting, first, second] = [
      account({ number: 'gone', status: 'closed-by-client' }),
      account({ number: 'waiting', status: 'open', ...late }),
      account({ number: 'first', status: 'open' }),
      account({ number: 'second', status: 'open' }),
    ]
    const paper = account({ number: 'paper', environment: 'paper' })
    const all = [gone, paper, waiting, first, second]
    assert.equal(accountIn(all, 'live', NOW), first)
    assert.equal(accountIn([gone, waiting], 'live', NOW), waiting)
    assert.equal(accountIn([gone, paper], 'live', NOW), gone)
    assert.equal(accountIn([gone, paper], 'paper', NOW), paper)
    assert.equal(accountIn([gone], 'paper', NOW), null)
  })
})
