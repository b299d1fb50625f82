import assert from 'node:assert/strict'
import { test } from 'node:test'
import { csvCell, WRITINGS } from '#edges/desk/compliance/formats.ts'

test('a cell that a spreadsheet would run is text, whatever it begins with', () => {
  for (const first of ['=', '+', '-', '@', '\t', '\r', '\n']) {
    assert.match(csvCell(`${first}1+1`), /^"?'/, JSON.stringify(first))
  }
  assert.equal(csvCell('=cmd|"/c calc"!A1'), `"'=cmd|""/c calc""!A1"`)
  assert.equal(csvCell('plain'), 'plain')
  assert.equal(csvCell('a,b'), '"a,b"')
})

test('a line of CEF keeps its parts apart, whatever is in them', () => {
  const event = {
    kind: 'desk.logged-in',
    subscriberId: null,
    actor: 'staff:jane',
    reason: 'a=b|c\\d\r\ne',
  } as never
  const line = WRITINGS.cef.line({ seq: 7, at: 1_700_000_000_000 as never, event })
  assert.match(line, /^CEF:0\|Countersign\|Countersign\|0\|desk\.logged-in\|desk\.logged-in\|3\|/)
  assert.match(line, /rt=1700000000000 externalId=7 suser=staff:jane msg=/)
  assert.ok(line.includes(String.raw`a\=b|c`))
  assert.equal(line.trimEnd().split('\n').length, 1)
})
