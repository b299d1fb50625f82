import { type Account, optedIn } from '#core/subscribers/account.ts'
import type { AuditEvent } from '#core/audit/audit.ts'
import type { Actor } from '#core/events/event.ts'
import {
  areSame,
  isNoStricter,
  jurisdictionOf,
  type Jurisdictions,
  type Rules,
  rulesFor,
} from '#core/subscribers/jurisdiction.ts'
import type { World } from '#engine/world.ts'
import { listPlaces } from '#store/accounts/accounts.ts'
import type { Versioned } from '#store/queries/versioned.ts'

/**
 * What it means for a client that one of their accounts is new or closed, or belongs elsewhere now.
 */
export interface Move {
  /** The accounts whose holder may not trade without a second factor any more. */
  readonly optedIn: readonly Versioned<Account>[]
  /** The others: what was decided rests on where they belong. */
  readonly unchanged: readonly Versioned<Account>[]
  readonly events: readonly AuditEvent[]
  readonly ending: 'rules-tightened' | 'account-moved' | null
  /** Whether their users are under other rules than before, and are to be told. */
  readonly isChange: boolean
}

/**
 * The rules of a client are the strictest that any of their accounts asks for, so all accounts are
 * looked at when one of them moves (R132).
 *
 * @param accounts all of them, as they were read; one that is new is not among them.
 * @param moved the account as it is to be.
 */
export function moveOf(
  jurisdictions: Jurisdictions,
  { accounts, moved, by }: Moving,
): Move & { readonly account: Account } {
  const before = accounts.map(({ value }) => value)
  const was = before.find(({ id }) => id === moved.id)
  const others = accounts.filter(({ value }) => value.id !== moved.id)
  const after = [...others.map(({ value }) => value), moved]
  const { rules } = rulesFor(jurisdictions, after)
  const { rules: until } = rulesFor(jurisdictions, before)
  // What the rules of before did not allow is not allowed again by laxer ones: it is chosen anew.
  const isAllowed = rules.optOut && until.optOut
  const mayStay = ({ value }: Versioned<Account>) => isAllowed || !value.optedOut
  const isOpen = isNoStricter(rules, until)
  const isElsewhere =
    was !== undefined && jurisdictionOf(jurisdictions, was) !== jurisdictionOf(jurisdictions, moved)
  const back = others.filter((one) => !mayStay(one))
  const account = isAllowed ? moved : optedIn(moved)
  const ended = [...(account === moved ? [] : [moved]), ...back.map(({ value }) => value)]
  return {
    account,
    optedIn: back.map(({ value, version }) => ({ value: optedIn(value), version })),
    unchanged: others.filter(mayStay),
    events: ended.map(({ id: accountId, subscriberId }) => ({
      kind: 'account.opted-in',
      subscriberId,
      accountId,
      by,
    })),
    ending: isOpen ? (isElsewhere ? 'account-moved' : null) : 'rules-tightened',
    // To a client without an account no rules have applied.
    isChange: before.length > 0 && !areSame(rules, until),
  }
}

/**
 * Places with accounts whose rules ask for decoys, where the installation makes none: it does that
 * for every name or for none, so only its operator can (`login.decoy`).
 */
export async function placesWithoutDecoys({
  db,
  settings: { decoy, jurisdictions },
}: Pick<World, 'db' | 'settings'>): Promise<readonly string[]> {
  if (decoy === 'always') return []
  return await placesWhere({ db, jurisdictions }, ({ decoys }) => decoys === 'always')
}

/** Places with accounts whose rules want codes by mail as well, where there is no mail server. */
export async function placesWithoutMail({
  db,
  channels,
  settings: { jurisdictions },
}: Pick<World, 'channels' | 'db' | 'settings'>): Promise<readonly string[]> {
  if (channels.has('email')) return []
  const isAsking = ({ codeChannels }: Rules) => codeChannels === 'text-and-mail'
  return await placesWhere({ db, jurisdictions }, isAsking)
}

async function placesWhere(
  { db, jurisdictions }: Pick<World, 'db'> & Pick<World['settings'], 'jurisdictions'>,
  isAsking: (rules: Rules) => boolean,
): Promise<readonly string[]> {
  const found = await listPlaces(db)
  const asking = found.filter((one) => isAsking(rulesFor(jurisdictions, [one]).rules))
  return [...new Set(asking.map((one) => jurisdictionOf(jurisdictions, one)))].toSorted()
}

interface Moving {
  readonly accounts: readonly Versioned<Account>[]
  readonly moved: Account
  readonly by: Actor
}
