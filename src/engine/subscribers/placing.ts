import type { AuditEvent } from '#core/audit/audit.ts'
import type { AccountId } from '#core/ids.ts'
import { newId } from '#core/ids.ts'
import type { Account } from '#core/subscribers/account.ts'
import type { Actor } from '#core/events/event.ts'
import { jurisdictionOf, type Reason } from '#core/subscribers/jurisdiction.ts'
import type { Instant } from '#core/time/time.ts'
import { newSecret, secretHash } from '#engine/secrets.ts'
import type { World } from '#engine/world.ts'
import { findAccountByNumber } from '#store/accounts/accounts.ts'
import { listReasons } from '#store/accounts/reasons.ts'
import { listEventsOfKinds } from '#store/audit/audit.ts'

/**
 * Where an account belongs, as the log tells it. The words of the back office can name a person and
 * be erased one day, so the log holds a digest of them and they stand beside it.
 */

/** What is kept of the words for a placing; `null` where there are none. */
export function reasonOf(
  { now, random }: Pick<World, 'now' | 'random'>,
  accountId: AccountId,
  words: string | null,
): Reason | null {
  if (words === null) return null
  const at = now()
  return { id: newId('rsn', at, random), accountId, words, salt: newSecret(random), at }
}

/** What an event says of where an account belongs. */
export const placingIn = (
  { settings }: Pick<World, 'settings'>,
  account: Account,
  reason: Reason | null,
) => ({
  jurisdiction: jurisdictionOf(settings.jurisdictions, account),
  residence: account.residence,
  isOverride: account.override !== null,
  ...(reason && { reason: { id: reason.id, digest: digestOf(reason) } }),
})

const digestOf = ({ salt, words }: Pick<Reason, 'salt' | 'words'>): string =>
  secretHash(`${salt} ${words}`).toString('base64url')

/** An account was made here. */
export const createdEvent = (
  world: World,
  account: Account,
  { by, reason }: { readonly by: Actor; readonly reason: Reason | null },
): AuditEvent => {
  const { id: accountId, subscriberId, status, tradesFrom } = account
  const about = { subscriberId, accountId, status, tradesFrom, by }
  return { kind: 'account.created', ...about, ...placingIn(world, account, reason) }
}

/** One line of where an account has belonged. */
export interface PlacingOnRecord {
  readonly at: Instant
  readonly by: Actor
  readonly residence: string | null
  readonly jurisdiction: string
  readonly isOverride: boolean
  /** `null` where none was given, or where the words were erased. */
  readonly reason: string | null
  /** Whether a reason was given, and what stands beside the log is still what was given. */
  readonly words: 'none' | 'as-given' | 'changed' | 'erased'
}

/**
 * Where an account has belonged, who of us has said so and why, the oldest first; `null` for an
 * unknown number.
 */
export async function listPlacings(
  { db }: Pick<World, 'db'>,
  number: string,
): Promise<readonly PlacingOnRecord[] | null> {
  const found = await findAccountByNumber(db, number)
  if (!found) return null
  const { id, subscriberId } = found.value
  const [events, reasons] = await Promise.all([
    listEventsOfKinds(db, subscriberId, ['account.created', 'account.relocated']),
    listReasons(db, id),
  ])
  return events.flatMap(({ at, event }) => {
    if (event.kind !== 'account.created' && event.kind !== 'account.relocated') return []
    const { accountId, by, residence = null, jurisdiction, isOverride = false, reason } = event
    if (accountId !== id || jurisdiction === undefined) return []
    const kept = reasons.find((one) => one.id === reason?.id)
    return [
      {
        at,
        by,
        residence,
        jurisdiction,
        isOverride,
        reason: kept?.words ?? null,
        words: wordsOf(reason?.digest, kept),
      },
    ]
  })
}

function wordsOf(digest: string | undefined, kept: Reason | undefined): PlacingOnRecord['words'] {
  if (digest === undefined) return 'none'
  if (!kept) return 'erased'
  return digestOf(kept) === digest ? 'as-given' : 'changed'
}
