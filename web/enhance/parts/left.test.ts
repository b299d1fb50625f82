import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inWords } from './left.ts'

test('the time that is left reads as a person would say it', () => {
  const words = {
    ...{ whole: '{minutes} minutes', minutes: '{minutes} min {seconds} s', seconds: '{seconds} s' },
  }
  const rows = [
    [600, '10 minutes'],
    [599, '9 min 59 s'],
    [120, '2 minutes'],
    [119, '1 min 59 s'],
    [61, '1 min 1 s'],
    [60, '60 s'],
    [0, '0 s'],
  ] as const
  for (const [left, expected] of rows) assert.equal(inWords(left, words), expected)
})
