import type { Command } from 'commander'
import { Complaint } from '#cli/command.ts'
import { type Finding, said, well, wrong } from '#cli/doctor/finding.ts'
import { clockOf, databaseOf, diskOf, keysOf, redisOf, tablesOf } from '#cli/doctor/installation.ts'
import { documentsOf } from '#cli/doctor/documents.ts'
import { carriersOf, portsOf, proxyOf, serverOf } from '#cli/doctor/surroundings.ts'
import type { Settings } from '#config/settings.ts'

/** What is examined, in this order, and the exit code for what is wrong with it. */
const CODES = {
  keys: 10,
  disk: 11,
  database: 12,
  tables: 13,
  clock: 14,
  redis: 15,
  server: 16,
  proxy: 17,
  gateway: 18,
  carriers: 19,
  intake: 20,
} as const
type Subject = keyof typeof CODES

/**
 * `countersign doctor`: examines an installation and changes nothing. Whatever is wrong has a
 * sentence and an exit code; the command ends with the first of them.
 */
export function doctorCommand(program: Command, settings: () => Settings): void {
  program
    .command('doctor')
    .description('examine this installation, and change nothing')
    .action(async () => await examine(settings()))
}

async function examine(settings: Settings): Promise<void> {
  const db = await databaseOf(settings)
  const isOpen = typeof db !== 'string'
  const examinations: Readonly<Record<Subject, () => Finding | Promise<Finding>>> = {
    keys: () => keysOf(settings),
    disk: () => diskOf(settings),
    database: () => (isOpen ? well('The database answers.') : wrong(db)),
    tables: () => (isOpen ? tablesOf(db) : null),
    clock: () => (isOpen ? clockOf(db) : null),
    redis: () => redisOf(settings),
    server: () => serverOf(settings),
    proxy: () => proxyOf(settings),
    gateway: () => portsOf(settings),
    carriers: () => carriersOf(settings),
    intake: () => documentsOf(settings),
  }
  let first: Subject | null = null
  try {
    for (const subject of Object.keys(CODES) as Subject[]) {
      const finding = await found(examinations[subject])
      if (finding === null) continue
      const verdict = finding.isWell ? 'well ' : 'WRONG'
      console.log(`${verdict}  ${subject.padEnd(8)}  ${finding.sentence}`)
      if (!finding.isWell) first ??= subject
    }
  } finally {
    if (isOpen) await db.close()
  }
  if (first !== null) throw new Complaint(`Not all is well: see ${first}.`, CODES[first])
}

async function found(examination: () => Finding | Promise<Finding>): Promise<Finding> {
  try {
    return await examination()
  } catch (error) {
    return wrong(said(error))
  }
}
