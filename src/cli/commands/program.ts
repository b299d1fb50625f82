import { Console } from 'node:console'
import { Command, CommanderError } from 'commander'
import { leaves, loadSettings, processSources } from '#config/load.ts'
import type { Settings } from '#config/settings.ts'
import {
  addAccount,
  calledNamed,
  changeAccountNow,
  dollarsIn,
  type Explained,
  explain,
  listAccounts,
  relocateAccount,
  showPlacings,
  shareAccount,
} from '#cli/commands/account.ts'
import { auditCommands } from '#cli/commands/audit.ts'
import { backupCommands, mayStart, restoreCommands, UNFENCED } from '#cli/commands/backup.ts'
import { placesWithoutDecoys, placesWithoutMail } from '#engine/subscribers/relocation.ts'
import {
  agentOption,
  Complaint,
  emergencyOption,
  EXIT,
  secondOption,
  type Tools,
  untilStopped,
  verifiedOption,
} from '#cli/command.ts'
import { doctorCommand } from '#cli/doctor/command.ts'
import { keyCommands } from '#cli/commands/keys/keys.ts'
import { letterCommands } from '#cli/commands/letters.ts'
import { statusCommands } from '#cli/commands/status/status.ts'
import { statementCommands } from '#cli/commands/documents.ts'
import { orderCommands } from '#cli/commands/orders.ts'
import { passcodeCommands } from '#cli/commands/passcode.ts'
import { documentCommands } from '#cli/commands/submissions.ts'
import { canaryCommands } from '#cli/commands/desk/canary.ts'
import { staffCommands } from '#cli/commands/desk/staff.ts'
import {
  addSubscriber,
  nameSubscriber,
  resetPassword,
  unlockSubscriber,
} from '#cli/commands/subscriber.ts'
import { DatabaseUnfenced } from '#store/backup/restorations.ts'
import { witnessCommand } from '#cli/commands/witness.ts'
import {
  giveTokenTo,
  type GiveOptions,
  type ImportOptions,
  importTokenFile,
} from '#cli/commands/hardware-token.ts'

/** Every command there is. */
export function programOf(tools: Tools): Command {
  const program = new Command('countersign')
    .description('The secure login system for a brokerage')
    .exitOverride()
    .showHelpAfterError()
  program
    .command('serve')
    .description('run the login server')
    .action(async () => await serve(tools))
  program
    .command('demo')
    .description('run everything with fictitious clients of Example Brokerage')
    .option('--reset', 'begin again with a new database')
    .action(async ({ reset = false }: { reset?: boolean }) => {
      // It brings simulators along, and packages that an installation for clients does without.
      const { demo } = await import('#cli/demo/demo.ts').catch((error: unknown) => {
        throw isMissingPackage(error)
          ? new Complaint(
              'The demo needs the packages of development: run `npm ci` first.',
              EXIT.usage,
            )
          : error
      })
      await demo(tools, { reset })
    })
  program
    .command('migrate')
    .description('bring the tables of the database up to date')
    .action(async () => {
      const { close } = await tools.openWorld(settings())
      await close()
      console.log('The tables are up to date.')
    })
  configCommands(program)
  subscriberCommands(program, tools)
  accountCommands(program, tools)
  rightsCommands(program, tools)
  tokenCommands(program, tools)
  passcodeCommands(program, tools, settings)
  letterCommands(program, tools, settings)
  staffCommands(program, tools, settings)
  canaryCommands(program, tools, settings)
  auditCommands(program, tools, settings)
  backupCommands(program, tools, settings)
  restoreCommands(program, tools, settings)
  keyCommands(program, tools, settings)
  witnessCommand(program)
  doctorCommand(program, settings)
  statusCommands(program, tools, settings)
  statementCommands(program, tools, settings)
  documentCommands(program, tools, settings)
  return program
}

/** Runs one command. @returns the exit code */
export async function runProgram(args: readonly string[], tools: Tools): Promise<number> {
  let lost: string | null = null
  const losing = ({ code = 'unknown' }: NodeJS.ErrnoException) => {
    // The reader has closed the pipe: it has read enough.
    if (code !== 'EPIPE') lost = code
  }
  process.stdout.on('error', losing)
  try {
    await programOf(tools).parseAsync(args, { from: 'user' })
    // A failed write is reported a moment later.
    await new Promise(setImmediate)
    if (lost === null) return EXIT.done
    // A code that is shown once is then never shown.
    console.error(`It was done, but what it says could not be written (${String(lost)}).`)
    return EXIT.failed
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage
    const complaint = complaintOf(error)
    console.error(complaint.message)
    return complaint.code
  }
}

const isMissingPackage = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND'

