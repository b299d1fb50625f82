/**
 * Every hostile file goes the way of a client's: sealed, opened in the sandbox by a node that goes
 * on with its work meanwhile, and a page of it or a reason.
 */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { createReadStream, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { SUBMISSION_LENGTH_BYTES_MAX, SUBMITTED_PAGES_MAX } from '#core/documents/submission.ts'
import { newId } from '#core/ids.ts'
import { seconds } from '#core/time/time.ts'
import { openDue } from '#engine/documents/openings.ts'
import { receivePage, submissionsOf } from '#engine/documents/submissions.ts'
import { addSubmission } from '#store/documents/submissions.ts'
import { findStamp } from '#store/security-stamp.ts'
import { NO_SANDBOX, photograph } from '../support/documents/pictures.ts'
import { HOSTILE_FILES } from '../support/hostile/corpus.ts'
import { testWorld, type TestWorld } from '../support/server/world.ts'

const WRITER = fileURLToPath(new URL('../support/hostile/write-files.fixture.ts', import.meta.url))
const MEGABYTE = 1_024 * 1_024
/** Of the process that holds the keys (A18). */
const GROWTH_BYTES_MAX = 50 * MEGABYTE

/** Sends what a client sends, without the form. */
async function sent(world: TestWorld, files: readonly AsyncIterable<Uint8Array>[]) {
  world.advance(seconds(1))
  const receivedAt = world.now()
  const subscriberId = await world.add({ userName: `u${receivedAt}`, password: 'correct horse' })
  const pages = []
  for (const source of files) {
    const page = await receivePage(world, { source, lengthBytesMax: SUBMISSION_LENGTH_BYTES_MAX })
    pages.push(page ?? assert.fail('longer than a client may send'))
  }
  const added = await addSubmission(world.db, {
    submission: {
      id: newId('sbm', receivedAt, world.random),
      subscriberId,
      purpose: 'address',
      account: 'U1234567',
      receivedAt,
      status: { state: 'received' },
      pages: pages.map(({ file: { id, lengthBytes }, kind }) => ({
        original: id,
        kind,
        lengthBytes,
        opened: null,
      })),
    },
    slot: 'test/1',
    files: pages.map(({ file }) => file),
    standing: { subscriberId, stamp: await findStamp(world.db, subscriberId), within: null },
    events: [],
  })
  assert.ok(added)
  return subscriberId
}

const signal = new AbortController().signal

async function opened(world: TestWorld, subscriberId: Awaited<ReturnType<typeof sent>>) {
  // Whatever kills its process is tried twice.
  for (let count = 0; count < 3 * SUBMITTED_PAGES_MAX; count += 1) {
    await openDue(world, signal)
    const [submission] = await submissionsOf(world, subscriberId)
    assert.ok(submission)
    if (submission.status.state !== 'received') return submission.pages
    world.advance(seconds(30))
  }
  return assert.fail('it never ends')
}

test('A18 S106 S108 more than a hundred hostile files cost the node nothing', {
  skip: NO_SANDBOX,
}, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-hostile-'))
  t.after(() => rmSync(folder, { recursive: true }))
  execFileSync(process.execPath, [WRITER, folder])
  const world = await testWorld(t)
  const first = process.memoryUsage().rss
  const [begun] = await opened(world, await sent(world, [longPhotograph()]))
  assert.equal(begun?.opened?.ok, true)
  const before = process.memoryUsage().rss
  let most = before
  const looking = setInterval(() => (most = Math.max(most, process.memoryUsage().rss)), 20)
  t.after(() => clearInterval(looking))
  const lag = monitorEventLoopDelay({ resolution: 10 })
  lag.enable()
  const wrong: string[] = []
  for (const [index, file] of HOSTILE_FILES.entries()) {
    const id = await sent(world, [createReadStream(join(folder, String(index)))])
    const [page] = await opened(world, id)
    const what = page?.opened?.ok === false ? page.opened.why : 'page'
    // A file that kills its process twice counts as damaged.
    const expected = file.outcome === 'killed' ? 'damaged' : file.outcome
    if (what !== expected) wrong.push(`${file.name}: ${what}, not ${file.outcome}`)
  }
  lag.disable()
  t.diagnostic(`files: ${HOSTILE_FILES.length}`)
  t.diagnostic(`a long photograph before: ${((before - first) / MEGABYTE).toFixed(1)} MB`)
  t.diagnostic(`growth of the node: ${((most - before) / MEGABYTE).toFixed(1)} MB`)
  t.diagnostic(`loop, 99th percentile: ${(lag.percentile(99) / 1e6).toFixed(1)} ms`)
  assert.deepEqual(wrong, [])
  assert.ok(most - before < GROWTH_BYTES_MAX, `${(most - before) / MEGABYTE} MB`)
  const [after] = await opened(world, await sent(world, [stream(await photograph())]))
  assert.equal(after?.opened?.ok, true, 'and the next photograph is opened')
})

/** As long as a client may send one: what a node needs for it anyhow is no growth. */
async function* longPhotograph(): AsyncGenerator<Uint8Array> {
  yield await photograph()
  for (let count = 0; count < 20 * 16; count += 1) yield randomBytes(MEGABYTE / 16)
}

async function* stream(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
