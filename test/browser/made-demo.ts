import { cpSync, existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { place, serving } from '../support/commands/command.ts'

/**
 * A folder in which the demo has been started for the first time and stopped. Making its clients
 * hashes some eighty passwords at their full cost; a test begins with a copy and starts the demo on
 * that. `npm test` names one place for all files of a run; a file that runs by itself has its own.
 */
let made: Promise<string> | null = null

/** Puts a demo whose clients are made, and on which nothing has happened, into a folder. */
export async function layOutDemo(t: TestContext, folder: string): Promise<void> {
  made ??= makeDemo(t)
  cpSync(await made, folder, { recursive: true })
}

async function makeDemo(t: TestContext): Promise<string> {
  const shared = process.env['COUNTERSIGN_TEST_DEMO']
  const kept = shared ?? join(mkdtempSync(join(tmpdir(), 'countersign-demo-')), 'made')
  if (!shared) process.once('exit', () => rmSync(join(kept, '..'), { recursive: true }))
  if (existsSync(kept)) return kept
  const where = await place(t)
  const stop = await serving(t, where, ['demo'])
  const { code, stderr } = await stop()
  if (code !== 0) throw new Error(`the demo did not stop: ${stderr}`)
  // All of it or nothing: another file may make the same at this moment, and either will do.
  const own = mkdtempSync(`${kept}-`)
  cpSync(where.folder, own, { recursive: true })
  try {
    renameSync(own, kept)
  } catch (error) {
    if (!existsSync(kept)) throw error
    rmSync(own, { recursive: true })
  }
  return kept
}
