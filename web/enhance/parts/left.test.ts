import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inWords } from './left.ts'

test('the time that is left reads as a person would say it', () => {
  const words = {
    whole: '{minutes} minutes',
    minutes: '{minutes} min {seconds} s',
    seconds: '{seconds} s',
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

test('what takes hours has words for them, down to the last', () => {
  const words = {
    whole: '{minutes} minutes',
    minutes: '{minutes} min {seconds} s',
    seconds: '{seconds} s',
    wholeHours: '{hours} h',
    hours: '{hours} h {minutes} min',
  }
  const rows = [
    [72 * 3_600, '72 h'],
    [12 * 3_600 - 1, '11 h 59 min'],
    [3_660, '1 h 1 min'],
    [3_659, '1 h'],
    [3_600, '1 h'],
    [3_599, '59 min 59 s'],
    [60, '60 s'],
  ] as const
  for (const [left, expected] of rows) assert.equal(inWords(left, words), expected)
})
