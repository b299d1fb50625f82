import { type Account, ENVIRONMENTS } from '#core/subscribers/account.ts'
import type { Phase, Proof } from '#core/assurance.ts'
import { isCountry } from '#core/subscribers/country.ts'
import {
  jurisdictionOf,
  OVERRIDE_REASON_LENGTH_MAX,
  type Placing,
  RULE_NAMES,
  type RuleName,
  type Rules,
} from '#core/subscribers/jurisdiction.ts'
import { lineOf } from '#core/text/line.ts'
import { PRIMARY_NAME_LENGTH_MAX } from '#core/subscribers/primary-user.ts'
import type { Problem } from '#core/problems.ts'
import { after, hours, minutes } from '#core/time/time.ts'
import { type Called, Complaint, EXIT, inWorld } from '#cli/command.ts'
import { texts } from '#edges/texts/texts.ts'
import {
  type AccountChange,
  accountsOf,
  changeAccount,
  createAccount,
} from '#engine/subscribers/accounts.ts'
import { addressIn } from '#engine/network.ts'
import { explainRights } from '#engine/subscribers/explain.ts'
import { listPlacings } from '#engine/subscribers/placing.ts'
import { setPrimary } from '#engine/subscribers/primary-user.ts'
import { findByUserName } from '#engine/subscribers/subscribers.ts'
import type { World } from '#engine/world.ts'

/**
 * `countersign account …` and `countersign rights explain`: what the back office does, at the
 * keyboard.
 */

const { text } = texts('en')

const refuse = (problem: Problem): Complaint => new Complaint(`${text(`problem.${problem}`)}.`)

async function holderOf(world: World, userName: string) {
  const found = await findByUserName(world, userName)
  if (!found) throw refuse('subscriber.not-found')
  return found
}

/** One line of JSON an account, so that it can be read by people and by programs. */
function print(world: World, account: Account, version: number): void {
  const { number, environment, status, residence, override, optedOut, networks } = account
  const { approvedAt, tradesFrom, equityUsd } = account
  const iso = (at: number | null) => (at === null ? null : new Date(at).toISOString())
  const shown = {
    number,
    environment,
    status,
    residence,
    jurisdiction: jurisdictionOf(world.settings.jurisdictions, account),
    overrideReason: override?.reason ?? null,
    optedOut,
    networks,
    equityUsd,
    version,
  }
  console.log(
    JSON.stringify({ ...shown, approvedAt: iso(approvedAt), tradesFrom: iso(tradesFrom) }),
  )
}

export const listAccounts = async (called: Called, userName: string): Promise<void> =>
  await inWorld(called, async (world) => {
    const { subscriber } = await holderOf(world, userName)
    for (const { value, version } of await accountsOf(world, subscriber.id))
      print(world, value, version)
  })

export const addAccount = async (
  called: Called,
  {
    userName,
    number,
    environment: typed,
    residence,
  }: Readonly<Record<'userName' | 'number' | 'environment', string>> & {
    readonly residence?: string
  },
): Promise<void> =>
  await inWorld(called, async (world) => {
    const environment = ENVIRONMENTS.find((one) => one === typed)
    if (!environment) throw new Complaint('The environment is live or paper.', EXIT.usage)
    const { subscriber } = await holderOf(world, userName)
    const made = await createAccount(world, {
      by: 'operator',
      residence: residence === undefined ? null : residenceNamed(residence),
      number,
      environment,
      subscriberId: subscriber.id,
    })
    if (!made.ok) throw refuse(made.problem)
    print(world, made.value, made.version)
  })

/** Says whose account a client uses (R032), or that they use no other account any more. */
export const shareAccount = async (
  called: Called,
  { userName, of }: { readonly userName: string; readonly of: PrimaryNamed | null },
): Promise<void> =>
  await inWorld(called, async (world) => {
    const { subscriber } = await holderOf(world, userName)
    const primary = of && { id: (await holderOf(world, of.userName)).subscriber.id, name: of.name }
    const set = await setPrimary(world, { id: subscriber.id, primary, by: 'operator' })
    if (!set.ok) throw refuse(set.problem)
    for (const { value, version } of await accountsOf(world, subscriber.id))
      print(world, value, version)
  })

