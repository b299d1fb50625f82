import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { DEMO_CLIENTS } from '#cli/demo/clients.ts'

suite('The clients of the demo', () => {
  for (const language of ['en', 'fr'] as const) {
    test(`R170 show statements in ${language}, in an open account and in a closed one`, () => {
      const theirs = DEMO_CLIENTS.filter((one) => one.hasStatements && one.language === language)
      const states = theirs.map(({ accounts: [account] }) => account?.status)
      assert.deepEqual(states.toSorted(), ['closed-by-client', 'open'])
    })
  }

  test('have user names and account numbers of their own', () => {
    const names = DEMO_CLIENTS.map(({ userName }) => userName)
    assert.equal(new Set(names).size, names.length)
    const numbers = DEMO_CLIENTS.flatMap(({ accounts }) => accounts.map(({ number }) => number))
    assert.equal(new Set(numbers).size, numbers.length)
  })
})
