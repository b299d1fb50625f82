import type { Command } from 'commander'
import { CLIENT_CODES, type Way, waysOf } from '#cli/doctor/client.ts'
import { Complaint, EXIT } from '#cli/command.ts'
import { type Finding, said, well, wrong } from '#cli/doctor/finding.ts'
import {
  backupOf,
  clockOf,
  databaseOf,
  diskOf,
  keysOf,
  redisOf,
  stockOf,
  tablesOf,
  vapidOf,
} from '#cli/doctor/installation.ts'
import { documentsOf } from '#cli/doctor/documents.ts'
import { carriersOf, portsOf, proxyOf, serverOf, tlsOf } from '#cli/doctor/surroundings.ts'
import { instant } from '#core/time/time.ts'
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
  tls: 21,
  vapid: 22,
  backup: 23,
  stock: 24,
} as const

interface Asked {
  readonly client?: boolean
  readonly url?: string
  readonly ports: string
  readonly host?: string
}

/**
 * `countersign doctor`: examines an installation, or the way to one, and changes nothing. Whatever
 * is wrong has a sentence and an exit code; the command ends with the first of them.
 */
export function doctorCommand(program: Command, settings: () => Settings): void {
  program
    .command('doctor')
    .description('examine this installation, and change nothing')
    .option('--client', 'examine the way from this machine to a login server, at --url')
    .option('--url <address>', 'with --client: the login pages, such as https://login.example.com')
    .option('--ports <ports>', 'with --client: ports of the trading platform', '4000,4001')
    .option('--host <name>', 'with --client: where these ports are, if it is another host')
    .action(async ({ client = false, ...asked }: Asked) => {
      if (client) await tell(CLIENT_CODES, waysOf(wayIn(asked)))
      else await examine(settings())
    })
}

const PORT_MAX = 65_535
const PORTS_MAX = 8

function wayIn({ url = '', ports: typed, host }: Omit<Asked, 'client'>): Way {
  const isAddress = URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)
  if (!isAddress)
    throw new Complaint('Say which server: --url https://login.example.com', EXIT.usage)
  const ports = typed
    .split(',')
    .filter((one) => one.trim() !== '')
    .map(Number)
  const isPort = (port: number) => Number.isInteger(port) && port >= 1 && port <= PORT_MAX
  if (!ports.every(isPort) || ports.length > PORTS_MAX)
    throw new Complaint(`Ports are numbers, at most ${PORTS_MAX}: --ports 4000,4001`, EXIT.usage)
  if (host !== undefined && !/^[\w.-]{1,253}$/.test(host))
    throw new Complaint('That is no name of a host.', EXIT.usage)
  return { origin: new URL(url).origin, ports, host: host ?? null }
}

async function examine(settings: Settings): Promise<void> {
  const db = await databaseOf(settings)
  const isOpen = typeof db !== 'string'
  try {
    await tell(CODES, {
      keys: () => keysOf(settings, isOpen ? db : null),
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
      tls: () => tlsOf(settings),
      vapid: () => (isOpen ? vapidOf(db) : null),
      backup: () => (isOpen ? backupOf(db, instant(Date.now())) : null),
      stock: () => (isOpen ? stockOf(db, settings) : null),
    })
  } finally {
    if (isOpen) await db.close()
  }
}

/** Says each finding in its turn. @throws Complaint with the code of the first that is wrong. */
async function tell<S extends string>(
  codes: Readonly<Record<S, number>>,
  examinations: Readonly<Record<S, () => Finding | Promise<Finding>>>,
): Promise<void> {
  let first: S | null = null
  const subjects = Object.keys(codes) as S[]
  const width = Math.max(8, ...subjects.map(({ length }) => length))
  for (const subject of subjects) {
    const finding = await found(examinations[subject])
    if (finding === null) continue
    const verdict = finding.isWell ? 'well ' : 'WRONG'
    console.log(`${verdict}  ${subject.padEnd(width)}  ${finding.sentence}`)
    if (!finding.isWell) first ??= subject
  }
  if (first !== null) throw new Complaint(`Not all is well: see ${first}.`, codes[first])
}

async function found(examination: () => Finding | Promise<Finding>): Promise<Finding> {
  try {
    return await examination()
  } catch (error) {
    return wrong(said(error))
  }
}
