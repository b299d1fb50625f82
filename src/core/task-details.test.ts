import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import {
  amountOf,
  centsIn,
  centsOf,
  type TaskDetails,
  TASK_RULES,
  taskDetailsOf,
  FACT_LENGTH_MAX,
  identityOf,
  isSameTask,
  isShownAlike,
} from './task-details.ts'

const FACTS = {
  amount: '12500.00',
  currency: 'USD',
  payee: 'Client A',
  payee_account: 'Demo Bank 4471',
}

suite('An amount', () => {
  test('is digits, and at most two after a point', () => {
    const rows = [
      ['1', 100],
      ['0.01', 1],
      ['0.1', 10],
      ['12500.00', 1_250_000],
      ['999999999999.99', 99_999_999_999_999],
    ] as const
    for (const [text, cents] of rows) assert.equal(centsIn(text), cents, text)
  })

  test('S87 is nothing else: no zero, sign, exponent, group, third decimal or other digit', () => {
    const wrong = ['0', '0.00', '-1', '+1', '1e308', '1e3', '1,000', '1 000', '1.005', '1.', '.5']
    const odd = [
      '',
      ' 1',
      '1 ',
      '01',
      '1000000000000',
      '١',
      '１',
      'NaN',
      'Infinity',
      '0x10',
      '1.0.0',
      '$1',
    ]
    for (const text of [...wrong, ...odd]) assert.equal(centsIn(text), null, text)
  })

  test('is written in one way', () => {
    for (const [cents, text] of [
      [1, '0.01'],
      [10, '0.10'],
      [1_250_000, '12500.00'],
    ] as const) {
      assert.equal(amountOf(cents), text)
      assert.equal(centsIn(text), cents)
    }
  })
})

suite('Task details', () => {
  test('S87 has every fact of its kind and no other, in one form', () => {
    const read = taskDetailsOf('withdrawal', { ...FACTS, amount: '12500', payee: ' Client A ' })
    assert.ok(read.ok)
    assert.deepEqual(read.deed, { kind: 'withdrawal', facts: FACTS })
    assert.equal(centsOf(read.deed), 1_250_000)
  })

  test('with anything odd in it is none', () => {
    const { payee: _, ...missing } = FACTS
    const rows = [
      ['withdrawal', missing, 'task.malformed'],
      ['withdrawal', { ...FACTS, note: 'hello' }, 'task.malformed'],
      ['withdrawal', { ...FACTS, payee: 4471 }, 'task.malformed'],
      ['withdrawal', { ...FACTS, payee: '' }, 'task.malformed'],
      ['withdrawal', { ...FACTS, payee: 'Client\u202eA' }, 'task.malformed'],
      ['withdrawal', { ...FACTS, payee: 'Client\nA' }, 'task.malformed'],
      ['withdrawal', { ...FACTS, payee: '\ud800' }, 'task.malformed'],
      ['withdrawal', { ...FACTS, payee: 'x'.repeat(FACT_LENGTH_MAX + 1) }, 'task.malformed'],
      ['withdrawal', { ...FACTS, amount: '0' }, 'task.amount'],
      ['withdrawal', { ...FACTS, amount: 12_500 }, 'task.malformed'],
      ['withdrawal', { ...FACTS, currency: 'EUR' }, 'task.currency'],
      ['withdrawal', { ...FACTS, currency: 'usd' }, 'task.currency'],
      ['toString', {}, 'task.malformed'],
      ['__proto__', {}, 'task.malformed'],
    ] as const
    for (const [kind, facts, problem] of rows) {
      const read = taskDetailsOf(kind, facts)
      assert.equal(read.ok ? 'ok' : read.problem, problem, JSON.stringify([kind, facts]))
    }
    const longest = { ...FACTS, payee: 'x'.repeat(FACT_LENGTH_MAX) }
    assert.ok(taskDetailsOf('withdrawal', longest).ok)
  })

  test('S87 is another one when a letter or a cent is', () => {
    const deed = { kind: 'withdrawal', facts: FACTS } as const
    assert.ok(isSameTask(deed, { kind: 'withdrawal', facts: { ...FACTS } }))
    for (const name of TASK_RULES.withdrawal.facts) {
      const facts = { ...FACTS, [name]: 'other' }
      assert.ok(!isSameTask(deed, { kind: 'withdrawal', facts }), name)
    }
    assert.ok(!isSameTask(deed, { kind: 'payee', facts: FACTS }))
  })

  test('A8 is the same in every language, and another one when what its words stand for is', () => {
    const removing = (device: string, id: string, more = {}) =>
      ({ kind: 'remove', facts: { device, ...more }, about: { device: id } }) as const
    const deed = removing('Phone', 'aut_1')
    const french = removing('Téléphone', 'aut_1')
    assert.ok(isSameTask(deed, french))
    assert.ok(!isShownAlike(deed, french))
    assert.ok(isShownAlike(deed, removing('Phone', 'aut_1')))
    const others: readonly TaskDetails[] = [
      removing('Phone', 'aut_2'),
      removing('Phone', 'aut_1', { colour: 'red' }),
      { ...deed, kind: 'bring_back' },
      { ...deed, about: { device: 'aut_1', order: '1' } },
      // A word is no id, whatever it says.
      { kind: 'remove', facts: { device: 'aut_1' } },
      { kind: 'remove', facts: { device: 'Phone' } },
    ]
    for (const other of others) assert.ok(!isSameTask(deed, other), JSON.stringify(other))
    assert.equal(new Set([deed, ...others].map(identityOf)).size, others.length + 1)
  })
})
