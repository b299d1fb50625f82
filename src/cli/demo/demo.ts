import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { z } from 'zod'
import { drawerIn } from '../../../examples/simulators/cards.ts'
import { carriersOf, clientsHands, type Hands } from '../../../examples/simulators/hands.ts'
import { simulators } from '../../../examples/simulators/plugin.ts'
import { openQuotes, type Quotes } from '../../../examples/trading-platform/market/quotes.ts'
import { registeredAddresses, tradingPlatform } from '../../../examples/trading-platform/plugin.ts'
import { handOutCards, type Holder, shareCard } from '#cli/demo/cards.ts'
import { demoBrowsers, settleCallers } from '#cli/demo/callers.ts'
import { finishCalls } from '#cli/demo/calls.ts'
import { DEMO_CLIENTS, type Part } from '#cli/demo/clients.ts'
import { proveNumbers } from '#cli/demo/numbers.ts'
import { bindOldPhones } from '#cli/demo/phones.ts'
import { fillStock, loseCard, openPost, postCard } from '#cli/demo/orders.ts'
import { layOutStatements } from '#cli/demo/statements.ts'
import { demoIndex, storyOf, type Told } from '#cli/demo/page.ts'
import { DEMO_STAFF, demoStaff, inviteDemoStaff, staffPath } from '#cli/demo/staff.ts'
import { type OpenedWorld, type Tools, untilStopped } from '#cli/command.ts'
import type { AgentId } from '#core/agent.ts'
import { tradesFrom } from '#core/time/calendar.ts'
import { after, before, days, millis, minutes } from '#core/time/time.ts'
import { loadSettings, processSources } from '#config/load.ts'
import { Settings } from '#config/settings.ts'
import { gatewayOf, STREAM_PATH } from '#edges/gateway/address.ts'
import { texts } from '#edges/texts/texts.ts'
import { provenContact, setContact } from '#engine/contact/addresses.ts'
import { makeCanaries } from '#engine/desk/canaries.ts'
import { passOver } from '#engine/notices/notices.ts'
import { setPrimary } from '#engine/subscribers/primary-user.ts'
import { issueTemporaryPasscode } from '#engine/temporary-access/passcodes.ts'
import { startLogin } from '#engine/login/start.ts'
import { setIdentity } from '#engine/subscribers/identity.ts'
import {
  createSubscriberWithPassword,
  findSubscriberByName,
} from '#engine/subscribers/subscribers.ts'
import { changeContact } from '#store/contact/addresses.ts'

/** Everything of the demo lives here, and nothing of it anywhere else. */
const FOLDER = 'var/demo'
/** Stands there once the cast is made: what clients were told. */
const TOLD = `${FOLDER}/cast.json`

/**
 * `countersign demo`: one process with an embedded database, fictitious clients and the sample
 * trading platform. What it adds is registered here and only here, so `countersign serve` cannot
 * reach it.
 */
export async function demo(tools: Tools, { reset }: { readonly reset: boolean }): Promise<void> {
  if (reset) rmSync(FOLDER, { recursive: true, force: true })
  mkdirSync(FOLDER, { recursive: true })
  // The server is told how to reach them as it would be told of any carrier.
  const hands = await clientsHands()
  const quotes = await openQuotes()
  try {
    await perform(tools, { hands, quotes })
  } finally {
    await quotes.close()
    await hands.close()
  }
}

interface Beside {
  readonly hands: Hands
  readonly quotes: Quotes
}