async function serve(tools: Tools): Promise<void> {
  // Standard output is the log, one JSON object a line. What libraries say with `console` would
  // break it.
  globalThis.console = new Console(process.stderr, process.stderr)
  const loaded = settings()
  const opened = await tools.openWorld(loaded)
  const silent = await mayStart(opened, loaded)
  const [jurisdictions, unmailed] = await Promise.all([
    placesWithoutDecoys(opened.world),
    placesWithoutMail(opened.world),
  ])
  const server = await tools.startServer(loaded, opened)
  server.app.log.info({ issuer: loaded.issuer }, 'ready')
  if (silent.length > 0)
    server.app.log.warn({ places: silent }, 'they do not say what they have kept of the audit log')
  if (jurisdictions.length > 0)
    server.app.log.warn({ jurisdictions }, 'their rules ask for login.decoy: always')
  if (unmailed.length > 0)
    server.app.log.warn({ jurisdictions: unmailed }, 'their rules ask for codes by mail: set email')
  await untilStopped(() => server.stop())
}

function subscriberCommands(program: Command, tools: Tools): void {
  const subscriber = program.command('subscriber').description('clients of the brokerage')
  subscriber
    .command('add')
    .description('add a subscriber; the password is read from standard input')
    .requiredOption('--user-name <name>')
    .requiredOption('--account <number>')
    .option('--full-name <name>', 'what the client is called')
    .option('--environment <live|paper>', 'live or paper', 'live')
    .option('--language <en|fr>', 'language of what we write to them', 'en')
    .action(async (options: Record<string, string>) => {
      await addSubscriber(tools, settings(), options)
    })
  subscriber
    .command('name')
    .description('record what a client is called; the portal greets so')
    .requiredOption('--user-name <name>')
    .requiredOption('--full-name <name>')
    .action(async (options: Record<string, string>) => {
      await nameSubscriber(tools, settings(), options)
    })
  subscriber
    .command('unlock')
    .description('in an emergency: let a name be tried again, whose guesses strangers have used up')
    .requiredOption('--user-name <name>')
    .addOption(agentOption('--by <agent>', 'who has verified the client').makeOptionMandatory())
    .addOption(verifiedOption())
    .addOption(emergencyOption())
    .action(async (options: Record<string, string>) => {
      await unlockSubscriber(tools, settings(), options)
    })
  resetCommand(subscriber, tools)
}

function resetCommand(subscriber: Command, tools: Tools): void {
  subscriber
    .command('reset-password')
    .description('in an emergency: give a code to a client who has forgotten the password, once')
    .requiredOption('--user-name <name>')
    .addOption(agentOption('--by <agent>', 'who has verified the client').makeOptionMandatory())
    .addOption(secondOption())
    .addOption(verifiedOption())
    .addOption(emergencyOption())
    .action(async (options: Record<string, string>) => {
      await resetPassword(tools, settings(), options)
    })
}

function accountCommands(program: Command, tools: Tools): void {
  const account = program.command('account').description('accounts of clients')
  const called = () => ({ tools, settings: settings() })
  account
    .command('list')
    .description('list the accounts of a client')
    .requiredOption('--user-name <name>')
    .action(async ({ userName }: { userName: string }) => await listAccounts(called(), userName))
  account
    .command('add')
    .description('add an account that is applied for')
    .requiredOption('--user-name <name>')
    .requiredOption('--number <number>')
    .option('--environment <live|paper>', 'live or paper', 'live')
    .option('--residence <country>', 'where its holder lives: two letters of ISO 3166-1')
    .action(async (options: Parameters<typeof addAccount>[1]) => {
      await addAccount(called(), options)
    })
  sharing(account, called)
  const change = (name: 'approve' | 'open', description: string) =>
    account
      .command(name)
      .description(description)
      .argument('<number>')
      .action(async (number: string) => await changeAccountNow(called(), number, { kind: name }))
  change('approve', 'approve an account; after the cut-off it trades from the next business day')
  change('open', 'open an account that is approved')
  account
    .command('close')
    .description('close an account for good; trading ends at once, statements stay')
    .argument('<number>')
    .option('--by-client', 'at the client’s request; without, by the broker')
    .action(async (number: string, { byClient = false }: { byClient?: boolean }) => {
      const by = byClient ? 'client' : 'broker'
      await changeAccountNow(called(), number, { kind: 'close', by })
    })
  account
    .command('equity')
    .description('say what is in an account: who has enough may order a security card')
    .argument('<number>')
    .argument('<dollars>', 'whole US dollars')
    .action(async (number: string, dollars: string) => {
      const change = { kind: 'value', equityUsd: dollarsIn(dollars) } as const
      await changeAccountNow(called(), number, change)
    })
  relocationCommands(account, called)
}

