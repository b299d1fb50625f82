import assert from 'node:assert/strict'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { statementCommands } from '#cli/commands/documents.ts'
import { documentCommands } from '#cli/commands/submissions.ts'
import { STATEMENT_LENGTH_BYTES_MAX } from '#core/documents/statement.ts'
import { newId } from '#core/ids.ts'
import { CHECKS } from '#core/documents/submission.ts'
import { openDueMails } from '#engine/documents/mail-openings.ts'
import { keepMail } from '#engine/documents/mails.ts'
import { openDue } from '#engine/documents/openings.ts'
import { receivePage } from '#engine/documents/submissions.ts'
import { addSubmission } from '#store/documents/submissions.ts'
import { findStamp } from '#store/security-stamp.ts'
import { PASSWORD } from '../../../test/support/clients/engine-story.ts'
import { composedMail } from '../../../test/support/documents/mailing.ts'
import { NO_SANDBOX, photograph } from '../../../test/support/documents/pictures.ts'
import { complains, openOffice } from '../../../test/support/commands/office.ts'

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

interface SaidDocument {
  readonly id: string
  readonly state: string
  readonly reason?: string
  readonly pages: readonly unknown[]
  readonly page?: number
  readonly advice?: string | null
  readonly measures?: readonly {
    readonly measure: string
    readonly advice: string
    readonly holds: boolean
  }[]
}

/** `countersign document` over a world in which one client has sent one page. */
async function documentOffice(t: TestContext) {
  const { world, folder, run } = await openOffice<SaidDocument>(t, 'document', documentCommands)
  const subscriberId = await world.add({ userName: 'anna', password: PASSWORD })
  const source = (async function* () {
    yield await photograph()
  })()
  const page = await receivePage(world, { source, lengthBytesMax: 100_000 })
  assert.ok(page)
  const { file, kind } = page
  const receivedAt = world.now()
  const id = newId('sbm', receivedAt, world.random)
  const pages = [{ original: file.id, kind, lengthBytes: file.lengthBytes, opened: null }]
  const facts = { purpose: 'address', account: 'U-anna', receivedAt, pages } as const
  const stamp = await findStamp(world.db, subscriberId)
  const written = await addSubmission(world.db, {
    submission: { id, subscriberId, ...facts, status: { state: 'received' } },
    slot: '2026-11-20/1',
    files: [file],
    standing: { subscriberId, stamp, within: null },
    events: [],
  })
  assert.ok(written)
  await openDue(world, new AbortController().signal)
  return { run, id, out: join(folder, 'page.jpg') }
}

const BY = ['--by', 'agent-7'] as const
const PROVEN = ['--checked', CHECKS.address.join(','), '--dated', '2026-11-02'] as const

test('A document is listed, its page is saved for the agent alone, and it is accepted', {
  skip: NO_SANDBOX,
}, async (t) => {
  const { run, id, out } = await documentOffice(t)
  const [waiting] = await run('list')
  assert.deepEqual([waiting?.id, waiting?.state, waiting?.pages.length], [id, 'checking', 1])
  const [why] = await run('why', id)
  assert.deepEqual([why?.page, why?.advice], [1, 'too-far'])
  const dpi = why?.measures?.find(({ measure }) => measure === 'dpi')
  assert.deepEqual([dpi?.holds, dpi?.advice], [true, 'too-far'])
  await run('page', id, '1', '--out', out, ...BY)
  assert.deepEqual([...readFileSync(out).subarray(0, 3)], [255, 216, 255])
  assert.equal(statSync(out).mode & 0o077, 0)
  // What is there already is not written over.
  await assert.rejects(run('page', id, '1', '--out', out, ...BY), complains(/EEXIST/))
  const [accepted] = await run('accept', id, ...PROVEN, ...BY)
  assert.equal(accepted?.state, 'accepted')
  assert.deepEqual(await run('list'), [])
  assert.equal((await run('show', id))[0]?.state, 'accepted')
  const again = run('ask', id, '--reason', 'too-old', ...BY)
  await assert.rejects(again, complains(/submission\.not-waiting/))
})

test('A wrong id, page, reason or agent is named, and nothing is decided', {
  skip: NO_SANDBOX,
}, async (t) => {
  const { run, id, out } = await documentOffice(t)
  const other = `sbm_${'0'.repeat(26)}`
  for (const name of ['sbm_nothing', other])
    await assert.rejects(run('show', name), complains(/submission\.not-found/))
  for (const number of ['0', '2', 'x', '-1'])
    await assert.rejects(
      run('page', id, '--out', out, ...BY, '--', number),
      complains(/submission\.no-page/),
    )
  await assert.rejects(run('ask', id, '--reason', 'ugly', ...BY), complains(/desk\.reason/))
  await assert.rejects(run('accept', id, ...PROVEN, '--by', 'Anna Example'), complains(/agent/))
  assert.equal((await run('show', id))[0]?.state, 'checking')
})

interface SaidMail extends SaidDocument {
  readonly rule?: string
  readonly rules?: readonly { readonly rule: string; readonly holds: boolean }[]
  readonly account?: string
}

test('R146 a mail that waits is listed, explained rule by rule, and given to an account', {
  skip: NO_SANDBOX,
}, async (t) => {
  const { world, run } = await openOffice<SaidMail>(t, 'document', documentCommands)
  const accounts = [{ number: 'U1234567', environment: 'live' }] as const
  await world.add({ userName: 'anna', password: PASSWORD, accounts })
  const source = (async function* () {
    yield Buffer.from(composedMail({ subject: 'PoRes', files: [await photograph()] }))
  })()
  const arriving = { sender: 'anna@example.com', mailbox: 'other', source } as const
  assert.ok((await keepMail(world, { ...arriving, isAutomatic: () => false })).ok)
  await openDueMails(world, new AbortController().signal)
  const [waits] = await run('mails')
  assert.equal(waits?.rule, 'name')
  const id = waits?.id ?? ''
  const [why] = await run('why', id)
  const broken = why?.rules?.filter(({ holds }) => !holds).map(({ rule }) => rule)
  assert.equal(broken?.[0], 'name')
  await assert.rejects(run('why', 'mai_nothing'), complains(/there is no such mail/))
  const purpose = ['--purpose', 'address', '--by', 'agent-7']
  const wrong = run('assign', id, '--account', 'U0000000', ...purpose)
  await assert.rejects(wrong, complains(/submission\.account/))
  const [given] = await run('assign', id, '--account', 'U1234567', ...purpose)
  assert.equal(given?.account, 'U1234567')
  assert.deepEqual(await run('mails'), [])
})