async function perform(tools: Tools, { hands, quotes }: Beside): Promise<void> {
  const isNew = !existsSync(TOLD)
  const settings = await withFreePorts(demoSettings(hands), quotes)
  const opened = await tools.openWorld(settings)
  if (isNew) await seedDemo(opened, { settings, hands })
  await inviteDemoStaff(opened.world)
  const told = passcodesTold()
  const [trade] = settings.relyingParties
  const server = await tools.startServer(settings, opened, async (app) => {
    await app.register(tradingPlatform, {
      issuer: settings.issuer,
      name: settings.name,
      timeZone: settings.timeZone,
      clientId: trade?.id ?? '',
      clientSecret: trade?.secret ?? null,
      address: platformOf(settings.issuer),
      market: quotes.market,
      streams: gatewayOf(settings).map(({ address: at }) => at + STREAM_PATH),
    })
    await app.register(simulators, {
      hands,
      drawer: drawerIn(FOLDER),
      people: DEMO_CLIENTS,
      brand: settings.name,
      script: app.site.assets.built('web/sim/sim.ts'),
      languageOf: (reply) => reply.page().texts.language,
      zone: settings.timeZone,
    })
    await app.register(demoStaff(opened.world))
    await app.register(demoBrowsers(secretOf))
    await app.register(demoIndex(told))
  })
  console.log(printDemo(settings, told))
  const post = openPost(opened.world, FOLDER)
  await untilStopped(async () => {
    await post.close()
    await server.stop()
  })
}

/** The settings of the environment, with the database, the keys and the platform of the demo. */
function demoSettings(hands: Hands): Settings {
  const port = process.env.COUNTERSIGN_PORTS_PUBLIC ?? '4600'
  const issuer = process.env.COUNTERSIGN_ISSUER ?? `http://localhost:${port}`
  const loaded = loadSettings({ ...processSources({}), environment: variables() })
  if (!loaded.ok) throw new Error(loaded.problems.join('\n'))
  const { documents } = loaded.settings
  const desk = `http://localhost:${loaded.settings.ports.desk}`
  return Settings.parse({
    ...loaded.settings,
    issuer,
    documents: {
      ...documents,
      // One photograph is enough for a client who only looks around.
      review: { ...documents.review, approves: ['address'] },
      mail: { ...documents.mail, port: documents.mail.port || DEMO_MAIL_PORT },
    },
    desk: { origin: process.env.COUNTERSIGN_DESK_ORIGIN ?? desk },
    database: { url: process.env.COUNTERSIGN_DATABASE_URL ?? `sqlite:${FOLDER}/countersign.db` },
    keys: { file: `${FOLDER}/keys.json` },
    log: { level: process.env.COUNTERSIGN_LOG_LEVEL ?? 'warn' },
    ...carriersOf(hands, TEXTS),
    relyingParties: [
      {
        id: 'trade',
        name: { en: 'Example Trading', fr: 'Example Trading' },
        secret: secretOf('trade'),
        ...registeredAddresses(platformOf(issuer)),
      },
    ],
  })
}

/**
 * Ports of the gateway and of mail are those of many other programs: the demo runs without what is
 * taken.
 */
async function withFreePorts(settings: Settings, quotes: Quotes): Promise<Settings> {
  const { listen, gateway, documents } = settings
  const ports: number[] = []
  for (const port of gateway.ports) {
    if (await isFree(port, listen)) ports.push(port)
    else console.log(`Port ${port} is taken: the demo runs without this port of the gateway.`)
  }
  const { mail } = documents
  const isMailFree = mail.port === 0 || (await isFree(mail.port, listen))
  if (!isMailFree) console.log(`Port ${mail.port} is taken: the demo takes no documents by mail.`)
  return {
    ...settings,
    gateway: { ...gateway, ports, upstream: quotes.address },
    documents: { ...documents, mail: { ...mail, port: isMailFree ? mail.port : 0 } },
  }
}

async function isFree(port: number, listen: string): Promise<boolean> {
  const server = createServer()
  const isBound = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false)).listen(port, listen, () => resolve(true))
  })
  await new Promise((resolve) => server.close(resolve))
  return isBound
}

/** Where the demo takes documents by mail. */
const DEMO_MAIL_PORT = 2525
const SENDER = '+12025550100'
/**
 * Countries whose numbers may be texted in the demo; all of its clients have numbers of the first.
 */
const COUNTRIES = ['US', 'CA', 'GB', 'FR', 'CH', 'HK', 'IN']

/** Whom texts of the demo come from, and where they go. */
const TEXTS = {
  from: 'Example',
  countries: COUNTRIES,
  // No carrier in the first two shows letters; Hong Kong wants the sign of a registered sender.
  senders: { US: { from: SENDER }, CA: { from: SENDER }, HK: { from: '#Example' } },
}

const platformOf = (issuer: string): string => `${issuer}/trade`

