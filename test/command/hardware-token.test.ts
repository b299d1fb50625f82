import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { container, KEY, SECRET, SUITE } from '#keyfiles/container.fixture.ts'
import { type Place, place, run } from '../support/commands/command.ts'

const keys = [{ serial: 'CARD-1' }, { serial: 'CARD-2' }]

/** Writes a file into the folder of the test. */
function put({ folder }: Place, name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

async function person(where: Place, userName: string): Promise<void> {
  const add = ['subscriber', 'add', '--user-name', userName, '--account', `U-${userName}`]
  const added = await run(where, add, 'a long enough sentence\n')
  assert.equal(added.code, 0, added.stderr)
}

suite('countersign token', () => {
  test('imports an encrypted container, and says afterwards that it is there already', async (t) => {
    const where = await place(t)
    const file = put(where, 'cards.xml', container({ key: KEY, keys }))
    const command = ['token', 'import', file, '--key-from', '-']
    const dry = await run(where, [...command, '--dry-run'], `${KEY.toString('hex')}\n`)
    assert.equal(dry.code, 0, dry.stderr)
    assert.match(dry.stdout, /2 keys can be imported/)
    const imported = await run(where, command, `${KEY.toString('hex')}\n`)
    assert.equal(imported.code, 0, imported.stderr)
    assert.match(imported.stdout, /2 keys are in the inventory/)
    const again = await run(where, command, `${KEY.toString('hex')}\n`)
    assert.equal(again.code, 1)
    assert.match(again.stdout, /line \d+, CARD-1: its serial number is in the inventory already/)
    assert.match(again.stderr, /Nothing was imported/)
  })

  test('R121 cards of the past are imported as what they are, and as nothing that is not', async (t) => {
    const where = await place(t)
    const file = put(where, 'gold.xml', container({ key: KEY, keys }))
    const command = ['token', 'import', file, '--key-from', '-', '--kind']
    const unknown = await run(where, [...command, 'silver-card'], `${KEY.toString('hex')}\n`)
    assert.equal(unknown.code, 2)
    assert.match(unknown.stderr, /A kind is one of older-card, gold-card, platinum-card\./)
    const gold = await run(where, [...command, 'gold-card'], `${KEY.toString('hex')}\n`)
    assert.equal(gold.code, 0, gold.stderr)
    assert.match(gold.stdout, /2 keys are in the inventory/)
  })

  test('the password of a container comes from a file, and a wrong one opens nothing', async (t) => {
    const where = await place(t)
    const file = put(where, 'cards.xml', container({ password: 'a password', keys }))
    const wrong = put(where, 'wrong', 'another password\n')
    const refused = await run(where, ['token', 'import', file, '--password-from', wrong])
    assert.equal(refused.code, 1)
    assert.match(refused.stderr, /Nothing was imported/)
    const right = put(where, 'right', 'a password\n')
    const imported = await run(where, ['token', 'import', file, '--password-from', right, '--json'])
    assert.equal(imported.code, 0, imported.stderr)
    const report = JSON.parse(imported.stdout) as { imported: number; dryRun: boolean }
    assert.deepEqual([report.imported, report.dryRun], [2, false])
  })

  test('a table says which lines it refused and why, and ends with 1', async (t) => {
    const where = await place(t)
    const hex = SECRET.toString('hex')
    const table = ['serial,suite,secret_hex', `A,${SUITE},${hex}`, `B,nonsense,${hex}`].join('\n')
    const file = put(where, 'cards.csv', table)
    const imported = await run(where, ['token', 'import', file])
    assert.equal(imported.code, 1)
    assert.match(imported.stdout, /line 3, B: its OCRA suite is not one of ours/)
    assert.match(imported.stderr, /1 keys are in the inventory, 1 were refused/)
    assert.ok(!imported.stdout.includes(hex) && !imported.stderr.includes(hex))
  })

  test('wrong use is told with exit code 2', async (t) => {
    const where = await place(t)
    const file = put(where, 'cards.xml', container({ key: KEY, keys }))
    const key = put(where, 'key', 'not hexadecimal')
    for (const [args, words] of [
      [[file, '--key-from', key], /32, 48 or 64 hexadecimal digits/],
      [[file, '--key-from', key, '--password-from', key], /not by both/],
      [[join(where.folder, 'nothing.xml')], /There is no such file/],
      [[], /missing required argument/],
    ] as const) {
      const ended = await run(where, ['hardware-token', 'import', ...args])
      assert.equal(ended.code, 2, ended.stderr)
      assert.match(ended.stderr, words)
    }
  })

  test('gives a card to a client, once, with the PIN from standard input', async (t) => {
    const where = await place(t)
    await person(where, 'test-one')
    await person(where, 'test-two')
    const file = put(where, 'cards.xml', container({ keys }))
    assert.equal((await run(where, ['token', 'import', file])).code, 0)
    const give = (userName: string, pin: string, more: readonly string[] = []) =>
      run(
        where,
        ['hardware-token', 'give', '--serial', 'card-1', '--user-name', userName, ...more],
        pin,
      )
    for (const [pin, words] of [
      ['', /needs a PIN/],
      ['abcd\n', /needs a PIN/],
      ['1234\n', /a thief would try/],
    ] as const) {
      const ended = await give('test-one', pin)
      assert.equal(ended.code, 1)
      assert.match(ended.stderr, words)
    }
    const nobody = await give('test-nobody', '2580\n')
    assert.match(nobody.stderr, /No client has the user name/)
    const given = await give('test-one', '2580\n')
    assert.equal(given.code, 0, given.stderr)
    assert.match(given.stdout, /"authenticator":"aut_/)
    const other = await give('test-two', '2580\n')
    assert.equal(other.code, 1)
    assert.match(other.stderr, /another client’s/)
    const people = ['test-one', 'test-two'].map((userName) => ({ userName, entity: 'E1' }))
    const recorded = put(where, 'people.json', JSON.stringify(people))
    const shared = await give('test-two', '', ['--recorded', recorded])
    assert.equal(shared.code, 0, shared.stderr)
    assert.match(shared.stdout, /"shared":1/)
  })

  test('R118 lists orders, says what left and what came back, and refuses in plain words', async (t) => {
    const where = await place(t)
    const file = put(where, 'cards.xml', container({ key: KEY, keys }))
    await run(where, ['token', 'import', file, '--key-from', '-'], `${KEY.toString('hex')}\n`)
    await person(where, 'anna')
    const list = await run(where, ['hardware-token', 'orders'])
    assert.deepEqual([list.code, list.stdout], [0, ''])
    assert.equal((await run(where, ['hardware-token', 'orders', '--state', 'gone'])).code, 2)
    const sent = ['hardware-token', 'sent', 'ord_1', '--serial', 'CARD-1', '--by', 'agent-7']
    assert.match((await run(where, sent)).stderr, /There is no such order \(order\.not-found\)/)
    const sheet = ['hardware-token', 'sheet', 'ord_1', '--to', join(where.folder, 'sheet.html')]
    assert.match((await run(where, sheet)).stderr, /order\.not-found/)
    const never = await run(where, ['hardware-token', 'returned', 'CARD-1', '--by', 'agent-7'])
    assert.match(never.stderr, /was not given to anybody/)
    const give = ['hardware-token', 'give', '--serial', 'CARD-1', '--user-name', 'anna']
    assert.equal((await run(where, give, '2580\n')).code, 0)
    const off = ['hardware-token', 'written-off', 'card-1', '--by', 'agent-7', '--why']
    assert.equal((await run(where, [...off, 'rust'])).code, 2)
    const lost = await run(where, [...off, 'lost'])
    // What was kept back for it stands in an order, which it has had none of its own.
    assert.match(lost.stdout, /^\{"serial":"CARD-1","order":"ord_/, lost.stderr)
    const back = await run(where, ['hardware-token', 'returned', 'card-1', '--by', 'agent-7'])
    assert.equal(back.code, 0, back.stderr)
    assert.equal((JSON.parse(back.stdout) as { serial: string }).serial, 'CARD-1')
    const again = await run(where, give, '2580\n')
    assert.match(again.stderr, /stopped, or has expired, and can not be given again/)
    const equity = await run(where, ['account', 'equity', 'U-ANNA', '1250000'])
    assert.equal(equity.code, 1)
    assert.equal((await run(where, ['account', 'equity', 'U-anna', 'much'])).code, 2)
    const said = await run(where, ['account', 'equity', 'U-anna', '1250000'])
    assert.equal(
      (JSON.parse(said.stdout) as { equityUsd: number }).equityUsd,
      1_250_000,
      said.stderr,
    )
  })
})
