import assert from 'node:assert/strict'
import { test } from 'node:test'
import { kept, STATEMENTS_MAX } from '#store/database/connection.ts'

test('a statement is prepared once, as long as there is a fixed set of them', () => {
  const made = new Map<string, number>()
  let count = 0
  const make = () => {
    count += 1
    return count
  }
  for (let index = 0; index < STATEMENTS_MAX; index += 1) kept(made, `statement ${index}`, make)
  assert.equal(kept(made, 'statement 0', make), 1)
  assert.equal(made.size, STATEMENTS_MAX)
  // One more than that: statements without end do not fill the memory.
  kept(made, 'one more', make)
  assert.equal(made.size, 1)
})