const variables = (): NodeJS.ProcessEnv =>
  Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith('COUNTERSIGN_RELYING')),
  )

/** A secret that stays the same from start to start. */
function secretOf(name: string): string {
  const file = `${FOLDER}/${name}.secret`
  if (!existsSync(file)) writeFileSync(file, randomBytes(32).toString('base64url'), { mode: 0o600 })
  return readFileSync(file, 'utf8')
}

/** Clients whom no caller can be: what is told of none of them is their name. */
const DEMO_CANARIES = 2

/** For how long they have been clients: longer than anything has happened to them. */
const MEMBERSHIP = days(42)

/** Makes the clients, each in their situation. */
async function seedDemo(
  { world }: OpenedWorld,
  { settings, hands }: { readonly settings: Settings; readonly hands: Hands },
): Promise<void> {
  const holders: Holder[] = []
  const earlier = { ...world, now: () => before(world.now(), MEMBERSHIP) }
  for (const part of DEMO_CLIENTS) {
    const accounts = part.isLate
      ? part.accounts.map((account) => ({ ...account, ...approvedLate(world) }))
      : part.accounts
    const made = await createSubscriberWithPassword(earlier, { ...part, accounts, by: 'operator' })
    const { userName, card } = part
    if (!made.ok) throw new Error(`${userName} can not join the demo: ${made.reason}`)
    const value = `${userName.replace('demo-', '')}@example.com`
    const mail = { subscriberId: made.id, kind: 'email', value } as const
    await (part.provesMail
      ? proveMail(earlier, mail)
      : setContact(earlier, { ...mail, by: 'operator' }))
    if (part.address !== undefined) {
      const postal = { kind: 'postal', value: part.address, by: 'operator' } as const
      await setContact(earlier, { ...postal, subscriberId: made.id })
    }
    if (part.identity) {
      const known = { id: made.id, facts: part.identity, by: 'operator' } as const
      const set = await setIdentity(earlier, known)
      if (!set.ok) throw new Error(`${userName} has no such papers: ${set.problem}`)
    }
    if (part.posted) await postCard(world, made.id, { card: part.posted, age: days(1) })
    if (part.lostInPost) await loseCard(world, made.id, part.lostInPost)
    await guessAt(world, part)
    if (card) holders.push({ userName, subscriberId: made.id, card })
  }
  await shareAccounts(earlier)
  await layOutStatements(earlier, settings.timeZone)
  await handOutCards(world, holders, `${FOLDER}/cards.json`)
  await shareCards(world)
  await fillStock(world, FOLDER)
  const parts = DEMO_CLIENTS.filter(({ byText }) => byText)
  await proveNumbers(world, { parts, hands }, settings)
  await bindOldPhones(world, DEMO_CLIENTS)
  await settleCallers(earlier, secretOf, world)
  const told: Record<string, string> = {}
  for (const part of DEMO_CLIENTS) {
    const passcode = await tell(world, part)
    if (passcode !== null) told[part.userName] = passcode
  }
  await inviteDemoStaff(world)
  await finishCalls(world)
  await makeCanaries(world, { count: DEMO_CANARIES, by: 'demo' as AgentId })
  await passOver(world)
  writeFileSync(TOLD, `${JSON.stringify(told)}\n`, { mode: 0o600 })
}

/** As if its holder had typed the code that was sent there. */
async function proveMail(
  world: OpenedWorld['world'],
  mail: Parameters<typeof provenContact>[1],
): Promise<void> {
  const proven = await provenContact(world, mail)
  if (!proven) throw new Error('a mail address of the demo was proven before')
  const { change, event } = proven
  await changeContact(world.db, { change, events: [event], now: world.now() })
}

async function shareAccounts(world: OpenedWorld['world']): Promise<void> {
  for (const { userName, uses } of DEMO_CLIENTS) {
    if (!uses) continue
    const [id, primary] = await Promise.all([
      findSubscriberByName(world, userName),
      findSubscriberByName(world, uses.userName),
    ])
    const whose = primary && { id: primary, name: uses.name }
    const shared = id && whose && (await setPrimary(world, { id, primary: whose, by: 'operator' }))
    if (!shared?.ok) throw new Error(`${userName} can not use the account of ${uses.userName}`)
  }
}

