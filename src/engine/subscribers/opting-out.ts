import { type Account, NETWORKS_MAX, optedIn } from '#core/subscribers/account.ts'
import type { AuditEvent } from '#core/audit/audit.ts'
import { rulesFor } from '#core/subscribers/jurisdiction.ts'
import { decidesForAccount } from '#core/subscribers/primary-user.ts'
import type { Problem, Refusal } from '#core/problems.ts'
import { namedNetwork, overlapping } from '#engine/network.ts'
import { retryStale } from '#engine/retry.ts'
import type { OpenSession } from '#engine/sessions/rights.ts'
import { written } from '#engine/subscribers/accounts.ts'
import { refusal, type World } from '#engine/world.ts'
import { listVersionedAccounts } from '#store/accounts/accounts.ts'
import { findStamp } from '#store/security-stamp.ts'
import type { Versioned } from '#store/queries/versioned.ts'

/**
 * Trading with a password alone (R130): for all accounts of a client at once, where the rules of
 * every one of them allow it, and from the networks that the client names.
 */

type Done = { readonly ok: true } | Refusal

/** Why a client may not trade with a password alone; `null` when they may (R128, R129, R132). */
export async function obstacleToOptingOut(
  world: World,
  { subscriberId, subscriber }: OpenSession,
): Promise<Problem | null> {
  if (!decidesForAccount(subscriber)) return 'subscriber.primary-user-only'
  return obstacleIn(world, await listVersionedAccounts(world.db, subscriberId))
}

function obstacleIn(
  { settings: { jurisdictions } }: World,
  accounts: readonly Versioned<Account>[],
): Problem | null {
  const asked = rulesFor(
    jurisdictions,
    accounts.map(({ value }) => value),
  )
  return asked.rules.optOut ? null : 'account.no-opt-out'
}

/**
 * Whether a client trades with a password alone. Either way is a task that is confirmed before: out
 * of it a factor is lost, back in it the limits rise. Back in, the client trades from everywhere.
 */
export async function setOptedOut(
  world: World,
  session: OpenSession,
  optedOut: boolean,
): Promise<Done> {
  const kind = optedOut ? 'account.opted-out' : 'account.opted-in'
  return await changed(world, session, (accounts) => {
    const problem = optedOut ? obstacleIn(world, accounts) : null
    if (problem) return refusal(problem)
    // An account that was opened since takes over what is named for the others.
    const networks = networksOf(accounts.map(({ value }) => value))
    const values = accounts
      .map(({ value }) => value)
      .filter((value) => value.optedOut !== optedOut)
      .map((value) => (optedOut ? { ...value, optedOut, networks } : optedIn(value)))
    return { values, kind }
  })
}

/** The networks that a client trades from; none where trading is not restricted to any. */
export const networksOf = (accounts: readonly Account[]): readonly string[] =>
  accounts.find(({ networks }) => networks.length > 0)?.networks ?? []

export type AddedNetwork =
  | { readonly ok: true; readonly network: string }
  | (Refusal & {
      /** The network on the list that is in the way. */
      readonly other?: string
    })

/** What a client types as one more network to trade from, or what is wrong with it. */
export function wantedNetwork(accounts: readonly Account[], typed: string): AddedNetwork {
  const read = namedNetwork(typed)
  if (!read.ok) return refusal(read.problem)
  if (!accounts.some(({ optedOut }) => optedOut)) return refusal('account.not-opted-out')
  const networks = networksOf(accounts)
  const { network } = read
  if (networks.includes(network)) return refusal('network.listed')
  const other = overlapping(networks, network)
  if (other !== null) return { ...refusal('network.overlaps'), other }
  return networks.length < NETWORKS_MAX ? { ok: true, network } : refusal('network.too-many')
}

/** One more network to trade from; the first of them closes all others. It is confirmed before. */
export async function addNetwork(world: World, session: OpenSession, typed: string): Promise<Done> {
  return await changed(world, session, (accounts) => {
    const all = accounts.map(({ value }) => value)
    const wanted = wantedNetwork(all, typed)
    if (!wanted.ok) return wanted
    const networks = [...networksOf(all), wanted.network]
    return { values: named(all, networks), kind: 'account.network-added' }
  })
}

/** Whether trading is open from everywhere once this network is taken from the list. */
export const isLastNetwork = (accounts: readonly Account[], network: string): boolean =>
  networksOf(accounts).every((one) => one === network)

/**
 * One network less. The last one lifts the restriction, which is confirmed as that: two of these at
 * once must not take away the last two as if each had left one.
 */
export async function removeNetwork(
  world: World,
  session: OpenSession,
  { network, isLifting }: { readonly network: string; readonly isLifting: boolean },
): Promise<Done> {
  return await changed(world, session, (accounts) => {
    const all = accounts.map(({ value }) => value)
    const before = networksOf(all)
    if (!before.includes(network)) return refusal('network.not-found')
    if (isLastNetwork(all, network) && !isLifting) return refusal('network.last')
    const networks = before.filter((one) => one !== network)
    return { values: named(all, networks), kind: 'account.network-removed' }
  })
}

const named = (accounts: readonly Account[], networks: readonly string[]): readonly Account[] =>
  accounts.filter(({ optedOut }) => optedOut).map((value) => ({ ...value, networks }))

interface Change {
  /** The accounts that are others from now on. */
  readonly values: readonly Account[]
  readonly kind:
    | 'account.opted-out'
    | 'account.opted-in'
    | 'account.network-added'
    | 'account.network-removed'
}

/** Reads the accounts that are not closed, decides, and writes over what was read. */
async function changed(
  world: World,
  session: OpenSession,
  decide: (open: readonly Versioned<Account>[]) => Change | Refusal,
): Promise<Done> {
  if (session.decision.rights.portal !== 'full') return refusal('session.insufficient')
  const { subscriberId, subscriber, id: within } = session
  if (!decidesForAccount(subscriber)) return refusal('subscriber.primary-user-only')
  return await retryStale<Done>('account.conflict', async () => {
    const stamp = await findStamp(world.db, subscriberId)
    const accounts = await listVersionedAccounts(world.db, subscriberId)
    const change = decide(accounts.filter(({ value }) => !value.status.startsWith('closed')))
    if ('problem' in change) return change
    const { values, kind } = change
    if (values.length === 0) return { ok: true }
    const events = values.map(
      ({ id: accountId }): AuditEvent => ({ kind, subscriberId, within, accountId, by: 'holder' }),
    )
    const rewritten = accounts.flatMap(({ value: { id }, version }) => {
      const value = values.find((one) => one.id === id)
      return value ? [{ value, version }] : []
    })
    const standing = { subscriberId, stamp, within }
    const writing = { subscriberId, changed: rewritten, events, ending: null, standing }
    return (await written(world, writing)) ? { ok: true } : 'stale'
  })
}
