import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { after, suite, test } from 'node:test'

const PARTS = [
  'src',
  'locales',
  'scripts',
  'package.json',
  'test/support',
  'test/method-contract.test.ts',
]

suite('What a scaffold writes', () => {
  const house = mkdtempSync(join(tmpdir(), 'countersign-scaffold-'))
  for (const part of PARTS) cpSync(part, join(house, part), { recursive: true })
  symlinkSync(resolve('node_modules'), join(house, 'node_modules'))
  after(() => rmSync(house, { recursive: true }))

  const node = (...args: string[]) => {
    // Inside a test, Node would take this for a part of it.
    const { NODE_TEST_CONTEXT: _, ...env } = process.env
    return spawnSync(process.execPath, args, { cwd: house, encoding: 'utf8', env })
  }

  test('as a method works, and keeps the contract of all methods', () => {
    const written = node('scripts/new/method.ts', 'paper-key')
    assert.equal(written.status, 0, written.stderr)
    const { status, stdout } = node(
      '--test',
      '--test-name-pattern=paper.key',
      'src/methods/paper-key/method.test.ts',
      'test/method-contract.test.ts',
    )
    assert.equal(status, 0, stdout)
    assert.match(stdout, /accepts its holder/)
  })

  test('never writes over what is there', () => {
    const again = node('scripts/new/method.ts', 'paper-key')
    assert.equal(again.status, 1)
    assert.match(again.stderr, /is there already/)
  })

  test('as a migration is run after all others', () => {
    const { status, stderr } = node('scripts/new/migration.ts', 'paper', 'keys')
    assert.equal(status, 0, stderr)
    const migrate = readFileSync(join(house, 'src/store/database/migrate.ts'), 'utf8')
    const [, last = ''] = /'(\d{4}-[^']+)': \w+,\n\}/.exec(migrate) ?? []
    assert.match(last, /^\d{4}-paper-keys$/)
    assert.ok(existsSync(join(house, `src/store/migrations/${last}.ts`)))
  })

  test('as a decision has the next number', () => {
    const { status } = node('scripts/new/decision.ts', 'Paper', 'keys,', 'not', 'stone')
    assert.equal(status, 0)
    assert.ok(existsSync(join(house, 'docs/decisions/0001-paper-keys-not-stone.md')))
  })
})
