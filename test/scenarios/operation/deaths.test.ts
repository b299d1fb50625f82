import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DATABASES } from '../../support/databases/databases.ts'
import { died } from '../../support/models/deaths.ts'

/**
 * Commits around the judging of a password and of an answer; `npm run test:long` dies at each there
 * is.
 */
for (const database of DATABASES) {
  test(`A4 kill -9 between two writes loses no count and no event, on ${database}`, async (t) => {
    for (const nth of [5, 7]) {
      assert.ok(await died(t, database, { nth, when: 'after' }), `it lived on after commit ${nth}`)
    }
  })
}