async function shareCards(world: OpenedWorld['world']): Promise<void> {
  for (const { userName, sharesCardOf } of DEMO_CLIENTS) {
    const serial = DEMO_CLIENTS.find((one) => one.userName === sharesCardOf)?.card?.serial
    if (sharesCardOf === undefined || serial === undefined) continue
    const [user, owner] = await Promise.all([
      findSubscriberByName(world, userName),
      findSubscriberByName(world, sharesCardOf),
    ])
    if (!user || !owner) throw new Error(`${userName} can not use the card of ${sharesCardOf}`)
    await shareCard(world, { serial, owner, user })
  }
}

/** What the desk read out, for the page of the demo: it is kept nowhere else. */
async function tell(
  world: OpenedWorld['world'],
  { userName, passcode }: Part,
): Promise<string | null> {
  const subscriberId = passcode ? await findSubscriberByName(world, userName) : null
  if (!passcode || !subscriberId) return null
  const then = { ...world, now: () => before(world.now(), passcode.age) }
  const asked = { subscriberId, by: 'demo-desk', reason: 'lost' } as const
  const issued = await issueTemporaryPasscode(then, asked)
  return issued.ok ? `${issued.passcode.slice(0, 4)} ${issued.passcode.slice(4)}` : null
}

/** By user name; a demo that was begun before there were any has none. */
const passcodesTold = (): Told => {
  const told: unknown = JSON.parse(readFileSync(TOLD, 'utf8'))
  return z.record(z.string(), z.string()).catch({}).parse(told)
}

/** As if it had been approved after the cut-off, at whatever hour the demo starts. */
function approvedLate(world: OpenedWorld['world']) {
  const approvedAt = world.now()
  const always = { ...world.settings.calendar, cutOff: millis(-1) }
  return { approvedAt, tradesFrom: tradesFrom(approvedAt, always) }
}

async function guessAt(
  world: OpenedWorld['world'],
  { userName, wrongPasswords = 0 }: Part,
): Promise<void> {
  // Strangers who wait as long as they must: only their clock is not ours.
  const start = before(world.now(), minutes(wrongPasswords))
  for (let count = 0; count < wrongPasswords; count += 1) {
    const patient = { ...world, now: () => after(start, minutes(count)) }
    await startLogin(patient, {
      userName,
      password: 'a guess',
      environment: 'live',
      platform: 'portal',
      client: {
        address: `2001:db8:${count}::1`,
        browser: 'Unknown browser',
        language: 'en',
        holder: String(count),
        browserCookie: null,
      },
    })
  }
}

function printDemo({ issuer, desk }: Pick<Settings, 'issuer' | 'desk'>, told: Told): string {
  const { text } = texts('en')
  const width = Math.max(...DEMO_CLIENTS.map(({ userName }) => userName.length))
  const widest = Math.max(...DEMO_CLIENTS.map(({ password }) => password.length))
  const roleOf = ({ role }: { readonly role: string }) => text(`desk.role.${role}`)
  const rows = DEMO_CLIENTS.map(
    ({ userName, password }) =>
      `  ${userName.padEnd(width)}  ${password.padEnd(widest)}  ${storyOf(text, userName, told)}`,
  )
  return [
    '',
    '  Countersign is running with fictitious clients of Example Brokerage.',
    '',
    `  Trading platform   ${issuer}/trade`,
    `  Client Portal      ${issuer}/portal`,
    `  Phone app          ${issuer}/phone   (in a second window)`,
    `  Texts, calls, mail ${issuer}/sim     (in a second window)`,
    `  Desk of the staff  ${desk.origin}`,
    `  This table         ${issuer}/demo`,
    '',
    `  ${'User name'.padEnd(width)}  ${'Password'.padEnd(widest)}  What to try`,
    ...rows,
    '',
    '  Each member of staff makes a passkey at the first visit; it is asked for everything after.',
    ...DEMO_STAFF.map(
      (one) =>
        `  ${one.name.padEnd(width)}  ${roleOf(one).padEnd(widest)}  ${issuer}${staffPath(one)}`,
    ),
    '',
    '  Begin again with: npm start -- --reset      Stop with Ctrl+C',
    '',
  ].join('\n')
}