type Called = Parameters<typeof listAccounts>[0]

function relocationCommands(account: Command, called: () => Called): void {
  account
    .command('residence')
    .description('say where the holder of an account lives: that decides whose rules apply')
    .argument('<number>')
    .argument('<country>', 'two letters of ISO 3166-1, such as HK; none where it is not known')
    .option('--reason <words>', 'why; needed where less strict rules apply without a new country')
    .action(async (number: string, residence: string, { reason }: Pick<Residing, 'reason'>) => {
      await relocateAccount(called(), number, { residence, reason })
    })
  account
    .command('jurisdiction')
    .description('set other rules for an account than those of the residence')
    .argument('<number>')
    .argument('<jurisdiction>', 'as docs/rights.md lists them, such as hk')
    .option('--reason <words>', 'why; needed where the residence says otherwise')
    .option('--residence <country>', 'two letters of ISO 3166-1; without, it stays what it is')
    .action(async (number: string, jurisdiction: string, options: Residing) => {
      await relocateAccount(called(), number, { ...options, jurisdiction })
    })
  account
    .command('placings')
    .description('list where an account has belonged, who has said so, and why')
    .argument('<number>')
    .action(async (number: string) => await showPlacings(called(), number))
}

interface Residing {
  readonly reason?: string | undefined
  readonly residence?: string
}

/** Several people who use one account: whose it is (R032). */
function sharing(account: Command, called: () => Parameters<typeof shareAccount>[0]): void {
  account
    .command('share')
    .description('let a client who has no account use the one of its primary user')
    .requiredOption('--user-name <name>', 'who is to use it')
    .requiredOption('--primary <name>', 'the user name of the client it belongs to')
    .requiredOption('--called <words>', 'what that person is called to them; never the user name')
    .action(async (options: { userName: string; primary: string; called: string }) => {
      const of = { userName: options.primary, name: calledNamed(options.called) }
      await shareAccount(called(), { userName: options.userName, of })
    })
  account
    .command('unshare')
    .description('let a client use no other account any more')
    .requiredOption('--user-name <name>')
    .action(async ({ userName }: { userName: string }) => {
      await shareAccount(called(), { userName, of: null })
    })
}

function rightsCommands(program: Command, tools: Tools): void {
  const rights = program.command('rights').description('what logins may do')
  rights
    .command('explain')
    .description('say what a login would open now, and which row of docs/rights.md decides')
    .argument('<user>', 'user name')
    .argument('<method>', 'what the login is confirmed with')
    .option('--environment <live|paper>', 'live or paper', 'live')
    .option('--phase <phase>', 'of temporary access: everything, card-printing or over')
    .option('--from <address>', 'the network address that the login comes from')
    .option('--json', 'as JSON')
    .action(async (user: string, method: string, options: Explained) => {
      await explain({ tools, settings: settings() }, [user, method], options)
    })
}

function tokenCommands(program: Command, tools: Tools): void {
  const token = program
    .command('hardware-token')
    .alias('token')
    .description('hardware tokens, such as security cards; `token` alone is the older name')
  token
    .command('import')
    .description('take the keys of a file into the inventory: PSKC (RFC 6030), or a table (CSV)')
    .argument('<file>')
    .option('--key-from <file>', 'the key that was agreed on, in hexadecimal; - for standard input')
    .option('--password-from <file>', 'the password of the file; - for standard input')
    .option('--kind <kind>', 'cards of the past: older-card, gold-card or platinum-card')
    .option('--dry-run', 'judge everything and write nothing')
    .option('--json', 'report in JSON')
    .action(async (path: string, options: ImportOptions) => {
      await importTokenFile(tools, settings(), { path, options })
    })
  token
    .command('give')
    .description(
      'give a token of the inventory to a subscriber; its PIN is read from standard input',
    )
    .requiredOption('--serial <serial>')
    .requiredOption('--user-name <name>')
    .option('--recorded <file>', 'what the back office says of those who are to share it, in JSON')
    .action(async (options: GiveOptions) => await giveTokenTo(tools, settings(), options))
  orderCommands(token, tools, settings)
}

