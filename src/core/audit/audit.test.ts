import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { COUNTED, lineOf, noticeOf, OF_DESK, UNTOLD } from '#core/audit/audit.ts'
import type { Hearing, Hearings } from '#core/events/hearing.ts'
import { newId } from '#core/ids.ts'
import { instant } from '#core/time/time.ts'

const ANNA = newId('sub', instant(0), (length) => new Uint8Array(length))

suite('Who hears of an event', () => {
  test('is decided for each: an event that is left out does not compile', () => {
    const nobody: Hearing<object> = { activity: null, notice: null, desk: false, counted: false }
    // @ts-expect-error -- 'thing.ended' is not decided: the compiler must say so
    const undecided: Hearings<{ kind: 'thing.begun' } | { kind: 'thing.ended' }> = {
      'thing.begun': nobody,
    }
    const noDesk = { activity: null, notice: null, counted: false }
    // @ts-expect-error -- whether the desk hears of it is not decided: the compiler must say so
    const half: Hearings<{ kind: 'thing.begun' }> = { 'thing.begun': noDesk }
    assert.ok(undecided && half)
  })

  test('S11 depends on what it says where one kind tells different things', () => {
    const refused = { kind: 'login.answer-refused', subscriberId: ANNA, method: 'totp' } as const
    const about = { ...refused, authenticatorId: newId('aut', instant(0), noise), reason: 'wrong' }
    const told = (disabled: boolean, over: boolean) => {
      const event = { ...about, disabled, over }
      return [lineOf(event), noticeOf(event)]
    }
    assert.deepEqual(told(false, false), ['answer-wrong', null])
    assert.deepEqual(told(false, true), ['login-over', 'not-confirmed'])
    assert.deepEqual(told(true, false), ['device-locked', 'device-locked'])
  })

  test('an account that was open from the start was not applied for', () => {
    const accountId = newId('acc', instant(0), noise)
    const made = { kind: 'account.created', subscriberId: ANNA, accountId, by: 'operator' } as const
    const lines = (['applied', 'open'] as const).map((status) =>
      lineOf({ ...made, status, tradesFrom: null }),
    )
    assert.deepEqual(lines, ['account-created', 'account-opened'])
  })

  test('what no client reads in the activity is named, and so is what desk and monitoring hear', () => {
    assert.ok(UNTOLD.includes('session.opened'))
    assert.ok(!UNTOLD.includes('login.answer-refused'))
    assert.ok(OF_DESK.includes('login.denied'))
    assert.ok(!OF_DESK.includes('account.valued'))
    assert.ok(COUNTED.includes('login.completed'))
    assert.ok(!COUNTED.includes('authenticator.renamed'))
  })
})

function noise(length: number): Uint8Array {
  return new Uint8Array(length)
}