interface PrimaryNamed {
  readonly userName: string
  readonly name: string
}

/** As one line that can be read: the other user of the account sees it. */
export function calledNamed(typed: string): string {
  const name = lineOf(typed, PRIMARY_NAME_LENGTH_MAX)
  if (name !== null) return name
  throw new Complaint(
    `A name is one line of up to ${PRIMARY_NAME_LENGTH_MAX} characters.`,
    EXIT.usage,
  )
}

export const changeAccountNow = async (
  called: Called,
  number: string,
  change: AccountChange,
): Promise<void> =>
  await inWorld(called, async (world) => {
    const changed = await changeAccount(world, { number, change, by: 'operator' })
    if (!changed.ok) throw refuse(changed.problem)
    print(world, changed.value, changed.version)
  })

/** Says where the holder of an account lives; the rest is optional. */
export const relocateAccount = async (
  called: Called,
  number: string,
  { residence: typed, jurisdiction, reason: why }: Relocating,
): Promise<void> =>
  await inWorld(called, async (world) => {
    const { profiles } = world.settings.jurisdictions
    if (jurisdiction !== undefined && !profiles.has(jurisdiction)) {
      const known = [...profiles.keys()].join(', ')
      throw new Complaint(`A jurisdiction is one of ${known}.`, EXIT.usage)
    }
    const reason = why === undefined ? undefined : reasonIn(why)
    const residence = typed === undefined ? undefined : residenceNamed(typed)
    const change = { kind: 'relocate', residence, jurisdiction, reason } as const
    const changed = await changeAccount(world, { number, change, by: 'operator' })
    if (!changed.ok) throw refuse(changed.problem)
    print(world, changed.value, changed.version)
  })

interface Relocating extends Omit<Placing, 'residence'> {
  /** As it is typed; left out, it stays what it is. */
  readonly residence?: string | undefined
}

function reasonIn(typed: string): string {
  const line = lineOf(typed, OVERRIDE_REASON_LENGTH_MAX)
  if (line !== null) return line
  throw new Complaint(
    `A reason is one line of up to ${OVERRIDE_REASON_LENGTH_MAX} characters.`,
    EXIT.usage,
  )
}

/** Where an account has belonged, one line of JSON for each time that it was said. */
export const showPlacings = async (called: Called, number: string): Promise<void> =>
  await inWorld(called, async (world) => {
    const placings = await listPlacings(world, number)
    if (!placings) throw refuse('account.not-found')
    for (const { at, ...placing } of placings)
      console.log(JSON.stringify({ at: new Date(at).toISOString(), ...placing }))
  })

/** Whole dollars. */
export function dollarsIn(typed: string): number {
  if (/^-?\d{1,12}$/.test(typed)) return Number(typed)
  throw new Complaint('An equity is whole US dollars, such as 1250000.', EXIT.usage)
}

function residenceNamed(typed: string): string | null {
  if (typed === 'none') return null
  if (isCountry(typed)) return typed
  throw new Complaint(
    'A residence is two letters of ISO 3166-1, such as HK or GB, or none.',
    EXIT.usage,
  )
}

export interface Explained {
  readonly environment: string
  /** How far temporary access has come. */
  readonly phase?: string
  /** The network address that the login comes from. */
  readonly from?: string
  readonly json?: boolean
}

