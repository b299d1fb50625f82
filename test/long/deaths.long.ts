/**
 * A process is ended with `kill -9` before and after each of its commits: nothing that counts is
 * lost.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DATABASES } from '../support/databases/databases.ts'
import { died } from '../support/models/deaths.ts'

for (const database of DATABASES) {
  test(`A4 A7 kill -9 at any commit loses no count and no event, on ${database}`, async (t) => {
    let deaths = 0
    for (const when of ['before', 'after'] as const) {
      for (let nth = 1; await died(t, database, { nth, when }); nth += 1) deaths += 1
    }
    assert.ok(deaths >= 16, `${deaths} deaths`)
    t.diagnostic(`${deaths} deaths`)
  })
}
