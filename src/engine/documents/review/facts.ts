import { createHash } from 'node:crypto'
import type { AgentId } from '#core/agent.ts'
import type { AddressChange } from '#core/contact/address-change.ts'
import type { Contact } from '#core/contact/address.ts'
import { type Reviewer, REVIEW_SIGNALS, type ReviewSignal } from '#core/documents/review/review.ts'
import type { Submission } from '#core/documents/submission.ts'
import type { AuditEvent } from '#core/audit/audit.ts'
import { type Member, staffActor } from '#core/desk/member.ts'
import type { Actor } from '#core/events/event.ts'
import { canonicalJson, type Json } from '#core/json.ts'
import type { Account, Subscriber } from '#core/subscribers/account.ts'
import { unusualOf, wasLargeLately } from '#engine/desk/cases/risk.ts'
import { type Rules, rulesFor } from '#core/subscribers/jurisdiction.ts'
import type { World } from '#engine/world.ts'
import { findAccountByNumber, listAccounts } from '#store/accounts/accounts.ts'
import { findAddressChange } from '#store/contact/address-changes.ts'
import { listContacts } from '#store/contact/addresses.ts'
import { findStamp } from '#store/security-stamp.ts'
import { findFullName } from '#store/subscribers/full-names.ts'
import { findSubscriber } from '#store/subscribers/subscribers.ts'
import type { Versioned } from '#store/queries/versioned.ts'

/** What is on record of the client of a proof, which it is compared with. */
export interface OnRecord {
  readonly client: Subscriber
  readonly fullName: string | null
  /** Where they live, as it was told to us; `null` for no address. */
  readonly address: Contact | null
  /** What the document is to show: the new address that is asked for still, or that on record. */
  readonly compared: string | null
  /** The account that it was sent for; `null` for one that they do not have any more. */
  readonly account: Account | null
  readonly signals: readonly ReviewSignal[]
}

/** The same, with what a commit that was decided on it is held against. */
export interface HeldRecord extends OnRecord {
  /** Read before everything else. */
  readonly stamp: number
  /** Of the client, with the name. */
  readonly version: number
  readonly accountVersion: number
  /** What nothing has replaced: one that was replaced lately takes two people. */
  readonly counting: readonly Contact[]
  /** Of where the client lives. */
  readonly rules: Rules
  /** That its client moves to the address of the document; `null` where they do not any more. */
  readonly move: Versioned<AddressChange> | null
}

export async function recordOf(
  world: World,
  {
    subscriberId,
    account: number,
    movesTo,
  }: Pick<Submission, 'subscriberId' | 'account' | 'movesTo'>,
): Promise<HeldRecord> {
  const stamp = await findStamp(world.db, subscriberId)
  const [client, name, contacts, accounts, account, asked, wasLarge] = await Promise.all([
    findSubscriber(world.db, subscriberId),
    findFullName(world.db, subscriberId),
    listContacts(world.db, subscriberId),
    listAccounts(world.db, subscriberId),
    findAccountByNumber(world.db, number),
    movesTo === undefined ? null : findAddressChange(world.db, subscriberId, world.now()),
    wasLargeLately(world, subscriberId),
  ])
  if (!client || !name) throw new Error('a document of a client who does not exist')
  const unusual = unusualOf(world, { contacts, accounts, wasLarge })
  const move = asked?.value.address === movesTo ? asked : null
  const address =
    contacts.findLast(({ kind, replacedAt }) => kind === 'postal' && replacedAt === null) ?? null
  const isTheirs = accounts.some(({ id }) => id === account?.value.id)
  return {
    client: client.value,
    fullName: name.value,
    address,
    compared: movesTo === undefined ? (address?.value ?? null) : (move?.value.address ?? null),
    move,
    account: account && isTheirs ? account.value : null,
    signals: REVIEW_SIGNALS.filter((one) => unusual[one]),
    stamp,
    version: name.version,
    accountVersion: account?.version ?? 0,
    counting: contacts.filter(({ replacedAt }) => replacedAt === null),
    rules: rulesFor(world.settings.jurisdictions, accounts).rules,
  }
}

/**
 * Names what a person saw when they judged: the document, and what was on record. What was decided
 * on something else is not done.
 */
export const printOf = (
  { value: { id }, version }: Versioned<Submission>,
  record: OnRecord,
): string => {
  const { account, signals } = record
  return hashOf({ id, version, ...comparedOf(record), status: account?.status ?? null, signals })
}

/** Names what a document was compared with: of two people, both have to have had the same. */
export const recordPrintOf = (record: OnRecord): string => hashOf(comparedOf(record))

const comparedOf = ({ fullName, address, compared, account }: OnRecord) => ({
  fullName,
  address: address && [address.id, address.value],
  ...(compared !== address?.value && { compared }),
  account: account?.number ?? null,
})

const hashOf = (seen: Json): string =>
  createHash('sha256').update(canonicalJson(seen)).digest('base64url')

/** Who does it, as their events name them. */
export interface Doer extends Reviewer {
  readonly by: Actor
  /** Not for a program. */
  readonly agent?: AgentId
}

export const doerAtDesk = ({ id, agentId, role }: Member): Doer => ({
  agent: agentId,
  memberId: id,
  role,
  by: 'desk',
  actor: staffActor({ agentId }),
})

/** What every event on a proof says. */
export const aboutOf = (
  { id, subscriberId }: Pick<Submission, 'id' | 'subscriberId'>,
  { by, agent, actor }: Doer,
) =>
  ({
    subscriberId,
    submissionId: id,
    by,
    actor,
    ...(agent && { agent }),
  }) satisfies Partial<AuditEvent>
