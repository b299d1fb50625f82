import assert from 'node:assert/strict'
import { test } from 'node:test'
import { uploadsOf } from '#edges/pages/documents/uploads.ts'

test('forms with files are read so many at a time, of one client and of all', () => {
  const begin = uploadsOf({ each: 2, all: 3 })
  const [first, second] = [begin('anna'), begin('anna')]
  assert.ok(first && second)
  assert.equal(begin('anna'), null, 'a third of one client')
  const other = begin('emil')
  assert.ok(other)
  assert.equal(begin('mia'), null, 'a fourth of all')
  first()
  // Given back twice, it is one place.
  first()
  assert.ok(begin('mia'))
  assert.equal(begin('emil'), null)
  second()
  other()
  assert.ok(begin('anna'))
  assert.ok(begin('anna'))
})
