import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import {
  appendFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import test, { type TestContext } from 'node:test'
import type { Manifest } from '#engine/audit/records/folder.ts'
import { COMMAND, type Place, place, run, serving } from '../support/commands/command.ts'

/** `countersign audit`, as the operator and an auditor type it. */

/** Each is two events: the client, and the account. */
async function withClients(where: Place, ...names: readonly string[]): Promise<void> {
  for (const name of names) {
    const args = ['subscriber', 'add', '--user-name', name, '--account', `U-${name}`]
    assert.equal((await run(where, args, 'fifteen or more letters')).code, 0)
  }
}

const audit = (where: Place, ...args: readonly string[]) => run(where, ['audit', ...args])

/** As the owner of the database. */
function changed({ folder }: Place, ...statements: readonly string[]): void {
  const database = new DatabaseSync(join(folder, 'var/countersign.db'))
  for (const statement of statements) database.exec(statement)
  database.close()
}

test('A22 a checkpoint is printed or written once, and verify holds the log against it', async (t) => {
  const where = await place(t)
  assert.match((await audit(where, 'checkpoint')).stderr, /The log is empty/)
  await withClients(where, 'anna')
  const printed = await audit(where, 'checkpoint')
  assert.equal(printed.code, 0, printed.stderr)
  assert.match(printed.stdout, /^localhost:\d+\/audit\n2\n[A-Za-z0-9+/]{43}=\n\n— localhost/)
  const kept = join(where.folder, 'kept.txt')
  assert.equal((await audit(where, 'checkpoint', '--to', kept)).code, 0)
  assert.equal(readFileSync(kept, 'utf8'), printed.stdout)
  const again = await audit(where, 'checkpoint', '--to', kept)
  assert.deepEqual([again.code, /is there already/.test(again.stderr)], [2, true])

  await withClients(where, 'ben')
  const whole = await audit(where, 'verify', '--from-checkpoint', kept)
  assert.equal(whole.code, 0, whole.stderr)
  assert.match(whole.stdout, /^The log is whole: 2 events, held against 2 checkpoints\.\n2 further/)
  const { stdout: key } = await audit(where, 'key')
  const asKept = await audit(where, 'verify', '--from-checkpoint', kept, '--key', key.trim())
  assert.equal(asKept.code, 0, asKept.stderr)
  const other = `${key.trim().slice(0, -4)}AAAA`
  assert.match((await audit(where, 'verify', '--key', other)).stderr, /no key of a log/)
})

test('A22 verify says which event was changed, and that the log was rolled back', async (t) => {
  const where = await place(t)
  await withClients(where, 'anna', 'ben', 'clara')
  const kept = join(where.folder, 'kept.txt')
  await audit(where, 'checkpoint', '--to', kept)
  changed(
    where,
    'drop trigger audit_event_no_update',
    'update audit_event set at_ms = at_ms + 1 where seq = 2',
  )
  const { code, stdout, stderr } = await audit(where, 'verify')
  assert.deepEqual(
    [code, stdout, stderr],
    [
      1,
      'Event 2 was changed after it was written.\n',
      'The log is not what it was: 1 findings in 6 events.\n',
    ],
  )
  const { stdout: json } = await audit(where, 'verify', '--json')
  assert.deepEqual((JSON.parse(json) as { findings: unknown }).findings, [
    { kind: 'changed', seq: 2 },
  ])
  changed(
    where,
    'drop trigger audit_batch_no_delete',
    'drop trigger audit_checkpoint_no_delete',
    'drop trigger audit_event_no_delete',
    'delete from audit_batch; delete from audit_checkpoint; delete from audit_event where seq > 1',
    'update audit_tree set size = 0, seq = 0',
  )
  assert.equal((await audit(where, 'checkpoint')).code, 0)
  assert.equal((await audit(where, 'verify')).code, 0)
  const back = await audit(where, 'verify', '--from-checkpoint', kept)
  assert.equal(back.stdout, '6 events were signed, and the log has 1: it was rolled back.\n')
  appendFileSync(kept, 'half a chec')
  const half = await audit(where, 'verify', '--from-checkpoint', kept)
  const [said] = half.stdout.split('\n')
  assert.deepEqual([half.code, said], [1, 'Part 2 of the file from outside cannot be read.'])
  writeFileSync(kept, '')
  const empty = await audit(where, 'verify', '--from-checkpoint', kept)
  assert.deepEqual([empty.code, /holds no checkpoint/.test(empty.stderr)], [2, true])
  writeFileSync(kept, 'nonsense\n')
  const nonsense = await audit(where, 'verify', '--from-checkpoint', kept)
  assert.deepEqual([nonsense.code, /holds no checkpoint/.test(nonsense.stderr)], [2, true])
})

test('A22 prove writes a file for an event, signing what is not signed yet', async (t) => {
  const where = await place(t)
  await withClients(where, 'anna', 'ben')
  const file = join(where.folder, 'event.html')
  assert.equal((await audit(where, 'prove', '3', '--to', file)).code, 0)
  assert.match(readFileSync(file, 'utf8'), /subscriber\.created/)
  const again = await audit(where, 'prove', '3', '--to', file)
  assert.deepEqual([again.code, /is there already/.test(again.stderr)], [2, true])
  const { stdout: key } = await audit(where, 'key')
  const check = (path: string, by = key) => audit(where, 'check', path, '--key', by.trim())
  const right = await check(file)
  assert.equal(right.code, 0, right.stderr)
  assert.match(right.stdout, /"seq":3[^]*in the log localhost:\d+\/audit\.\nIts place is 3, and 4 /)
  const other = join(where.folder, 'changed.html')
  for (const [from, to] of [
    ['subscriber.created', 'subscriber.renamed'],
    ['"position":2', '"position":0'],
    ['"path":["', '"path":["AAAA","'],
    [String.raw`audit\n4\n`, String.raw`audit\n5\n`],
  ] as const) {
    const page = readFileSync(file, 'utf8')
    assert.ok(page.includes(from), from)
    writeFileSync(other, page.replaceAll(from, to))
    const changed = await check(other)
    assert.deepEqual([changed.code, /is not in the log/.test(changed.stderr)], [1, true], from)
  }
  const stranger = await place(t)
  const { stdout: strange } = await audit(stranger, 'key')
  assert.equal((await check(file, strange)).code, 1)
  writeFileSync(other, 'nonsense')
  assert.deepEqual((await check(other)).code, 2)
  const unknown = await audit(where, 'prove', '5', '--to', join(where.folder, 'other.html'))
  assert.deepEqual([unknown.code, unknown.stderr], [1, 'There is no event with this number.\n'])
  assert.equal((await audit(where, 'prove', 'x', '--to', file)).code, 2)
})

test('A22 export by rule 17a-4 writes a folder that is checked without a database', async (t) => {
  const where = await place(t)
  await withClients(where, 'anna', 'ben')
  const folder = join(where.folder, 'records')
  const exported = () => audit(where, 'export', '--rule', '17a-4', '--to', folder)
  const done = await exported()
  assert.match(done.stdout, /^4 events of localhost:\d+\/audit were written to /, done.stderr)
  const again = await exported()
  assert.deepEqual([again.code, /is there already/.test(again.stderr)], [2, true])
  const manifest = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as Manifest
  assert.deepEqual([manifest.rule, manifest.events], ['17a-4', 4])
  const table = readFileSync(join(folder, 'events-000001.csv'), 'utf8').split('\r\n')
  assert.match(table[3] ?? '', /^3,20\d\d-.*,subscriber\.created,sub_\w+,/)
  const sums = spawnSync('sha256sum', ['-c', 'SHA256SUMS'], { cwd: folder })
  assert.equal(sums.status, 0, sums.stdout.toString())
  const { stdout: key } = await audit(where, 'key')
  const check = (by = key) => audit(where, 'check', folder, '--key', by.trim())
  assert.match((await check()).stdout, /^The 4 events are all that the log /m)

  const file = (name: string) => join(folder, name)
  /** As an attacker would who knows how digests are made. */
  const digested = () => {
    const names = readdirSync(folder).filter((name) => name !== 'SHA256SUMS')
    const { stdout } = spawnSync('sha256sum', names, { cwd: folder })
    writeFileSync(file('SHA256SUMS'), stdout)
  }
  const says = async (words: RegExp, by?: string) => {
    const { code, stdout, stderr } = await check(by)
    assert.deepEqual([code, stdout], [1, ''])
    assert.match(stderr, words)
  }
  const { stdout: strange } = await audit(await place(t), 'key')
  await says(/^checkpoint\.txt is not signed by the log of this key\.$/m, strange)
  const events = readFileSync(file('events-000001.jsonl'), 'utf8')
  for (const changed of [
    events.replace('"subscriber.created"', '"subscriber.renamed"'),
    events.slice(0, events.lastIndexOf('\n', events.length - 2) + 1),
    events + events.split('\n')[0],
  ]) {
    writeFileSync(file('events-000001.jsonl'), changed)
    await says(/^events-000001\.jsonl was changed after it was written\.$/m)
    digested()
    await says(/^The events are not the ones that were signed\.$/m)
  }
  writeFileSync(file('events-000001.jsonl'), events)
  // What was not signed says the same as what was: digests alone prove nothing.
  for (const [name, from, to] of [
    ['events-000001.csv', 'subscriber.created', 'subscriber.renamed'],
    ['manifest.json', '"events": 4', '"events": 3'],
  ] as const) {
    const written = readFileSync(file(name), 'utf8')
    writeFileSync(file(name), written.replace(from, to))
    digested()
    await says(new RegExp(`^${name.replace('.', String.raw`\.`)} was changed after`, 'm'))
    writeFileSync(file(name), written)
  }
  writeFileSync(file('more.txt'), 'x')
  digested()
  await says(/^more\.txt does not belong to the records\.$/m)
  rmSync(file('more.txt'))
  await says(/^more\.txt is missing\.$/m)
  digested()
  assert.equal((await check()).code, 0)
  writeFileSync(file('more.txt'), 'x')
  await says(/^more\.txt does not belong to the records\.$/m)

  changed(
    where,
    'drop trigger audit_event_no_update',
    'update audit_event set at_ms = 1 where seq = 2',
  )
  const other = join(where.folder, 'other')
  const refused = await audit(where, 'export', '--rule', '17a-4', '--to', other)
  assert.deepEqual([refused.code, existsSync(other)], [1, false])
  assert.match(refused.stderr, /are not the ones that were signed: run `audit verify`/)
  assert.equal((await audit(where, 'export', '--rule', 'x', '--to', other)).code, 2)
})

test('A22 a server that runs gives places and signs by itself', async (t: TestContext) => {
  const where = await place(t)
  await withClients(where, 'anna')
  const stop = await serving(t, where, ['serve'])
  const unsigned = async () => {
    const metrics = await (await fetch(`${where.management}/metrics`)).text()
    return Number(/^countersign_audit_unsigned_seconds (\S+)$/m.exec(metrics)?.[1])
  }
  for (let looks = 0; looks < 100 && (await unsigned()) > 0; looks += 1)
    await new Promise((resolve) => setTimeout(resolve, 100))
  assert.equal(await unsigned(), 0)
  await stop()
  const whole = await audit(where, 'verify')
  assert.match(whole.stdout, /^The log is whole: 2 events, held against 1 checkpoints\.\n/)
})

test('A22 a witness confirms what the server signs, and what it keeps is held against the log', async (t) => {
  const where = await place(t)
  await withClients(where, 'anna')
  const { stdout: key } = await audit(where, 'key')
  const args = ['witness', '--name', 'witness.example.org/w1', '--log', key.trim(), '--port', '0']
  const witness = spawn(process.execPath, [COMMAND, ...args], { cwd: where.folder })
  t.after(() => witness.kill('SIGKILL'))
  const [said] = (await once(witness.stdout, 'data')) as [Buffer]
  const [, own = '', url = ''] = /^(\S+)\nready at (\S+)\n$/.exec(said.toString()) ?? []
  assert.match(own, /^witness\.example\.org\/w1\+[0-9a-f]{8}\+B/)
  const file = join(where.folder, 'outside.txt')
  const environment = {
    ...where.environment,
    COUNTERSIGN_AUDIT_FILE: file,
    COUNTERSIGN_AUDIT_WITNESSES: JSON.stringify([{ url, key: own }]),
  }
  const stop = await serving(t, { ...where, environment }, ['serve'])
  const origin = createHash('sha256')
    .update(key.slice(0, key.indexOf('+')))
    .digest('hex')
  const shown = async () => await fetch(`${url}${origin}/checkpoint`)
  for (let looks = 0; looks < 100 && (await shown()).status !== 200; looks += 1)
    await new Promise((resolve) => setTimeout(resolve, 100))
  const confirmed = await (await shown()).text()
  assert.match(confirmed, /\n2\n[^]*— localhost[^]*— witness\.example\.org/)
  await stop()
  assert.equal((await audit(where, 'checkpoint')).stdout, confirmed)
  const whole = await audit(where, 'verify', '--from-checkpoint', file)
  assert.match(whole.stdout, /held against 2 checkpoints/)
  const ended = once(witness, 'close')
  witness.kill('SIGTERM')
  assert.deepEqual((await ended)[0], 0)
})

test('A22 a witness refuses what is no key of a log, and a name that no key can have', async (t) => {
  const where = await place(t)
  const started = async (name: string, log: string) =>
    await run(where, ['witness', '--name', name, '--log', log, '--port', '0'])
  const { stdout: key } = await audit(where, 'key')
  const wrong = await started('w1', 'localhost+nothing')
  assert.deepEqual([wrong.code, /is no key of a log/.test(wrong.stderr)], [2, true])
  const named = await started('w 1', key.trim())
  assert.deepEqual([named.code, /no space and no plus/.test(named.stderr)], [2, true])
})
