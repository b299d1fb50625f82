import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { comparisonTable, verdictOn } from '../../bench/report/comparison.ts'
import { replyIn } from '../../bench/load/http.ts'
import { isKept, jsonReport, tableReport } from '../../bench/report/report.ts'
import { median, percentile } from '../../bench/report/statistics.ts'

suite('The bench', () => {
  test('takes the middle of its runs', () => {
    assert.equal(median([3, 1, 2]), 2)
    assert.equal(median([4, 1, 3, 2]), 2.5)
    assert.throws(() => median([]), /nothing was measured/)
  })

  test('takes the value that so many do not exceed', () => {
    const values = Array.from({ length: 100 }, (_, index) => 100 - index)
    assert.deepEqual(
      [percentile(values, 0.5), percentile(values, 0.99), percentile(values, 1)],
      [50, 99, 100],
    )
    assert.equal(percentile([7], 0.01), 7)
  })

  test('keeps a budget that it meets exactly', () => {
    assert.deepEqual([isKept({ atLeast: 2 }, 2), isKept({ atLeast: 2 }, 1.9)], [true, false])
    assert.deepEqual([isKept({ atMost: 2 }, 2), isKept({ atMost: 2 }, 2.1)], [true, false])
    assert.equal(isKept(null, 2), null)
  })

  test('reports to machines and to people alike', () => {
    const machine = {
      cores: 2,
      processor: 'Example',
      memory_gib: 8,
      system: 'Linux',
      node: '24.0.0',
      sqlite: '3.50.0',
      postgres: null,
      quick: false,
    }
    const measured = [
      { id: 'login.cpu', database: 'sqlite', runs: [1.5, 0.5, 0.75] },
      { id: 'hash.raw.rate', database: null, runs: [200] },
    ] as const
    assert.deepEqual(JSON.parse(jsonReport(machine, measured)), {
      machine,
      figures: [
        {
          id: 'hash.raw.rate',
          database: null,
          value: 200,
          unit: '/s',
          budget: null,
          runs: [200],
        },
        {
          id: 'login.cpu',
          database: 'sqlite',
          value: 0.75,
          unit: 'ms',
          budget: { atMost: 1 },
          runs: [1.5, 0.5, 0.75],
        },
      ],
    })
    const table = tableReport(machine, measured)
    assert.match(table, /login\.cpu +sqlite +0\.75 ms +<= 1 +yes +3: 0\.5 to 1\.5/)
  })

  test('tells what got slower from what only moves', () => {
    const pair = { id: 'login.cpu', database: 'sqlite', before: [3, 4, 5, 4] } as const
    assert.equal(verdictOn({ ...pair, after: [4, 3, 5, 4] }), 'same')
    assert.equal(verdictOn({ ...pair, after: [6, 7, 7, 8] }), 'worse')
    assert.equal(verdictOn({ ...pair, after: [1, 2, 2, 1] }), 'better')
    const rate = { ...pair, id: 'login.complete.rate' } as const
    assert.equal(verdictOn({ ...rate, after: [6, 7, 7, 8] }), 'better')
    assert.equal(verdictOn({ ...rate, after: [1, 2, 2, 1] }), 'worse')
    // Of the machine alone, and of figures that have no goal.
    assert.equal(verdictOn({ ...pair, id: 'hash.raw.rate', after: [6, 7, 7, 8] }), null)
    assert.match(
      comparisonTable([{ ...pair, after: [8, 8, 8] }]),
      /login\.cpu +sqlite +4 ms +8 ms +2 +worse/,
    )
  })

  test('takes an answer for whole when it is whole, and not before', () => {
    const plain = 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello'
    const chunked =
      'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n'
    for (const text of [plain, chunked]) {
      assert.equal(replyIn(Buffer.from(text))?.body.toString(), 'hello')
      for (let length = 0; length < text.length; length += 1) {
        assert.equal(replyIn(Buffer.from(text.slice(0, length))), null, text.slice(0, length))
      }
    }
    const empty = replyIn(Buffer.from('HTTP/1.1 204 No Content\r\n\r\n'))
    assert.deepEqual([empty?.status, empty?.body.length], [204, 0])
  })
})