/** What a login with this method would open now, and the row of docs/rights.md that says so. */
export const explain = async (
  called: Called,
  [userName, methodName]: readonly [string, string],
  { environment: typed, phase, from, json = false }: Explained,
): Promise<void> =>
  await inWorld(called, async (world) => {
    const environment = ENVIRONMENTS.find((one) => one === typed)
    if (!environment) throw new Complaint('The environment is live or paper.', EXIT.usage)
    const proofs = proofsOf(world, methodName, phase)
    const { subscriber } = await holderOf(world, userName)
    const address = from === undefined ? {} : { address: addressNamed(from) }
    const asked = { subscriberId: subscriber.id, environment, proofs, ...address }
    const explained = await explainRights(world, asked)
    const { decision, account, strength, second, places, rules, sources } = explained
    const { row, narrowed, rights, until } = decision
    if (json) {
      const shown = { row, narrowed, rights, until, strength, second, account }
      console.log(JSON.stringify({ ...shown, accounts: places, rules, sources }))
      return
    }
    const money = (usd: number | null) => (usd === null ? 'no limit' : `USD ${usd}`)
    const day = money(rights.withdrawalPerDayUsd)
    const fiveDays = money(rights.withdrawalPer5DaysUsd)
    const networks = rights.tradeNetwork?.join(', ') ?? 'every network'
    const about = account ? `${account.number}, ${account.status}` : 'none'
    const asking = RULE_NAMES.flatMap((name) => {
      const source = sources[name]
      return source === undefined ? [] : [`${name}: ${wordOf(name, rules)} (${source.text})`]
    })
    const lines = [
      `${row}: ${text(`rights.${row}`)}`,
      ...narrowed.map((id) => `${id}: ${text(`rights.${id}`)}`),
      `account      ${about}`,
      ...places.map(({ number, ...place }) => `rules        ${number}: ${placeIn(place)}`),
      ...asking.map((line) => `             ${line}`),
      `proven       ${methodName} (${strength}); second factor: ${second}`,
      `portal       ${rights.portal}`,
      `trading      ${rights.trading ? 'open' : 'closed'}, from ${networks}`,
      `penny stocks ${rights.tradePenny ? 'open' : 'closed'}`,
      `withdrawals  ${day} a day, ${fiveDays} in five days`,
      `binding      ${rights.bind ? 'open' : 'closed'}`,
      ...(until === null ? [] : [`until        ${new Date(until).toISOString()}`]),
    ]
    console.log(lines.join('\n'))
  })

/** A rule as it stands in a file of rules. */
function wordOf(name: RuleName, rules: Rules): string {
  if (name === 'idle') return `${Number(rules.idle) / minutes(1)} minutes`
  const value = rules[name]
  if (value === null || typeof value !== 'object') return String(value)
  return Array.isArray(value)
    ? value.join(', ')
    : Object.entries(value)
        .map(([task, acr]) => `${task} ${acr}`)
        .join(', ')
}

function addressNamed(typed: string): string {
  const address = addressIn(typed)
  if (address !== null) return address
  throw new Complaint('A network address is one of IPv4 or IPv6, such as 203.0.113.7.', EXIT.usage)
}

/** Whose rules an account is under, and why. */
function placeIn({
  residence,
  jurisdiction,
  reason,
}: {
  readonly residence: string | null
  readonly jurisdiction: string
  readonly reason: string | null
}): string {
  const where = residence === null ? 'no residence on record' : `residence ${residence}`
  return reason === null
    ? `${jurisdiction}, ${where}`
    : `${jurisdiction}, set by the back office (${where}): ${reason}`
}

/** A password, and beside it what this method proves. */
function proofsOf(world: World, name: string, phase: string | undefined): readonly Proof[] {
  const method = world.methods.get(name)
  if (!method) {
    throw new Complaint(`A method is one of ${[...world.methods.keys()].join(', ')}.`, EXIT.usage)
  }
  const { firstFactor } = world
  const first = { method: firstFactor.name, acr: firstFactor.acr, amr: firstFactor.amr }
  if (method === firstFactor) return [first]
  const phases = phase === undefined ? {} : { phases: phasesAt(world, phase) }
  return [first, { method: method.name, acr: method.acr, amr: method.amr, ...phases }]
}

function phasesAt(world: World, phase: string): readonly Phase[] {
  const now = world.now()
  if (phase === 'over') return [{ until: now, opens: 'card-printing' }]
  if (phase === 'everything' || phase === 'card-printing') {
    return [{ until: after(now, hours(1)), opens: phase }]
  }
  throw new Complaint('A phase is everything, card-printing or over.', EXIT.usage)
}
