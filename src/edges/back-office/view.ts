import type { z } from 'zod'
import type { Statement } from '#core/documents/statement.ts'
import type { Submission } from '#core/documents/submission.ts'
import type { Deposit } from '#core/orders/deposit.ts'
import type { Account } from '#core/subscribers/account.ts'
import { jurisdictionOf } from '#core/subscribers/jurisdiction.ts'
import type { Instant } from '#core/time/time.ts'
import type * as said from '#edges/back-office/schemas.ts'
import { accountsOf } from '#engine/subscribers/accounts.ts'
import { contactsOf } from '#engine/contact/addresses.ts'
import type { NumberedEntry } from '#engine/orders/deposits.ts'
import type { NamedOrder } from '#engine/orders/fulfilment.ts'
import { holdsOf } from '#engine/sessions/rights.ts'
import { nameOf } from '#engine/subscribers/full-name.ts'
import { identityOf } from '#engine/subscribers/identity.ts'
import { findByUserName, findUserName } from '#engine/subscribers/subscribers.ts'
import type { World } from '#engine/world.ts'

export const isoOf = (at: Instant): string => new Date(at).toISOString()
const isoOrNull = (at: Instant | null): string | null => (at === null ? null : isoOf(at))

export function accountView(
  { settings }: Pick<World, 'settings'>,
  { value, version }: { readonly value: Account; readonly version: number },
  userName: string,
): z.infer<typeof said.Account> {
  const { number, environment, status, residence, override, optedOut, networks } = value
  return {
    number,
    version,
    userName,
    environment,
    status,
    approvedAt: isoOrNull(value.approvedAt),
    tradesFrom: isoOrNull(value.tradesFrom),
    residence,
    jurisdiction: jurisdictionOf(settings.jurisdictions, value),
    overrideReason: override?.reason ?? null,
    optedOut,
    networks: [...networks],
    equityUsd: value.equityUsd,
    reservedUsd: value.reservedUsd,
  }
}

/** A client as the back office sees them; `null` for an unknown name. */
export async function subscriberView(
  world: World,
  typed: string,
): Promise<z.infer<typeof said.Subscriber> | null> {
  const found = await findByUserName(world, typed)
  if (!found) return null
  const { id, userName, language, primary } = found.subscriber
  const holder = primary && (await findUserName(world, primary.id))
  const [fullName, identity, accounts, contacts, holds] = await Promise.all([
    nameOf(world, id),
    identityOf(world, id),
    accountsOf(world, id),
    contactsOf(world, id),
    holdsOf(world, id),
  ])
  return {
    id,
    userName,
    fullName,
    identity: {
      hasBirthDate: identity.birthDate !== null,
      documents: identity.documents.length,
    },
    language,
    primary: primary && holder !== null ? { userName: holder, name: primary.name } : null,
    accounts: accounts.map((account) => accountView(world, account, holder ?? userName)),
    contacts: contacts.map(({ kind, value, since, verifiedAt, replacedAt }) => ({
      kind,
      value,
      since: isoOf(since),
      verifiedAt: isoOrNull(verifiedAt),
      replacedAt: isoOrNull(replacedAt),
    })),
    holds: holds.map(({ kind, forbids, until }) => ({
      kind,
      forbids: [...forbids],
      until: isoOf(until),
    })),
  }
}

/** An order, and never what its holder has chosen for it. */
export function orderView({ order, userName, lateness }: NamedOrder): z.infer<typeof said.Order> {
  const { id, method, state, address, country, deposit, orderedAt } = order
  const parcel = 'sentAt' in order ? order : null
  const delivered = order.state === 'delivered' ? order : null
  return {
    id,
    userName,
    method,
    state,
    address,
    byHand: order.byHand === true,
    country,
    orderedAt: isoOf(orderedAt),
    deposit: depositView(deposit),
    serial: 'serial' in order ? order.serial : null,
    packedAt: isoOrNull(order.state === 'packed' ? order.packedAt : null),
    sentAt: isoOrNull(parcel?.sentAt ?? null),
    carrier: parcel?.shipment?.carrier ?? null,
    tracking: parcel?.shipment?.tracking ?? null,
    expectedAt: isoOrNull(parcel?.expectedAt ?? null),
    lateness,
    deliveredAt: isoOrNull(delivered?.deliveredAt ?? null),
    deliveredBy: delivered?.deliveredBy ?? null,
    lostAt: isoOrNull(order.state === 'lost' ? order.lostAt : null),
    replaces: order.replaces ?? null,
    fault: order.fault ?? null,
    activatesAt: isoOrNull(parcel && !order.mustBeProven ? parcel.activatesAt : null),
  }
}

const depositView = ({ account, usd, ...at }: Deposit): z.infer<typeof said.Order>['deposit'] => ({
  account,
  usd,
  dueAt: isoOrNull(at.dueAt),
  releasedAt: isoOrNull(at.releasedAt),
  chargedAt: isoOrNull(at.chargedAt),
  refundedAt: isoOrNull(at.refundedAt),
})

export const entryView = (entry: NumberedEntry): z.infer<typeof said.LedgerEntry> => {
  const { id, kind, why, account, userName, orderId, device, usd, at } = entry
  return { id, kind, why, account, userName, orderId, device, usd, at: isoOf(at) }
}

export const statementView = ({ id, kind, name, day, lengthBytes, addedAt }: Statement) => ({
  id,
  kind,
  name,
  day,
  lengthBytes,
  addedAt: isoOf(addedAt),
})

/** A document with whose it is, which the back office knows anyway. */
export async function submissionView(
  world: World,
  { id, subscriberId, purpose, account, receivedAt, status, movesTo, pages }: Submission,
): Promise<z.infer<typeof said.Submission>> {
  const first = status.state === 'checking' ? status.first : undefined
  return {
    id,
    userName: (await findUserName(world, subscriberId)) ?? '',
    purpose,
    account,
    receivedAt: isoOf(receivedAt),
    state: status.state,
    reason: 'reason' in status ? status.reason : null,
    isAcceptedOnce: first !== undefined,
    movesTo: movesTo ?? null,
    pages: pages.map(({ kind, lengthBytes, opened }) => ({
      kind,
      lengthBytes,
      isOpened: opened?.ok ?? false,
    })),
  }
}
