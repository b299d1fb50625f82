import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TASK_RULES } from '#core/task-details.ts'
import { factsIn, moneyIn, nameOf, titleOf } from './task.ts'

const TASK = {
  kind: 'withdrawal',
  facts: {
    amount: '12500.00',
    currency: 'USD',
    payee: 'Client A',
    payee_account: 'Demo Bank 4471',
  },
}

test('S88 the phone has words for every task there is, and for every fact of it', () => {
  for (const [kind, { facts }] of Object.entries(TASK_RULES)) {
    const task = { kind, facts: Object.fromEntries(facts.map((name) => [name, '1'])) }
    assert.equal(titleOf(task), `request.doing.${kind}`)
    assert.equal(nameOf(kind), `requests.doing.${kind}`)
    for (const { words, name } of factsIn(task)) assert.equal(words, `request.fact.${name}`)
  }
})

test('S88 nothing of what is signed is left out, also of a task that is newer than the app', () => {
  assert.deepEqual(
    factsIn(TASK).map(({ value }) => value),
    ['Client A', 'Demo Bank 4471'],
  )
  const pointless = { kind: 'withdrawal', facts: { amount: '5.00', payee: 'Client A' } }
  assert.deepEqual(
    factsIn(pointless).map(({ name, value }) => [name, value]),
    Object.entries(pointless.facts),
    'an amount that is no money for want of a currency is shown as it is',
  )
  const newer = { kind: 'toString', facts: { __proto__: null, colour: 'red' } as never }
  assert.equal(titleOf(newer), null)
  assert.deepEqual(factsIn(newer), [{ words: null, name: 'colour', value: 'red' }])
})

test('R170 money is written as people write it in each language', () => {
  assert.equal(moneyIn(TASK, 'en'), 'USD\u00a012,500.00')
  assert.equal(moneyIn(TASK, 'fr').replaceAll('\u202f', ' '), 'USD\u00a012 500,00')
  assert.equal(moneyIn({ kind: 'remove', facts: { device: 'x' } }, 'en'), '')
})
