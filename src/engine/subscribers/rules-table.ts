import type { AuditEvent } from '#core/audit/audit.ts'
import type { SubscriberId } from '#core/ids.ts'
import { type Account, optedIn } from '#core/subscribers/account.ts'
import {
  areSame,
  jurisdictionsIn,
  rulesFor,
  type RulesTable,
  tableOf,
} from '#core/subscribers/jurisdiction.ts'
import { topicOfClient } from '#engine/wake-up-topics.ts'
import type { World } from '#engine/world.ts'
import { commitAccounts } from '#store/accounts/accounts.ts'
import {
  findKeptRules,
  type KeptRules,
  keptRulesWrite,
  listClientsAfter,
  textOf,
} from '#store/accounts/rules-table.ts'
import type { Versioned } from '#store/queries/versioned.ts'

/** Clients who are told in one commit. */
const CLIENTS_AT_ONCE = 100

/**
 * Tells clients that the operator has changed the rules of their places: what applies is read from
 * the settings at every look, so a start with others changes it for many accounts at once (R132).
 *
 * A node says once which rules it has started with. So two that run with other settings for a
 * while, as during an upgrade, do not tell clients of a change again and again; both tell on what
 * one of them has begun.
 */
export function rulesKeeper(world: World): () => Promise<void> {
  const table = tableOf(world.settings.jurisdictions)
  let isKept = false
  return async () => {
    for (;;) {
      const found = await findKeptRules(world.db)
      if (found && found.value.before !== null) {
        if (!(await tellSome(world, found, found.value.before))) return
      } else {
        if (isKept) return
        isKept = await isWritten(world, table, found)
        if (!isKept) return
      }
    }
  }
}

/** @returns `false` when another node was faster. */
async function isWritten(
  world: World,
  table: RulesTable,
  found: Versioned<KeptRules> | null,
): Promise<boolean> {
  if (found && textOf(found.value.table) === textOf(table)) return true
  const before = found?.value.table ?? null
  const kept = { table, before, toldThrough: '' }
  return await world.db.commit([keptRulesWrite(world.db, kept, found?.version ?? null)])
}

/** Those who are next, in one commit with how far it has come. */
async function tellSome(
  world: World,
  { value: { table, toldThrough }, version }: Versioned<KeptRules>,
  before: RulesTable,
): Promise<boolean> {
  const clients = await listClientsAfter(world.db, toldThrough, CLIENTS_AT_ONCE)
  const [was, is] = [jurisdictionsIn(before), jurisdictionsIn(table)]
  const told: SubscriberId[] = []
  const events: AuditEvent[] = []
  const changed: Versioned<Account>[] = []
  for (const { users, accounts } of clients.values()) {
    const values = accounts.map(({ value }) => value)
    const [old, now] = [rulesFor(was, values).rules, rulesFor(is, values).rules]
    if (areSame(old, now)) continue
    told.push(...users)
    for (const subscriberId of users)
      events.push({ kind: 'account.rules-changed', subscriberId, by: 'operator' })
    // What one of the two did not allow is chosen anew, as after a move.
    const back = old.optOut && now.optOut ? [] : accounts.filter(({ value }) => value.optedOut)
    for (const one of back) {
      changed.push({ value: optedIn(one.value), version: one.version })
      const { id: accountId, subscriberId } = one.value
      events.push({ kind: 'account.opted-in', subscriberId, accountId, by: 'operator' })
    }
  }
  const last = [...clients.keys()].at(-1)
  const isDone = last === undefined || clients.size < CLIENTS_AT_ONCE
  const kept = isDone
    ? { table, before: null, toldThrough: '' }
    : { table, before, toldThrough: last }
  const done = await commitAccounts(world.db, {
    now: world.now(),
    changed,
    ended: [],
    revoked: [],
    events,
    besides: [keptRulesWrite(world.db, kept, version)],
  })
  if (done) for (const id of told) world.wakeUps.publish(topicOfClient(id))
  return done
}
