import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import {
  describedAs,
  fileNameOf,
  isPdf,
  STATEMENT_NAME_LENGTH_MAX,
} from '#core/documents/statement.ts'
import { instant } from '#core/time/time.ts'

const NOW = instant(Date.UTC(2026, 10, 20, 12))
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const PDF = '%PDF-1.7\nsomething\nstartxref\n9\n%%EOF\n'

suite('A statement', () => {
  test('is a PDF from its first byte to its last', () => {
    for (const good of [
      PDF,
      PDF.replace('1.7', '2.0'),
      PDF.trimEnd(),
      PDF.replaceAll('\n', '\r\n'),
    ])
      assert.equal(isPdf(bytes(good)), true, good)
    for (const bad of [
      '',
      '%PDF-1.7',
      `\n${PDF}`,
      `<html>${PDF}`,
      `${PDF}<script>alert(1)</script>`,
      `${PDF}PK\u0003\u0004`,
      PDF.replace('1.7', '1.8'),
      PDF.replace('%%EOF', ''),
      PDF.replace('startxref', ''),
      `${PDF}${' '.repeat(1_100)}`,
    ])
      assert.equal(isPdf(bytes(bad)), false, JSON.stringify(bad.slice(0, 60)))
  })

  test('has a name of one line, as it is kept', () => {
    const of = (name: string) => describedAs({ name, day: '2025-12-31' }, NOW)?.name ?? null
    assert.equal(of('  Activity \t 2025 '), 'Activity 2025')
    assert.equal(of('x'.repeat(STATEMENT_NAME_LENGTH_MAX))?.length, STATEMENT_NAME_LENGTH_MAX)
    for (const bad of [
      '',
      ' ',
      'two\nlines',
      'x'.repeat(STATEMENT_NAME_LENGTH_MAX + 1),
      'a\u202eb',
    ])
      assert.equal(of(bad), null, JSON.stringify(bad))
  })

  test('reports up to a day of the calendar that has come', () => {
    const of = (day: string) => describedAs({ name: 'x', day }, NOW) !== null
    for (const day of ['1900-01-01', '2024-02-29', '2026-11-20', '2026-11-21'])
      assert.equal(of(day), true, day)
    for (const day of [
      '2026-11-22',
      '2025-02-29',
      '2025-13-01',
      '1899-12-31',
      '2025-1-1',
      '2025-12-31T00:00',
      '31/12/2025',
      '',
    ])
      assert.equal(of(day), false, day)
  })

  test('is saved under a name that no header and no folder reads as anything else', () => {
    const of = (name: string) => fileNameOf({ kind: 'tax', name, day: '2025-12-31' })
    for (const [name, file] of [
      ['Tax statement 2025', '2025-12-31-Tax-statement-2025.pdf'],
      ['Relevé d’activité : 1er trimestre', '2025-12-31-Releve-d-activite-1er-trimestre.pdf'],
      ['../../etc/passwd', '2025-12-31-etc-passwd.pdf'],
      ['a"; filename="evil.exe', '2025-12-31-a-filename-evil-exe.pdf'],
      ['年度报告', '2025-12-31-tax.pdf'],
      ['---', '2025-12-31-tax.pdf'],
    ] as const)
      assert.equal(of(name), file)
    assert.equal(of('x'.repeat(STATEMENT_NAME_LENGTH_MAX)).length, 80 + 15)
    assert.match(of(`${'x'.repeat(79)} ${'y'.repeat(40)}`), /x\.pdf$/)
  })
})
