import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { after, before, between, days, earlier, hours, instant, minutes, seconds } from './time.ts'

suite('Time', () => {
  test('is counted in milliseconds, whatever it is said in', () => {
    assert.equal(seconds(90), 90_000)
    assert.equal(minutes(3), 180_000)
    assert.equal(hours(12), 43_200_000)
    assert.equal(days(21), 1_814_400_000)
  })

  test('goes forwards and backwards by the same length', () => {
    const noon = instant(Date.UTC(2026, 10, 20, 12))
    const later = after(noon, minutes(3))
    assert.equal(later - noon, 180_000)
    assert.equal(before(later, minutes(3)), noon)
    assert.equal(between(noon, later), minutes(3))
    assert.equal(earlier(noon, later), noon)
    assert.equal(earlier(later, noon), noon)
  })
})
