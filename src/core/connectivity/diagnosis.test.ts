import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import {
  CLOCK_OFF_MS,
  diagnose,
  DIAGNOSES,
  type Diagnosis,
  eventsFinding,
  type Findings,
} from './diagnosis.ts'

const WELL: Findings = {
  text: 'works',
  events: 'works',
  socket: 'works',
  ports: [
    { port: 4000, finding: 'works' },
    { port: 4001, finding: 'works' },
  ],
  clockAhead: 0,
  storage: 'works',
  addresses: ['203.0.113.7', '203.0.113.7'],
}

const closed = (...ports: readonly number[]): Findings['ports'] =>
  WELL.ports.map(({ port }) => ({ port, finding: ports.includes(port) ? 'blocked' : 'works' }))

/** What is wrong, the first named first: each is told although all after it are wrong as well. */
const WRONG: readonly (readonly [Diagnosis, Partial<Findings>])[] = [
  ['offline', { text: 'blocked' }],
  ['replaced', { text: 'changed' }],
  ['sockets-blocked', { socket: 'blocked' }],
  ['ports-blocked', { ports: closed(4001) }],
  ['events-blocked', { events: 'blocked' }],
  ['events-late', { events: 'late' }],
  ['clock', { clockAhead: -CLOCK_OFF_MS - 1 }],
  ['storage-blocked', { storage: 'blocked' }],
  ['addresses-differ', { addresses: ['203.0.113.7', '203.0.113.8'] }],
  ['incomplete', { socket: 'unknown' }],
]

suite('The way to the login server', () => {
  test('R014 is told by one sentence, and each has its case', () => {
    assert.equal(diagnose(WELL), 'works')
    for (const [told, wrong] of WRONG) assert.equal(diagnose({ ...WELL, ...wrong }), told)
    assert.deepEqual([...WRONG.map(([told]) => told), 'works'], [...DIAGNOSES])
  })

  test('is told by what explains most, whatever else is wrong', () => {
    let all = WELL
    for (const [told, wrong] of WRONG.toReversed()) {
      // A test that could not be made is not wrong: where it is blocked besides, that is told.
      all = { ...all, ...wrong }
      assert.equal(diagnose(all), told)
    }
  })

  test('R158 is not well when one of two ports is closed, or both', () => {
    for (const ports of [[4000], [4001], [4000, 4001]])
      assert.equal(diagnose({ ...WELL, ports: closed(...ports) }), 'ports-blocked')
    assert.equal(diagnose({ ...WELL, ports: [] }), 'works')
  })

  test('has a clock that is right to half a minute', () => {
    for (const clockAhead of [null, 0, CLOCK_OFF_MS, -CLOCK_OFF_MS])
      assert.equal(diagnose({ ...WELL, clockAhead }), 'works')
    assert.equal(diagnose({ ...WELL, clockAhead: CLOCK_OFF_MS + 1 }), 'clock')
  })

  test('holds events back when they come at once, and blocks them when some do not come', () => {
    assert.equal(eventsFinding([10, 510, 1_010, 1_510]), 'works')
    // A slow network delays the first as much as the last.
    assert.equal(eventsFinding([4_000, 4_500, 5_000, 5_500]), 'works')
    assert.equal(eventsFinding([1_600, 1_600, 1_601, 1_602]), 'late')
    assert.equal(eventsFinding([10, 510, 1_010]), 'blocked')
    assert.equal(eventsFinding([]), 'blocked')
  })
})