function configCommands(program: Command): void {
  const config = program.command('config').description('settings')
  config
    .command('validate')
    .description('say whether the settings are right, and what to correct')
    .action(() => {
      settings()
      console.log('The settings are right.')
    })
  config
    .command('print')
    .description('print the settings as they are used; secrets are left out')
    .action(() => console.log(JSON.stringify(shown(settings()), null, 2)))
  config
    .command('explain')
    .description('list every setting, its variable, and what it is for')
    .argument('[path]', 'only this one and those below it')
    .action((path?: string) => {
      const asked = leaves().filter((leaf) => path === undefined || leaf.path.startsWith(path))
      if (asked.length === 0) throw new Complaint(`There is no setting called ${path}.`, EXIT.usage)
      for (const { path: name, variable, description, fallback } of asked) {
        console.log(
          `${name}\n  ${description}.\n  ${variable}, default ${JSON.stringify(fallback)}`,
        )
      }
    })
}

const shown = (all: Settings): unknown => ({
  ...all,
  database: { ...all.database, url: all.database.url.replace(/\/\/[^@/]*@/, '//…@') },
  relyingParties: all.relyingParties.map((party) => ({ ...party, secret: party.secret && '…' })),
  backOffice: all.backOffice.map((program) => ({ ...program, secret: '…' })),
  sms: {
    ...all.sms,
    smpp: { ...all.sms.smpp, password: all.sms.smpp.password && '…' },
    http: withoutSecrets({ ...all.sms.http, receiptSecret: all.sms.http.receiptSecret && '…' }),
  },
  voice: {
    ...all.voice,
    http: withoutSecrets({ ...all.voice.http, secret: all.voice.http.secret && '…' }),
  },
  twilio: { ...all.twilio, token: all.twilio.token && '…' },
  email: { ...all.email, password: all.email.password && '…' },
  audit: {
    ...all.audit,
    http: {
      url: all.audit.http.url && new URL(all.audit.http.url).origin,
      headers: Object.fromEntries(Object.keys(all.audit.http.headers).map((name) => [name, '…'])),
    },
  },
})

/** Providers want their keys in a header, in the body, or in the address. */
const withoutSecrets = <T extends Settings['sms']['http'] | Settings['voice']['http']>(
  http: T,
): T => ({
  ...http,
  url: http.url && new URL(http.url).origin,
  headers: Object.fromEntries(Object.keys(http.headers).map((name) => [name, '…'])),
  body: '…',
})

function settings(): Settings {
  const loaded = loadSettings(processSources(process.env))
  if (loaded.ok) return loaded.settings
  throw new Complaint(
    `The settings need a correction:\n  ${loaded.problems.join('\n  ')}`,
    EXIT.usage,
  )
}

/** What went wrong, and what to do: one sentence for each thing that happens to operators. */
function complaintOf(error: unknown): Complaint {
  if (error instanceof Complaint) return error
  if (error instanceof DatabaseUnfenced) return new Complaint(UNFENCED)
  const { code, port, path, message } = codedIn(error)
  const where = path ? ` (${path})` : ''
  switch (code) {
    case 'ENOENT':
      return new Complaint(`There is no such file${where}.`, EXIT.usage)
    case 'EADDRINUSE':
      return new Complaint(
        `Port ${port} is taken. Stop what uses it, or choose another: ` +
          'COUNTERSIGN_PORTS_PUBLIC, COUNTERSIGN_PORTS_DESK, COUNTERSIGN_PORTS_MANAGEMENT, ' +
          'COUNTERSIGN_GATEWAY_PORTS and COUNTERSIGN_DOCUMENTS_MAIL_PORT.',
        EXIT.later,
      )
    case 'EISDIR':
      return new Complaint(`That is a folder, and no file${where}.`, EXIT.usage)
    case 'EACCES':
    case 'EROFS':
    case 'EPERM':
      return new Complaint(`This folder cannot be written to${where}. Start in one that you own.`)
    case 'ENOSPC':
      return new Complaint(`The disk is full${where}. Make room and start again.`, EXIT.later)
    case 'ECONNREFUSED':
    case 'ECONNRESET':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'ETIMEDOUT':
      return new Complaint(
        'The database does not answer. Look whether it runs, and start again.',
        EXIT.later,
      )
    case 'EADDRNOTAVAIL':
      return new Complaint(`This machine does not have the address to listen on: ${message}.`)
    case '28P01':
    case '28000':
      return new Complaint('The database refuses our name or password. Correct database.url.')
    case '3D000':
      return new Complaint(`The database does not exist: ${message}. Make it, and start again.`)
    case '42501':
      return new Complaint(`Our name may not do that in the database: ${message}.`)
    default:
      return new Complaint(`It did not start: ${message}`)
  }
}

type Coded = NodeJS.ErrnoException & { readonly port?: number }

/**
 * What was wrapped on its way up keeps its code below; the first that has one says what happened.
 */
function codedIn(error: unknown): Coded {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    const coded: Coded = at
    if (typeof coded.code === 'string') return coded
  }
  return error instanceof Error ? error : new Error(String(error))
}
