import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { Command } from 'commander'
import { Complaint, type Tools } from '#cli/command.ts'
import type { Settings } from '#config/settings.ts'
import { testWorld, type TestWorld } from '../server/world.ts'

/** A command of `countersign` with its subcommands. */
type Commands = (program: Command, tools: Tools, settings: () => Settings) => void

/** A command over a world of this test, and a folder for its files. */
export interface Office<Said> {
  readonly world: TestWorld
  readonly folder: string
  /** Runs it with these arguments; returns what each line of its answer says, as JSON. */
  readonly run: (...args: string[]) => Promise<readonly Said[]>
}

export async function openOffice<Said>(
  t: TestContext,
  name: string,
  commands: Commands,
): Promise<Office<Said>> {
  const world = await testWorld(t)
  const folder = mkdtempSync(join(tmpdir(), `countersign-${name}-`))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const said: string[] = []
  t.mock.method(console, 'log', (line: string) => void said.push(line))
  const tools = {
    openWorld: () => Promise.resolve({ world, close: () => Promise.resolve() }),
  } as unknown as Tools
  const run = async (...args: string[]) => {
    said.length = 0
    const program = new Command().exitOverride()
    commands(program, tools, () => ({}) as Settings)
    await program.parseAsync([name, ...args], { from: 'user' })
    return said.map((line) => JSON.parse(line) as Said)
  }
  return { world, folder, run }
}

/** The command tells its user so, and exits with 2. */
export const complains = (words: RegExp) => (error: unknown) => {
  assert.ok(error instanceof Complaint)
  assert.match(error.message, words)
  return true
}
