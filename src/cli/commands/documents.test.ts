import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { statementCommands } from '#cli/commands/documents.ts'
import { STATEMENT_LENGTH_BYTES_MAX } from '#core/documents/statement.ts'
import { PASSWORD } from '../../../test/support/clients/engine-story.ts'
import { complains, openOffice } from '../../../test/support/server/commands.ts'

interface Said {
  readonly id: string
  readonly name: string
  readonly day: string
}

/** `countersign statement` over a world with one client. */
async function office(t: TestContext) {
  const { world, folder, run } = await openOffice<Said>(t, 'statement', statementCommands)
  await world.add({ userName: 'anna', password: PASSWORD })
  const fileOf = (bytes: Uint8Array) => {
    const file = join(folder, 'statement.pdf')
    writeFileSync(file, bytes)
    return file
  }
  const add = async (bytes: Uint8Array, changes: Readonly<Record<string, string>> = {}) => {
    const facts = {
      'user-name': 'anna',
      kind: 'tax',
      name: 'Tax 2025',
      day: '2025-12-31',
      by: 'agent-7',
    }
    const options = Object.entries({ ...facts, ...changes }).flatMap(([name, value]) => [
      `--${name}`,
      value,
    ])
    return await run('add', fileOf(bytes), ...options)
  }
  return { run, add }
}

const PDF = Buffer.from('%PDF-1.4\nstartxref\n0\n%%EOF\n')

test('R028 a statement is put before a client, listed and taken away again', async (t) => {
  const { run, add } = await office(t)
  const [added] = await add(PDF)
  assert.deepEqual([added?.name, added?.day], ['Tax 2025', '2025-12-31'])
  assert.deepEqual(await run('list', '--user-name', 'anna'), [added])
  const removed = await run('remove', added?.id ?? '', '--by', 'agent-7')
  assert.deepEqual(removed, [added])
  assert.deepEqual(await run('list', '--user-name', 'anna'), [])
})

test('a wrong file, client, kind, name or day is named, and nothing is put there', async (t) => {
  const { run, add } = await office(t)
  const long = Buffer.concat([PDF, Buffer.alloc(STATEMENT_LENGTH_BYTES_MAX)])
  await assert.rejects(add(long), complains(/up to 5 MiB \(statement\.too-large\)$/))
  await assert.rejects(add(Buffer.from('GIF89a')), complains(/not a PDF/))
  await assert.rejects(add(PDF, { 'user-name': 'nobody' }), complains(/subscriber\.not-found/))
  await assert.rejects(add(PDF, { kind: 'news' }), complains(/^A kind is one of activity, tax\.$/))
  await assert.rejects(add(PDF, { name: 'two\nlines' }), complains(/^A name is one line/))
  await assert.rejects(add(PDF, { day: '31.12.2025' }), complains(/such as 2025-12-31/))
  await assert.rejects(add(PDF, { by: 'Anna Example' }), complains(/agent/))
  await assert.rejects(
    run('remove', 'stm_nothing', '--by', 'agent-7'),
    complains(/no such statement/),
  )
  assert.deepEqual(await run('list', '--user-name', 'anna'), [])
})
