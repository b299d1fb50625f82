import type { AuditEvent } from '#core/audit/audit.ts'
import { isId, newId, type SessionId, type SubscriberId } from '#core/ids.ts'
import { canonicalJson } from '#core/json.ts'
import { type Report, type Reported, wrongTime } from '#core/notices/report.ts'
import { everyOf, tradeDueAt } from '#core/notices/trade-choice.ts'
import type { Refusal } from '#core/problems.ts'
import type { Account } from '#core/subscribers/account.ts'
import type { Instant } from '#core/time/time.ts'
import { rulesOf } from '#engine/notices/every-login.ts'
import { refusal, type World } from '#engine/world.ts'
import { findAccountByNumber } from '#store/accounts/accounts.ts'
import {
  addReport,
  dropTrades,
  findReport,
  gatherTrades,
  listToldOfTrades,
  waitingTrades,
} from '#store/notices/reports.ts'
import { findTradeChoice } from '#store/notices/trade-choices.ts'
import { findSessionById, listSessions } from '#store/sessions/sessions.ts'
import { findSubscriber } from '#store/subscribers/subscribers.ts'

/**
 * Platforms report what they have done for a client, and the notices of it go out from here: by
 * another way than the one that was used, and of trades as often as the client wants (R131).
 */

export interface Reporting {
  readonly platform: string
  readonly event: string
  /** The number of the account that it was done in. */
  readonly account: string
  /** The session of ours in which it was asked for, where its platform knows it. */
  readonly session?: string | undefined
  readonly at: Instant
  readonly what: Reported
}

export type TakenReport =
  | { readonly ok: true; readonly report: Report; readonly isNew: boolean }
  | Refusal

/** Takes a report. The same a second time changes nothing and is answered alike. */
export async function takeReport(world: World, reporting: Reporting): Promise<TakenReport> {
  const { platform, event, at, what } = reporting
  const known = await findReport(world.db, { platform, event })
  if (known) return await again(world, known, reporting)
  const now = world.now()
  const early = wrongTime(at, now)
  if (early) return refusal(early)
  const found = await findAccountByNumber(world.db, reporting.account)
  if (!found) return refusal('account.not-found')
  const account = found.value
  if (account.environment !== 'live') return refusal('event.simulated')
  const session = await sessionOf(world, account, reporting)
  if (!session.ok) return refusal('event.other-session')
  const { subscriberId, id: accountId } = account
  const dueAt = what.kind === 'trade' ? await dueFor(world, subscriberId, now) : null
  const about = { platform, event, subscriberId, accountId, sessionId: session.id, at, what }
  const report: Report = { ...about, reportedAt: now, dueAt, gathering: null }
  if (await addReport(world.db, report, eventOf(report))) return { ok: true, report, isNew: true }
  const other = await findReport(world.db, { platform, event })
  return other ? await again(world, other, reporting) : refusal('event.conflict')
}

/** Under an id that is known: the same thing, or another one, which is refused. */
async function again(world: World, known: Report, reporting: Reporting): Promise<TakenReport> {
  const found = await findAccountByNumber(world.db, reporting.account)
  const isSame =
    found?.value.id === known.accountId &&
    reporting.at === known.at &&
    canonicalJson(reporting.what) === canonicalJson(known.what)
  return isSame ? { ok: true, report: known, isNew: false } : refusal('event.conflict')
}

type FoundSession = { readonly ok: true; readonly id: SessionId | null } | { readonly ok: false }

/**
 * The session that it was asked for in: of a user of this account, at this platform. Where none is
 * named, it is the latest one that is open there.
 */
async function sessionOf(
  { db, now }: World,
  { subscriberId }: Account,
  { session: named, platform }: Reporting,
): Promise<FoundSession> {
  if (named === undefined) {
    const open = await listSessions(db, subscriberId, now())
    return { ok: true, id: open.find((one) => one.platform === platform)?.id ?? null }
  }
  const session = isId('ses', named) ? await findSessionById(db, named) : null
  if (session?.platform !== platform) return { ok: false }
  const user = await findSubscriber(db, session.subscriberId)
  const holder = user?.value.primary?.id ?? user?.value.id
  return holder === subscriberId ? { ok: true, id: session.id } : { ok: false }
}

async function dueFor(
  world: World,
  subscriberId: SubscriberId,
  now: Instant,
): Promise<Instant | null> {
  const [{ value: choice }, rules] = await Promise.all([
    findTradeChoice(world.db, subscriberId),
    rulesOf(world, subscriberId),
  ])
  return tradeDueAt(everyOf(choice, rules), choice.toldAt, now)
}

function eventOf({ platform, event: report, sessionId, ...about }: Report): AuditEvent {
  const { subscriberId, accountId, what } = about
  return {
    kind: what.kind === 'trade' ? 'trade.executed' : 'transfer.executed',
    actor: `platform:${platform}`,
    ...(sessionId && { within: sessionId }),
    subscriberId,
    accountId,
    platform,
    report,
  }
}

/** Clients who are told at once; the next look takes the others. */
const CLIENTS_AT_ONCE = 200

/** Makes one notice of all trades that are due for a client, and of those that wait beside them. */
export async function gatherDue(world: World): Promise<void> {
  const due = { now: world.now(), limit: CLIENTS_AT_ONCE }
  for (const subscriberId of await listToldOfTrades(world.db, due))
    await gather(world, subscriberId)
}

async function gather(world: World, subscriberId: SubscriberId): Promise<void> {
  const now = world.now()
  const [{ value: choice }, rules, { count, sessions }] = await Promise.all([
    findTradeChoice(world.db, subscriberId),
    rulesOf(world, subscriberId),
    waitingTrades(world.db, subscriberId),
  ])
  if (count === 0) return
  if (everyOf(choice, rules) === 'never') return await dropTrades(world.db, subscriberId)
  const gathering = newId('gat', now, world.random)
  const event = { kind: 'trades.gathered', subscriberId, gathering, count, sessions } as const
  // One that comes at this moment is told with the next look, and so are these.
  await gatherTrades(world.db, { subscriberId, gathering, count, now, event })
}
